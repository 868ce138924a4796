"""What the crowd does, one act at a time.

Times are real seconds: surveillance counts them, however quickly the simulated day goes by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from yunquan.app.crowd.hand import LOT, Hand
from yunquan.counter.types import Side
from yunquan.quotes.types import Quote

Pause = Callable[[float], Awaitable[None]]
Act = Callable[[Hand, Pause], Awaitable[None]]
# Of an investor's money in one order, and how many of the most traded shares they choose among.
SHARE, CHOICE = 0.03, 30
# A client whose orders are large in a share that trades little.
THIN: Final = slice(60, 160)
STACKED_FEN, STACKED_ORDERS = 40_000_000, 5
FLICKERS: Final = 24
RAMP_FEN, RAMP_STEPS = 15_000_000, 8
THROUGH_FEN: Final = 30_000_000
PART_FEN, PARTS = 4_600_000, 6


async def invest(hand: Hand, pause: Pause) -> None:
    """An ordinary order, near the market; one that doesn't fill is taken back after a while."""
    view, shares = await hand.view(), hand.shares()[:CHOICE]
    if view is None or not shares:
        return
    held = [one for one in view.positions if one.usable >= LOT]
    if held and hand.chance.random() < 0.4:
        chosen = hand.chance.choice(held)
        quote = hand.quote(chosen.asset)
        if quote is None:
            return
        price = hand.chance.choice((quote.bids[0][0], quote.asks[0][0]))
        order = await hand.place(quote.symbol, Side.SELL, price, chosen.usable // 2)
    else:
        quote = hand.chance.choice(shares)
        price = hand.chance.choice((quote.bids[0][0], quote.asks[0][0]))
        qty = int(view.cash.usable * SHARE * hand.chance.random() * 10 / price)
        order = await hand.place(quote.symbol, Side.BUY, price, max(qty, LOT))
    await pause(hand.chance.uniform(20, 60))
    if order and hand.chance.random() < 0.3:
        await hand.cancel(order)


async def stack(hand: Hand, pause: Pause) -> None:
    """Layering 堆单: five large bids under the best, meant to be seen and not to be filled."""
    if (quote := _thin(hand)) is None:
        return
    orders = list[str]()
    tick = max(quote.asks[0][0] - quote.bids[0][0], 10)
    for step in range(1, STACKED_ORDERS + 1):
        price = (quote.bids[0][0] - step * tick) // 10 * 10
        orders.append(await hand.place(quote.symbol, Side.BUY, price, _lots(STACKED_FEN, price)))
        await pause(1)
    await pause(hand.chance.uniform(8, 15))
    for order in filter(None, orders):
        await hand.cancel(order)


async def flicker(hand: Hand, pause: Pause) -> None:
    """Orders that are gone before anybody can take them 频繁瞬时撤单."""
    shares = hand.shares()[:CHOICE]
    if not shares:
        return
    symbol = hand.chance.choice(shares).symbol
    for _ in range(FLICKERS):
        if (quote := hand.quote(symbol)) is None:
            return
        price = quote.bids[-1][0]
        if order := await hand.place(symbol, Side.BUY, price, 3 * LOT):
            await hand.cancel(order)
        await pause(0.4)


async def ramp(hand: Hand, pause: Pause) -> None:
    """Buys up a thin share step by step 拉抬."""
    if (quote := _thin(hand)) is None:
        return
    for _ in range(RAMP_STEPS):
        now = hand.quote(quote.symbol)
        if now is None:
            return
        price = now.asks[min(4, len(now.asks) - 1)][0]
        await hand.place(quote.symbol, Side.BUY, price, _lots(RAMP_FEN, price))
        await pause(hand.chance.uniform(3, 6))


async def pass_through(hand: Hand, pause: Pause) -> None:
    """Money in, money out, hardly a trade between 快进快出."""
    if await hand.pay(THROUGH_FEN):
        await pause(hand.chance.uniform(10, 30))
        await hand.pay(-(THROUGH_FEN * 9 // 10))


async def split(hand: Hand, pause: Pause) -> None:
    """One sum in many parts, each below what would be asked about 拆分转入."""
    for _ in range(PARTS):
        await hand.pay(PART_FEN - hand.chance.randrange(500_000))
        await pause(hand.chance.uniform(2, 8))


FOUL: Final[tuple[Act, ...]] = (stack, flicker, ramp, pass_through, split)


async def live(hand: Hand, act: Act, between_s: tuple[float, float], pause: Pause) -> None:
    """One act after the other, while the market trades."""
    while True:
        await pause(hand.chance.uniform(*between_s))
        if hand.trades:
            await act(hand, pause)


def _thin(hand: Hand) -> Quote | None:
    found = hand.shares()[THIN] or hand.shares()[-CHOICE:]
    return hand.chance.choice(found) if found else None


def _lots(amount_fen: int, price_milli: int) -> int:
    """Shares for about so much money."""
    return max(amount_fen * 10 // price_milli, LOT)


sleep: Final[Pause] = asyncio.sleep
