// @ts-check
/** The cockpit by keyboard: in a replay, arrows step a minute and, with shift, ten; "1" to "9" open the case at that place. */

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT|SUMMARY)$/.test(target.tagName));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (way) {
    // A table that scrolls sideways keeps its arrows.
    if (event.target instanceof Element && event.target.closest(".heat-scroll")) return;
    const step = document.querySelector(`[data-step="${way * (event.shiftKey ? 10 : 1)}"]`);
    if (step instanceof HTMLElement) {
      event.preventDefault();
      step.click();
    }
  } else if (/^[1-9]$/.test(event.key)) {
    const cases = document.querySelectorAll("#board .risk-case");
    const wanted = cases[Number(event.key) - 1];
    if (wanted instanceof HTMLElement) wanted.click();
  }
}

/** A long day opens at the moment it is looked at for. */
function showMoment() {
  const here = document.querySelector(".day-line .here");
  const list = here?.closest(".day-line");
  if (here instanceof HTMLElement && list instanceof HTMLElement) list.scrollTop = here.offsetTop - list.offsetTop - list.clientHeight / 2;
}

document.addEventListener("keydown", onKey);
showMoment();
