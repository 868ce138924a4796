"""What is looked for: the rules with their versions and how they did, the dated limits, and the
catalogue of indicators.
"""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import Any, Final

from litestar import get
from litestar.response import Response

from yunquan.indicators.rules.catalogue import CATALOGUE, FAMILY_NAMES
from yunquan.kernel.clock import to_ms
from yunquan.riskdesk.pages.parts import SEE, Here, TheHere, second
from yunquan.surveillance import title_of
from yunquan.surveillance.rules.books import all_limits

SINCE_MS: Final = 90 * 86_400_000


@get("/staff/watch/rules", opt=SEE)
async def rules_page(here: TheHere) -> Response[str]:
    """Rules that run or are drafted."""
    return here.templates.page("riskdesk/rules.html", **await asyncio.to_thread(rule_facts, here))


def rule_facts(here: Here) -> dict[str, Any]:
    """Rules with their precision, and the limits they name."""
    now_ms = to_ms(here.desk.clock.now())
    did = {one.rule: one for one in here.cases.precision(now_ms - SINCE_MS)}
    return {
        "rules": [
            (one, title_of(one.text, here.locale), did.get(one.text.code))
            for one in here.rules.rules()
        ],
        "limits": all_limits(),
        "second": second,
        "market": here.desk.market_status(),
    }


@get("/staff/watch/indicators", opt=SEE)
async def indicators_page(here: TheHere) -> Response[str]:
    """Every indicator with its formula, one line for all its windows."""
    english = here.locale == "en"
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


handlers = [rules_page, indicators_page]
