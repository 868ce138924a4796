// @ts-check
/** Search from every page: "/" opens it, arrows walk through what was found; what was opened lately is kept in this browser until logout. */

const RECENT = "yq-recent";
const MOST_RECENT = 8;

/** @typedef {{symbol: string, name: string}} Opened */

/** @returns {Opened[]} */
function recent() {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? "[]");
  } catch {
    return [];
  }
}

/** @param {Opened} opened */
export function remember(opened) {
  const kept = [opened, ...recent().filter((one) => one.symbol !== opened.symbol)].slice(0, MOST_RECENT);
  localStorage.setItem(RECENT, JSON.stringify(kept));
}

/** Nothing of the client stays in the browser. */
export function forget() {
  localStorage.removeItem(RECENT);
}

function showRecent() {
  const place = document.getElementById("recent");
  if (!place) return;
  const rows = recent().map(({ symbol, name }) => {
    const link = Object.assign(document.createElement("a"), { className: "recent", href: `/stocks/${encodeURIComponent(symbol)}` });
    link.append(name, " ", Object.assign(document.createElement("span"), { className: "faint small num", textContent: symbol }));
    return link;
  });
  place.querySelector("[data-rows]")?.replaceChildren(...rows);
  place.hidden = rows.length === 0;
}

export function openSearch() {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("search-dialog"));
  if (!dialog) return false;
  showRecent();
  if (!dialog.open) dialog.showModal();
  const input = dialog.querySelector("input");
  input?.focus();
  input?.select();
  return true;
}

/** Arrows go from the field through the rows and back; enter in the field opens the first. @param {KeyboardEvent} event */
function walk(event) {
  const place = event.target instanceof Element ? event.target.closest("[data-found]") : null;
  if (!place || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const rows = /** @type {HTMLElement[]} */ ([...place.querySelectorAll("a.instrument, a.recent")].filter((row) => /** @type {HTMLElement} */ (row).offsetParent));
  const at = rows.indexOf(/** @type {HTMLElement} */ (event.target));
  if (event.key === "Enter") {
    const first = place.querySelector("a.instrument");
    const input = /** @type {HTMLInputElement | null} */ (place.querySelector('input[type="search"]'));
    if (at !== -1 || !first || event.target !== input || input?.dataset.asked !== input?.value) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (first).click();
    return;
  }
  event.preventDefault();
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  if (next < 0) /** @type {HTMLElement | null} */ (place.querySelector('input[type="search"]'))?.focus();
  else rows[Math.min(next, rows.length - 1)]?.focus();
}

export function startSearch() {
  document.addEventListener("keydown", walk);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-search]") : null;
    if (button && openSearch()) event.preventDefault();
    const shut = event.target instanceof Element ? event.target.closest("[data-shut]") : null;
    /** @type {HTMLDialogElement | null} */ (shut?.closest("dialog") ?? null)?.close();
  });
  // Enter opens the first row only once the rows are those of what is typed.
  document.addEventListener("htmx:after:swap", () => {
    for (const input of document.querySelectorAll('[data-found] input[type="search"]')) if (input instanceof HTMLInputElement) input.dataset.asked = input.value;
  });
  const stock = document.querySelector("[data-opened]");
  if (stock instanceof HTMLElement) remember({ symbol: stock.dataset.opened ?? "", name: stock.dataset.name ?? "" });
}
