"""What foes do to the market: false orders, layers, ramps, limits held, auctions moved, themselves
traded with. Each is one scheme, written from the exchanges' descriptions of abnormal trading.
"""

from __future__ import annotations

from yunquan_world.foes.cast import Cast, Way
from yunquan_world.foes.ground import AUCTION, CLOSES, CLOSING, CROSS, NOON

SECOND, MINUTE = 1_000, 60_000


def spoofing(cast: Cast, way: Way) -> None:
    """Large orders on one side, a small trade on the other, the large ones cancelled; again."""
    flow = cast.flow
    hands = cast.linked(way.heads)
    side = 1 if cast.rng.random() < 0.5 else -1
    rounds = cast.count(3, 6) * (2 if way.disguise == "smaller" else 1)
    symbol = cast.symbol(3e8, 4)
    hold = cast.between(6, 40) * way.gap * SECOND
    at = cast.when(rounds * (hold + 60 * SECOND * way.gap))
    with flow.told("spoofing", way.strength, way.disguise, symbol):
        for _ in range(rounds):
            for which in range(cast.count(2, 4)):
                yuan = 1_600_000 * way.size * cast.between(0.7, 1.3)
                hand = hands[which % (len(hands) - 1) + 1] if len(hands) > 1 else hands[0]
                start = at + which * 900
                gone = start + hold + cast.between(0, 6) * SECOND
                flow.order(hand, symbol, side, yuan, start, away=0.001 * which, cancelled=int(gone))
            real = at + hold * 0.7
            yuan = 900_000 * way.size * cast.between(0.5, 1.2)
            flow.order(hands[0], symbol, -side, yuan, int(real), filled=int(real + 400))
            at += int(hold + cast.between(10, 45) * SECOND * way.gap)
    if way.mixed:
        cast.honest(hands[0], 12)


def layering(cast: Cast, way: Way) -> None:
    """Many orders at once over several prices, a trade against them, all gone."""
    flow = cast.flow
    hands = cast.linked(way.heads)
    side = 1 if cast.rng.random() < 0.5 else -1
    symbol = cast.symbol(3e8, 4)
    rounds, layers = cast.count(2, 4), cast.count(4, 8)
    hold = cast.between(10, 60) * way.gap * SECOND
    at = cast.when(rounds * (hold + 90 * SECOND * way.gap))
    with flow.told("layering", way.strength, way.disguise, symbol):
        for _ in range(rounds):
            for layer in range(layers):
                yuan = 1_400_000 * way.size * cast.between(0.8, 1.2)
                hand = hands[layer % len(hands)]
                start = at + layer * cast.count(150, 900)
                gone = at + hold + layer * 200
                away = 0.0008 * (layer + 1)
                flow.order(hand, symbol, side, yuan, start, away=away, cancelled=int(gone))
            real = at + hold * 0.8
            yuan = 700_000 * way.size * cast.between(0.6, 1.4)
            flow.order(hands[0], symbol, -side, yuan, int(real), filled=int(real + 300))
            at += int(hold + cast.between(20, 80) * SECOND * way.gap)
    if way.mixed:
        cast.honest(hands[0], 12)


def ramping(cast: Cast, way: Way) -> None:
    """Buys ever higher, or sells ever lower, until the price has gone; then the other way."""
    flow, ground = cast.flow, cast.flow.ground
    hands = cast.linked(way.heads)
    side = 1 if cast.rng.random() < 0.5 else -1
    lasts = cast.between(2, 5) * MINUTE * way.gap
    wanted = 4_500_000 * way.size
    symbol = cast.symbol(wanted * 1.2 * 240 * MINUTE / lasts, 1.6)
    at = cast.when(lasts + 15 * MINUTE)
    move = cast.between(0.042, 0.055) * (0.65 if way.strength == "weak" else 1.0)
    ground.push(symbol, at, int(at + lasts), side * move * min(way.gap, 1.4), 0.5)
    orders = cast.count(8, 18)
    with flow.told("ramping", way.strength, way.disguise, symbol):
        for which in range(orders):
            start = int(at + lasts * which / orders)
            hand = hands[which % len(hands)]
            yuan = wanted / orders * cast.between(0.7, 1.3)
            flow.order(hand, symbol, side, yuan, start, away=-0.004, filled=start + 300)
        out = int(at + lasts + 4 * MINUTE)
        flow.order(hands[0], symbol, -side, wanted * 0.3, out, filled=out + 9_000)
    if way.mixed:
        cast.honest(hands[0], 12)


