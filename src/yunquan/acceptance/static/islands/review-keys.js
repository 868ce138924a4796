// @ts-check
/** The keyboard of account opening: j and k walk the queue, a letter on a control (data-press) does what a click would. */

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT|VIDEO)$/.test(target.tagName));
}

/** @param {number} step */
function walk(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const at = rows.indexOf(/** @type {Element} */ (document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
  /** @type {HTMLElement} */ (rows[next]).focus();
}

/** @param {HTMLElement} control */
function press(control) {
  if (control instanceof HTMLInputElement) control.focus();
  else control.click();
  const opened = control.closest("details");
  if (opened?.open) /** @type {HTMLElement | null} */ (opened.querySelector("input:not([type=hidden]), textarea"))?.focus();
}

// "g" and a letter lead elsewhere (places.js): that letter isn't ours.
let leaving = -Infinity;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const soon = event.timeStamp - leaving < 1500;
  leaving = event.key === "g" ? event.timeStamp : -Infinity;
  if (soon || event.key === "g") return;
  if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  const control = document.querySelector(`[data-press="${CSS.escape(event.key)}"]`);
  if (!(control instanceof HTMLElement)) return;
  event.preventDefault();
  press(control);
});
