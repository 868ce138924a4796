"""Instruments, quotes, charts and where the market stands. For clients and staff alike."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get
from litestar.params import Parameter

from yunquan.bars.types import BarList, MinuteList
from yunquan.desk import Desk
from yunquan.desk.types import (
    CalendarLine,
    CalendarView,
    InstrumentView,
    MarketGlance,
    QuoteList,
    QuotePage,
    QuoteView,
)
from yunquan.kernel.errors import Forbidden, Invalid, Unavailable
from yunquan.kernel.transaction import ReadTx
from yunquan.market import explain, last_announced_day, load_calendar, load_days
from yunquan.market.rules import horizon, horizon_fault
from yunquan.market.rules.calendar import day_kind_text, days_after, is_day
from yunquan.market.types import RuleSheet
from yunquan.partners.api.caller import Calling
from yunquan.partners.types import MarketView
from yunquan.quotes.rules.levels import LEVEL_2
from yunquan.quotes.types import DepthView, NewsLine, TradeList
from yunquan.security.types import PrincipalKind

MONTH_DAYS: Final = 31
MOST_DAYS: Final = 400
SORT: Final = "^(symbol|name|price|change|volume|turnover)$"
PERIOD: Final = "^(1m|5m|15m|30m|60m|day|week|month)$"
SymbolPath = Annotated[str, Parameter(max_length=16, description='Code and market: "600519.SH".')]


@get("/market", summary="Where the market stands")
async def market_status(caller: Calling) -> MarketView:
    """Day, clock and phase of the market; whether it is simulated and how fast it runs."""
    desk = caller.desk
    status = desk.market_status()
    if status is None:
        raise Unavailable("market.not_heard_yet")
    return MarketView(
        trading_day=status.trading_day,
        time=status.time,
        phase=status.phase,
        phase_text=desk.catalogue.text(f"market.phase.{status.phase}", caller.locale),
        speed=status.speed,
        stale_since_ms=desk.quotes.stale_since_ms(),
        simulated=desk.simulated,
    )


@get("/market/rules", summary="What holds for an instrument on a day, and why")
async def market_rules(
    caller: Calling,
    symbol: Annotated[str, Parameter(max_length=16, description='Code and market: "600519.SH".')],
    day: Annotated[
        str, Parameter(max_length=10, description="Trading day; empty: the market's own.")
    ] = "",
) -> RuleSheet:
    """Every rule with value, source, certainty and dates, what it follows and what changes next;
    the day's phases with the orders each takes.
    """
    desk = caller.desk
    heard = desk.quotes.book.instruments.get(symbol)
    text = desk.text(caller.locale)

    def read() -> RuleSheet:
        with desk.database.read() as tx:
            on = day or market_day(tx, desk)
            return explain(tx, desk.rule_book, symbol, on, heard, caller.locale, text)

    return await asyncio.to_thread(read)


@get("/market/calendar", summary="Kinds of days")
async def market_calendar(
    caller: Calling,
    first: Annotated[str, Parameter(max_length=10, description="First day; empty: today.")] = "",
    last: Annotated[str, Parameter(max_length=10, description="Last day; empty: a month on.")] = "",
) -> CalendarView:
    """Days whose kind is known, 400 at most, and how far the calendar reaches."""
    desk = caller.desk
    text = desk.text(caller.locale)

    def read() -> CalendarView:
        with desk.database.read() as tx:
            today = market_day(tx, desk)
            begins = checked_day(first or today)
            ends = checked_day(last) if last else days_after(begins, MONTH_DAYS)
            found = load_days(tx, begins, min(ends, days_after(begins, MOST_DAYS)))
            calendar = load_calendar(tx)
        left = horizon(calendar, today)
        fault = horizon_fault(left)
        facts = {"known_to": calendar.known_to, "days_left": left}
        return CalendarView(
            items=tuple(
                CalendarLine(one.day, str(one.kind), text(day_kind_text(one.kind)), one.source)
                for one in found
            ),
            today=today,
            days_left=left,
            known_to=calendar.known_to,
            warning=text(fault, **facts) if fault else "",
        )

    return await asyncio.to_thread(read)


def market_day(tx: ReadTx, desk: Desk) -> str:
    """The venue's trading day as heard now, else as last kept. Raises Unavailable
    market.not_heard_yet.
    """
    status = desk.market_status()
    day = status.trading_day if status else last_announced_day(tx)
    if not day:
        raise Unavailable("market.not_heard_yet")
    return day


def checked_day(text: str) -> str:
    """The day itself. Raises Invalid market.malformed_day."""
    if not is_day(text):
        raise Invalid("market.malformed_day", day=text)
    return text


@get("/instruments", summary="Search instruments, or quotes of several")
async def list_instruments(
    caller: Calling,
    q: Annotated[str, Parameter(max_length=40, description="Code, pinyin initials or name.")] = "",
    symbols: Annotated[
        str, Parameter(max_length=2000, description="Symbols with commas between, in place of q.")
    ] = "",
    limit: Annotated[int, Parameter(ge=1, le=50)] = 10,
) -> QuoteList:
    """Without q and symbols: everything that trades, by symbol. Symbols that don't exist are left
    out.
    """
    desk, locale = caller.desk, caller.locale
    if q.strip():
        return QuoteList(tuple(desk.search(q.strip(), locale, limit)))
    wanted = symbols.split(",") if symbols else desk.symbols()
    return QuoteList(tuple(desk.quotes_of(wanted, locale)))


@get("/instruments/{symbol:str}", summary="One instrument and what holds for it today")
async def one_instrument(caller: Calling, symbol: SymbolPath) -> InstrumentView:
    """Quote with five levels, limits, tick, lot, permission needed."""
    return caller.desk.instrument(symbol, caller.locale)


@get("/instruments/{symbol:str}/quote", summary="The latest quote")
async def one_quote(caller: Calling, symbol: SymbolPath) -> QuoteView:
    """Five levels a side, best first. stale_since_ms tells a quote that may be old."""
    return caller.desk.quote(symbol, caller.locale)


@get("/instruments/{symbol:str}/news", summary="What is told of an instrument")
async def news(caller: Calling, symbol: SymbolPath) -> list[NewsLine]:
    """Corporate actions, halts and the exchange's notices, newest first, each with its source."""
    return list(await asyncio.to_thread(caller.desk.screen.news, symbol, caller.locale))


