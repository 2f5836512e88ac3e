// The page while its spec is being written: it looks after the file, and says what is wrong with it.
"use strict";

async function look() {
  try {
    const answer = await (await fetch("/state", { cache: "no-store" })).json();
    const place = document.getElementById("diagnostics"), text = answer.diagnostics ?? "";
    // Written only when it differs: a screen reader reads it aloud each time.
    if (place.textContent !== text) place.textContent = text;
    place.hidden = text === "";
    if (text === "" && answer.version !== document.body.dataset.version) {
      location.reload();
      return;
    }
  } catch { /* the server was stopped; it may come back */ }
  setTimeout(look, 400);
}

look();
