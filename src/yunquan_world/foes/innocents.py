"""Honest people who look like foes."""

from __future__ import annotations

from typing import Any, Final

from yunquan_world.foes.cast import Cast
from yunquan_world.foes.crowds import queue
from yunquan_world.foes.ground import AFTERNOON, CLOSES, CLOSING, NOON, OPENS
from yunquan_world.foes.schemes import MINUTE, SECOND

# Devices nobody had before, by account.
NEW_PHONES: Final = 20_000_000


def market_maker(cast: Cast, account: int, symbols: Any, orders: int) -> None:
    """Quotes on both sides all day, cancelled at every move, now and then hit."""
    flow, rng = cast.flow, cast.rng
    yuan = cast.between(300_000, 1_500_000)
    with flow.told("spoofing", symbol=int(symbols[0]), innocent=True):
        flow.login(account, OPENS - 15 * MINUTE)
        for symbol in symbols:
            at, step = OPENS + 5_000, (NOON - OPENS + CLOSING - AFTERNOON) / orders
            for _ in range(orders):
                at += max(step * rng.exponential(), 200)
                moment = int(at if at < NOON else at + AFTERNOON - NOON)
                if moment >= CLOSING - 60_000:
                    break
                life = int(rng.exponential(9_000)) + 150
                for side in (1, -1):
                    size = yuan * cast.between(0.85, 1.15)
                    told = (account, int(symbol), side, size, moment)
                    if rng.random() < 0.22:
                        part = 1.0 if rng.random() < 0.6 else 0.4
                        end = moment + life
                        flow.order(*told, away=0.0006, filled=end, cancelled=end + 500, part=part)
                    else:
                        flow.order(*told, away=0.0006, cancelled=moment + life)


