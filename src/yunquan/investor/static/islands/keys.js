// @ts-check
import { openSearch } from "./search.js";

/** The keyboard: "/" search, "b" buy, "s" sell, "esc" back, "?" the keys themselves. Letters typed into a field stay letters. */

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const field = isTyping(event.target);
  if (event.key === "Escape") {
    if (field) /** @type {HTMLElement} */ (event.target).blur();
    else /** @type {HTMLElement | null} */ (document.querySelector('[data-key="escape"]'))?.click();
    return;
  }
  const radio = event.target instanceof HTMLInputElement && event.target.type === "radio";
  if (field && !radio) return;
  if (event.key === "/") {
    event.preventDefault();
    const search = document.getElementById("search");
    if (search?.offsetParent) search.focus();
    else if (!openSearch()) location.assign("/search");
  } else if (event.key === "?") {
    event.preventDefault();
    /** @type {HTMLDialogElement | null} */ (document.getElementById("keys-dialog"))?.showModal();
  } else if (event.key === "b" || event.key === "s") {
    const side = event.key === "b" ? "buy" : "sell";
    if (document.querySelector("order-ticket")) event.preventDefault();
    document.dispatchEvent(new CustomEvent("ticket", { detail: { side } }));
  }
}

export function listenToKeys() {
  document.addEventListener("keydown", onKey);
  if (location.hash === "#search") document.getElementById("search")?.focus();
}
