"""The whole market: indices, leaders and losers, everything that trades by the page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, get
from litestar.response import Response

from yunquan.investor.pages.figures import clock
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    asked_part,
    shell_facts,
)
from yunquan.quotes.rules.glance import SORTS

CLIENT: Final = {"who": "client"}
PARTS: Final = frozenset({"glance", "listed"})
# A page's rows are live, and a stream takes 64 topics.
PAGE_ROWS: Final = 40
GROUPS: Final = ("", "main", "star", "chinext", "bse", "fund", "bond", "index")
FARTHEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class AskedList:
    """What of everything is asked for."""

    sort: str
    group: str
    industry: str
    start: int


def read_asked(given: dict[str, str]) -> AskedList:
    """The query, cut to what can mean something."""
    start = given.get("start", "0")
    return AskedList(
        given.get("sort", "") if given.get("sort", "") in SORTS else "symbol",
        given.get("group", "") if given.get("group", "") in GROUPS else "",
        given.get("industry", "").strip()[:40],
        min(int(start), FARTHEST) if start.isascii() and start.isdigit() and len(start) < 9 else 0,
    )


@get("/market", opt=CLIENT)
async def glance_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The market at a glance, or the part of it that was asked for."""
    asked = read_asked(dict(request.query_params))
    part = asked_part(request, PARTS)
    screen = desk.screen
    shown: dict[str, Any] = {"here": "market", "account": accounts[0], "clock": clock}
    if part in ("", "glance"):
        shown["glance"] = await asyncio.to_thread(screen.glance, locale)
    if part in ("", "listed"):
        shown |= {
            "asked": asked,
            "page": screen.page(
                locale,
                sort=asked.sort,
                group=asked.group,
                industry=asked.industry,
                start=asked.start,
                limit=PAGE_ROWS,
            ),
            "sorts": tuple(SORTS),
            "groups": GROUPS,
            "step": PAGE_ROWS,
        }
    if not part:
        shown |= await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/glance.html", part, **shown)


handlers = [glance_page]
