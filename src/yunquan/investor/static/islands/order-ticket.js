// @ts-check
/**
 * <order-ticket>: steps, fractions, the price of a clicked level, the confirm sheet, the bottom sheet on a phone.
 * It knows no rule: what an order costs and whether it would be taken is the server's answer, asked for while typing.
 */
import { grouped } from "./figures.js";
import { listen } from "./stream.js";

const ASK_AFTER_MS = 180;
const PHONE = matchMedia("(max-width: 759px)");

class OrderTicket extends HTMLElement {
  connectedCallback() {
    this.form = /** @type {HTMLFormElement} */ (this.querySelector("form.ticket"));
    this.dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
    this.price = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("price"));
    this.qty = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("qty"));
    this.go = /** @type {HTMLButtonElement} */ (this.querySelector("[data-go]"));
    // Digits and one point are the pattern; the browser's own bubble would hide the server's sentence.
    this.form.noValidate = true;
    this.backdrop = document.createElement("div");
    this.backdrop.className = "backdrop";
    this.after(this.backdrop);
    this.backdrop.addEventListener("click", () => this.shut());
    this.addEventListener("click", (event) => this.onClick(event));
    this.form.addEventListener("input", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.name === "side") this.onSide();
      if (event.target === this.kind) this.onKind();
      this.askSoon();
    });
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
    this.form.addEventListener("keydown", (event) => this.onKey(event));
    this.dialog.addEventListener("close", () => this.onAnswered());
    this.addEventListener("htmx:after:swap", () => this.onSwapped());
    for (const name of ["htmx:error", "htmx:response:error"]) this.addEventListener(name, (event) => this.onSilence(event));
    document.addEventListener("ticket", (event) => this.onCalled(/** @type {CustomEvent} */ (event).detail));
    document.addEventListener("click", (event) => {
      const opener = event.target instanceof Element ? event.target.closest("[data-open-ticket]") : null;
      if (opener instanceof HTMLElement) this.onCalled({ side: opener.dataset.openTicket });
    });
    this.onSide();
    this.onKind();
    this.place();
    this.hear();
  }

  disconnectedCallback() {
    for (const stop of this.stops ?? []) stop();
  }

  /** A new phase takes other kinds; a stop or its end changes whether the order would be taken. */
  hear() {
    /** @type {string | undefined} */
    let phase;
    this.stops = [
      listen("market", (data) => {
        const next = (data?.status ?? data)?.phase;
        // @ts-ignore htmx is the page's one global
        if (phase !== undefined && next !== phase) htmx.trigger(this.querySelector("#kinds"), "kinds");
        if (phase !== undefined && next !== phase) this.askSoon();
        phase = next;
      }),
      listen(this.dataset.notices ?? "", () => this.askSoon()),
    ];
  }

  get kind() {
    const found = this.form.elements.namedItem("kind");
    return found instanceof HTMLSelectElement ? found : null;
  }

  /** What the price field means for this kind of order; a kind that names none takes it away. */
  onKind() {
    const chosen = this.kind?.selectedOptions[0];
    const meaning = chosen?.dataset.price ?? "limit";
    const label = /** @type {HTMLElement} */ (this.querySelector("[data-price-label]"));
    label.textContent = label.dataset[meaning] ?? "";
    const none = meaning === "none";
    if (none && !this.price.disabled) this.named = this.price.value;
    if (none !== this.price.disabled) this.price.value = none ? "" : this.named || this.price.value;
    this.price.disabled = none;
    this.price.placeholder = none ? (this.dataset.marketPrice ?? "") : "";
    const about = this.querySelector("[data-kind-about]");
    if (about && chosen) about.textContent = chosen.dataset.about ?? "";
    for (const step of this.querySelectorAll('[data-step-of="price"]')) /** @type {HTMLButtonElement} */ (step).disabled = none;
    if (chosen?.dataset.max) this.dataset.max = chosen.dataset.max;
  }

  get side() {
    return new FormData(this.form).get("side") === "sell" ? "sell" : "buy";
  }

  get isReckoned() {
    return !this.estimate.classList.contains("stale");
  }

  get estimate() {
    return /** @type {HTMLElement} */ (this.querySelector("#estimate"));
  }

  onSide() {
    const side = this.side;
    this.go.className = `btn go ${side}`;
    this.go.textContent = (side === "buy" ? this.dataset.sayBuy : this.dataset.saySell) ?? "";
  }

  /** Buy, sell or a price, from a key, the bottom bar or the book. @param {{side?: string, price?: string}} wish */
  onCalled(wish) {
    if (wish.side) {
      for (const radio of this.form.querySelectorAll('input[name="side"]')) {
        if (radio instanceof HTMLInputElement) radio.checked = radio.value === wish.side;
      }
      this.onSide();
      this.open();
    }
    if (wish.price) this.price.value = wish.price;
    this.askSoon();
  }

  open() {
    if (PHONE.matches) {
      this.opener = document.activeElement;
      this.classList.add("open");
      this.backdrop?.classList.add("open");
    }
    if (!PHONE.matches) this.price.select();
    else /** @type {HTMLElement | null} */ (this.querySelector("[data-close]"))?.focus();
  }

  shut() {
    this.classList.remove("open");
    this.backdrop?.classList.remove("open");
    if (this.opener instanceof HTMLElement) this.opener.focus();
  }

  /** @param {Event} event */
  onClick(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    if (button.dataset.close !== undefined) this.shut();
    if (button.dataset.stepOf) this.step(button.dataset.stepOf, Number(button.dataset.by));
    if (button.dataset.part) this.takePart(Number(button.dataset.part));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "Escape" && this.classList.contains("open")) {
      event.stopPropagation();
      this.shut();
      return;
    }
    const field = event.target === this.price ? "price" : event.target === this.qty ? "qty" : "";
    if (!field || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    this.step(field, event.key === "ArrowUp" ? 1 : -1);
  }

  /** One tick or one lot, up or down, onto the grid. @param {string} field @param {number} by */
  step(field, by) {
    if (field === "price") {
      const places = (this.dataset.tick ?? "0.01").split(".")[1]?.length ?? 0;
      const scale = 10 ** places;
      const tick = Math.round(Number(this.dataset.tick) * scale);
      const now = Math.round(Number(this.price.value.replaceAll(",", "")) * scale) || 0;
      this.price.value = (Math.max(tick, now + by * tick) / scale).toFixed(places);
    } else {
      const now = Number.parseInt(this.qty.value.replaceAll(",", ""), 10) || 0;
      const [step, least] = this.side === "buy" ? [Number(this.dataset.step), Number(this.dataset.min)] : [Number(this.dataset.lot), 1];
      const next = by > 0 ? now + Math.max(step, least > now ? least - now : 0) : now - step;
      this.qty.value = String(Math.max(Math.min(least, Number(this.dataset.max)), next));
    }
    this.askSoon();
  }

  /** A fraction of what could be bought or sold. @param {number} part */
  takePart(part) {
    const most = Number(this.estimate.dataset.most);
    const [step, least] = this.side === "buy" ? [Number(this.dataset.step), Number(this.dataset.min)] : [Number(this.dataset.lot), 1];
    // The whole may hold an odd rest, which only a sale of everything may carry.
    const whole = part === 1 && this.side === "sell" ? most : Math.floor(most / part / step) * step;
    // A part below the smallest order is that order, if so much can be had at all.
    this.qty.value = String(whole < least && most >= least ? least : Math.max(whole, 0));
    this.askSoon();
  }

  /** Nobody answered: said here, for on a phone the ticket covers the strip. Of an order it isn't known what became; the same key makes a second tap the same order. @param {Event} event */
  onSilence(event) {
    const ordered = event.target === this.form;
    const place = this.querySelector(ordered ? "#ticket-result" : '[data-slot="order"]');
    const said = document.createElement("p");
    said.className = "refusal";
    said.textContent = (ordered ? this.dataset.sayUnanswered : this.dataset.sayUnreckoned) ?? "";
    place?.replaceChildren(said);
    said.scrollIntoView({ block: "nearest" });
  }

  askSoon() {
    clearTimeout(this.asking);
    // Until the server has reckoned anew, the sums are another order's.
    this.estimate.classList.add("stale");
    this.asking = setTimeout(() => {
      // @ts-ignore htmx is the page's one global
      htmx.trigger(this.estimate, "estimate");
    }, ASK_AFTER_MS);
  }

  onSwapped() {
    this.onKind();
    this.place();
    const result = this.querySelector("[data-result]");
    if (!(result instanceof HTMLElement) || result === this.lastResult) return;
    this.lastResult = result;
    result.scrollIntoView({ block: "nearest" });
    if (result.dataset.result === "taken") this.askSoon();
  }

  /** Sentences of the estimate go beside the field they speak of. */
  place() {
    for (const slot of this.querySelectorAll("[data-slot]")) {
      const found = this.estimate.querySelector(`[data-for-slot="${/** @type {HTMLElement} */ (slot).dataset.slot}"]`);
      if (found instanceof HTMLElement) found.hidden = false;
      slot.replaceChildren(...(found ? [found] : []));
    }
    // The server's refusal stands beside its field; until it is mended there is nothing to send.
    const refused = this.estimate.dataset.takes === "no" && Boolean(this.querySelector('.refusal[data-for-slot]'));
    this.go.disabled = refused;
    this.price.setAttribute("aria-invalid", String(this.slotFilled("price")));
    this.qty.setAttribute("aria-invalid", String(this.slotFilled("qty")));
  }

  /** @param {string} name */
  slotFilled(name) {
    return Boolean(this.querySelector(`[data-slot="${name}"]`)?.childElementCount);
  }

  /** @param {SubmitEvent} event */
  onSubmit(event) {
    event.preventDefault();
    event.stopPropagation();
    if (this.go.disabled) return;
    if (this.dataset.confirms === "no") {
      this.keep(this.form.innerText, "");
      // @ts-ignore htmx is the page's one global
      return htmx.trigger(this.form, "confirmed");
    }
    const say = (/** @type {string} */ name, /** @type {string} */ text) => {
      const place = this.dialog.querySelector(`[data-say="${name}"]`);
      if (place) place.textContent = text;
    };
    say("side", (this.side === "buy" ? this.dataset.sayBuy : this.dataset.saySell) ?? "");
    const kind = this.kind?.selectedOptions[0];
    if (kind) say("kind", kind.text);
    const price = this.price.disabled ? (this.dataset.marketPrice ?? "") : grouped(this.price.value.replaceAll(",", ""));
    say("price-label", this.querySelector("[data-price-label]")?.textContent ?? "");
    say("price", price);
    say("qty", `${grouped(this.qty.value.replaceAll(",", ""))} ${this.dataset.unit ?? ""}`);
    const waits = this.querySelector('[data-slot="waits"]')?.textContent ?? "";
    say("waits", waits);
    /** @type {HTMLElement | null} */ (this.dialog.querySelector('[data-say="waits"]'))?.toggleAttribute("hidden", !waits);
    this.dialog.querySelector('[data-say="estimate"]')?.replaceChildren(...(this.isReckoned ? (this.estimate.querySelector("dl")?.cloneNode(true).childNodes ?? []) : []));
    this.dialog.classList.toggle("is-buy", this.side === "buy");
    this.dialog.classList.toggle("is-sell", this.side === "sell");
    this.dialog.returnValue = "no";
    this.dialog.showModal();
    this.confirmed = this.dialog.innerText;
  }

  /** What stood before the reader goes along with the order, as evidence. @param {string} text @param {string} ticked */
  keep(text, ticked) {
    for (const [name, value] of [["shown", text.slice(0, 4000)], ["ticked", ticked]]) {
      const field = this.form.elements.namedItem(name);
      if (field instanceof HTMLInputElement) field.value = value;
    }
  }

  onAnswered() {
    if (this.dialog.returnValue !== "yes") return;
    this.keep(this.confirmed ?? "", "confirmed");
    // @ts-ignore htmx is the page's one global
    htmx.trigger(this.form, "confirmed");
  }
}

customElements.define("order-ticket", OrderTicket);
