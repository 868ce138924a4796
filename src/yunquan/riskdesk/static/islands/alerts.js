// @ts-check
/**
 * <alert-stream>: each alert as it is pushed, on top of its list, each once. Whenever the stream begins anew it asks for
 * what it missed. Its template is the page's own line of an alert with places to fill in.
 */
import { listen } from "../../investor/islands/stream.js";

/** @typedef {{id: string, grade: number, grade_text: string, title: string, flood: boolean, at: string, who: string}} Alert */

class AlertStream extends HTMLElement {
  connectedCallback() {
    this.stop = listen("alerts", (news) => ("ask" in news ? this.ask() : this.add(news)));
  }

  disconnectedCallback() {
    this.stop?.();
  }

  get list() {
    return /** @type {HTMLElement} */ (this.querySelector(".risk-alerts"));
  }

  /** Everything there is now, whatever was pushed meanwhile. */
  async ask() {
    const answer = await fetch(this.dataset.from ?? "", { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const known = [...page.querySelectorAll(".risk-alerts > li")];
    const ids = new Set(known.map((line) => line.id));
    const pushed = [...this.list.children].filter((line) => line.id && line.matches("[data-pushed]") && !ids.has(line.id));
    this.list.replaceChildren(...pushed, ...known);
  }

  /** @param {Alert} alert */
  add(alert) {
    if (alert.grade < Number(this.dataset.least) || document.getElementById(`alert-${alert.id}`)) return;
    const line = /** @type {HTMLTemplateElement} */ (this.querySelector("template")).content.cloneNode(true);
    const item = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (line).querySelector("li"));
    item.id = `alert-${alert.id}`;
    item.dataset.pushed = "";
    for (const [part, text] of Object.entries({ grade: alert.grade_text, title: alert.title, at: alert.at, who: alert.who })) {
      const place = item.querySelector(`[data-part="${part}"]`);
      if (place) place.textContent = text;
    }
    item.querySelector('[data-part="grade"]')?.classList.add(`g${alert.grade}`);
    /** @type {HTMLElement | null} */ (item.querySelector('[data-part="flood"]'))?.toggleAttribute("hidden", !alert.flood);
    this.list.querySelector(".empty")?.remove();
    this.list.prepend(line);
    while (this.list.children.length > Number(this.dataset.most)) this.list.lastElementChild?.remove();
  }
}

customElements.define("alert-stream", AlertStream);
