"""What is looked for: the rules with who made them and how they do, the dated limits, and the
catalogue of indicators.
"""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import Any, Final

from litestar import get
from litestar.response import Response

from yunquan.indicators.rules.catalogue import CATALOGUE, FAMILY_NAMES
from yunquan.indicators.types import Indicator
from yunquan.kernel.clock import to_ms
from yunquan.kernel.zone import day_begins_ms, day_of
from yunquan.riskdesk.pages.parts import SEE, Here, TheHere, second
from yunquan.rulebook import title_of
from yunquan.rulebook.rules.books import all_limits
from yunquan.rulebook.types import RuleState, RuleVersion

SINCE_MS: Final = 90 * 86_400_000
LONGEST_QUERY: Final = 60
SHOWN: Final = 40
STATES: Final = tuple(one.value for one in RuleState)


@get("/staff/watch/rules", opt=SEE)
async def rules_page(here: TheHere) -> Response[str]:
    """Rules that run or are drafted; retired ones where they are asked for."""
    return here.templates.page("riskdesk/rules.html", **await asyncio.to_thread(rule_facts, here))


def rule_facts(here: Here) -> dict[str, Any]:
    """Rules with their hits of today and precision, and the limits they name."""
    query = here.request.query_params
    asked, state = query.get("q", "")[:LONGEST_QUERY].strip(), query.get("state", "")
    states = [RuleState(state)] if state in STATES else []
    found = here.rules.rules(*states)
    now_ms = to_ms(here.desk.clock.now())
    did = {one.rule: one for one in here.cases.precision(now_ms - SINCE_MS)}
    hits = here.alerts.counts(day_begins_ms(day_of(now_ms)))
    return {
        "rules": [
            (one, title_of(one.text, here.locale), did.get(one.text.code), _hits(hits, one))
            for one in found
            if _is_named(one, asked.casefold())
        ],
        "asked": asked,
        "state": state if states else "",
        "states": STATES,
        "any": bool(found),
        "limits": all_limits(),
        "recent": here.backtests.recent(limit=5),
        "names": here.names(),
        "may_act": here.may_act,
        "second": second,
        "market": here.desk.market_status(),
    }


def _hits(hits: dict[tuple[str, int, bool], int], one: RuleVersion) -> int | None:
    """How many alerts a version raised today; None of one that doesn't run."""
    if one.state not in (RuleState.LIVE, RuleState.SHADOW):
        return None
    return hits.get((one.text.code, one.version, one.state is RuleState.SHADOW), 0)


def _is_named(one: RuleVersion, asked: str) -> bool:
    text = one.text
    return any(
        asked in word.casefold() for word in (text.code, text.title_zh, text.title_en, text.kind)
    )


@get("/staff/watch/indicators", opt=SEE)
async def indicators_page(here: TheHere) -> Response[str]:
    """Every indicator with its formula, one line for all its windows; ?part=found and ?q= those
    that an author looks for.
    """
    query = here.request.query_params
    english = here.locale == "en"
    if query.get("part") == "found":
        found, more = search(query.get("q", "")[:LONGEST_QUERY])
        shown = {"found": found, "more": more, "english": english}
        return here.templates.page("riskdesk/parts/found.html", **shown)
    families = list[tuple[str, list[dict[str, Any]]]]()
    for family, group in groupby(CATALOGUE, key=lambda one: one.family):
        lines: dict[str, dict[str, Any]] = {}
        for one in group:
            stem = one.code.rpartition(".")[0]
            line = lines.setdefault(stem, {"code": stem, "one": one, "windows": []})
            line["windows"].append(one.window)
        name = FAMILY_NAMES[family][2 if english else 1]
        families.append((name, list(lines.values())))
    return here.templates.page(
        "riskdesk/indicators.html",
        families=families,
        count=len(CATALOGUE),
        english=english,
        market=here.desk.market_status(),
    )


def search(asked: str) -> tuple[list[Indicator], int]:
    """Indicators in whose code or name every word stands, and how many more there are."""
    words = asked.casefold().split()
    found = [
        one
        for one in CATALOGUE
        if all(word in f"{one.code} {one.zh} {one.en}".casefold() for word in words)
    ]
    return found[:SHOWN], max(len(found) - SHOWN, 0)


handlers = [rules_page, indicators_page]
