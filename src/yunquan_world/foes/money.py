"""What foes do with money and doors: in and out, split deposits, woken accounts, lent accounts,
stolen ones.
"""

from __future__ import annotations

from yunquan_world.foes.cast import Cast, Way
from yunquan_world.foes.schemes import MINUTE, SECOND


def cash_in_out(cast: Cast, way: Way) -> None:
    """Paid in, hardly anything traded, paid out."""
    flow = cast.flow
    account = cast.account()
    total = 520_000 * way.size * cast.between(0.8, 1.3)
    parts = cast.count(2, 4) if way.heads > 1 else 1
    at = int(cast.between(540, 660) * MINUTE)
    wait = cast.between(20, 75) * MINUTE * way.gap
    symbol = int(cast.rng.integers(len(flow.ground.closes)))
    with flow.told("cash_in_out", way.strength, way.disguise):
        flow.login(account, at - 90 * SECOND)
        for part in range(parts):
            flow.cash(account, total / parts, at + part * 3 * MINUTE)
        share = cast.between(0.05, 0.12) if way.mixed else cast.between(0.0, 0.03)
        if share > 0.01:
            when = max(at + 10 * MINUTE, 575 * MINUTE)
            flow.order(account, symbol, 1, total * share, when, filled=when + 3_000)
        for part in range(parts):
            out = -total * cast.between(0.85, 0.97) / parts
            flow.cash(account, out, int(at + wait + part * 4 * MINUTE))


def split_deposits(cast: Cast, way: Way) -> None:
    """A sum cut into pieces, each below what is looked at."""
    flow = cast.flow
    hands = cast.linked(way.heads if way.heads < 3 else 2)
    count = max(int(7 * max(way.size, 0.8) ** 0.5), 5)
    at = int(cast.between(540, 600) * MINUTE)
    with flow.told("split_deposits", way.strength, way.disguise):
        for hand in hands:
            flow.login(hand, at - MINUTE)
            for part in range(count):
                yuan = cast.between(38_000, 49_900) * (0.6 if way.disguise == "smaller" else 1.0)
                gap = cast.between(3, 20) * MINUTE * min(way.gap, 2)
                at = int(at + gap / len(hands))
                flow.cash(hand, round(yuan, -2), at + part)
    if way.mixed:
        cast.honest(hands[0], 6)


def dormant(cast: Cast, way: Way, account: int) -> None:
    """An account idle for months is filled and empties itself into one instrument."""
    flow = cast.flow
    symbol = cast.symbol(2e8, 5)
    total = 480_000 * way.size * cast.between(0.8, 1.4)
    at = int(cast.between(545, 800) * MINUTE)
    with flow.told("dormant", way.strength, way.disguise, symbol):
        flow.login(account, at - 4 * MINUTE)
        pieces = cast.count(2, 5) if way.heads > 1 else 1
        for piece in range(pieces):
            flow.cash(account, total / pieces, at + piece * 2 * MINUTE)
        start = max(at + int(8 * MINUTE * way.gap), 571 * MINUTE)
        for which in range(cast.count(3, 8)):
            moment = start + which * cast.count(20, 90) * SECOND
            flow.order(account, symbol, 1, total / 6, moment, filled=moment + 2_000)
    if way.mixed:
        cast.honest(account, 4)


def shared_device(cast: Cast, way: Way) -> None:
    """Accounts lent to one hand: one device, one after the other, trading alike."""
    flow = cast.flow
    count = {"weak": 5, "medium": 8, "strong": 14}[way.strength]
    hands = [cast.account() for _ in range(count)]
    device = cast.share(hands)
    symbol = cast.symbol(3e8, 5)
    at = int(cast.between(575, 630) * MINUTE)
    with flow.told("shared_device", way.strength, way.disguise, symbol, device):
        for hand in hands:
            flow.login(hand, at)
            orders = 2 if way.disguise == "smaller" else 4
            for which in range(orders):
                moment = at + (which + 1) * cast.count(15, 50) * SECOND
                yuan = cast.between(40_000, 160_000) * way.size
                flow.order(hand, symbol, 1, yuan, moment, filled=moment + 4_000)
            at += int(cast.between(3, 9) * MINUTE * way.gap**0.5)
    if way.mixed:
        cast.honest(hands[0], 6)


def takeover(cast: Cast, way: Way) -> None:
    """Passwords tried, the door opens on another's device, the money goes."""
    flow = cast.flow
    account = cast.account()
    device = 10_000_000 + account
    tries = cast.count(2, 3) if way.disguise == "smaller" else cast.count(3, 8)
    at = int(cast.between(560, 840) * MINUTE)
    total = 130_000 * way.size * cast.between(0.7, 1.5)
    with flow.told("takeover", way.strength, way.disguise, device=device):
        if way.mixed:
            flow.login(account, at - 40 * MINUTE)
        for which in range(tries):
            flow.fail(account, at + int(which * cast.between(5, 40) * SECOND * way.gap))
        at += int(tries * 45 * SECOND * way.gap)
        flow.login(account, at, device)
        pieces = cast.count(2, 4) if way.heads > 1 else 1
        wait = cast.between(2, 14) * MINUTE * way.gap
        for piece in range(pieces):
            flow.cash(account, -total / pieces, int(at + wait + piece * 90 * SECOND), device)
