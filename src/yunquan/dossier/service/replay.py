"""The book and the tape of an instrument around a moment, from what we heard and what we did."""

from __future__ import annotations

from typing import Final

from yunquan import history
from yunquan.dossier.rules import book
from yunquan.dossier.service.parts import DossierParts
from yunquan.dossier.types import BookFrame, BookReplay, Gap, TapeTrade
from yunquan.kernel.money import milli_to_text
from yunquan.quotes.types import QuoteTick, TapeHole, TradeTick

BEFORE_S: Final = 120
AFTER_S: Final = 60
LONGEST_S: Final = 600
MOST_STEPS: Final = 4_000
MOST_TRADES: Final = 2_000
HALF_DAY_MS: Final = 12 * 3_600_000


def book_replay(
    parts: DossierParts,
    account: str,
    symbol: str,
    at_ms: int,
    locale: str,
    before_s: int = BEFORE_S,
    after_s: int = AFTER_S,
) -> BookReplay:
    """before_s, after_s: how far around it, ten minutes at the most either way. at_ms: our own
    time, as alerts have it.
    """
    before_s, after_s = (max(1, min(one, LONGEST_S)) for one in (before_s, after_s))
    from_ms, until_ms = at_ms - 1_000 * before_s, at_ms + 1_000 * after_s
    frames, trades, holes = list[BookFrame](), list[TapeTrade](), list[tuple[int, int]]()
    for _, tick in parts.tape.read_heard(from_ms, until_ms, (symbol,)):
        if isinstance(tick, TapeHole):
            holes.append((tick.heard_ms, tick.lost))
        elif isinstance(tick, QuoteTick):
            frames.append(_frame(tick))
        elif isinstance(tick, TradeTick) and len(trades) < MOST_TRADES:
            price = milli_to_text(tick.price_milli)
            trades.append(TapeTrade(tick.heard_ms, price, tick.qty, tick.side))
    with parts.database.read() as tx:
        rows = history.steps_between(tx, account, at_ms - HALF_DAY_MS, until_ms, MOST_STEPS, symbol)
    orders = book.standing_in(book.own_orders(reversed(rows)), from_ms, until_ms)
    text = parts.text(locale)
    found = book.gaps_of([one.at_ms for one in frames], holes, from_ms, until_ms)
    gaps = [
        Gap(
            code,
            begin,
            end,
            text(f"dossier.gap.{code}", seconds=(end - begin) // 1_000, count=lost),
        )
        for code, begin, end, lost in found
    ]
    shown = book.thinned(frames)
    if len(shown) < len(frames) or len(trades) == MOST_TRADES:
        told = text("dossier.gap.thinned", seconds=0, count=len(shown))
        gaps.append(Gap("thinned", from_ms, until_ms, told))
    return BookReplay(
        account,
        symbol,
        parts.name(symbol, locale),
        at_ms,
        from_ms,
        until_ms,
        shown,
        tuple(trades),
        orders,
        tuple(gaps),
    )


def _frame(tick: QuoteTick) -> BookFrame:
    quote = tick.quote()
    bids, asks = (
        tuple((milli_to_text(price), qty) for price, qty in side)
        for side in (quote.bids, quote.asks)
    )
    return BookFrame(tick.heard_ms, tick.at[11:23], milli_to_text(tick.last_milli), bids, asks)
