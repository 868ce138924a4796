"""conditions.tick: quotes looked at for everything that waits, most of them triggering nothing.

Limit: a look is one dictionary of quotes, one comparison at each end of a sorted list and a small
object; 2 to 10 us of one core, whatever waits. The feed brings a few thousand quotes a second, so
50,000 a second leaves the engine a tenth of a core. Peer: the same room asking every condition of
the symbol at each quote.
"""

from __future__ import annotations

import time

from benchmarks.rows import Row, middle, row, spread
from yunquan.conditions import rules
from yunquan.conditions.service.watching import WatchRoom
from yunquan.conditions.types import (
    Condition,
    ConditionId,
    ConditionKind,
    ConditionState,
    Terms,
)
from yunquan.kernel.clock import SystemClock
from yunquan.market.types import Instrument, InstrumentNotice, MarketStatus
from yunquan.quotes import QuoteBoard
from yunquan.quotes.types import Quote

DAY = "2026-07-13"
SYMBOLS = 300


def condition(number: int, symbol: str) -> Condition:
    """One that waits within a tenth of the price, above or below."""
    above = number % 2 == 0
    away = 60 + number * 7 % 940
    terms = Terms(
        ConditionKind.STOP,
        symbol,
        "sell",
        100,
        DAY,
        crossing="at_or_above" if above else "at_or_below",
        threshold_milli=10_000 + (away if above else -away),
    )
    return Condition(
        ConditionId(f"cnd_{number}"),
        "6000000001",
        "cli_1",
        symbol,
        ConditionState.ACTIVE,
        version=1,
        turn=0,
        base_milli=0,
        terms=terms,
        set_on=DAY,
        expires_on=DAY,
        sentence="",
        risk="",
        digest="",
        reason="",
        facts={},
        request=str(number),
        created_at_ms=0,
        changed_at_ms=0,
    )


def measure(waiting: int, quotes: int) -> tuple[float, float, int, float]:
    """Quotes a second, seconds to load the morning's conditions, triggers, and quotes a second of
    the plain way.
    """
    symbols = [f"{600000 + number}.SH" for number in range(SYMBOLS)]
    board = QuoteBoard(SystemClock(), stale_after_s=3_600)
    board.on_heard()
    board.on_market(MarketStatus(DAY, "10:00:00", "continuous", 1.0))
    for symbol in symbols:
        instrument = Instrument(symbol, "SH", "main", symbol, symbol)
        board.on_instrument(InstrumentNotice(instrument, DAY, 10_000, 11_000, 9_000, halted=False))
    found = [condition(number, symbols[number % SYMBOLS]) for number in range(waiting)]
    room = WatchRoom(board)
    began = time.perf_counter()
    room.begin(DAY, found, {})
    load_s = time.perf_counter() - began
    heard: list[Quote] = []
    for number in range(quotes):
        price = 10_000 + 10 * (number * 31 % 13 - 6)
        symbol, at = symbols[number % SYMBOLS], f"{DAY}T10:00:00.000+08:00"
        head = (symbol, number, at, price, 10_000, 10_100, 9_900, 10_000, 10**6, 10**9)
        heard.append(Quote(*head, ((price - 10, 100),), ((price + 10, 100),)))
    began = time.perf_counter()
    for quote in heard:
        board.book.put_quote(quote)
        room.look(quote.symbol)
    took_s = time.perf_counter() - began
    return quotes / took_s, load_s, len(room.hits), plain(found, heard[: max(1, quotes // 100)])


def plain(found: list[Condition], heard: list[Quote]) -> float:
    """Quotes a second when each asks everybody who waits for its symbol."""
    by_symbol: dict[str, list[Condition]] = {}
    for one in found:
        by_symbol.setdefault(one.symbol, []).append(one)
    began = time.perf_counter()
    for quote in heard:
        for one in by_symbol.get(quote.symbol, ()):
            for watch in rules.arm(one):
                rules.is_crossed(watch, quote.last_milli)
    return len(heard) / (time.perf_counter() - began)


def bench(*, quick: bool) -> list[Row]:
    """A small morning and a large one: what a quote costs must not grow with what waits."""
    found: list[Row] = []
    quotes = 2_000 if quick else 200_000
    for waiting in (300, 3_000) if quick else (10_000, 100_000):
        rounds = [measure(waiting, quotes) for _ in range(1 if quick else 5)]
        rates = [one[0] for one in rounds]
        found.append(
            row(
                "conditions.tick" if waiting >= 100_000 else "conditions.tick.small",
                middle(rates),
                "quotes/s",
                size=f"{waiting:,} conditions on {SYMBOLS} symbols, {quotes:,} quotes",
                limit=">= 50,000",
                note=f"{spread(rates)}; {rounds[0][2]:,} triggered;"
                f" loaded in {middle([one[1] for one in rounds]):.2f} s",
                peer="asking every condition of the symbol",
                peer_value=middle([one[3] for one in rounds]),
            )
        )
    return found
