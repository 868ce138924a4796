// @ts-check
/** What the page sees of the answering: time with each question in sight, ticks and changes; and what excludes what. It decides nothing. */
const LONGEST_TRACE = 400;
const TICK_MS = 250;

/** @type {HTMLFormElement | null} */
const form = document.querySelector("#questions");

/** @param {HTMLFormElement} form */
function start(form) {
  const shownAt = performance.now();
  /** @type {Record<string, number>} */
  const spent = {};
  /** @type {string[]} */
  const seen = [];
  /** @type {[string, string, boolean, number][]} */
  const changes = [];
  /** @type {Set<string>} */
  const inSight = new Set();
  const fields = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-question]")]);

  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const code = /** @type {HTMLElement} */ (target).dataset.question ?? "";
        if (!isIntersecting) inSight.delete(code);
        else {
          inSight.add(code);
          if (!seen.includes(code)) seen.push(code);
        }
      }
    },
    { threshold: 0.6 },
  );
  fields.forEach((field) => watcher.observe(field));
  let last = shownAt;
  setInterval(() => {
    const now = performance.now();
    const passed = now - last;
    last = now;
    // A page in the background is read by nobody; what is in sight shares the time.
    if (document.visibilityState !== "visible" || !inSight.size) return;
    for (const code of inSight) spent[code] = (spent[code] ?? 0) + passed / inSight.size;
  }, TICK_MS);

  const progress = /** @type {HTMLElement | null} */ (form.querySelector("[data-progress]"));
  const count = () => {
    const done = fields.filter((field) => field.querySelector("input:checked")).length;
    if (progress) progress.textContent = (progress.dataset.say ?? "").replace("%d", String(done));
  };

  /** @param {HTMLElement} field @param {HTMLInputElement} input */
  const note = (field, input) => {
    if (changes.length < LONGEST_TRACE) changes.push([field.dataset.question ?? "", input.value, input.checked, Math.round(performance.now() - shownAt)]);
    // An answer that stood there is their own from now on; the trace has the tick.
    const known = /** @type {HTMLElement | null} */ (field.querySelector("[data-known]"));
    if (known) known.hidden = true;
  };

  // Ticking what is ticked already changes nothing, yet it is a yes to it.
  form.addEventListener("click", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.checked || !input.defaultChecked) return;
    const field = /** @type {HTMLElement | null} */ (input.closest("[data-question]"));
    if (field?.querySelector("[data-known]:not([hidden])")) note(field, input);
  });

  form.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    const field = /** @type {HTMLElement | null} */ (input.closest("[data-question]"));
    if (!field) return;
    note(field, input);
    if (input.type === "checkbox" && input.checked) {
      for (const other of field.querySelectorAll("input:checked")) {
        if (other !== input && other instanceof HTMLInputElement && ("alone" in input.dataset || "alone" in other.dataset)) other.checked = false;
      }
    }
    field.classList.remove("wanting");
    count();
  });

  form.addEventListener("submit", () => {
    const whole = Object.fromEntries(Object.entries(spent).map(([code, ms]) => [code, Math.round(ms)]));
    const field = form.elements.namedItem("trace");
    if (field instanceof HTMLInputElement) field.value = JSON.stringify({ spent_ms: whole, seen, changes });
  });
  count();
  document.querySelector(".question.wanting, .again")?.scrollIntoView({ block: "start" });
}

if (form) start(form);
