// @ts-check
/** What every page starts: the stream, live figures, keys, and what follows an answer that htmx swapped in. */
import { listenToKeys } from "./keys.js";
import { bind } from "./live.js";
import { forget, startSearch } from "./search.js";
import { open } from "./stream.js";

/** A form's next send must be a new command, unless the outcome of the last is unknown. */
function renewKeys() {
  for (const found of document.querySelectorAll("[data-next-key]")) {
    const next = /** @type {HTMLElement} */ (found).dataset.nextKey;
    const form = found.closest("form");
    const key = form?.querySelector('input[name="key"]');
    if (next && key instanceof HTMLInputElement) key.value = next;
    found.removeAttribute("data-next-key");
    // @ts-ignore htmx is the page's one global
    if (form?.dataset.then) htmx.trigger(form.dataset.then, "changed");
  }
}

/** A demo login is one tap: its name and password go into the form. @param {MouseEvent} event */
function fillLogin(event) {
  const button = event.target instanceof Element ? event.target.closest("[data-fill]") : null;
  if (!(button instanceof HTMLElement)) return;
  for (const [id, value] of [["name", button.dataset.fill], ["password", button.dataset.with]]) {
    const field = document.getElementById(id ?? "");
    if (field instanceof HTMLInputElement) field.value = value ?? "";
  }
  /** @type {HTMLElement | null} */ (document.querySelector(".door .go"))?.focus();
}

/** An answer that can't be shown in its place is told in the strip, until the next one that can. @param {boolean} failed */
function tellTrouble(failed) {
  const note = document.getElementById("trouble");
  if (!note) return;
  note.hidden = !failed;
  note.textContent = failed ? (note.dataset.say ?? "") : "";
}

/** The shell is kept for a bad connection; on leaving, and at the door, nothing of a client stays in this browser. */
function keepShell() {
  if (document.getElementById("name") instanceof HTMLInputElement) forget();
  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement && event.target.getAttribute("action") === "/logout") {
      forget();
      caches?.keys().then((names) => names.forEach((name) => caches.delete(name)));
    }
  });
  if (document.body.dataset.worker !== undefined) navigator.serviceWorker?.register(`/sw.js?lang=${document.documentElement.lang}`).catch(() => undefined);
}

document.addEventListener("click", fillLogin);
document.addEventListener("htmx:response:error", () => tellTrouble(true));
document.addEventListener("htmx:error", () => tellTrouble(true));
document.addEventListener("htmx:after:swap", () => {
  tellTrouble(false);
  bind();
  renewKeys();
});
bind();
listenToKeys();
startSearch();
keepShell();
open();
