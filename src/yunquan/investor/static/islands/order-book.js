// @ts-check
/** <order-book>: repaints its prices on every quote, and what a call auction would give; a click on a price fills the ticket. */
import { against, grouped, way } from "./figures.js";
import { tint } from "./live.js";
import { listen } from "./stream.js";

/** @typedef {{price: string, qty: number}} Level */

class OrderBook extends HTMLElement {
  connectedCallback() {
    const stops = [listen(this.dataset.topic ?? "", (quote) => this.paint(quote)), listen(this.dataset.quote ?? "", (quote) => this.auction(quote))];
    this.stop = () => stops.forEach((stop) => stop());
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

  /** @param {{indicative: string | null, matched: number, unmatched: number}} quote */
  auction(quote) {
    const found = this.querySelector("[data-auction]");
    if (!(found instanceof HTMLElement)) return;
    found.hidden = !quote.indicative;
    if (!quote.indicative) return;
    const [price, matched, unmatched] = ["indicative", "matched", "unmatched"].map((name) => /** @type {HTMLElement} */ (found.querySelector(`[data-of="${name}"]`)));
    price.textContent = grouped(quote.indicative);
    price.className = against(quote.indicative, this.dataset.prev ?? "");
    matched.textContent = grouped(quote.matched);
    const { buyers, sellers } = unmatched.dataset;
    unmatched.textContent = `${grouped(Math.abs(quote.unmatched))} ${quote.unmatched > 0 ? buyers : quote.unmatched < 0 ? sellers : ""}`;
    unmatched.className = way(String(quote.unmatched));
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
