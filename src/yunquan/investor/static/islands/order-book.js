// @ts-check
/** <order-book>: repaints five levels a side on every quote; a click on a price fills the ticket. */
import { against, grouped } from "./figures.js";
import { tint } from "./live.js";
import { listen } from "./stream.js";

/** @typedef {{price: string, qty: number}} Level */

class OrderBook extends HTMLElement {
  connectedCallback() {
    this.stop = listen(this.dataset.topic ?? "", (quote) => this.paint(quote));
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-price]") : null;
      const price = button instanceof HTMLElement ? button.dataset.price : "";
      if (price) document.dispatchEvent(new CustomEvent("ticket", { detail: { price } }));
    });
  }

  disconnectedCallback() {
    this.stop?.();
  }

  /** @param {{bids: Level[], asks: Level[]}} quote */
  paint(quote) {
    const most = Math.max(1, ...quote.bids.map((level) => level.qty), ...quote.asks.map((level) => level.qty));
    for (const row of this.querySelectorAll("tr[data-side]")) {
      const { side, level } = /** @type {HTMLElement} */ (row).dataset;
      const levels = side === "ask" ? quote.asks : quote.bids;
      this.paintRow(row, levels[Number(level)], most);
    }
  }

  /** @param {Element} row @param {Level | undefined} level @param {number} most */
  paintRow(row, level, most) {
    const button = /** @type {HTMLButtonElement} */ (row.querySelector("button"));
    const quantity = /** @type {HTMLElement} */ (row.querySelector("td.r span"));
    const price = level?.price ?? "";
    if (button.dataset.price !== price) {
      button.dataset.price = price;
      button.textContent = price ? grouped(price) : "--";
      button.disabled = !price;
      button.className = against(price, this.dataset.prev ?? "");
    }
    const text = level ? grouped(level.qty) : "";
    if (quantity.textContent !== text) {
      quantity.textContent = text;
      if (text) tint(quantity);
    }
    row.querySelector("rect")?.setAttribute("width", `${level ? Math.round((level.qty * 100) / most) : 0}%`);
  }
}

customElements.define("order-book", OrderBook);
