"""Order flow nobody here made, through the same two sets of rules: how often they cry over it.

A recorded hour of one American share has no accounts: its orders are dealt to accounts at random,
many times over and among few or many, so it says nothing of how real accounts behave, only of what
the rules make of real sizes, prices, cancels and times. Two days of trades in six Shanghai and
Shenzhen shares, two months of their minutes and of an index's are for the rules about the market.
Neither is part of the project: YUNQUAN_SHARED_DATA names the folder that has them, or it lies
beside the repository.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.risk.watch import PUBLISHED, Watch
from benchmarks.venue.tape import (
    DELETE,
    EXECUTE,
    MESSAGES,
    REDUCE,
    SUBMIT,
    Rebuild,
    changes,
    data_folder,
)
from yunquan.indicators.types import EVENT, Kind
from yunquan.surveillance.service.encoding import INDEX, UNLIMITED
from yunquan_world.book import BUY, SELL
from yunquan_world.foes import Scale

ROOT = Path(__file__).resolve().parents[2]
# Accounts among whom the orders are dealt: 88, 44, 22, 9 and 4 orders each within the hour.
ACCOUNTS: Final = (500, 1_000, 2_000, 5_000, 10_000)
# Rules were set on the first half hour of dealings with other seeds; what is counted comes after.
SET_ON_MS: Final = 30 * 60_000
QUOTE_MS: Final = 3_000
INDICES: Final = frozenset({"SH000001"})
DAY_MS, ZONE_MS = 86_400_000, 28_800_000
# Of the recorded days on our calendar; which ones doesn't matter.
AMERICAN_DAY = 15_512


@dataclass(slots=True)
class Cries:
    """Of all dealings among so many accounts: whoever was told of at high grade (3 or 4) by rules
    of ours; (rule, account) of ours at any grade, (class, account) of the fixed rules as published.
    """

    accounts: int
    dealings: int
    high: int
    by_rule: Counter[str]
    fixed: Counter[str]

    @property
    def dealt(self) -> int:
        return self.accounts * self.dealings


@dataclass(frozen=True, slots=True)
class Flow:
    """rows: account is the number of the order, by which it is dealt; orders: how many."""

    rows: Any
    orders: int
    counted_from_ms: int


def real_flow(most: int = 0) -> Flow | None:
    """None without the data. most: messages, 0 for all."""
    folder = data_folder()
    if folder is None:
        return None
    rows = _american(folder, most)
    first, last = int(rows["at_ms"].min()), int(rows["at_ms"].max())
    counted = min(first + SET_ON_MS, (first + last) // 2)
    return Flow(rows, int(rows["account"].max()) + 1, counted)


def cries_over(flow: Flow, accounts: int, seeds: Iterable[int]) -> Cries:
    """One dealing for each seed."""
    made = Cries(accounts, 0, 0, Counter(), Counter())
    for seed in seeds:
        owners = np.random.default_rng(seed).integers(0, accounts, flow.orders)
        rows = flow.rows.copy()
        owned = rows["account"] >= 0
        rows["account"][owned] = owners[rows["account"][owned]]
        watch = Watch(Scale(accounts, 8), fixed=(PUBLISHED,))
        alerts = [
            one for one in watch.alerts(AMERICAN_DAY, rows) if one.at_ms >= flow.counted_from_ms
        ]
        ours = [one for one in alerts if one.setting is None]
        made.dealings += 1
        made.high += len({one.account for one in ours if one.grade >= 3})
        made.by_rule.update(rule for rule, _ in {(one.rule, one.account) for one in ours})
        fixed = {(one.name, one.account) for one in alerts if one.setting is not None}
        made.fixed.update(name for name, _ in fixed)
    return made


def _american(folder: Path, most: int) -> Any:
    """Dollars stand for yuan: a price of 585.33 dollars is 585,330 milli."""
    with gzip.open(folder / MESSAGES, "rt") as file:
        times = [int(float(line[0]) * 1000) for line in csv.reader(file)]
    stream = changes(folder)
    if most:
        times, stream = times[:most], stream[:most]
    rebuild = Rebuild(stream)
    numbers = dict[int, int]()
    placed: dict[int, tuple[int, int]] = {}
    rows = list[tuple[int, ...]]()
    told = volume = amount = last = 0
    for at, change in zip(times, stream, strict=True):
        ask, bid = rebuild.apply(change)
        price, side = change.price // 10, 1 if change.side == BUY else -1
        money = price * change.shares // 10
        order = numbers.setdefault(change.number, len(numbers))
        born, asked = placed.setdefault(change.number, (at, price))
        kind = {SUBMIT: Kind.ORDER, REDUCE: Kind.CANCEL, DELETE: Kind.CANCEL, EXECUTE: Kind.FILL}
        if what := kind.get(change.kind):
            known = (price, change.shares, money, asked, 0, 0, 0, at - born)
            rows.append(_row(at, what, *known, account=order, side=side))
        if change.kind == EXECUTE:
            volume, amount, last = volume + change.shares, amount + money, price
        if at - told >= QUOTE_MS and last:
            deep = _depth(rebuild)
            best = (bid // 10, ask // 10, *deep)
            rows.append(_row(at, Kind.QUOTE, last, volume, amount, *best))
            told, volume, amount = at, 0, 0
    return np.array(rows, EVENT)


def _depth(rebuild: Rebuild) -> tuple[int, int]:
    """Shares bid and offered within the best five, of the rebuilt book."""
    bids, asks = (rebuild.book.depth(side, 5) for side in (BUY, SELL))
    return sum(level[1] for level in bids), sum(level[1] for level in asks)


def _row(
    at: int,
    kind: Kind,
    price: int,
    qty: int,
    amount: int,
    a: int = 0,
    b: int = 0,
    c: int = 0,
    d: int = 0,
    age: int = 0,
    *,
    account: int = -1,
    side: int = 0,
    symbol: int = 0,
    day: int = AMERICAN_DAY,
) -> tuple[int, ...]:
    when = day * DAY_MS - ZONE_MS + at
    told = (when, 0, price, qty, amount, a, b, c, d, age, account, symbol, -1, -1, -1)
    return (*told, int(kind), side, at // 60_000)


# --- the market's side


def market_folder() -> Path | None:
    """Where the Chinese trades are; None if they are nowhere."""
    named = os.environ.get("YUNQUAN_SHARED_DATA")
    places = [Path(named)] if named else [each / "shared" / "data" for each in ROOT.parents]
    folders = (place / "ashare_minute_tick_corpaction" for place in places)
    return next((one for one in folders if (one / "trans_2018_2019.csv.gz").exists()), None)


def cries_of_real_market() -> tuple[int, Counter[str]] | None:
    """(days of an instrument, cases by rule) of trades and minutes; None without the data."""
    folder = market_folder()
    if folder is None:
        return None
    days: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    with gzip.open(folder / "trans_2018_2019.csv.gz", "rt") as file:
        for line in csv.DictReader(file):
            days[line["symbol"], line["datetime"][:8]].append(_tick(line))
    minutes: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    with gzip.open(folder / "time_2018_2019.csv.gz", "rt") as file:
        for line in csv.DictReader(file):
            where = (line["symbol"], line["datetime"][:8])
            if where not in days:
                minutes[where].append(_tick(line))
    found = Counter[str]()
    everything = [*days.items(), *minutes.items()]
    watch = Watch(Scale(256, 16), fixed=())
    symbols: dict[str, int] = {}
    closes: dict[str, int] = {}
    for number, ((symbol, _), ticks) in enumerate(sorted(everything, key=lambda one: one[0][1])):
        place = symbols.setdefault(symbol, len(symbols))
        close = closes.get(symbol, 0)
        rows = _market_rows(place, AMERICAN_DAY + number, close, sorted(ticks), symbol in INDICES)
        closes[symbol] = int(rows["price"][-1])
        alerts, _, _ = watch.feed(rows)
        told = {watch.rules[int(one["rule"])][2].text.code for one in alerts}
        found.update(code for code in told if code.startswith("market."))
    return len(everything), found


def _tick(line: dict[str, str]) -> tuple[int, int, int]:
    """(ms of the day, milli, shares)."""
    stamp = line["datetime"]
    at_s = int(stamp[8:10]) * 3600 + int(stamp[10:12]) * 60 + int(stamp[12:14] or 0)
    return at_s * 1000, round(float(line["price"]) * 100) * 10, int(float(line["vol"])) * 100


def _market_rows(
    symbol: int, day: int, close: int, ticks: list[tuple[int, int, int]], is_index: bool
) -> Any:
    rows = list[tuple[int, ...]]()
    if close:
        limits = (close, round(close * 1.1 / 10) * 10, round(close * 0.9 / 10) * 10)
        if is_index:
            limits = (close, UNLIMITED, UNLIMITED)
        first = ticks[0][0] - 1
        rows.append(_row(first, Kind.LIMITS, 0, 0, 0, *limits, symbol=symbol, day=day))
    for at, price, qty in ticks:
        told = (at, Kind.QUOTE, price, qty, price * qty // 10)
        rows.append(_row(*told, symbol=symbol, day=day, side=INDEX if is_index else 0))
    return np.array(rows, EVENT)