def limit_holding(cast: Cast, way: Way) -> None:
    """A great queue at the upper or lower limit, cancelled and put anew, to keep it there."""
    flow, ground = cast.flow, cast.flow.ground
    hands = cast.linked(way.heads)
    side = 1 if cast.rng.random() < 0.5 else -1
    symbol = cast.symbol(1.2e8, 3)
    limit = int((ground.upper if side > 0 else ground.lower)[symbol])
    at = cast.when(50 * MINUTE)
    far = 0.12 if side > 0 else -0.115
    ground.push(symbol, at - 12 * MINUTE, at, far, 1.0)
    turns = cast.count(4, 7)
    yuan = limit / 1000 * 1_100_000 * way.size
    with flow.told("limit_holding", way.strength, way.disguise, symbol):
        for turn in range(turns):
            start = int(at + turn * cast.between(2.5, 4) * MINUTE * way.gap**0.5)
            for hand in hands:
                share = yuan / len(hands) / 2 * cast.between(0.8, 1.2)
                flow.order(hand, symbol, side, share, start, price=limit)
                gone = start + int(cast.between(1.5, 3) * MINUTE)
                flow.order(hand, symbol, side, share, start + 2_000, price=limit, cancelled=gone)
    if way.mixed:
        cast.honest(hands[0], 12)


def open_close(cast: Cast, way: Way) -> None:
    """The opening moved, the opening feigned, or the close marked."""
    (_opening, _feigned, _closing, _closing)[cast.count(0, 3)](cast, way)


def _opening(cast: Cast, way: Way) -> None:
    flow, ground = cast.flow, cast.flow.ground
    hands = cast.linked(way.heads)
    side = 1 if cast.rng.random() < 0.5 else -1
    wanted = 4_200_000 * way.size
    symbol = cast.symbol(wanted * 1.3 / 0.015, 1.5)
    move = cast.between(0.055, 0.075) * (0.6 if way.strength == "weak" else 1.0)
    ground.push(symbol, CROSS - 4 * MINUTE, CROSS, side * move, 0.4)
    with flow.told("open_close", way.strength, way.disguise, symbol):
        for which in range(cast.count(4, 9)):
            at = int(CROSS - cast.between(0.3, 4) * MINUTE)
            hand = hands[which % len(hands)]
            flow.order(hand, symbol, side, wanted / 6, at, away=-0.03, filled=CROSS, shown=False)
    if way.mixed:
        cast.honest(hands[0], 12)


def _feigned(cast: Cast, way: Way) -> None:
    """Orders of before 9:20, when they can be cancelled, and they are; a trade at the opening."""
    flow, ground = cast.flow, cast.flow.ground
    hands = cast.linked(way.heads)
    side = 1 if cast.rng.random() < 0.5 else -1
    symbol = cast.symbol(4e8, 3)
    ground.push(symbol, AUCTION, AUCTION + 3 * MINUTE, side * 0.055, 0.1)
    with flow.told("open_close", way.strength, way.disguise, symbol):
        for which in range(cast.count(3, 6)):
            at = int(AUCTION + cast.between(0.2, 2.5) * MINUTE)
            gone = int(AUCTION + cast.between(3.8, 4.9) * MINUTE)
            hand = hands[which % len(hands)]
            yuan = 1_500_000 * way.size
            flow.order(hand, symbol, side, yuan, at, away=-0.05, cancelled=gone)
        at = CROSS - 3 * MINUTE
        flow.order(hands[0], symbol, -side, 800_000 * way.size, at, filled=CROSS, shown=False)
    if way.mixed:
        cast.honest(hands[0], 12)


