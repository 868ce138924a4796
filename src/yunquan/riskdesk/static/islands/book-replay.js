// @ts-check
/** <book-replay>: the book and the tape around a moment, step by step, with the account's own orders marked. */
import { grouped } from "../../investor/islands/figures.js";

/** @typedef {{at_ms: number, time: string, last: string, bids: [string, number][], asks: [string, number][]}} Frame */
/** @typedef {{at_ms: number, price: string, qty: number, side: string}} Trade */
/** @typedef {{id: string, side: string, price: string, qty: number, left: [number, number][], end: string}} Own */
/** @typedef {{at_ms: number, from_ms: number, until_ms: number, name: string, symbol: string, frames: Frame[], trades: Trade[], orders: Own[], gaps: {code: string, text: string}[]}} Replay */

const NS = "http://www.w3.org/2000/svg";
const LEVELS = 10;
const LATEST = 8;
const FRAME_MS = 350;
const HEIGHT = 96;
const WIDTH = 600;

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} inside */
function make(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
function shape(tag, attributes) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** @param {Own} own @param {number} atMs @returns {number} shares that could still trade then, 0 when it wasn't there */
function leftOf(own, atMs) {
  let left = 0;
  for (const [from, qty] of own.left) if (from <= atMs) left = qty;
  return left;
}

/** @param {number} ms @returns {string} "+1.5 s", "−0.3 s", "0.0 s" */
function away(ms) {
  const tenths = Math.round(ms / 100);
  return `${tenths > 0 ? "+" : tenths < 0 ? "−" : ""}${(Math.abs(tenths) / 10).toFixed(1)} s`;
}

class BookReplay extends HTMLElement {
  connectedCallback() {
    this.at = 0;
    this.stage = /** @type {HTMLElement} */ (this.querySelector("[data-stage]"));
    this.controls = /** @type {HTMLElement} */ (this.querySelector("[data-controls]"));
    this.slider = /** @type {HTMLInputElement} */ (this.querySelector("[data-slider]"));
    this.clock = /** @type {HTMLElement} */ (this.querySelector("[data-clock]"));
    this.moments = /** @type {HTMLSelectElement} */ (this.querySelector("[data-moments]"));
    this.play = /** @type {HTMLButtonElement} */ (this.querySelector('[data-act="play"]'));
    this.tabIndex = 0;
    this.moments.addEventListener("change", () => this.load());
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.controls.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-act]") : null;
      if (button instanceof HTMLElement) this.act(button.dataset.act ?? "");
    });
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.load();
  }

  disconnectedCallback() {
    this.pause();
  }

  async load() {
    this.pause();
    try {
      const answer = await fetch(`${this.dataset.of}${this.moments.value}`, { headers: { Accept: "application/json", "Accept-Language": this.dataset.lang ?? "" } });
      if (!answer.ok) throw new Error(String(answer.status));
      /** @type {Replay} */
      this.found = await answer.json();
      this.begin(this.found);
    } catch {
      const again = make("button", { type: "button", class: "link" }, this.dataset.again ?? "");
      again.onclick = () => this.load();
      this.controls.hidden = true;
      this.stage.replaceChildren(make("p", { class: "empty" }, `${this.dataset.failed ?? ""} `, again));
    }
  }

  /** @param {Replay} found */
  begin(found) {
    const gaps = make("ul", { class: "book-gaps small" }, ...found.gaps.map((gap) => make("li", {}, gap.text)));
    this.controls.hidden = !found.frames.length;
    if (!found.frames.length) {
      this.stage.replaceChildren(make("p", { class: "empty" }, this.dataset.nothing ?? ""), gaps, this.outside(found, found.at_ms));
      return;
    }
    this.chart = make("div", { class: "book-chart" });
    this.book = make("div", { class: "book-ladder" });
    this.tape = make("div", { class: "book-tape" });
    this.stage.replaceChildren(make("p", { class: "small" }, make("b", {}, `${found.name} ${found.symbol}`)), ...(found.gaps.length ? [gaps] : []), this.chart, make("div", { class: "book-both" }, this.book, this.tape));
    this.slider.max = String(found.frames.length - 1);
    this.drawChart(found);
    this.go(this.home());
  }

  /** @returns {number} the last frame before the alert */
  home() {
    const frames = this.found?.frames ?? [];
    let at = 0;
    frames.forEach((frame, place) => {
      if (frame.at_ms <= (this.found?.at_ms ?? 0)) at = place;
    });
    return at;
  }

  /** @param {string} what */
  act(what) {
    if (what === "play") return this.timer ? this.pause() : this.run();
    this.pause();
    if (what === "home") this.go(this.home());
    else this.go(this.at + (what === "back" ? -1 : 1));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { ArrowLeft: "back", ArrowRight: "next", Home: "home", " ": "play" };
    const what = acts[/** @type {keyof typeof acts} */ (event.key)];
    if (!what || (event.key === " " && event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(what);
  }

  run() {
    const frames = this.found?.frames ?? [];
    if (this.at >= frames.length - 1) this.go(0);
    this.timer = setInterval(() => (this.at >= frames.length - 1 ? this.pause() : this.go(this.at + 1)), FRAME_MS);
    this.play.textContent = "❚❚";
    this.play.setAttribute("aria-label", this.play.dataset.pause ?? "");
  }

  pause() {
    clearInterval(this.timer);
    this.timer = undefined;
    if (!this.play) return;
    this.play.textContent = "▶";
    this.play.setAttribute("aria-label", this.play.dataset.play ?? "");
  }

  /** @param {number} place */
  go(place) {
    const found = this.found;
    if (!found?.frames.length) return;
    this.at = Math.max(0, Math.min(place, found.frames.length - 1));
    const frame = found.frames[this.at];
    this.slider.value = String(this.at);
    this.clock.textContent = `${frame.time} · ${this.dataset.alert} ${away(frame.at_ms - found.at_ms)}`;
    this.slider.setAttribute("aria-valuetext", this.clock.textContent);
    // Orders placed before the next quote stand in this one's time.
    const next = found.frames[this.at + 1];
    this.drawBook(found, frame, next ? next.at_ms - 1 : frame.at_ms);
    this.drawTape(found, frame);
    this.cursor?.setAttribute("x1", String(this.x(frame.at_ms)));
    this.cursor?.setAttribute("x2", String(this.x(frame.at_ms)));
  }

  /** @param {Replay} found @param {Frame} frame @param {number} until the last moment that this frame stands for */
  drawBook(found, frame, until) {
    const here = found.orders.filter((own) => leftOf(own, until));
    const most = Math.max(1, ...frame.bids.map((level) => level[1]), ...frame.asks.map((level) => level[1]));
    const rows = [
      ...frame.asks.slice(0, LEVELS).map((level, place) => this.row(level, `${this.dataset.ask}${place + 1}`, "ask", most, here, until)).reverse(),
      make("tr", { class: "mid" }, make("td", { colspan: "4" }, make("b", {}, grouped(frame.last)))),
      ...frame.bids.slice(0, LEVELS).map((level, place) => this.row(level, `${this.dataset.bid}${place + 1}`, "bid", most, here, until)),
    ];
    this.book?.replaceChildren(make("table", { class: "ladder num" }, make("tbody", {}, ...rows)), this.outside(found, until, frame));
  }

  /** @param {[string, number]} level @param {string} name @param {string} side @param {number} most @param {Own[]} own @param {number} until */
  row(level, name, side, most, own, until) {
    const mine = own.filter((one) => one.price === level[0] && (one.side === "buy") === (side === "bid"));
    const qty = mine.reduce((sum, one) => sum + leftOf(one, until), 0);
    const svg = shape("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
    svg.append(shape("rect", { height: "100%", width: `${Math.round((level[1] * 100) / most)}%` }));
    const share = qty ? Math.min(100, Math.round((qty * 100) / Math.max(level[1], 1))) : 0;
    const mark = qty ? [make("span", { class: "own" }, `◆ ${this.dataset.own} ${grouped(qty)} (${share}%)`)] : [];
    return make("tr", { class: `${side}${qty ? " is-own" : ""}` }, make("th", { scope: "row" }, name), make("td", {}, grouped(level[0])), make("td", { class: "r depth" }, svg, make("span", {}, grouped(level[1]))), make("td", {}, ...mark));
  }

  /** Own orders that stand beyond the ten levels. @param {Replay} found @param {number} atMs @param {Frame} [frame] */
  outside(found, atMs, frame) {
    const seen = new Set(frame ? [...frame.bids.map((level) => `buy${level[0]}`), ...frame.asks.map((level) => `sell${level[0]}`)] : []);
    const rest = found.orders.filter((own) => leftOf(own, atMs) && !seen.has(own.side + own.price));
    return make("ul", { class: "small num book-beyond" }, ...rest.map((own) => make("li", {}, `◆ ${this.dataset.beyond} ${own.side === "buy" ? this.dataset.buy : this.dataset.sell} ${grouped(leftOf(own, atMs))} @ ${grouped(own.price)}`)));
  }

  /** @param {Replay} found @param {Frame} frame */
  drawTape(found, frame) {
    const past = found.trades.filter((trade) => trade.at_ms <= frame.at_ms).slice(-LATEST).reverse();
    const lines = past.map((trade) => {
      const side = trade.side === "B" ? "up" : trade.side === "S" ? "down" : "";
      return make("li", {}, make("span", { class: "muted" }, away(trade.at_ms - found.at_ms)), make("b", { class: side }, `${side === "up" ? "▲" : side === "down" ? "▼" : ""} ${grouped(trade.price)}`), make("span", {}, grouped(trade.qty)));
    });
    this.tape?.replaceChildren(make("h3", { class: "small" }, this.dataset.trades ?? ""), make("ol", { class: "small num" }, ...lines));
  }

  /** @param {number} atMs @returns {number} */
  x(atMs) {
    const found = /** @type {Replay} */ (this.found);
    return (WIDTH * (atMs - found.from_ms)) / Math.max(1, found.until_ms - found.from_ms);
  }

  /** The price over the whole span, own orders as bars from placing to their end, the alert as a line. @param {Replay} found */
  drawChart(found) {
    const prices = [...found.frames.map((frame) => Number(frame.last)), ...found.orders.map((own) => Number(own.price))];
    const [low, high] = [Math.min(...prices), Math.max(...prices)];
    /** @param {string} price */
    const y = (price) => 6 + ((HEIGHT - 12) * (high - Number(price))) / (high - low || 1);
    const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": this.dataset.chart ?? "" });
    svg.append(shape("polyline", { class: "price", points: found.frames.map((frame) => `${this.x(frame.at_ms).toFixed(1)},${y(frame.last).toFixed(1)}`).join(" ") }));
    for (const own of found.orders) {
      const end = own.end ? own.left[own.left.length - 1][0] : found.until_ms;
      const [from, to] = [Math.max(0, this.x(own.left[0][0])), Math.min(WIDTH, this.x(end))];
      svg.append(shape("line", { class: `own ${own.side}`, x1: from, x2: Math.max(to, from + 2), y1: y(own.price), y2: y(own.price) }));
    }
    svg.append(shape("line", { class: "alert", x1: this.x(found.at_ms), x2: this.x(found.at_ms), y1: 0, y2: HEIGHT }));
    this.cursor = shape("line", { class: "cursor", x1: 0, x2: 0, y1: 0, y2: HEIGHT });
    svg.append(this.cursor);
    this.chart?.replaceChildren(svg, make("span", { class: "small num muted" }, grouped(high.toFixed(2))), make("span", { class: "small num muted" }, grouped(low.toFixed(2))));
  }
}

customElements.define("book-replay", BookReplay);