@get("/instruments/{symbol:str}/minutes", summary="Today by the minute")
async def minutes(caller: Calling, symbol: SymbolPath) -> MinuteList:
    """Rows of [minute, open, high, low, close, volume, turnover]."""
    return MinuteList(symbol, tuple(tuple(row) for row in caller.desk.minutes(symbol)))


@get("/instruments/{symbol:str}/bars", summary="Bars of minutes, days, weeks or months")
async def bars(
    caller: Calling,
    symbol: SymbolPath,
    limit: Annotated[int, Parameter(ge=1, le=3000)] = 250,
    period: Annotated[str, Parameter(pattern=PERIOD)] = "day",
    adjust: Annotated[str, Parameter(pattern="^(none|forward|backward)$")] = "none",
) -> BarList:
    """Rows of [day, open, high, low, close, volume] before today; in bars of minutes the day is
    "2026-07-13 10:30" and today's so far are there. adjust: prices as if no ex-day had been.
    """
    rows = await asyncio.to_thread(
        caller.desk.screen.bars, symbol, limit, period=period, adjust=adjust
    )
    return BarList(symbol, tuple(tuple(row) for row in rows), period, adjust)


@get("/instruments/{symbol:str}/depth", summary="Level 2: ten prices a side")
async def depth(caller: Calling, symbol: SymbolPath) -> DepthView:
    """Best first. Needs an entitlement to Level 2 market data."""
    await _need_level_2(caller, f"depth:{symbol}")
    return caller.desk.screen.depth(symbol)


@get("/instruments/{symbol:str}/trades", summary="Level 2: the last trades")
async def trades(caller: Calling, symbol: SymbolPath) -> TradeList:
    """At most sixty, oldest first. Needs an entitlement to Level 2 market data."""
    await _need_level_2(caller, f"trades:{symbol}")
    return caller.desk.screen.trades(symbol)


async def _need_level_2(caller: Calling, topic: str) -> None:
    session = caller.member
    staff = session.kind is PrincipalKind.STAFF
    level = await asyncio.to_thread(caller.desk.screen.level, session.subject, staff=staff)
    if level < LEVEL_2:
        raise Forbidden("level.needed", topic=topic[:40])


@get("/market/glance", summary="The whole market at a glance")
async def market_glance(caller: Calling) -> MarketGlance:
    """Indices, the ten leaders, losers and busiest, how many rose, fell or stand at a limit."""
    return caller.desk.screen.glance(caller.locale)


@get("/market/list", summary="A page of everything that trades")
async def market_list(
    caller: Calling,
    sort: Annotated[str, Parameter(pattern=SORT)] = "symbol",
    order: Annotated[str, Parameter(pattern="^(asc|desc)$")] = "asc",
    group: Annotated[str, Parameter(max_length=20, description="A board or a product.")] = "",
    industry: Annotated[str, Parameter(max_length=40)] = "",
    start: Annotated[int, Parameter(ge=0, le=100_000)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
) -> QuotePage:
    """Quotes in the order asked for; next: the start of the page after. What hasn't traded today
    comes last by price, change, volume and turnover.
    """
    return caller.desk.screen.page(
        caller.locale,
        sort=sort,
        falling=order == "desc",
        group=group,
        industry=industry,
        start=start,
        limit=limit,
    )


router = Router(
    "/",
    route_handlers=[
        market_status,
        market_glance,
        market_list,
        market_rules,
        market_calendar,
        list_instruments,
        one_instrument,
        one_quote,
        news,
        minutes,
        bars,
        depth,
        trades,
    ],
    opt={"who": "member"},
    tags=["market"],
)
