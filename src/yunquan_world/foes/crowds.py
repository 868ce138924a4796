"""Honest people with a lot of money, and those who meet by chance: what makes fixed numbers cry."""

from __future__ import annotations

from typing import Any

from yunquan_world.foes.cast import Cast
from yunquan_world.foes.ground import CLOSES
from yunquan_world.foes.schemes import MINUTE, SECOND


def institution(cast: Cast, account: int, *, urgent: bool) -> None:
    """A large order worked in slices over an hour or two, or within ten minutes when it is urgent;
    the price gives way a little.
    """
    flow, ground, rng = cast.flow, cast.flow.ground, cast.rng
    symbol = int(rng.integers(len(ground.closes)))
    lasts = int(cast.between(6, 12) if urgent else cast.between(30, 110)) * MINUTE
    at, side = cast.when(lasts), 1 if rng.random() < 0.5 else -1
    share = cast.between(0.2, 0.4) if urgent else cast.between(0.05, 0.25)
    base = ground.volume_between(symbol, at, at + lasts) * float(ground.closes[symbol]) / 1000
    total = min(base * share / (1 - share), 6e7)
    move = cast.between(0.012, 0.045) if urgent else cast.between(0.002, 0.02)
    ground.push(symbol, at, at + lasts, side * move, 0.8)
    slices = 16 if urgent else 60
    with flow.told("ramping", symbol=symbol, innocent=True):
        for which in range(slices):
            moment = at + lasts * which // slices + cast.count(0, 5_000)
            yuan = total / slices * cast.between(0.5, 1.5)
            told = (account, symbol, side, yuan, moment)
            if rng.random() < 0.25:
                gone = moment + cast.count(5, 40) * SECOND
                flow.order(*told, away=0.001, filled=gone - 900, cancelled=gone, part=0.5)
            else:
                flow.order(*told, filled=moment + cast.count(50, 4_000))


def hesitant(cast: Cast, account: int) -> None:
    """Puts a large order, takes it back, puts it again a little better, and buys in the end."""
    flow, rng = cast.flow, cast.rng
    symbol = int(rng.integers(len(flow.ground.closes)))
    side, at = 1 if rng.random() < 0.5 else -1, cast.when(25 * MINUTE)
    yuan = float(min(rng.lognormal(14.0, 0.7), 6e6))
    with flow.told("spoofing", symbol=symbol, innocent=True):
        for which in range(cast.count(3, 8)):
            told = (account, symbol, side, yuan * cast.between(0.8, 1.2), at)
            gone = at + int(cast.between(8, 150) * SECOND)
            flow.order(*told, away=0.003 - 0.0004 * which, cancelled=gone)
            at = gone + cast.count(2, 40) * SECOND
        flow.order(account, symbol, side, yuan, at, filled=at + 4_000)


def queue(cast: Cast, account: int, symbol: int, side: int, at: int) -> None:
    """Waits at the limit, with much, like everybody else; one in three gives up."""
    flow, rng = cast.flow, cast.rng
    limit = int((flow.ground.upper if side > 0 else flow.ground.lower)[symbol])
    yuan = float(min(rng.lognormal(15.3, 1.0), 6e7))
    with flow.told("limit_holding", symbol=symbol, innocent=True):
        for _ in range(cast.count(1, 3)):
            at += cast.count(1, 400) * SECOND
            gone = at + cast.count(3, 30) * MINUTE if rng.random() < 0.33 else 0
            flow.order(account, symbol, side, yuan, at, price=limit, cancelled=gone)


def baskets(cast: Cast, account: int) -> None:
    """A program buys or sells a basket within seconds, and takes back what didn't fill."""
    flow, rng = cast.flow, cast.rng
    with flow.told("order_rate", innocent=True):
        for _ in range(cast.count(3, 8)):
            at, side = cast.when(2 * MINUTE), 1 if rng.random() < 0.5 else -1
            count = cast.count(60, 250)
            for which in range(count):
                symbol = int(rng.integers(len(flow.ground.closes)))
                moment = at + which * cast.count(1, 3)
                told = (account, symbol, side, cast.between(10_000, 90_000), moment)
                if rng.random() < 0.75:
                    flow.order(*told, filled=moment + cast.count(20, 3_000), shown=False)
                else:
                    flow.order(*told, cancelled=at + cast.count(800, 9_000), shown=False)


def arbitrage(cast: Cast, account: int) -> None:
    """Orders that take at once or are gone within a second, a third of them taken."""
    flow, rng = cast.flow, cast.rng
    symbols = rng.integers(len(flow.ground.closes), size=4)
    with flow.told("order_rate", innocent=True):
        for _ in range(cast.count(10, 25)):
            at = cast.when(5 * MINUTE)
            for _ in range(cast.count(8, 60)):
                at += cast.count(200, 6_000)
                side = 1 if rng.random() < 0.5 else -1
                told = (account, int(rng.choice(symbols)), side, cast.between(30_000, 400_000), at)
                if rng.random() < 0.35:
                    flow.order(*told, filled=at + 30, shown=False)
                else:
                    flow.order(*told, cancelled=at + cast.count(100, 1_400), shown=False)


def club(cast: Cast, accounts: Any) -> None:
    """A family with a fortune in four accounts of one device buys what it believes in."""
    flow, rng = cast.flow, cast.rng
    symbol, at = int(rng.integers(len(flow.ground.closes))), cast.when(40 * MINUTE)
    yuan, side = cast.between(150_000, 1_500_000), 1 if rng.random() < 0.7 else -1
    with flow.told("group_action", symbol=symbol, innocent=True):
        for account in accounts:
            flow.login(int(account), at - cast.count(60, 600) * SECOND)
            flow.order(int(account), symbol, side, yuan, at, filled=at + cast.count(1, 20) * SECOND)
            at += cast.count(15, 240) * SECOND


def chance(cast: Cast, wealth: Any, pairs: int) -> None:
    """Two of the firm's clients meet in the market, once or, if both trade much, twice."""
    flow, rng = cast.flow, cast.rng
    for _ in range(pairs):
        one, other = cast.account(), cast.account()
        symbol, at = int(rng.integers(len(flow.ground.closes))), cast.when(MINUTE)
        yuan = float(min(wealth[one] * cast.between(0.5, 8), 3e6))
        with flow.told("self_trade", symbol=symbol, innocent=True):
            flow.match(one, other, symbol, yuan, at)
            if rng.random() < 0.15:
                flow.match(one, other, symbol, yuan * 0.6, min(at + 4 * MINUTE, CLOSES))
