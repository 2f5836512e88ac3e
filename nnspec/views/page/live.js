// The page while its spec is being written: it looks after the file, and says what is wrong with it.
"use strict";

let known = null;

async function look() {
  try {
    const answer = await (await fetch("/state", { cache: "no-store" })).json();
    const place = document.getElementById("diagnostics");
    place.textContent = answer.diagnostics ?? "";
    place.hidden = answer.diagnostics === null;
    if (known === null) known = document.body.dataset.version;
    if (answer.diagnostics === null && answer.version !== known) location.reload();
  } catch { /* the server was stopped; it may come back */ }
  setTimeout(look, 400);
}

look();