def _closing(cast: Cast, way: Way) -> None:
    flow, ground = cast.flow, cast.flow.ground
    hands = cast.linked(way.heads)
    side = 1 if cast.rng.random() < 0.5 else -1
    wanted = 4_200_000 * way.size
    symbol = cast.symbol(wanted * 1.3 / 0.015, 1.5)
    move = cast.between(0.032, 0.045) * (0.6 if way.strength == "weak" else 1.0)
    ground.push(symbol, CLOSING, CLOSES, side * move, 1.0)
    with flow.told("open_close", way.strength, way.disguise, symbol):
        for which in range(cast.count(4, 9)):
            at = int(CLOSES - cast.between(0.4, 2.8) * MINUTE)
            hand = hands[which % len(hands)]
            flow.order(hand, symbol, side, wanted / 6, at, away=-0.02, filled=CLOSES, shown=False)
    if way.mixed:
        cast.honest(hands[0], 12)


def self_trade(cast: Cast, way: Way) -> None:
    """One hand on both sides: a pair to and fro, a ring of three or four when it is split."""
    flow = cast.flow
    hands = cast.linked(max(2, way.heads), seen=0.4)
    symbol = cast.symbol(1.5e8, 4)
    count = cast.count(6, 16)
    lasts = cast.between(5, 60) * MINUTE * way.gap
    at = cast.when(min(lasts, NOON - 580 * MINUTE))
    off = cast.between(-0.004, 0.004) if cast.rng.random() < 0.7 else cast.between(0.025, 0.04)
    with flow.told("self_trade", way.strength, way.disguise, symbol):
        for which in range(count):
            moment = int(at + lasts * which / count + cast.between(0, 5) * SECOND)
            buyer, seller = hands[which % len(hands)], hands[(which + 1) % len(hands)]
            yuan = 650_000 * way.size * cast.between(0.6, 1.4)
            flow.match(buyer, seller, symbol, yuan, moment, off)
    if way.mixed:
        for hand in hands:
            cast.honest(hand, 14)


def order_rate(cast: Cast, way: Way) -> None:
    """More orders and cancels a second than makes one a high-frequency trader, or orders put and
    cancelled within a second without end.
    """
    flow = cast.flow
    hands = cast.linked(way.heads)
    symbol = cast.symbol(1e9, 4)
    at = cast.when(20 * MINUTE)
    much = {"weak": 1.15, "medium": 1.6, "strong": 2.6}[way.strength]
    with flow.told("order_rate", way.strength, way.disguise, symbol):
        if cast.rng.random() < 0.5:
            for burst in range(cast.count(1, 3)):
                start = at + burst * int(120 * SECOND * way.gap)
                for which in range(int(300 * much / 2) + 1):
                    moment = start + which * 900 // int(300 * much / 2)
                    hand = hands[which % len(hands)]
                    flow.order(hand, symbol, 1, 6_000, moment, cancelled=moment + 90, shown=False)
        else:
            for which in range(int(70 * much)):
                moment = at + int(which * 4 * SECOND * way.gap / much)
                side = 1 if which % 3 else -1
                life = cast.count(60, 900) if cast.rng.random() < 0.9 else 4_000
                told = (hands[which % len(hands)], symbol, side, 90_000 * way.size, moment)
                flow.order(*told, away=0.001, cancelled=moment + life)
    if way.mixed:
        cast.honest(hands[0], 30)


def group_action(cast: Cast, way: Way) -> None:
    """Accounts of one hand buy, or sell, one instrument together."""
    flow = cast.flow
    hands = cast.linked(cast.count(4, 8), seen=0.85)
    side = 1 if cast.rng.random() < 0.5 else -1
    symbol = cast.symbol(2e8, 4)
    lasts = cast.between(1.5, 5) * MINUTE * way.gap
    at = cast.when(lasts)
    wanted = 4_500_000 * way.size
    flow.ground.push(symbol, at, int(at + lasts), side * cast.between(0.004, 0.02), 0.8)
    count = len(hands) * (3 if way.disguise == "split" else 2)
    with flow.told("group_action", way.strength, way.disguise, symbol):
        for which in range(count):
            moment = int(at + lasts * which / count)
            hand, yuan = hands[which % len(hands)], wanted / count * cast.between(0.6, 1.4)
            flow.order(hand, symbol, side, yuan, moment, filled=moment + cast.count(100, 4_000))
    if way.mixed:
        for hand in hands:
            cast.honest(hand, 3)
