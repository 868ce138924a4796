// @ts-check
/**
 * <paper-reader>: sees for how long and how far each paper below another was read, and sends that with the signature. It
 * decides nothing: the server asks for the same. Once everything is read it has the code sent that confirms the signature,
 * as soon as another may be sent: it comes while they tick. Signing itself is theirs alone.
 *
 * Inside: `li[data-paper]` with data-version, -digest, -least (seconds), -scroll, its `.open-points` and all of its words
 * folded below them in `.open-full`, or the words alone in `.open-paper`; `[data-end]` after the last word that lies open, `[data-state]`; and a form with `[data-all]`, `[data-left]`, `[data-send-code]`, `[data-sent]`,
 * `[data-refusal]`, `[data-sign]` and the fields seen, key, code. Texts: data-say-read, -seconds ("%d"), -scroll, -left
 * ("%d"), -all, -failed, -again ("%d"), -soon.
 */
import { waitFor } from "./opening.js";

const TICK_MS = 250;
const LEAST_PX = 160; // less of a paper than this is passed by, not read

class Paper {
  /** @param {HTMLElement} item */
  constructor(item) {
    this.item = item;
    this.code = item.dataset.paper ?? "";
    this.least = Number(item.dataset.least ?? 0);
    this.text = /** @type {HTMLElement} */ (item.querySelector(".open-points") ?? item.querySelector(".open-paper"));
    this.opened = false;
    this.full = item.querySelector(".open-full");
    this.full?.addEventListener("toggle", () => (this.opened = true));
    this.end = /** @type {HTMLElement} */ (item.querySelector("[data-end]"));
    this.said = /** @type {HTMLElement} */ (item.querySelector("[data-state]"));
    this.words = this.said.textContent ?? "";
    this.shownAt = 0;
    this.readMs = 0;
    this.toEnd = false;
  }

  /** Whether enough of it stands on the screen. */
  get inSight() {
    const { top, height } = this.text.getBoundingClientRect();
    const bottom = top + height + (this.opened ? (this.full?.getBoundingClientRect().height ?? 0) : 0);
    return Math.min(bottom, innerHeight) - Math.max(top, 0) >= Math.min(LEAST_PX, height * 0.6);
  }

  /** @param {number} ms */
  spend(ms) {
    this.shownAt ||= Date.now();
    this.readMs += ms;
    const { top } = this.end.getBoundingClientRect();
    this.toEnd ||= top >= 0 && top <= innerHeight;
  }

  get left() {
    return Math.max(0, Math.ceil(this.least - this.readMs / 1000));
  }

  get isRead() {
    return this.shownAt > 0 && this.left === 0 && (this.toEnd || !("scroll" in this.item.dataset));
  }

  get ticks() {
    return /** @type {HTMLInputElement[]} */ ([...this.item.querySelectorAll("[data-tick]")]);
  }
}

class PaperReader extends HTMLElement {
  connectedCallback() {
    this.form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    this.papers = [...this.querySelectorAll("[data-paper]")].map((item) => new Paper(/** @type {HTMLElement} */ (item)));
    this.all = /** @type {HTMLInputElement} */ (this.part("all"));
    this.sendCode = /** @type {HTMLButtonElement} */ (this.part("send-code"));
    this.last = performance.now();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.sendCode.addEventListener("click", () => this.askCode());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.sign();
    });
    this.code = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("code"));
    this.tick();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  /** @param {string} name */
  part(name) {
    return /** @type {HTMLElement} */ (this.querySelector(`[data-${name}]`));
  }

  /** @param {string} name */
  words(name) {
    return this.getAttribute(`data-say-${name}`) ?? "";
  }

  /** What is on the screen shares the time; a page in the background is read by nobody. */
  tick() {
    const now = performance.now();
    const passed = now - (this.last ?? now);
    this.last = now;
    const seen = document.visibilityState === "visible" ? (this.papers ?? []).filter((paper) => paper.inSight) : [];
    for (const paper of seen) paper.spend(passed / seen.length);
    for (const paper of this.papers ?? []) this.tell(paper, seen.includes(paper));
    const unread = (this.papers ?? []).filter((paper) => !paper.isRead);
    const left = /** @type {HTMLAnchorElement} */ (this.part("left"));
    const words = unread.length ? this.words("left").replace("%d", String(unread.length)) : this.words("all");
    if (left.textContent !== words) left.textContent = words;
    if (unread.length) left.href = `#${unread[0].item.id}`;
    else left.removeAttribute("href");
    if (!this.asked && !unread.length) this.askCode();
  }

  /** What is missing of one. @param {Paper} paper @param {boolean} inSight */
  tell(paper, inSight) {
    const read = paper.isRead;
    let words = paper.words;
    if (read) words = this.words("read");
    else if (inSight) words = paper.left ? this.words("seconds").replace("%d", String(paper.left)) : this.words("scroll");
    if (paper.said.textContent !== words) paper.said.textContent = words;
    paper.item.classList.toggle("read", read);
    paper.said.classList.toggle("ok", read);
  }

  seen() {
    const agreed = this.all?.checked;
    return (this.papers ?? []).map((paper) => ({
      code: paper.code,
      version: Number(paper.item.dataset.version),
      digest: paper.item.dataset.digest,
      shown_at_ms: paper.shownAt,
      read_s: Math.floor(paper.readMs / 1000),
      scrolled_to_end: paper.toEnd,
      opened: paper.opened,
      ticked: [...(agreed && paper.isRead ? ["read"] : []), ...paper.ticks.filter((tick) => tick.checked).map((tick) => tick.dataset.tick)],
    }));
  }

  /** @param {string} address @param {FormData} form */
  async post(address, form) {
    const answer = await fetch(address, { method: "POST", body: form, headers: { Accept: "application/json", "X-CSRF-Token": String(form.get("csrf") ?? "") } });
    return { ok: answer.ok, told: await answer.json() };
  }

  /** Another is sent later where it's too soon; the button tells when, and goes on asking by itself until one went out. */
  async askCode() {
    this.asked = true;
    const refusal = this.part("refusal");
    refusal.textContent = "";
    try {
      const { ok, told } = await this.post("/open/agreements/code", new FormData(this.form));
      if (!ok && told.wait_s) {
        this.part("sent").textContent = this.words("soon");
        if (this.sendCode) waitFor(this.sendCode, told.wait_s, this.words("again"), () => this.isConnected && this.askCode());
        return;
      }
      if (!ok) {
        refusal.textContent = told.text;
        return;
      }
      this.part("sent").textContent = told.text;
      if (this.sendCode) waitFor(this.sendCode, told.again_in_s, this.words("again"));
      this.code?.focus();
    } catch {
      refusal.textContent = this.words("failed");
    }
  }

  async sign() {
    const refusal = this.part("refusal");
    const button = /** @type {HTMLButtonElement} */ (this.part("sign"));
    if (button.disabled) return;
    refusal.textContent = "";
    button.disabled = true;
    const form = new FormData(/** @type {HTMLFormElement} */ (this.form));
    form.set("seen", JSON.stringify(this.seen()));
    try {
      const { ok, told } = await this.post("/open/agreements", form);
      if (ok && told.next) return location.assign(told.next);
      refusal.textContent = told.text;
    } catch {
      // Nobody knows whether it was signed: the same key again tells.
      refusal.textContent = this.words("failed");
    }
    button.disabled = false;
  }
}

customElements.define("paper-reader", PaperReader);
