// @ts-check
/** <counter-health>: the counters' figures, once a second; throughput is the difference between two of them. */
import { grouped } from "../../investor/islands/figures.js";
import { listen } from "../../investor/islands/stream.js";

/** @typedef {{name: string, processed: number, batch_p99_ms: number, links: string[], unbalanced: Record<string, number>, negative: string[], refusals: Record<string, number>}} Health */

/** @param {string} code */
function codeOf(code) {
  const term = document.createElement("dt");
  term.append(Object.assign(document.createElement("code"), { textContent: code }));
  return term;
}

class CounterHealth extends HTMLElement {
  connectedCallback() {
    /** @type {Map<string, {processed: number, at: number}>} */
    this.before = new Map();
    this.stop = listen("health", (news) => this.hear(news));
  }

  disconnectedCallback() {
    this.stop?.();
  }

  /** @param {Health[] | {unavailable: string}} news */
  hear(news) {
    const engine = document.getElementById("engine");
    if (!Array.isArray(news)) {
      if (engine) Object.assign(engine, { className: "pill bad num", textContent: this.dataset.down });
      return;
    }
    let [rate, p99, sound] = [0, 0, true];
    for (const view of news) {
      const own = this.rate(view);
      rate += own ?? 0;
      p99 = Math.max(p99, view.batch_p99_ms);
      sound = this.paint(view, own) && sound;
    }
    if (!engine) return;
    engine.className = `pill num ${sound ? "ok" : "bad"}`;
    engine.textContent = (this.dataset.engine ?? "").replace("RATE", grouped(Math.round(rate))).replace("P99", p99.toFixed(2));
  }

  /** Events a second since the last hearing. @param {Health} view @returns {number | null} */
  rate(view) {
    const last = this.before?.get(view.name);
    const at = performance.now();
    this.before?.set(view.name, { processed: view.processed, at });
    if (!last || at - last.at < 200 || view.processed < last.processed) return null;
    return ((view.processed - last.processed) * 1000) / (at - last.at);
  }

  /** @param {Health} view @param {number | null} rate @returns {boolean} whether its books are sound */
  paint(view, rate) {
    const sheet = this.querySelector(`[data-counter="${CSS.escape(view.name)}"]`);
    const none = this.dataset.none ?? "";
    const sound = !Object.keys(view.unbalanced).length && !view.negative.length;
    if (!sheet) return sound;
    const words = {
      batch_p99_ms: `${view.batch_p99_ms.toFixed(2)} ms`,
      links: view.links.join(" ") || none,
      unbalanced: Object.entries(view.unbalanced).map(([asset, rest]) => `${asset} ${rest}`).join(" ") || none,
      negative: view.negative.join(" ") || none,
      rate: rate === null ? "" : `${grouped(Math.round(rate))}/s`,
    };
    for (const place of sheet.querySelectorAll("[data-show]")) {
      const name = /** @type {HTMLElement} */ (place).dataset.show ?? "";
      // @ts-ignore fields are named in the template
      const text = words[name] ?? grouped(view[name]);
      if (text && place.textContent !== text) place.textContent = text;
      if (name === "unbalanced" || name === "negative") place.classList.toggle("refusal", !sound);
    }
    const pill = /** @type {HTMLElement | null} */ (sheet.querySelector("[data-sound]"));
    if (pill) Object.assign(pill, { className: `pill ${sound ? "ok" : "bad"}`, textContent: sound ? pill.dataset.good : pill.dataset.bad });
    const refusals = sheet.querySelector("[data-refusals]");
    const rows = Object.entries(view.refusals).flatMap(([code, count]) => [codeOf(code), Object.assign(document.createElement("dd"), { textContent: grouped(count) })]);
    refusals?.replaceChildren(...rows);
    return sound;
  }
}

customElements.define("counter-health", CounterHealth);
