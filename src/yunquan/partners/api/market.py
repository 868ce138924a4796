"""Instruments, quotes, charts and where the market stands. For clients and staff alike."""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import Router, get
from litestar.params import Parameter

from yunquan.desk.types import (
    DepthView,
    InstrumentView,
    MarketGlance,
    QuotePage,
    QuoteView,
    TradeList,
)
from yunquan.kernel.errors import Forbidden, Unavailable
from yunquan.partners.api.caller import Calling
from yunquan.partners.types import BarList, MarketView, MinuteList, QuoteList
from yunquan.quotes.rules.levels import LEVEL_2
from yunquan.security.types import PrincipalKind

PERIOD = "^(1m|5m|15m|30m|60m|day|week|month)$"
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
    sort: Annotated[str, Parameter(pattern="^(symbol|leaders|losers|turnover|volume)$")] = "symbol",
    group: Annotated[str, Parameter(max_length=20, description="A board or a product.")] = "",
    industry: Annotated[str, Parameter(max_length=40)] = "",
    start: Annotated[int, Parameter(ge=0, le=100_000)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
) -> QuotePage:
    """Quotes in the order asked for; next: the start of the page after."""
    return caller.desk.screen.page(
        caller.locale, sort=sort, group=group, industry=industry, start=start, limit=limit
    )


router = Router(
    "/",
    route_handlers=[
        market_status,
        market_glance,
        market_list,
        list_instruments,
        one_instrument,
        one_quote,
        minutes,
        bars,
        depth,
        trades,
    ],
    opt={"who": "member"},
    tags=["market"],
)
