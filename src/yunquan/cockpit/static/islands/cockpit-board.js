// @ts-check
/** <cockpit-board>: the tiles as the stream brings them, already text; only places that changed are written. */
import { listen } from "../../investor/islands/stream.js";

/** @typedef {{id: string, value: string, light: string, light_text: string, threshold: string, trend: string, facts: {name: string, value: string}[], since_ms: number | null}} Tile */

const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

class CockpitBoard extends HTMLElement {
  connectedCallback() {
    this.stop = listen("cockpit", (news) => this.hear(news));
  }

  disconnectedCallback() {
    this.stop?.();
  }

  /** @param {{at_ms: number, tiles: Tile[]} | {unavailable: string}} news */
  hear(news) {
    if (!("tiles" in news)) {
      for (const tile of this.querySelectorAll(".gauge")) tile.classList.add("old");
      return;
    }
    const at = document.getElementById("cockpit-at");
    if (at) at.textContent = clock.format(news.at_ms);
    for (const tile of news.tiles) this.paint(tile);
  }

  /** @param {Tile} tile */
  paint(tile) {
    const sheet = this.querySelector(`[data-tile="${CSS.escape(tile.id)}"]`);
    if (!sheet) return;
    sheet.className = `sheet gauge ${tile.light}${tile.since_ms === null ? "" : " old"}`;
    const since = tile.since_ms === null ? "" : (this.dataset.since ?? "").replace("AT", clock.format(tile.since_ms));
    for (const [part, text] of Object.entries({ value: tile.value, light: tile.light_text, threshold: tile.threshold, since })) {
      const place = sheet.querySelector(`[data-part="${part}"]`);
      if (place && place.textContent !== text) place.textContent = text;
    }
    sheet.querySelector('[data-part="trend"]')?.setAttribute("points", tile.trend);
    const rows = tile.facts.flatMap((fact) => [Object.assign(document.createElement("dt"), { textContent: fact.name }), Object.assign(document.createElement("dd"), { textContent: fact.value })]);
    sheet.querySelector('[data-part="facts"]')?.replaceChildren(...rows);
  }
}

customElements.define("cockpit-board", CockpitBoard);
