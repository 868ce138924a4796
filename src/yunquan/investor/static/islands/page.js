// @ts-check
/** What every page starts: the stream, live figures, keys, and what follows an answer that htmx swapped in. */
import { listenToKeys } from "./keys.js";
import { bind } from "./live.js";
import { open } from "./stream.js";

/** A form's next send must be a new command, unless the outcome of the last is unknown. */
function renewKeys() {
  for (const found of document.querySelectorAll("[data-next-key]")) {
    const next = /** @type {HTMLElement} */ (found).dataset.nextKey;
    const key = found.closest("form")?.querySelector('input[name="key"]');
    if (next && key instanceof HTMLInputElement) key.value = next;
    found.removeAttribute("data-next-key");
  }
}

document.addEventListener("htmx:after:swap", () => {
  bind();
  renewKeys();
});
bind();
listenToKeys();
open();
