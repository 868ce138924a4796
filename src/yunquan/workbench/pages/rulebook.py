"""What holds for an instrument on a day, and why: rules, phases, the kind of the day."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, get
from litestar.response import Response

from yunquan.desk import Desk
from yunquan.desk.types import QuoteView
from yunquan.kernel.errors import Invalid
from yunquan.market import explain, last_announced_day, next_trading_day
from yunquan.market.rules import horizon_fault
from yunquan.market.rules.explain import GROUPS
from yunquan.market.types import RuleLine, RuleSheet
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

STAFF: Final = {"who": "staff"}
LONGEST_LIST: Final = 12
# Parts of the page that may be asked for alone.
PARTS: Final = {"instruments"}


@dataclass(frozen=True, slots=True)
class Sought:
    """What the reader looks for. q: text of the search; symbol: the instrument chosen."""

    q: str
    symbol: str
    day: str


@get("/rules", opt=STAFF)
async def rules(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The whole page, or the list of instruments alone while somebody types."""
    sought = read_sought(dict(request.query_params))
    found = desk.search(sought.q, locale, LONGEST_LIST) if sought.q else first_few(desk, locale)
    failed, part = "", request.query_params.get("part", "")
    try:
        sheet, day, following = await asyncio.to_thread(look_up, desk, sought, locale)
    except Invalid as error:
        sheet, day, following = None, sought.day, ""
        failed = desk.text(locale)(error.code, **error.facts)
    shown = {
        "market": desk.market_status(),
        "sought": sought,
        "found": found,
        "groups": GROUPS,
        "sheet": sheet,
        "day": day,
        "following": following,
        "failed": failed,
        "short": horizon_fault(sheet.days_left) if sheet else "",
        **changes_of(sheet),
    }
    block = part if part in PARTS else ""
    return templates.page("workbench/rules.html", block, status=400 if failed else 200, **shown)


def read_sought(given: dict[str, str]) -> Sought:
    """The query, cut to what can mean something."""
    return Sought(
        q=given.get("q", "").strip()[:40],
        symbol=given.get("symbol", "").strip().upper()[:16],
        day=given.get("day", "").strip()[:10],
    )


def first_few(desk: Desk, locale: str) -> list[QuoteView]:
    """What trades, by symbol, before anybody has looked for something."""
    return desk.quotes_of(desk.symbols()[:LONGEST_LIST], locale)


def look_up(desk: Desk, sought: Sought, locale: str) -> tuple[RuleSheet | None, str, str]:
    """(sheet, its day, the trading day after it). No sheet without a symbol. Raises Invalid."""
    status = desk.market_status()
    with desk.database.read() as tx:
        day = sought.day or (status.trading_day if status else last_announced_day(tx))
        if not sought.symbol or not day:
            return None, day, ""
        heard = desk.quotes.book.instruments.get(sought.symbol)
        text = desk.text(locale)
        sheet = explain(tx, desk.rule_book, sought.symbol, day, heard, locale, text)
        return sheet, day, next_trading_day(tx, day)


def changes_of(sheet: RuleSheet | None) -> dict[str, list[RuleLine]]:
    """What changes next, the nearest first, and what is published without being in force."""
    lines = sheet.rules if sheet else ()
    coming = sorted((line for line in lines if line.next_on), key=lambda line: line.next_on)
    return {"coming": coming, "waiting": [line for line in lines if line.waiting]}


handlers = [rules]
