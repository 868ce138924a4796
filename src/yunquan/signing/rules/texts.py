"""The texts of agreements, versions by day. Pure: their files are read elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from yunquan.kernel.errors import Refused
from yunquan.signing.types import AgreementText, Article

_FOREVER: Final = "9999-12-31"
_TOLD: Final = ("code", "version", "title_zh", "title_en", "summary_zh", "summary_en",
    "effective_from", "must_scroll", "least_s")  # fmt: skip
# In the order people sign them.
ORDER: Final = (
    "privacy",
    "esign",
    "tax",
    "investor_notice",
    "suitability",
    "risk",
    "brokerage",
    "custody",
    "designation",
)


def texts_from(tables: Iterable[Mapping[str, Any]]) -> tuple[AgreementText, ...]:
    """The parsed files. One that says `articles_of` has the articles of that version of itself."""
    known = {(one["code"], one["version"]): one for one in tables}
    return tuple(
        text_from({**one, "article": known[code, one.get("articles_of", version)]["article"]})
        for (code, version), one in known.items()
    )


def text_from(table: Mapping[str, Any]) -> AgreementText:
    """One parsed file. Raises ValueError where Chinese and English don't go side by side."""
    articles = tuple(_article(table["code"], entry) for entry in table["article"])
    points = tuple(zip(table.get("points_zh", ()), table.get("points_en", ()), strict=True))
    told = {name: table[name] for name in _TOLD} | {"effective_to": table.get("effective_to", "")}
    lists: dict[str, Any] = {name: tuple(table[name]) for name in ("facts", "ticks")}
    return AgreementText(**told, **lists, articles=articles, points=points)


def _article(code: str, entry: Mapping[str, Any]) -> Article:
    chinese, english = tuple(entry["paragraphs_zh"]), tuple(entry["paragraphs_en"])
    if len(chinese) != len(english) or not chinese:
        raise ValueError(f"{code}: {entry['heading_en']} has paragraphs without their copy")
    return Article(entry["heading_zh"], entry["heading_en"], chinese, english)


def in_force(texts: Iterable[AgreementText], day: str) -> tuple[AgreementText, ...]:
    """The version of each agreement on a day, in the order people sign them."""
    found: dict[str, AgreementText] = {}
    for one in sorted(texts, key=lambda text: text.version):
        if one.effective_from <= day < (one.effective_to or _FOREVER):
            found[one.code] = one
    return tuple(found[code] for code in ORDER if code in found)


def pick(
    texts: Iterable[AgreementText], codes: Iterable[str], day: str
) -> tuple[AgreementText, ...] | Refused:
    """Those of these codes in force on a day, in the order people sign them."""
    wanted = list(codes)
    there = {one.code: one for one in in_force(texts, day)}
    if not wanted:
        return Refused("signing.nothing")
    for code in wanted:
        if code not in there:
            return Refused("signing.agreement_unknown", {"agreement": code[:30], "day": day})
    if len(set(wanted)) != len(wanted):
        return Refused("signing.twice")
    return tuple(one for one in there.values() if one.code in wanted)
