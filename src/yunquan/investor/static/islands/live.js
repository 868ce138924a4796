// @ts-check
/**
 * Figures that change alone. In the page: data-live="topic" data-field="last" data-form="price"; data-way colours it by its
 * own sign, data-way-of="change" by another field's, data-against by the previous close of the sheet around it.
 * Lists that change as a whole say data-refresh-on="topic" and are asked for anew with htmx.
 */
import { against, clock, grouped, large, percent, signed, way } from "./figures.js";
import { listen } from "./stream.js";

// A burst of news about an account is one refresh.
const REFRESH_GAP_MS = 250;
const english = document.documentElement.lang === "en";

/** @type {Record<string, (data: any, field: string, element: HTMLElement) => string>} */
const FORMS = {
  price: (data, field) => grouped(data[field]),
  money: (data, field) => grouped(data[field]),
  percent: (data, field) => percent(data[field]),
  signed: (data, field) => signed(data[field]),
  large: (data, field) => large(data[field], english),
  moved: (data) => `${{ up: "▲ ", down: "▼ ", flat: "" }[way(data.change)]}${signed(data.change)}\u2002${percent(data.change_ratio)}`,
  word: (data, field, element) => element.getAttribute(`data-word-${data[field]}`) ?? "",
  standing: (data, field, element) => (data[field] ? `${element.getAttribute(`data-word-${data[field]}`) ?? ""}${data.until ? ` ${element.dataset.until} ${data.until}` : ""}` : ""),
  stops: (data, field, element) => (data[field]?.length ? `${element.dataset.word} ${data[field].map((/** @type {any} */ stop) => (stop.market === "*" ? "" : stop.market) + (stop.until ? ` ${stop.until}` : "")).join(" ")}` : ""),
  notice: (data, field) => (data[field] ? (english ? data[field].title_en : data[field].title_zh) : ""),
  text: (data, field) => String(data[field] ?? ""),
};

/** @param {HTMLElement} element @param {any} data */
function show(element, data) {
  const field = element.dataset.field ?? "";
  // One order of a page of orders, the market's status, or the thing itself.
  const { order } = element.dataset;
  const found = order ? data?.items?.find((/** @type {any} */ line) => line.id === order) : (data?.status && !(field in data) ? data.status : data);
  if (!found || found[field] === undefined) return;
  const text = (FORMS[element.dataset.form ?? "text"] ?? FORMS.text)(found, field, element);
  const sign = element.dataset.wayOf ?? (element.dataset.way === undefined ? "" : field);
  if (sign) turn(element, way(found[sign]));
  const sheet = /** @type {HTMLElement | null} */ (element.closest("[data-prev]"));
  if (element.dataset.against !== undefined && sheet) turn(element, against(found[field], sheet.dataset.prev ?? ""));
  if (element.textContent === text) return;
  element.textContent = text;
  if (element.tagName !== "TIME") tint(element);
}

/** @param {HTMLElement} element @param {string} to */
function turn(element, to) {
  element.classList.remove("up", "down", "flat");
  element.classList.add(to);
}

/** A change is seen for 300 ms. @param {HTMLElement} element */
export function tint(element) {
  element.classList.remove("tint");
  void element.offsetWidth;
  element.classList.add("tint");
}

/** Grey figures say since when they are old. @param {HTMLElement} element @param {any} data */
function age(element, data) {
  const since = data.stale_since_ms ?? null;
  if (element.dataset.staleNote !== undefined) {
    element.hidden = since === null;
    element.textContent = since === null ? "" : `${element.dataset.say} ${clock(since)}`;
  } else element.classList.toggle("stale", since !== null);
}

/** @param {HTMLElement} element @param {string} topic */
function refresh(element, topic) {
  /** @type {number | undefined} */
  let due;
  return listen(topic, (data) => {
    // The first is not skipped: something may have happened between the page and its stream.
    if (data?.unavailable) return;
    // What says its own state is asked for only when that is another than the page shows.
    if (data?.seen !== undefined && data.seen === element.dataset.seen) return;
    // A burst waits for the first of it, so that steady news can't put the refresh off for ever.
    due ??= setTimeout(() => {
      due = undefined;
      // @ts-ignore htmx is the page's one global
      if (element.isConnected) htmx.trigger(element, "changed");
    }, REFRESH_GAP_MS);
  });
}

/** @type {WeakSet<Element>} */
const bound = new WeakSet();
/** @type {Map<HTMLElement, () => void>} */
const stops = new Map();

/** Bind what is in the page and isn't bound yet; let go of what left it. */
export function bind() {
  for (const [element, stop] of stops) {
    if (element.isConnected) continue;
    stop();
    stops.delete(element);
  }
  for (const found of document.querySelectorAll("[data-live], [data-stale], [data-stale-note], [data-refresh-on]")) {
    if (bound.has(found)) continue;
    bound.add(found);
    const element = /** @type {HTMLElement} */ (found);
    const { live, stale, staleNote, refreshOn } = element.dataset;
    /** @type {(() => void)[]} */
    const ends = [];
    if (live) ends.push(listen(live, (data) => show(element, data)));
    if (stale ?? staleNote) ends.push(listen(stale ?? staleNote ?? "", (data) => age(element, data)));
    if (refreshOn) ends.push(refresh(element, refreshOn));
    stops.set(element, () => ends.forEach((end) => end()));
  }
}
