"""Writing a rule: a form that says while one types what is wrong and where, and the catalogue."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from litestar import get, post
from litestar.response import Redirect, Response

from yunquan.indicators.rules.catalogue import FAMILY_NAMES
from yunquan.indicators.types import Family, Kind
from yunquan.kernel.errors import NotFound, YunquanError
from yunquan.riskdesk.pages.parts import ACT, LONGEST_CODE, Here, TheHere
from yunquan.riskdesk.pages.rules import search
from yunquan.rulebook import KINDS
from yunquan.rulebook.rules.books import all_limits
from yunquan.rulebook.rules.language import FIELD_UNITS, LONGEST, MOST_LINES
from yunquan.rulebook.rules.words import CERTAINTIES
from yunquan.rulebook.types import Condition, RuleText

PAGE: Final = "riskdesk/draft.html"
# A condition may be longer than it can be, so that it is refused for that.
LONGEST_FIELD: Final = LONGEST + 200
PARTS: Final = ("step", "without")
WORDS: Final = ("code", "kind", "subject", "title_zh", "title_en", "basis", "certainty")
NUMBERS: Final = ("grade", "within_s", "quiet_s", "most")
NEW: Final = RuleText(
    "", "spoofing", "account", (Condition(("order",), ""),), 2, "", "", "", "F"
)  # fmt: skip


@get("/staff/watch/drafts", opt=ACT)
async def draft_page(here: TheHere) -> Response[str]:
    """An empty form, or one with a version of a rule in it. Raises NotFound
    rulebook.unknown.
    """
    query = here.request.query_params
    rule = query.get("rule", "")[:LONGEST_CODE]
    text = await asyncio.to_thread(_known, here, rule, query.get("version", "")) if rule else NEW
    return here.templates.page(PAGE, **facts(here, text, known=bool(rule)))


def _known(here: Here, rule: str, version: str) -> RuleText:
    for one in here.rules.versions_of(rule):
        if version in ("", str(one.version)):
            return one.text
    raise NotFound("rulebook.unknown", rule=rule)


def facts(here: Here, text: RuleText, *, known: bool, more: str = "") -> dict[str, Any]:
    """Everything the form shows. known: a version of a rule there is, whose code stays."""
    wrong = None if text is NEW else wrong_with(here, text)
    rows = {
        part: [(" ".join(one.on), one.when) for one in conditions]
        for part, conditions in zip(PARTS, (text.conditions, text.without), strict=True)
    }
    if more in PARTS and len(rows[more]) < MOST_LINES:
        rows[more].append(("", ""))
    if not rows["step"]:
        rows["step"] = [("", "")]
    english = here.locale == "en"
    found, rest = search("orders m5")
    return {
        "text": text,
        "rows": rows,
        "known": known,
        "kinds": sorted(KINDS),
        "subjects": [(one.name.lower(), FAMILY_NAMES[one][2 if english else 1]) for one in Family],
        "certainties": CERTAINTIES,
        "events": [one.name.lower() for one in Kind],
        "fields": FIELD_UNITS,
        "limits": all_limits(),
        "found": found,
        "more": rest,
        "english": english,
        "wrong": wrong,
        "unwritten": text is NEW,
        "may_grow": {part: len(rows[part]) < MOST_LINES for part in PARTS},
        "market": here.desk.market_status(),
    }


def wrong_with(here: Here, text: RuleText) -> dict[str, Any] | None:
    """What is wrong first: its code, a sentence, and the condition cut in three at the place; None
    when nothing is.
    """
    try:
        here.rules.check(text)
    except YunquanError as error:
        told = dict(error.facts)
        part, line = str(told.get("part", "")), int(told.get("line", 0))
        listed = {"step": text.conditions, "without": text.without}.get(part, ())
        when = listed[line - 1].when if 0 < line <= len(listed) else ""
        at = min(max(int(told.get("column", 0)) - 1, 0), len(when)) if when else 0
        end = at + 1
        while end < len(when) and (when[end].isalnum() or when[end] in "._"):
            end += 1
        pieces = (when[:at], when[at:end], when[end:]) if "column" in told else (when, "", "")
        return {
            "code": error.code,
            "said": here.said(error),
            "part": part,
            "line": line,
            "column": int(told.get("column", 0)),
            "pieces": pieces,
        }
    return None


def typed(form: dict[str, str]) -> RuleText:
    """The text as the form has it; what is no number is one that is refused."""
    lines = {part: list[Condition]() for part in PARTS}
    for part in PARTS:
        for at in range(1, MOST_LINES + 1):
            on, when = (form.get(f"{name}-{part}-{at}", "").strip() for name in ("on", "when"))
            if on or when:
                lines[part].append(Condition(tuple(on.replace(",", " ").split()), when))
    words = {name: form.get(name, "").strip() for name in WORDS}
    numbers = {name: _number(form.get(name, "")) for name in NUMBERS}
    return msgspec.structs.replace(
        NEW,
        **words,
        **numbers,
        conditions=tuple(lines["step"]),
        without=tuple(lines["without"]),
    )


def _number(text: str) -> int:
    text = text.strip() or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


async def _form(here: Here) -> dict[str, str]:
    form = await here.request.form()
    return {name: str(value)[:LONGEST_FIELD] for name, value in form.items()}


@post("/staff/watch/drafts/check", opt=ACT, status_code=200)
async def check_draft(here: TheHere) -> Response[str]:
    """The first thing that is wrong with what is typed so far."""
    text = typed(await _form(here))
    wrong = await asyncio.to_thread(wrong_with, here, text)
    return here.templates.page("riskdesk/parts/checked.html", wrong=wrong, unwritten=False)


@post("/staff/watch/drafts", opt=ACT, status_code=200)
async def save_draft(here: TheHere) -> Response[Any]:
    """A new version, which nobody reads yet; or the form with a line more."""
    form = await _form(here)
    text, known = typed(form), form.get("known") == "yes"
    if form.get("more", ""):
        shown = await asyncio.to_thread(facts, here, text, known=known, more=form["more"])
        return here.templates.page(PAGE, **shown)
    try:
        made = await asyncio.to_thread(here.rules.draft, here.session.actor, text)
    except YunquanError as error:
        shown = await asyncio.to_thread(facts, here, text, known=known)
        return here.templates.page(PAGE, status=error.status, **shown)
    there = f"/staff/watch/rules/{made.text.code}?version={made.version}&done=drafted"
    return Redirect(there, status_code=303)


handlers = [draft_page, check_draft, save_draft]
