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
# Columns of the list: what each is sorted by, its text, whether a phone shows it.
COLUMNS: Final = (
    ("name", "ui.investor.listed.name", True),
    ("price", "ui.investor.book.last", True),
    ("change", "ui.investor.listed.change_ratio", True),
    ("", "ui.investor.listed.change", False),
    ("volume", "ui.investor.fact.volume", False),
    ("turnover", "ui.investor.fact.turnover", False),
    ("", "ui.investor.fact.high", False),
    ("", "ui.investor.fact.low", False),
)
CHOICES: Final = (
    "symbol-asc",
    "name-asc",
    "change-desc",
    "change-asc",
    "turnover-desc",
    "volume-desc",
    "price-desc",
    "price-asc",
)
FARTHEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class AskedList:
    """What of everything is asked for."""

    sort: str
    falling: bool
    group: str
    industry: str
    start: int

    @property
    def order(self) -> str:
        """As it stands in an address."""
        return "desc" if self.falling else "asc"


def read_asked(given: dict[str, str]) -> AskedList:
    """The query, cut to what can mean something."""
    start = given.get("start", "0")
    sort, _, order = given.get("sort", "").partition("-")
    order = order or given.get("order", "")
    return AskedList(
        sort if sort in SORTS else "symbol",
        order == "desc",
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
                falling=asked.falling,
                group=asked.group,
                industry=asked.industry,
                start=asked.start,
                limit=PAGE_ROWS,
            ),
            "industry": screen.industry_name(asked.industry, locale) if asked.industry else "",
            "columns": COLUMNS,
            "sorts": CHOICES,
            "groups": GROUPS,
            "step": PAGE_ROWS,
        }
    if not part:
        shown |= await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/glance.html", part, **shown)


handlers = [glance_page]
