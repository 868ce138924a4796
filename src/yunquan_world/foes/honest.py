"""Ordinary people: who is active, what they order, and what becomes of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from yunquan_world.foes.flow import Flow
from yunquan_world.foes.ground import AFTERNOON, AUCTION, CLOSES, CLOSING, CROSS, NOON, OPENS
from yunquan_world.foes.rows import (
    CANCEL,
    CASH_IN,
    CASH_OUT,
    FILL,
    LOGIN,
    LOGIN_FAILED,
    ORDER,
    blank,
)


class People:
    """What lasts over the days. wealth: yuan of a middling order; rate: orders of a day; symbols:
    what each likes to trade.
    """

    def __init__(self, rng: np.random.Generator, accounts: int, popularity: Any) -> None:
        self.wealth = 15_000 * rng.lognormal(0, 1.25, accounts)
        rank = rng.permutation(accounts) + 1
        self.rate = np.minimum(rank**-0.6, 0.4)
        self.rate *= 4.5 / self.rate.mean()
        # Most of the many days of those who trade little are without an order.
        self.active = np.clip(0.1 + self.rate * 0.08, 0, 0.95)
        self.cancels = rng.beta(1.5, 5, accounts)
        self.symbols = rng.choice(len(popularity), (accounts, 3), p=popularity)
        # Some move money often, most hardly ever.
        self.moves = rng.random(accounts) ** 4 * 0.25
        self.typos = rng.random(accounts) ** 6 * 0.4


def ordinary(flow: Flow, people: People, who: Any) -> None:
    """A day of `who`: orders, fills, cancels, logins, money."""
    rng = flow.rng
    active = who[rng.random(len(who)) < people.active[who]]
    counts = 1 + rng.poisson(people.rate[active])
    account = np.repeat(active, counts).astype(np.int32)
    at = _moments(rng, len(account))
    _orders(flow, people, account, at)
    first = np.full(len(people.wealth), CLOSES, np.int64)
    np.minimum.at(first, account, at)
    _doors(flow, people, active, first[active])
    _money(flow, people, who)


def _moments(rng: np.random.Generator, count: int) -> Any:
    """Many in the morning, some before the close, a few in the auctions."""
    u = rng.random(count)
    busy = np.where(rng.random(count) < 0.5, u**1.7, u)
    morning, afternoon = NOON - OPENS, CLOSING - AFTERNOON
    at = OPENS + busy * (morning + afternoon)
    at = np.where(at >= NOON, at + AFTERNOON - NOON, at)
    lot = rng.random(count)
    at = np.where(lot < 0.03, AUCTION + u * (CROSS - AUCTION - 10_000), at)
    return np.where(lot > 0.985, CLOSING + u * 150_000, at).astype(np.int64)


def _orders(flow: Flow, people: People, account: Any, at: Any) -> None:
    rng, ground = flow.rng, flow.ground
    count = len(account)
    liked = people.symbols[account, rng.choice(3, count, p=[0.6, 0.25, 0.15])]
    symbol = liked.astype(np.int32)
    side = np.where(rng.random(count) < 0.5, 1, -1)
    market = ground.price(symbol, at)
    price = market - side * 10 * rng.integers(-1, 6, count)
    price = np.clip(price, ground.lower[symbol], ground.upper[symbol])
    yuan = people.wealth[account] * rng.lognormal(0, 0.8, count)
    yuan = np.minimum(yuan, ground.turnover[symbol] * 0.02)
    qty = np.maximum((yuan * 1000 / price).astype(np.int64) // 100 * 100, 100)
    made = blank(count)
    made["at_ms"], made["account"], made["symbol"] = at, account, symbol
    made["side"], made["price"], made["qty"], made["kind"] = side, price, qty, ORDER
    made["amount"] = price * qty // 10
    made["device"], made["group"] = flow.devices[account], flow.groups[account]
    lot = rng.random(count)
    gone = lot < people.cancels[account] * 0.7
    filled = ~gone & (lot < 0.9)
    wait = np.maximum(rng.lognormal(np.log(90_000), 1.3, count), 300).astype(np.int64)
    flow.bulk.append(made)
    flow.bulk.append(_ended(flow, made[gone], at[gone] + wait[gone], CANCEL))
    takes = rng.exponential(9_000, count).astype(np.int64) + 20
    until = np.where(at < CROSS, CROSS, np.where(at >= CLOSING, CLOSES, at + takes))
    fills = _ended(flow, made[filled], until[filled], FILL)
    np.add.at(ground.volume, (fills["symbol"], ground.step(fills["at_ms"])), fills["qty"])
    flow.bulk.append(fills)
    # Who is big enough to be seen in the book.
    for row, end in zip(made[gone], at[gone] + wait[gone], strict=True):
        if row["amount"] > 50_000_000:
            told = (int(row["symbol"]), int(row["at_ms"]), int(end), int(row["side"]))
            ground.rest(*told, int(row["qty"]))


def _ended(flow: Flow, orders: Any, at: Any, kind: int) -> Any:
    made = orders.copy()
    at = np.where((at >= NOON) & (at < AFTERNOON), AFTERNOON + at % 60_000, at)
    # No cancels from 9:20 to 9:25 and in the closing auction: they go just before.
    if kind == CANCEL:
        at = np.where((at > CROSS) & (at < OPENS), OPENS + at % 60_000, at)
        at = np.minimum(at, np.maximum(CLOSING - 1, made["at_ms"]))
    at = np.minimum(at, CLOSES)
    made["kind"], made["at_ms"], made["a"] = kind, at, orders["price"]
    made["age"], made["device"] = at - orders["at_ms"], -1
    if kind == FILL:
        made["price"] = flow.ground.price(made["symbol"], at)
        made["amount"] = made["price"] * made["qty"] // 10
    return made


def _doors(flow: Flow, people: People, active: Any, first: Any) -> None:
    rng = flow.rng
    at = first - rng.integers(20_000, 1_200_000, len(active))
    made = blank(len(active))
    made["at_ms"], made["account"], made["kind"] = at, active, LOGIN
    made["device"], made["group"] = flow.devices[active], flow.groups[active]
    again = made[rng.random(len(made)) < 0.3].copy()
    again["at_ms"] += rng.integers(600_000, 7_200_000, len(again))
    failed = made[rng.random(len(made)) < people.typos[active]].copy()
    failed["kind"], failed["device"] = LOGIN_FAILED, -1
    failed["at_ms"] -= rng.integers(3_000, 30_000, len(failed))
    twice = failed[rng.random(len(failed)) < 0.3].copy()
    twice["at_ms"] -= 5_000
    flow.bulk += [made, again, failed, twice]


def _money(flow: Flow, people: People, who: Any) -> None:
    rng = flow.rng
    for kind, share in ((CASH_IN, 0.6), (CASH_OUT, 0.4)):
        some = who[rng.random(len(who)) < people.moves[who] * share]
        made = blank(len(some))
        made["at_ms"] = rng.integers(520 * 60_000, 940 * 60_000, len(some))
        made["account"], made["kind"] = some, kind
        made["device"], made["group"] = flow.devices[some], flow.groups[some]
        yuan = people.wealth[some] * 1.5 * rng.lognormal(0, 0.9, len(some))
        made["amount"] = np.maximum(np.round(yuan / 100), 1).astype(np.int64) * 10_000
        flow.bulk.append(made)
