// @ts-check
/**
 * What the applicant's pages share: waiting for another code, what the device says of itself, secrets shown, a code sent when
 * whole, Enter that goes to the next field, a choice that leads to the field after it.
 */

/**
 * A button that may be pressed again in a while says when.
 * @param {HTMLButtonElement} button
 * @param {number} seconds
 * @param {string} say
 * @param {() => unknown} [then] what is done by itself after it
 */
export function waitFor(button, seconds, say, then = () => {}) {
  const words = button.textContent ?? "";
  const until = performance.now() + seconds * 1000;
  button.disabled = true;
  const timer = setInterval(() => show(), 500);
  const show = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    if (left > 0) {
      button.textContent = say.replace("%d", String(left));
      return;
    }
    clearInterval(timer);
    button.disabled = false;
    button.textContent = words;
    then();
  };
  show();
}

/** The code that a text brought goes into its field. @param {string} text */
function useCode(text) {
  const found = /(?<!\d)\d{6}(?!\d)/.exec(text);
  const field = document.getElementById("code");
  if (!found || !(field instanceof HTMLInputElement)) return;
  field.value = found[0];
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

/** @param {MouseEvent} event */
function onClick(event) {
  const at = event.target instanceof Element ? event.target.closest("[data-use-code], [data-reveal]") : null;
  if (!(at instanceof HTMLElement)) return;
  if (at.dataset.useCode) return useCode(at.dataset.useCode);
  const field = document.getElementById(at.dataset.reveal ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  at.setAttribute("aria-pressed", String(!shown));
}

/** A whole code needs no button. @param {Event} event */
function onInput(event) {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !("sends" in field.dataset) || field.value.length !== 6 || !field.checkValidity()) return;
  if (field.dataset.sent === field.value) return;
  field.dataset.sent = field.value;
  field.form?.requestSubmit();
}

/** @param {HTMLInputElement} field the next one of its form that can be typed into */
function fieldAfter(field) {
  const all = [...(field.form?.elements ?? [])];
  const typed = all.slice(all.indexOf(field) + 1).filter((one) => one instanceof HTMLTextAreaElement || (one instanceof HTMLInputElement && one.enterKeyHint));
  return /** @type {HTMLElement | undefined} */ (typed.find((one) => one instanceof HTMLElement && one.offsetParent !== null));
}

/** The phone's Enter says "next" where the form isn't whole yet, and does that. @param {KeyboardEvent} event */
function onKey(event) {
  byHand = false;
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement) || field.enterKeyHint !== "next") return;
  const after = fieldAfter(field);
  if (!after) return; // nothing to go to: the browser sends
  event.preventDefault();
  after.focus();
}

// Arrow keys walk through the choices of a list: only a thumb or a mouse means "this one, go on".
let byHand = false;

/** What was chosen leads to the field that it is about. @param {Event} event */
function onChange(event) {
  const field = event.target;
  const then = field instanceof HTMLInputElement ? field.closest("[data-then]") : null;
  if (!byHand || !(then instanceof HTMLElement)) return;
  document.getElementById(then.dataset.then ?? "")?.focus();
}

/** A form on its way isn't sent a second time: a whole code, Enter and a tap may come at once. @param {SubmitEvent} event */
function onSubmit(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented || form.hasAttribute("hx-post")) return;
  if (form.dataset.sending) return event.preventDefault();
  form.dataset.sending = "1";
  setTimeout(() => delete form.dataset.sending, 8000);
}

for (const form of document.querySelectorAll("form[data-device]")) {
  /** @param {string} name @param {string} value */
  const fill = (name, value) => {
    const field = /** @type {HTMLFormElement} */ (form).elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = value;
  };
  fill("touch_points", String(navigator.maxTouchPoints ?? ""));
  fill("automated", navigator.webdriver ? "1" : "0");
}
for (const button of document.querySelectorAll("button[data-wait]")) {
  if (button instanceof HTMLButtonElement) waitFor(button, Number(button.dataset.wait), button.dataset.say ?? "%d");
}
// The front was just taken with the same camera: the back needs no other leave.
customElements.whenDefined("card-camera").then(() => {
  const camera = document.querySelector("card-camera[data-follows]");
  navigator.permissions?.query(/** @type {any} */ ({ name: "camera" })).then((leave) => {
    if (leave.state === "granted") /** @type {any} */ (camera)?.start();
  }, () => undefined);
});
document.addEventListener("click", onClick);
document.addEventListener("input", onInput);
document.addEventListener("keydown", onKey);
document.addEventListener("pointerdown", () => (byHand = true));
document.addEventListener("change", onChange);
document.addEventListener("submit", onSubmit);
// Back from another page the form may be sent again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach((form) => form.removeAttribute("data-sending")));
/** @type {HTMLElement | null} */ (document.querySelector('[aria-invalid="true"], .wanting input'))?.focus();
