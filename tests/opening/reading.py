"""What of a page an applicant reads, counted where it is seen: in the browser.

Every character that stands on the page is counted, digits too, but for spaces and marks, as where
reading is measured. `read`: headings, questions, the choices of a list up to the chosen one (all of
them where several may be ticked), key points, what is agreed to or declared, buttons. `skimmed`:
why and how in small print, one's own particulars, titles of papers and their full words where those
lie open, other ways. `folded`: what opens on a tap and was left closed. `unread`: choices below the
chosen one, what only a simulated world shows, and what is said while a text message is waited for,
whose seconds are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Page

KINDS: Final = ("read", "skimmed", "folded", "unread")
# [words, kind] of everything in the page's main part, in its order.
READ: Final = """() => {
  const main = document.getElementById("main");
  const skimmed = ["[data-skim]", ".btn.quiet", "one-way-witness summary", ".open-paper",
    ".open-why", ".hint", ".open-progress", ".open-foot", ".open-withdraw"].join();
  const runs = "[data-live], [data-wait], [data-send-code]";
  const unread = "[data-simulated], [data-wait-for], .open-phone, noscript, script, option";
  const kindOf = (node) => {
    const at = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (at.closest(unread)) return "unread";
    const fold = at.closest("details:not([open])");
    if (fold && at.closest("summary")?.parentElement !== fold) return "folded";
    if (!at.checkVisibility({ visibilityProperty: true })) return "";
    const choice = at.closest("label")?.querySelector("input[type=radio]");
    if (choice && !choice.checked) {
      const all = [...choice.form.querySelectorAll(`input[type=radio][name="${choice.name}"]`)];
      const chosen = all.findIndex((one) => one.checked);
      if (chosen >= 0 && all.indexOf(choice) > chosen) return "unread";
    }
    return at.closest(skimmed) && !at.closest("[data-read]") ? "skimmed" : "read";
  };
  const found = [];
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let words = node.textContent.replace(/[^\\p{L}\\p{N}]+/gu, "");
    // A figure that runs is one thing that is seen.
    if (node.parentElement.closest(runs)) words = words.replace(/\\d+/g, "0");
    const kind = words && kindOf(node);
    if (kind) found.push([words, kind]);
  }
  // What stands in a field already is looked at, as one's own; what was typed is typing.
  for (const one of main.querySelectorAll("input.plain, textarea")) {
    const words = one.defaultValue.replace(/[^\\p{L}\\p{N}]+/gu, "");
    if (words && kindOf(one) === "read") found.push([words, "skimmed"]);
  }
  return found;
}"""


@dataclass
class Reading:
    """By step: (words, which of the same on a page) -> kind. What stood on an earlier page in the
    same words isn't read again, and what stands twice on a page is read once and seen once more.
    """

    said: dict[str, dict[tuple[str, int], str]] = field(default_factory=dict)

    def look(self, page: Page, step: str) -> None:
        """The page as it stands; a choice that was made meanwhile tells which were read."""
        before = {words for name, of in self.said.items() if name != step for words, _ in of}
        found = defaultdict[str, list[str]](list)
        for words, kind in page.evaluate(READ):
            if words not in before:
                found[words].append(kind)
        here = self.said.setdefault(step, {})
        for words, kinds in found.items():
            for place, kind in enumerate(sorted(kinds, key=KINDS.index)):
                again = place and kind == "read"
                here[words, place] = "skimmed" if again else kind

    def counted(self, step: str) -> Counter[str]:
        found = Counter[str]()
        for (words, _), kind in self.said.get(step, {}).items():
            found[kind] += len(words)
        return found
