// The page while its spec is being written: it looks after the file, and says what is wrong with it.
"use strict";

// Messages are wrapped; a line of the spec is not, so that the caret stays under what is at fault.
function linesOf(text) {
  return text === "" ? [] : text.split("\n").map(line => {
    const made = document.createElement("div");
    if (/^ *\d* \|/.test(line)) made.className = "frame";
    made.textContent = line + "\n";
    return made;
  });
}

let written = "";

async function look() {
  try {
    const answer = await (await fetch("/state", { cache: "no-store" })).json();
    const place = document.getElementById("diagnostics"), text = answer.diagnostics ?? "";
    // Written only when it differs: a screen reader reads it aloud each time.
    if (text !== written) place.replaceChildren(...linesOf(text));
    written = text;
    place.hidden = text === "";
    if (text === "" && answer.version !== document.body.dataset.version) {
      location.reload();
      return;
    }
  } catch { /* the server was stopped; it may come back */ }
  setTimeout(look, 400);
}

look();