def rebalancing(cast: Cast, account: int) -> None:
    """A fund that follows an index trades dozens of instruments at the close."""
    flow, ground, rng = cast.flow, cast.flow.ground, cast.rng
    count = min(40, len(ground.closes) // 2)
    with flow.told("open_close", innocent=True):
        for symbol in rng.choice(len(ground.closes), count, replace=False):
            side = 1 if rng.random() < 0.5 else -1
            yuan = min(ground.turnover[symbol] * 0.015 * cast.between(0.2, 1.1), 3e7)
            share = yuan / (ground.turnover[symbol] * 0.015)
            ground.push(int(symbol), CLOSING, CLOSES, side * min(0.035 * share, 0.035), 1.0)
            at = int(CLOSING + cast.between(5, 150) * SECOND)
            told = (account, int(symbol), side, yuan, at)
            flow.order(*told, away=-0.01, filled=CLOSES, shown=False)


def news(cast: Cast, readers: Any, wealth: Any, move: float) -> None:
    """Something is published: the price jumps, everybody wants in, some wait at the limit."""
    flow, ground, rng = cast.flow, cast.flow.ground, cast.rng
    symbol = cast.symbol(2.5e8, 4)
    at = cast.when(70 * MINUTE)
    side = 1 if move > 0 else -1
    ground.push(symbol, at, at + int(cast.between(2, 6) * MINUTE), move, 0.9)
    ground.busier(symbol, at, at + 30 * MINUTE, cast.between(4, 10))
    limit = int((ground.upper if side > 0 else ground.lower)[symbol])
    for account in readers[8:]:
        yuan = min(float(wealth[account]) * cast.between(1, 6), 6e6)
        with flow.told("ramping", symbol=symbol, innocent=True):
            moment = int(at + rng.exponential(6 * MINUTE)) + 4_000
            if abs(move) > 0.095 and rng.random() < 0.5:
                flow.order(int(account), symbol, side, yuan * 2, moment, price=limit)
                continue
            for piece in range(cast.count(1, 5)):
                when = moment + piece * cast.count(3, 40) * SECOND
                told = (int(account), symbol, side, yuan / 2, when)
                if rng.random() < 0.25:
                    flow.order(*told, cancelled=when + cast.count(2, 60) * SECOND)
                else:
                    flow.order(*told, away=-0.002, filled=when + cast.count(1, 20) * SECOND)

    if abs(move) > 0.095:
        for account in readers[:8]:
            queue(cast, int(account), symbol, side, at + 7 * MINUTE)


def family(cast: Cast, members: Any, wealth: Any) -> None:
    """One device at home; what one buys the others often buy too."""
    flow, rng = cast.flow, cast.rng
    symbol = int(rng.integers(len(flow.ground.closes)))
    at = cast.when(30 * MINUTE)
    together = rng.random() < 0.6
    kind = "group_action" if together else "shared_device"
    with flow.told(kind, symbol=symbol, innocent=True):
        for account in members:
            flow.login(int(account), at - cast.count(60, 900) * SECOND)
            yuan = float(wealth[members[0]]) * cast.between(0.5, 2.5)
            side = 1 if together or rng.random() < 0.5 else -1
            flow.order(int(account), symbol, side, yuan, at, filled=at + 5_000)
            at += cast.count(20, 90) * SECOND


def counter_terminal(cast: Cast, device: int) -> None:
    """A terminal in a branch: one client after the other logs in and does a little."""
    flow = cast.flow
    at = int(cast.between(560, 600) * MINUTE)
    with flow.told("shared_device", device=device, innocent=True):
        for _ in range(cast.count(8, 20)):
            account = cast.account()
            flow.login(account, at, device)
            at += cast.count(4, 15) * MINUTE


def saver(cast: Cast, account: int) -> None:
    """Wages and rents of a small employer's plan: many deposits of a day, as on many days."""
    flow, at = cast.flow, int(cast.between(535, 600) * MINUTE)
    with flow.told("split_deposits", innocent=True):
        for _ in range(cast.count(4, 11)):
            flow.cash(account, round(cast.between(3_000, 45_000), -2), at)
            at += cast.count(2, 25) * MINUTE


def redeemer(cast: Cast, account: int) -> None:
    """Money of a fund comes back and goes on to the bank, with nothing traded between."""
    flow, at = cast.flow, int(cast.between(540, 640) * MINUTE)
    total = cast.between(80_000, 1_200_000)
    with flow.told("cash_in_out", innocent=True):
        flow.cash(account, total, at)
        if cast.rng.random() < 0.4:
            symbol = int(cast.rng.integers(len(flow.ground.closes)))
            when = max(at + 9 * MINUTE, 575 * MINUTE)
            flow.order(account, symbol, 1, total * cast.between(0.05, 0.4), when, filled=when + 900)
        flow.cash(account, -total * cast.between(0.5, 0.99), at + cast.count(30, 240) * MINUTE)


def day_trader(cast: Cast, account: int, yuan: float, maker: int, makes: int) -> None:
    """In and out of a few instruments all day, many cancels; meets the market maker again and
    again in the one it makes.
    """
    flow, rng = cast.flow, cast.rng
    symbols = [makes, *rng.integers(len(flow.ground.closes), size=2)]
    with flow.told("spoofing", symbol=makes, innocent=True):
        flow.login(account, OPENS - 8 * MINUTE)
        for which in range(cast.count(25, 70)):
            at, side = cast.when(2 * MINUTE), 1 if which % 2 else -1
            told = (account, int(rng.choice(symbols)), side, yuan * cast.between(0.5, 1.5), at)
            if rng.random() < 0.45:
                flow.order(*told, away=0.001, cancelled=at + int(rng.exponential(15_000)) + 400)
            elif rng.random() < 0.35 and told[1] == makes:
                buyer, seller = (account, maker) if side > 0 else (maker, account)
                flow.match(buyer, seller, *told[1:2], told[3], at)
            else:
                flow.order(*told, filled=at + int(rng.exponential(5_000)))


def mistyper(cast: Cast, account: int, yuan: float) -> None:
    """The password wrong a few times, then right; sometimes money was what they came for. One in
    three sits at another device than ever before: a new phone asks for the password too.
    """
    device = NEW_PHONES + account if account % 3 == 0 else None
    flow, at = cast.flow, int(cast.between(545, 900) * MINUTE)
    with flow.told("takeover", innocent=True):
        for _ in range(cast.count(3, 5)):
            flow.fail(account, at)
            at += cast.count(4, 25) * SECOND
        flow.login(account, at, device)
        if cast.rng.random() < 0.5:
            out = -max(round(yuan, -2), 100)
            flow.cash(account, out, at + cast.count(2, 20) * MINUTE, device)


def returner(cast: Cast, account: int) -> None:
    """Back after months, with money for a few instruments."""
    flow, at = cast.flow, int(cast.between(545, 800) * MINUTE)
    total = float(cast.rng.lognormal(11.2, 0.9))
    with flow.told("dormant", innocent=True):
        flow.login(account, at)
        if cast.rng.random() < 0.6:
            flow.cash(account, total, at + 3 * MINUTE)
        for _ in range(cast.count(1, 4)):
            symbol = int(cast.rng.integers(len(flow.ground.closes)))
            moment = max(at + cast.count(5, 60) * MINUTE, 571 * MINUTE)
            told = (account, symbol, 1, total / 4, moment)
            flow.order(*told, filled=moment + cast.count(1, 30) * SECOND)
