"""Instruments, quotes, charts and where the market stands. For clients and staff alike."""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import Router, get
from litestar.params import Parameter

from yunquan.desk.types import InstrumentView, QuoteView
from yunquan.kernel.errors import Unavailable
from yunquan.partners.api.caller import Calling
from yunquan.partners.types import BarList, MarketView, MinuteList, QuoteList

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


@get("/instruments/{symbol:str}/bars", summary="Days before today")
async def bars(
    caller: Calling, symbol: SymbolPath, limit: Annotated[int, Parameter(ge=1, le=3000)] = 250
) -> BarList:
    """Rows of [day, open, high, low, close, volume]; closes are forward adjusted where the source's
    are.
    """
    rows = await asyncio.to_thread(caller.desk.bars, symbol, limit)
    return BarList(symbol, tuple(tuple(row) for row in rows))


router = Router(
    "/",
    route_handlers=[market_status, list_instruments, one_instrument, one_quote, minutes, bars],
    opt={"who": "member"},
    tags=["market"],
)
