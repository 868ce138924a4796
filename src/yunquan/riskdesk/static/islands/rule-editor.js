// @ts-check
/** <rule-editor>: puts a name from the catalogue where the cursor was, and marks the line that the check speaks of. The server checks. */

class RuleEditor extends HTMLElement {
  connectedCallback() {
    /** @type {HTMLTextAreaElement | null} */
    this.last = this.querySelector("textarea");
    this.addEventListener("focusin", (event) => {
      if (event.target instanceof HTMLTextAreaElement) this.last = event.target;
    });
    this.onClick = (/** @type {Event} */ event) => this.insert(event);
    document.addEventListener("click", this.onClick);
    this.watcher = new MutationObserver(() => this.mark());
    this.watcher.observe(this, { childList: true, subtree: true });
    this.mark();
  }

  disconnectedCallback() {
    if (this.onClick) document.removeEventListener("click", this.onClick);
    this.watcher?.disconnect();
  }

  /** @param {Event} event */
  insert(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
    const place = this.last;
    if (!(button instanceof HTMLElement) || !place?.isConnected) return;
    const name = button.dataset.insert ?? "";
    const before = place.value.slice(0, place.selectionStart);
    const gap = before && !/[\s(]$/.test(before) ? " " : "";
    place.setRangeText(`${gap}${name}`, place.selectionStart, place.selectionEnd, "end");
    place.focus();
    place.dispatchEvent(new Event("input", { bubbles: true }));
  }

  mark() {
    const told = this.querySelector("#checked");
    if (!(told instanceof HTMLElement)) return;
    for (const place of this.querySelectorAll("textarea")) {
      const wrong = place.dataset.part === told.dataset.part && place.dataset.line === told.dataset.line;
      if (wrong) place.setAttribute("aria-invalid", "true");
      else place.removeAttribute("aria-invalid");
    }
  }
}

customElements.define("rule-editor", RuleEditor);
