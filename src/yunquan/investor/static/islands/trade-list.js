// @ts-check
/** <trade-list>: every trade of an instrument, newest on top. What came while nobody could look is counted, not hidden. */
import { against, grouped } from "./figures.js";
import { listen } from "./stream.js";

const MOST_ROWS = 60;

/** @typedef {{seq: number, time: string, price: string, qty: number, side: string}} Trade */

class TradeList extends HTMLElement {
  connectedCallback() {
    this.last = Number(this.dataset.last ?? "0");
    this.stop = listen(this.dataset.topic ?? "", (list) => this.add(list));
  }

  disconnectedCallback() {
    this.stop?.();
  }

  /** @param {{trades: Trade[], missed: number}} list */
  add(list) {
    const body = this.querySelector("tbody");
    const news = list.trades.filter((trade) => trade.seq > (this.last ?? 0));
    if (!body || !news.length) return;
    const gap = list.missed > 0 && this.last ? list.missed : 0;
    this.last = news[news.length - 1].seq;
    if (gap) body.prepend(this.gap(gap));
    for (const trade of news) body.prepend(this.row(trade));
    while (body.rows.length > MOST_ROWS) body.deleteRow(-1);
    const empty = this.querySelector(".empty");
    if (empty instanceof HTMLElement) empty.hidden = true;
  }

  /** @param {Trade} trade */
  row(trade) {
    const row = document.createElement("tr");
    const price = this.cell(grouped(trade.price), `r ${against(trade.price, this.dataset.prev ?? "")}`);
    const qty = this.cell("", "r");
    qty.append(Object.assign(document.createElement("span"), { textContent: `${grouped(trade.qty)} ${trade.side}`, className: trade.side === "B" ? "up" : trade.side === "S" ? "down" : "flat" }));
    row.append(this.cell(trade.time, ""), price, qty);
    return row;
  }

  /** @param {number} count */
  gap(count) {
    const row = document.createElement("tr");
    const cell = this.cell(`${this.dataset.missed} ${grouped(count)}`, "faint small");
    cell.colSpan = 3;
    row.append(cell);
    return row;
  }

  /** @param {string} text @param {string} name */
  cell(text, name) {
    return Object.assign(document.createElement("td"), { textContent: text, className: name });
  }
}

customElements.define("trade-list", TradeList);
