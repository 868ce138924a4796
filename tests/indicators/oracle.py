"""Every indicator, the slow and obvious way: Polars over all rows so far, for every row anew.

Written from the formulas of the catalogue and the words of `types.EVENT`. A key's time is the
greatest at_ms among its rows so far; a window is the step of that time and the five before, the day
the market's; it holds the rows so far whose own time is in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import polars as pl

from tests.indicators.formulas import Number, reckon
from tests.indicators.measures import (
    ABOUT,
    CANCEL,
    ENDS,
    FILL,
    FINER,
    KEYS,
    ORDER,
    PERSONAL,
    SETS,
    SUMS,
)
from yunquan.indicators.rules.catalogue import CATALOGUE, MEASURES
from yunquan.indicators.types import WINDOWS, Family, Indicator, Kind

DAY_MS = 86_400_000
ZONE_MS = 8 * 3_600_000


@dataclass(slots=True)
class Ground:
    """What is known of an instrument at a moment."""

    last: int | None = None
    last_at: int = -1
    book: tuple[int, int, int, int] | None = None
    book_at: int = -1
    limits: tuple[int, int, int] | None = None
    limits_at: int = -1


@dataclass(slots=True)
class Resting:
    """Shares of open orders of an account in an instrument, by side; those at the limit."""

    day: int = -1
    open: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    limit: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})


def day_of(at_ms: int) -> int:
    return (at_ms + ZONE_MS) // DAY_MS


def members(numbers: Sequence[int]) -> Fraction:
    """How many a set of 64 bits takes these for."""
    bits = {stirred(one) & 63 for one in numbers}
    empty = 64 - len(bits)
    return Fraction(round(64 * math.log(64 / empty) if empty else 64 * math.log(128)))


def stirred(number: int) -> int:
    """splitmix64."""
    most = (1 << 64) - 1
    x = (number + 0x9E3779B97F4A7C15) & most
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & most
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & most
    return x ^ (x >> 31)


class Oracle:
    """All of a stream's indicators: `values()` gives those of each row, by place."""

    def __init__(self, rows: Any) -> None:
        self.rows = [dict(zip(rows.dtype.names, one.tolist(), strict=True)) for one in rows]
        self.grounds = list[Ground]()
        self.resting = list[tuple[int, int, int] | None]()
        self.usual = list[float | None]()
        frame = pl.DataFrame(
            {name: rows[name] for name in rows.dtype.names},
        ).with_columns(pl.col(pl.Int32, pl.UInt8, pl.Int8, pl.UInt16).cast(pl.Int64))
        gaps = self._gaps()
        returns, deviations = self._told()
        self._rest()
        self._sample()
        frame = frame.with_row_index("i").with_columns(
            pl.col("i").cast(pl.Int64),
            pl.Series("gap_ms", gaps, pl.Int64),
            pl.Series("return_sq", returns, pl.Float64),
            pl.Series("deviation_bp", deviations, pl.Float64),
        )
        self.frames = {family: self._about(frame, family) for family in Family}
        self.sums = {
            (family, window.code): self._windowed(self.frames[family], family, number)
            for family in Family
            for number, window in enumerate(WINDOWS)
        }
        self.days = self._days()

    # --- what hangs on the order of arrival, told row by row

    def _gaps(self) -> list[int | None]:
        """Since the account's order before, of its day; none for one that came late."""
        found = list[int | None]()
        today, last = dict[int, int](), dict[int, int | None]()
        for row in self.rows:
            gap, who = None, row["account"]
            if who >= 0 and row["kind"] in PERSONAL:
                day = day_of(row["at_ms"])
                if day > today.get(who, -1):
                    today[who], last[who] = day, None
                if row["kind"] == ORDER and day == today[who]:
                    before = last[who]
                    if before is not None and row["at_ms"] >= before:
                        gap = row["at_ms"] - before
                    last[who] = max(before or 0, row["at_ms"])
            found.append(gap)
        return found

    def _told(self) -> tuple[list[float], list[float]]:
        """Squares of returns of quotes, and how far matches are from the price before them."""
        known, returns, deviations = dict[int, Ground](), list[float](), list[float]()
        for row in self.rows:
            square = apart = 0.0
            ground = known.get(row["symbol"], Ground())
            if row["kind"] == Kind.MATCH and ground.last is not None:
                apart = 10_000 * abs(row["price"] - ground.last) / ground.last
            if row["symbol"] >= 0:
                ground, square = self._grounded(ground, row)
                known[row["symbol"]] = ground
            returns.append(square)
            deviations.append(apart)
            self.grounds.append(ground)
        return returns, deviations

    def _grounded(self, was: Ground, row: dict[str, int]) -> tuple[Ground, float]:
        """An instrument after a row, and the square of its return. What is late tells nothing."""
        now = Ground(was.last, was.last_at, was.book, was.book_at, was.limits, was.limits_at)
        square, at = 0.0, row["at_ms"]
        if row["kind"] == Kind.LIMITS and at >= was.limits_at:
            now.limits, now.limits_at = (row["a"], row["b"], row["c"]), at
        if row["kind"] == Kind.QUOTE and at >= was.book_at:
            now.book, now.book_at = (row["a"], row["b"], row["c"], row["d"]), at
        if row["kind"] == Kind.QUOTE and row["price"] > 0 and at >= was.last_at:
            if was.last is not None:
                square = math.log(row["price"] / was.last) ** 2
            now.last, now.last_at = row["price"], at
        return now, square

    def _rest(self) -> None:
        """Open orders. They are good for a day; those of an earlier one change nothing."""
        known = dict[tuple[int, int], Resting]()
        for row, ground in zip(self.rows, self.grounds, strict=True):
            if row["account"] < 0 or row["symbol"] < 0 or row["kind"] not in PERSONAL:
                self.resting.append(None)
                continue
            one = known.setdefault((row["account"], row["symbol"]), Resting())
            day = day_of(row["at_ms"])
            if day > one.day:
                one = known[row["account"], row["symbol"]] = Resting(day)
            if day == one.day and row["kind"] in (ORDER, CANCEL, FILL):
                buys = row["side"] > 0
                more = row["qty"] if row["kind"] == ORDER else -row["qty"]
                price = row["price"] if row["kind"] == ORDER else row["a"]
                limit = (ground.limits or (0, 0, 0))[1 if buys else 2]
                one.open[buys] = max(one.open[buys] + more, 0)
                if limit > 0 and price == limit:
                    one.limit[buys] = max(one.limit[buys] + more, 0)
            self.resting.append((one.open[True], one.open[False], sum(one.limit.values())))

    def _sample(self) -> None:
        """Of an instrument: the geometric mean of its day's sample of orders so far. A round takes
        one order of each of forty accounts; accounts that share one of 52 bits are one account.
        """
        day, sampled, taken = dict[int, int](), dict[int, list[int]](), dict[int, set[int]]()
        for row in self.rows:
            where = row["symbol"]
            if where < 0:
                self.usual.append(None)
                continue
            if day_of(row["at_ms"]) > day.get(where, -1):
                day[where], sampled[where], taken[where] = day_of(row["at_ms"]), [], set()
            if row["kind"] == ORDER and row["account"] >= 0 and day_of(row["at_ms"]) == day[where]:
                if len(taken[where]) == 40:
                    taken[where] = set()
                bit = stirred(row["account"]) % 52
                if bit not in taken[where]:
                    taken[where].add(bit)
                    sampled[where].append(max(row["amount"], 1))
            logs = [math.log(one) for one in sampled[where]]
            self.usual.append(math.exp(math.fsum(logs) / len(logs)) if len(logs) >= 10 else None)

    # --- sums over windows

    def _about(self, frame: pl.DataFrame, family: Family) -> pl.DataFrame:
        one, other = SETS[family]
        sums = SUMS[family]
        return (
            frame.filter(ABOUT[family])
            .select(
                "i",
                "at_ms",
                "kind",
                pl.concat_str(*KEYS[family], separator=" ").alias("key"),
                one.alias("set_a"),
                other.alias("set_b"),
                ENDS[family].alias("end"),
                *(sums[name].alias(name) for name in MEASURES[family]),
            )
            .with_columns(pl.col("at_ms").cum_max().over("key").alias("time"))
        )

    def _windowed(self, rows: pl.DataFrame, family: Family, window: int) -> dict[int, dict]:
        """By row: all that is in the window of its key."""
        step_ms = WINDOWS[window].step_ms
        is_day = WINDOWS[window].code == "d1"
        back, zone = (0, ZONE_MS) if is_day else (5, 0)
        step = (pl.col("at_ms") + zone) // step_ms
        asked = rows.select("i", "key", ((pl.col("time") + zone) // step_ms).alias("now"))
        held = rows.with_columns(step.alias("step")).rename({"i": "j"})
        within = asked.join(held, on="key").filter(
            (pl.col("j") <= pl.col("i"))
            & (pl.col("step") <= pl.col("now"))
            & (pl.col("step") >= pl.col("now") - back)
        )
        priced = pl.col("end").is_not_null()
        # Of the oldest step the one that came first; of the day the one that came first.
        when = "now" if is_day else "step"
        first = (
            pl.col("end")
            .filter(priced)
            .sort_by(pl.col(when).filter(priced), pl.col("j").filter(priced))
        )
        found = within.group_by("i").agg(
            *(pl.col(name).sum() for name in MEASURES[family]),
            pl.col("set_a").drop_nulls().unique(),
            pl.col("set_b").drop_nulls().unique(),
            pl.col("end").min().alias("least_value"),
            pl.col("end").max().alias("most_value"),
            first.first().alias("first_value"),
        )
        return {one["i"]: one for one in found.iter_rows(named=True)}

    def _days(self) -> dict[int, list[tuple[int, dict[str, int]]]]:
        """By row of an account: its days so far, each with what was of it while it lasted."""
        rows = self.frames[Family.ACCOUNT].with_columns(
            ((pl.col("at_ms") + ZONE_MS) // DAY_MS).alias("day"),
            ((pl.col("time") + ZONE_MS) // DAY_MS).alias("now"),
        )
        found = dict[int, list[tuple[int, dict[str, int]]]]()
        names = ("orders", "order_amount", "cancels", "cash_in", "cash_out")
        for (_,), own in rows.partition_by("key", as_dict=True).items():
            for i in own["i"]:
                so_far = own.filter(pl.col("i") <= i)
                in_time = pl.col("day") == pl.col("now")
                days = (
                    so_far.group_by("now")
                    .agg(*(pl.col(name).filter(in_time).sum() for name in names))
                    .sort("now")
                )
                found[i] = [(one["now"], one) for one in days.iter_rows(named=True)]
        return found

    # --- the indicators

    def values(self) -> Iterator[dict[int, Number]]:
        """Of each row: the values of its families, by place; None where undefined."""
        shown = {family: set(frame["i"].to_list()) for family, frame in self.frames.items()}
        for i in range(len(self.rows)):
            yield {one.place: self.value(i, one) for one in CATALOGUE if i in shown[one.family]}

    def value(self, i: int, one: Indicator) -> Number:
        """One indicator after row i."""
        prose = PROSE.get((one.family, one.formula))
        if prose is not None:
            return prose(self, i)
        return reckon(one.formula, lambda name: self.name(i, one, name))

    def name(self, i: int, one: Indicator, name: str) -> Number:
        """What a name of a formula stands for."""
        window = "d1" if one.window == "now" else one.window
        sums = self.sums[one.family, window][i]
        if name in MEASURES[one.family]:
            whole = sums[name]
            return Fraction(whole) / FINER.get(name, 1) if isinstance(whole, int) else whole
        if name in ("least_value", "most_value", "first_value"):
            return exact(sums[name])
        if name in ("members_a", "members_b"):
            return members(sums[f"set_{name[-1]}"])
        if name == "ground_volume":
            return exact(self.sums[Family.INSTRUMENT, window][i]["volume"])
        if name == "span":
            span_ms = next(each.span_ms for each in WINDOWS if each.code == window)
            return Fraction(span_ms, 1000)
        if name in NOW:
            return NOW[name](self, i, one)
        code = f"{one.code.split('.')[0]}.{name}.{one.window}"
        return self.value(i, next(each for each in CATALOGUE if each.code == code))


def exact(value: int | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def told(value: int | None) -> Fraction | None:
    """A price that was told: not 0."""
    return Fraction(value) if value else None


def limits_of(oracle: Oracle, i: int) -> tuple[int, int, int]:
    return oracle.grounds[i].limits or (0, 0, 0)


def book_of(oracle: Oracle, i: int) -> tuple[int, int, int, int]:
    return oracle.grounds[i].book or (0, 0, 0, 0)


def both_sides(oracle: Oracle, i: int, value: Fraction) -> Fraction | None:
    """Of a book that has both."""
    bid, ask, *_ = book_of(oracle, i)
    return value if bid > 0 and ask > 0 else None


def today(oracle: Oracle, i: int, *names: str) -> Fraction:
    return Fraction(sum(oracle.days[i][-1][1][name] for name in names))


def own_days(oracle: Oracle, i: int, one: Indicator) -> list[tuple[float, Fraction]]:
    """The account's days before this, each with its weight: one of so many up to twenty, then a
    twentieth for the newest. None before there are three.
    """
    names = {
        "orders_z": ("orders",),
        "amount_z": ("order_amount",),
        "cancels_z": ("cancels",),
        "cash_z": ("cash_in", "cash_out"),
    }[one.code.split(".")[1]]
    weights = list[float]()
    before = oracle.days[i][:-1]
    for number in range(1, len(before) + 1):
        newest = 1 / min(number, 20)
        weights = [weight * (1 - newest) for weight in weights] + [newest]
    return [
        (weight, Fraction(sum(day[name] for name in names)))
        for weight, (_, day) in zip(weights, before, strict=True)
    ]


def own_mean(oracle: Oracle, i: int, one: Indicator) -> Number:
    days = own_days(oracle, i, one)
    if len(days) < 3:
        return None
    return sum(Fraction(weight) * value for weight, value in days) / sum(
        Fraction(weight) for weight, _ in days
    )


def own_deviation(oracle: Oracle, i: int, one: Indicator) -> Number:
    mean = own_mean(oracle, i, one)
    if mean is None:
        return None
    days = own_days(oracle, i, one)
    if len({value for _, value in days}) == 1:
        return Fraction(0)
    weights = sum(Fraction(weight) for weight, _ in days)
    return math.sqrt(
        sum(Fraction(weight) * (value - mean) ** 2 for weight, value in days) / weights
    )


def peers(oracle: Oracle, i: int) -> list[dict[str, int]]:
    """Orders and cancels of all accounts on this day; none unless it is this account's too."""
    so_far = [one for one in oracle.rows[: i + 1] if one["account"] >= 0]
    day = max(day_of(one["at_ms"]) for one in so_far if one["kind"] in PERSONAL)
    if day != oracle.days[i][-1][0]:
        return []
    return [one for one in so_far if day_of(one["at_ms"]) == day]


def peers_sum(oracle: Oracle, i: int, kind: Kind, name: str | None) -> Fraction | None:
    found = peers(oracle, i)
    if not found:
        return None
    return Fraction(sum(one[name] if name else 1 for one in found if one["kind"] == kind))


def active_accounts(oracle: Oracle, i: int) -> Fraction | None:
    found = {one["account"] for one in peers(oracle, i) if one["kind"] == ORDER}
    return Fraction(len(found)) if found else None


NOW: dict[str, Any] = {
    "last": lambda oracle, i, _: told(oracle.grounds[i].last),
    "close_before": lambda oracle, i, _: told(limits_of(oracle, i)[0]),
    "upper_limit": lambda oracle, i, _: told(limits_of(oracle, i)[1]),
    "lower_limit": lambda oracle, i, _: told(limits_of(oracle, i)[2]),
    "bid": lambda oracle, i, _: told(book_of(oracle, i)[0]),
    "ask": lambda oracle, i, _: told(book_of(oracle, i)[1]),
    "mid": lambda oracle, i, _: Fraction(sum(book_of(oracle, i)[:2]), 2),
    "orders_today": lambda oracle, i, _: today(oracle, i, "orders"),
    "order_amount_today": lambda oracle, i, _: today(oracle, i, "order_amount"),
    "cancels_today": lambda oracle, i, _: today(oracle, i, "cancels"),
    "cash_today": lambda oracle, i, _: today(oracle, i, "cash_in", "cash_out"),
    "own_mean": own_mean,
    "own_deviation": own_deviation,
    "order_amount_all": lambda oracle, i, _: peers_sum(oracle, i, ORDER, "amount"),
    "cancels_all": lambda oracle, i, _: peers_sum(oracle, i, CANCEL, None),
    "active_accounts": lambda oracle, i, _: active_accounts(oracle, i),
}


def idle_days(oracle: Oracle, i: int) -> Fraction:
    days = [day for day, _ in oracle.days[i]]
    return Fraction(days[-1] - days[-2] - 1 if len(days) > 1 else 0)


def book_share(oracle: Oracle, i: int) -> Fraction | None:
    buys, sells, _ = oracle.resting[i] or (0, 0, 0)
    *_, bid_qty, ask_qty = book_of(oracle, i)
    shares = [Fraction(own, all_) for own, all_ in ((buys, bid_qty), (sells, ask_qty)) if all_]
    return max(shares, default=None)


def rests(which: int) -> Any:
    return lambda oracle, i: Fraction((oracle.resting[i] or (0, 0, 0))[which])


# Formulas that are told in words.
PROSE: dict[tuple[Family, str], Any] = {
    (Family.ACCOUNT, "whole days without anything before this one"): idle_days,
    (Family.POSITION, "shares of open buys"): rests(0),
    (Family.POSITION, "shares of open sells"): rests(1),
    (
        Family.POSITION,
        "shares of open buys at the upper and sells at the lower limit",
    ): rests(2),
    (
        Family.POSITION,
        "greater of resting_buy / bid and resting_sell / offered of the best five",
    ): book_share,
    (
        Family.INSTRUMENT,
        "geometric mean of ours today, one order of an account in every 40, of ten at least",
    ): lambda oracle, i: oracle.usual[i],
}
