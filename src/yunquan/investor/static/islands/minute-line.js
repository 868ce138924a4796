// @ts-check
/** <minute-line>: today's minutes over the whole trading day, around the previous close; drawn as SVG, grown by the stream. */
import { against, grouped, large, percent } from "./figures.js";
import { listen } from "./stream.js";

/** @typedef {{minute: string, close: number, volume: number, turnover: number, open: number}} Bar */

const NS = "http://www.w3.org/2000/svg";
const MORNING = 9 * 60 + 30;
const AFTERNOON = 13 * 60;
const HALF = 120;
const LEFT = 52;
const RIGHT = 52;
const FOOT = 18;

/** @param {string} minute "HH:MM" @returns {number} minutes of trading so far, 0 to 240 */
function place(minute) {
  const at = Number(minute.slice(0, 2)) * 60 + Number(minute.slice(3, 5));
  return at <= MORNING + HALF ? Math.max(at - MORNING, 0) : Math.min(HALF + Math.max(at - AFTERNOON, 0), 2 * HALF);
}

class MinuteLine extends HTMLElement {
  connectedCallback() {
    /** @type {Bar[]} */
    this.bars = [];
    this.load();
    this.stop = listen(`minutes:${this.dataset.symbol}`, (update) => this.grow(update));
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this);
    this.addEventListener("pointermove", (event) => this.read(event));
    this.addEventListener("pointerleave", () => this.querySelectorAll(".cross, .readout").forEach((mark) => mark.remove()));
  }

  disconnectedCallback() {
    this.stop?.();
    this.watcher?.disconnect();
  }

  async load() {
    try {
      const answer = await fetch(this.dataset.src ?? "", { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      const rows = Array.isArray(found) ? found : (found.items ?? found.bars ?? []);
      if (!this.bars.length) this.bars = rows.map(MinuteLine.barOf);
      this.loaded = true;
      this.draw();
    } catch {
      this.fail();
    }
  }

  /** @param {any[]} row "HH:MM", open, high, low, close, volume, turnover @returns {Bar} */
  static barOf(row) {
    return { minute: row[0], open: Number(row[1]), close: Number(row[4]), volume: row[5], turnover: Number(row[6] ?? 0) };
  }

  /** Bars of the stream carry prices in 0.001 and amounts in 0.01. @param {{first: number, bars: any[][]}} update */
  grow(update) {
    const fresh = update.bars.map((row) => ({ minute: row[0], open: row[1] / 1000, close: row[4] / 1000, volume: row[5], turnover: row[6] / 100 }));
    this.bars.length = Math.min(this.bars.length, update.first);
    this.bars.push(...fresh);
    this.loaded = true;
    this.draw();
  }

  fail() {
    const note = document.createElement("p");
    note.className = "empty";
    const again = document.createElement("button");
    again.className = "link";
    again.textContent = this.dataset.again ?? "";
    again.onclick = () => this.load();
    note.append(this.dataset.failed ?? "", " ", again);
    this.replaceChildren(note);
  }

  /** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
  shape(name, attributes, text) {
    const shape = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, String(value));
    if (text !== undefined) shape.textContent = text;
    return shape;
  }

  draw() {
    const [width, height] = [this.clientWidth, this.clientHeight];
    if (!this.loaded || width < 80) return;
    const prev = Number(this.dataset.prev);
    const closes = this.bars.map((bar) => bar.close);
    const reach = Math.max(prev * 0.002, ...closes.map((close) => Math.abs(close - prev))) * 1.06;
    const tall = (height - FOOT) * 0.76;
    const scale = { x: (/** @type {string} */ minute) => LEFT + (place(minute) / 240) * (width - LEFT - RIGHT), y: (/** @type {number} */ price) => tall / 2 - ((price - prev) / reach) * (tall / 2 - 6) };
    this.scale = { ...scale, tall, width, height };
    const svg = this.shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": this.dataset.label ?? "" });
    this.drawGrid(svg, prev, reach);
    if (this.bars.length) this.drawBars(svg);
    this.replaceChildren(svg);
    if (!this.bars.length) this.append(Object.assign(document.createElement("p"), { className: "empty", textContent: this.dataset.empty }));
  }

  /** @param {Element} svg @param {number} prev @param {number} reach */
  drawGrid(svg, prev, reach) {
    const { width, height, tall } = /** @type {NonNullable<typeof this.scale>} */ (this.scale);
    for (const part of [-1, -0.5, 0, 0.5, 1]) {
      const y = tall / 2 - part * (tall / 2 - 6);
      const tone = part > 0 ? "up" : part < 0 ? "down" : "";
      svg.append(this.shape("line", { x1: LEFT, x2: width - RIGHT, y1: y, y2: y, class: part ? "grid" : "zero" }));
      svg.append(this.shape("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end", class: tone }, grouped((prev + part * reach).toFixed(2))));
      svg.append(this.shape("text", { x: width - RIGHT + 6, y: y + 4, class: tone }, percent(((part * reach) / prev).toFixed(4))));
    }
    for (const [minute, words, anchor] of [["09:30", "09:30", "start"], ["10:30", "10:30", "middle"], ["11:30", "11:30/13:00", "middle"], ["14:00", "14:00", "middle"], ["15:00", "15:00", "end"]]) {
      const x = LEFT + (place(minute) / 240) * (width - LEFT - RIGHT);
      svg.append(this.shape("line", { x1: x, x2: x, y1: 0, y2: height - FOOT, class: "grid" }));
      svg.append(this.shape("text", { x, y: height - 4, "text-anchor": anchor }, words));
    }
  }

  /** @param {Element} svg */
  drawBars(svg) {
    const { x, y, tall, width, height } = /** @type {NonNullable<typeof this.scale>} */ (this.scale);
    const points = this.bars.map((bar) => `${x(bar.minute).toFixed(1)},${y(bar.close).toFixed(1)}`);
    const first = x(this.bars[0].minute).toFixed(1);
    const last = x(this.bars[this.bars.length - 1].minute).toFixed(1);
    svg.append(this.shape("polygon", { class: "area", points: `${first},${tall} ${points.join(" ")} ${last},${tall}` }));
    const most = Math.max(1, ...this.bars.map((bar) => bar.volume));
    const foot = height - FOOT;
    const thick = Math.max(1, ((width - LEFT - RIGHT) / 240) * 0.7);
    let [volume, turnover] = [0, 0];
    /** @type {string[]} */
    const average = [];
    for (const bar of this.bars) {
      const size = (bar.volume / most) * (foot - tall - 8);
      svg.append(this.shape("rect", { class: `bar ${bar.close < bar.open ? "down" : "up"}`, x: (x(bar.minute) - thick / 2).toFixed(1), y: (foot - size).toFixed(1), width: thick.toFixed(1), height: size.toFixed(1) }));
      volume += bar.volume;
      turnover += bar.turnover;
      if (volume && turnover) average.push(`${x(bar.minute).toFixed(1)},${y(turnover / volume).toFixed(1)}`);
    }
    if (average.length > 1) svg.append(this.shape("polyline", { class: "average", points: average.join(" ") }));
    svg.append(this.shape("polyline", { class: "price", points: points.join(" ") }));
  }

  /** @param {PointerEvent} event */
  read(event) {
    const svg = this.querySelector("svg");
    if (!svg || !this.scale || !this.bars?.length) return;
    const at = event.clientX - this.getBoundingClientRect().left;
    const { x, height } = this.scale;
    const bar = this.bars.reduce((best, one) => (Math.abs(x(one.minute) - at) < Math.abs(x(best.minute) - at) ? one : best));
    this.querySelectorAll(".cross, .readout").forEach((mark) => mark.remove());
    svg.append(this.shape("line", { class: "cross", x1: x(bar.minute), x2: x(bar.minute), y1: 0, y2: height - FOOT }));
    const prev = Number(this.dataset.prev);
    const readout = Object.assign(document.createElement("div"), { className: "readout num" });
    const price = Object.assign(document.createElement("b"), { textContent: grouped(bar.close.toFixed(2)), className: against(String(bar.close), String(prev)) });
    readout.append(bar.minute, price, percent(((bar.close - prev) / prev).toFixed(4)), `${this.dataset.volume} ${large(bar.volume, document.documentElement.lang === "en")}`);
    this.append(readout);
  }
}

customElements.define("minute-line", MinuteLine);
