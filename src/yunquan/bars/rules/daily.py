"""Which daily bars are believed. Faults are data with a place, collected, never thrown.

The checks run over whole columns; only rows that one of them points at are looked at one by one. A
row is kept or named, and a named row never moves the mark that the next ones are held against.
"""

from __future__ import annotations

# Expressions of Polars take arrays of NumPy, which we have not: their types are known but for that.
# pyright: reportUnknownMemberType=false
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from yunquan.bars.rules.columns import (
    FIRST_DAY,
    LAST_DAY,
    day_of_number,
    frame_of,
    milli,
    number_of_day,
    parsed,
)
from yunquan.bars.rules.reach import Reach
from yunquan.bars.rules.series import Faults, Row, in_series, name_unread, where
from yunquan.bars.types import BarFault, DayBar, RawBar
from yunquan.market.rules.calendar import LONGEST_CLOSURE_DAYS, Calendar
from yunquan.market.rules.rows import RuleBook

# Below this many symbols a day that only one of them has can't be told from a real one.
_QUORUM: Final = 3
# Room for a day's number below a series' number in one sortable integer.
_DAYS: Final = 100_000
_SATURDAY: Final = 6

_CONTENT: Final = ("close", "open", "high", "low", "preclose", "volume", "turnover", "time")
_SETTLED_BY: Final = (
    "at",
    "series",
    "day_no",
    "traded_day",
    "seen",
    "close_e13",
    "preclose_e13",
    "tick_e13",
)

_CONTRADICTED: Final = "market.bar_contradicted"
_DUPLICATE: Final = "market.bar_duplicate"
_OUT_OF_ORDER: Final = "market.bar_out_of_order"
_NO_TRADING_DAY: Final = "market.bar_no_trading_day"
_BAD_OHLC: Final = "market.bar_bad_ohlc"
_OFF_TICK: Final = "market.bar_off_tick"
_PRECLOSE: Final = "market.bar_preclose_differs"
_BEYOND: Final = "market.bar_beyond_limit"


@dataclass(frozen=True, slots=True)
class CheckedFrame:
    """What came of a check. good: columns of DayBar. faults: in the order of the series."""

    good: pl.DataFrame
    faults: list[BarFault]


@dataclass(frozen=True, slots=True)
class Checked:
    """The same as objects."""

    good: list[DayBar]
    faults: list[BarFault]


def check_bars(
    book: RuleBook,
    rows: Iterable[RawBar],
    known_days: Sequence[str],
    listed_on: Callable[[str], str],
) -> Checked:
    """Check rows one has as objects; see check_frame."""
    checked = check_frame(book, frame_of(rows), known_days, listed_on)
    return Checked([DayBar(**row) for row in checked.good.iter_rows(named=True)], checked.faults)


def check_frame(
    book: RuleBook,
    frame: pl.DataFrame,
    known_days: Sequence[str],
    listed_on: Callable[[str], str],
    *,
    raw_prices: bool = False,
) -> CheckedFrame:
    """Check every row of a source: columns `line` and text as in columns.TEXTS.

    known_days: trading days known before. listed_on: by symbol, or "". raw_prices: the source says
    its prices are as traded, so one off the tick is an error; else it is taken for adjusted, noted
    and kept.
    """
    reach = Reach(book, listed_on)
    rows, faults = in_series(*parsed(frame), reach)
    name_unread(where(rows, pl.col("malformed") | ~pl.col("known")), reach, faults)
    rising = _is_rising(rows)
    doubted, calendar = _agree_on_days(rows, known_days, rising=rising)
    rows = rows.with_columns(pl.lit(value=False).alias("contradicted"))
    if not rising:
        rows = _mark_contradicted(rows, faults)
    readable = where(rows, ~pl.col("malformed") & pl.col("known"))
    accepted = _in_order(readable, doubted, faults)
    _name_gaps(accepted, rows, calendar, faults)
    reach.calendar = calendar
    kept = _believed(accepted, reach, faults, raw_prices=raw_prices)
    return CheckedFrame(_bars(kept, faults.texts), faults.in_order())


def _is_rising(rows: pl.DataFrame) -> bool:
    """Whether each day of a series is later than all before it: then none comes twice."""
    key = pl.col("series") * _DAYS + pl.col("day_no").clip(0, _DAYS - 1)
    dated = where(rows, pl.col("day_no").is_not_null())
    return not dated.select((key <= key.cum_max().shift(1)).alias("falls"))["falls"].any()


def _agree_on_days(
    rows: pl.DataFrame, known_days: Sequence[str], *, rising: bool
) -> tuple[list[int], Calendar]:
    """(days hardly any series has, the calendar of the others): a typing error must not become a
    trading day.
    """
    dated = rows.select("series", "day_no")
    dated = where(dated, pl.col("day_no").is_between(_FIRST, _LAST).fill_null(value=False))
    spans = dated.group_by("series").agg(
        pl.col("day_no").min().alias("first"), pl.col("day_no").max().alias("last")
    )
    once = dated if rising else dated.unique()
    counts = once.group_by("day_no").len().sort("day_no")
    firsts, lasts = sorted(spans["first"].to_list()), sorted(spans["last"].to_list())
    known = {number_of_day(day) for day in known_days}
    doubted: list[int] = []
    agreed: list[int] = []
    for day, count in counts.iter_rows():
        covering = bisect_right(firsts, day) - bisect_left(lasts, day)
        if day not in known and covering >= _QUORUM and count * 2 < covering:
            doubted.append(day)
        elif not _is_weekend(day):
            agreed.append(day)
    return doubted, Calendar([*known_days, *map(day_of_number, agreed)])


def _is_weekend(day_no: int) -> bool:
    # 1970-01-01 was a Thursday: Monday is 1, Saturday 6.
    return (day_no + 3) % 7 + 1 >= _SATURDAY


def _mark_contradicted(rows: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Days that two rows tell differently: neither is believed."""
    twice = rows.filter(pl.col("day_no").is_not_null()).group_by("series", "day_no").agg("at")
    places = twice.filter(pl.col("at").list.len() > 1)["at"].explode().sort()
    if places.is_empty():
        return rows
    close = pl.col("content").struct.field("close")
    differs = pl.col("content") != pl.col("content").first()
    told = rows[places].select("at", "day_no", "series", "malformed", "known")
    told = told.with_columns(
        faults.texts[places].select(pl.struct(_CONTENT).alias("content"))["content"]
    )
    told = told.select(
        "at",
        differs.any().over("series", "day_no").alias("two"),
        (pl.col("known") & ~pl.col("malformed")).alias("readable"),
        close.first().over("series", "day_no").alias("first"),
        close.filter(differs).last().over("series", "day_no").alias("other"),
    )
    named = told.filter("two", "readable")
    faults.add_all(named, _CONTRADICTED, lambda row: f"{row['first']} <> {row['other']}")
    twofold = told.filter("two")["at"].to_list()
    return rows.with_columns(pl.col("at").is_in(twofold).alias("contradicted"))


def _in_order(rows: pl.DataFrame, doubted: list[int], faults: Faults) -> pl.DataFrame:
    """Rows whose day comes after the one before, with `last_day`, `seen` and `last_close_e13`.

    last_close_e13 is null after a day that was told twice: nothing can be held against it.
    """
    day = pl.col("day_no")
    closed = (day.cast(pl.Date).dt.weekday() >= _SATURDAY) | day.is_in(doubted)
    closed |= ~day.is_between(_FIRST, _LAST)
    key = pl.col("series") * _DAYS + day.clip(0, _DAYS - 1)
    candidate = ~pl.col("contradicted") & ~closed
    rows = rows.with_columns(
        key.alias("key"),
        candidate.alias("candidate"),
        pl.col("contradicted").cum_sum().alias("told_twice"),
        pl.when(candidate).then(key).otherwise(-1).cum_max().shift(1, fill_value=-1).alias("last"),
    )
    accepted = pl.col("candidate") & (pl.col("key") > pl.col("last"))
    same = pl.col("last") // _DAYS == pl.col("series")
    last = pl.when(same).then(pl.col("last") % _DAYS)
    left = rows.filter(~accepted & ~pl.col("contradicted")).with_columns(last.alias("last_day"))
    late = (day.is_between(_FIRST, _LAST) & (day < pl.col("last_day"))).fill_null(value=False)
    again = (pl.col("day_no") == pl.col("last_day")).fill_null(value=False)
    faults.add_all(left.filter(again), _DUPLICATE, lambda _: "")
    faults.add_all(left.filter(late), _OUT_OF_ORDER, lambda row: day_of_number(row["last_day"]))
    faults.add_all(left.filter(~again & ~late), _NO_TRADING_DAY, lambda _: "")
    kept = where(rows, accepted).with_columns(last.alias("last_day"))
    before = pl.col("close_e13").shift(1)
    comparable = pl.col("last_day").is_not_null()
    comparable &= pl.col("told_twice") == pl.col("told_twice").shift(1)
    number = pl.int_range(pl.len())
    first = pl.when(pl.col("last_day").is_null()).then(number).forward_fill()
    return kept.with_columns(
        pl.when(comparable).then(before).alias("last_close_e13"),
        (number - first + 1).alias("seen"),
    )


def _name_gaps(
    accepted: pl.DataFrame, rows: pl.DataFrame, calendar: Calendar, faults: Faults
) -> None:
    days = pl.Series([number_of_day(day) for day in calendar.days], dtype=pl.Int64)
    place = days.search_sorted(accepted["day_no"])
    skips = (place - place.shift(1) > 1) | (
        accepted["day_no"] - accepted["last_day"] > LONGEST_CLOSURE_DAYS
    )
    skips &= accepted["last_day"].is_not_null()
    suspects = accepted.select("at", "series", "day_no", "last_day").filter(skips)
    if suspects.is_empty():
        return
    # What was told of a day between two accepted ones was not accepted, so those rows are enough.
    others = rows.filter(~pl.col("at").is_in(accepted["at"].implode()))
    present: dict[int, set[int]] = defaultdict(set)
    for series, day in others.select("series", "day_no").iter_rows():
        present[series].add(day)
    numbers: list[int] = days.to_list()
    for row in suspects.iter_rows(named=True):
        first = bisect_right(numbers, row["last_day"])
        between = numbers[first : bisect_left(numbers, row["day_no"])]
        missing = [day for day in between if day not in present[row["series"]]]
        if not missing and row["day_no"] - row["last_day"] <= LONGEST_CLOSURE_DAYS:
            continue
        span = (missing[0], missing[-1]) if missing else (row["last_day"], row["day_no"])
        start, end = map(day_of_number, span)
        faults.add_gap(row, start, f"{start}..{end}: {len(missing)}")


def _believed(
    accepted: pl.DataFrame, reach: Reach, faults: Faults, *, raw_prices: bool
) -> pl.DataFrame:
    """The rows whose prices stand every check."""
    close, preclose = pl.col("close_e13"), pl.col("preclose_e13")
    opened, high, low = (pl.col(f"{name}_e13") for name in ("open", "high", "low"))
    bad = pl.col("has_prices") & ~(
        (low <= pl.min_horizontal(opened, close)) & (pl.max_horizontal(opened, close) <= high)
    )
    rows = reach.with_rules(accepted)
    tick = pl.col("tick_e13")
    prices = (close, opened, high, low)
    off = pl.any_horizontal([(price % tick != 0).fill_null(value=False) for price in prices])
    rows = rows.with_columns(bad.fill_null(value=True).alias("bad"), off.alias("off"))
    faults.add_all(rows.filter("bad"), _BAD_OHLC, _four_prices)
    rows = where(rows, ~pl.col("bad"))
    if raw_prices:
        faults.add_all(rows.filter("off"), _OFF_TICK, _four_prices)
        rows = where(rows, ~pl.col("off"))
    differs = (preclose != pl.col("last_close_e13")).fill_null(value=False)
    faults.add_all(
        rows.filter(differs),
        _PRECLOSE,
        lambda row: f"{row['preclose']} <> {to_text(row['last_close_e13'])}",
    )
    rows = where(rows, ~differs)
    rows = _inside_stated(rows, reach, faults)
    return _inside_row_before(rows, reach, faults)


def _four_prices(row: Row) -> str:
    return " ".join(row[name] for name in ("open", "high", "low", "close") if row[name])


def to_text(e13: int) -> str:
    """A price as people write it."""
    whole_part, rest = divmod(e13, 10**13)
    return f"{whole_part}.{f'{rest:013d}'.rstrip('0').ljust(2, '0')}"


def _inside_stated(rows: pl.DataFrame, reach: Reach, faults: Faults) -> pl.DataFrame:
    """Rows with a stated previous close may not be beyond that day's limits of it."""
    stated = rows.filter(pl.col("preclose_e13").is_not_null())
    beyond = [
        row["at"]
        for row in reach.suspects(stated, "preclose_e13")
        if reach.direction(row, row["preclose_e13"])
    ]
    if not beyond:
        return rows
    told = rows.filter(pl.col("at").is_in(beyond))
    faults.add_all(told, _BEYOND, lambda row: f"{row['preclose']} -> {row['close']}")
    return rows.filter(~pl.col("at").is_in(beyond))


def _inside_row_before(rows: pl.DataFrame, reach: Reach, faults: Faults) -> pl.DataFrame:
    """Without a stated previous close a fall may be an ex-rights day; a rise beyond the limit is an
    error.

    The error is in the row before if that one had fallen beyond its limit: then that one is set
    aside.
    """
    same = pl.col("series") == pl.col("series").shift(1)
    rows = rows.with_columns(
        pl.when(same).then(pl.col("close_e13").shift(1)).alias("before_e13"),
        _traded_before(rows).alias("traded_day"),
    ).with_row_index("n")
    unstated = rows.filter(
        pl.col("preclose_e13").is_null()
        & pl.col("before_e13").is_not_null()
        & ~_after_a_pause().fill_null(value=False)
    )
    moves = {
        row["n"]: reach.direction(row, row["before_e13"])
        for row in reach.suspects(unstated, "before_e13")
    }
    risen = sorted(n for n, direction in moves.items() if direction > 0)
    if not risen:
        return rows
    fallen = {n for n, direction in moves.items() if direction < 0}
    gone = _Stack(rows, reach, faults, fallen).run(risen)
    return rows.filter(~pl.col("n").is_in(sorted(gone)))


def _after_a_pause() -> pl.Expr:
    """Rows after a suspension longer than any holiday: on such a day a share may reopen anywhere,
    and to hold its old price against it would set aside the rest of its life. The gap is named.
    """
    return pl.col("day_no") - pl.col("traded_day") > LONGEST_CLOSURE_DAYS


def _traded_before(rows: pl.DataFrame) -> pl.Expr:
    """The last day before each row on which anything traded; some sources fill suspensions with
    rows that have no volume.
    """
    if not (rows["volume_qty"] == 0).any():
        return pl.col("last_day")
    traded = pl.when(pl.col("volume_qty").fill_null(1) > 0).then(pl.col("day_no"))
    return traded.forward_fill().shift(1).over("series")


@dataclass(slots=True)
class _Stack:
    """Settles rises beyond the limit, row by row, as each takes away what the next is held
    against. fallen: numbers of rows that had fallen beyond their limit.
    """

    rows: pl.DataFrame
    reach: Reach
    faults: Faults
    fallen: set[int]
    gone: set[int] = field(default_factory=set)
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns = {name: self.rows[name].to_list() for name in _SETTLED_BY}

    def run(self, risen: list[int]) -> set[int]:
        """Numbers of the rows that are set aside."""
        done = -1
        for start in risen:
            at = start
            # A row set aside changes what the next one is held against.
            while at > done and not self._settle(at):
                done, at = at, at + 1
                if not self._follows(at):
                    break
            else:
                done = max(done, at)
        return self.gone

    def _follows(self, at: int) -> bool:
        if at >= self.rows.height:
            return False
        here, before = self._row(at), self._row(at - 1)
        return here["series"] == before["series"] and here["preclose_e13"] is None

    def _settle(self, at: int) -> bool:
        """Whether the row is kept."""
        row = self._row(at)
        if row["day_no"] - (row["traded_day"] or row["day_no"]) > LONGEST_CLOSURE_DAYS:
            return True
        while (before := self._kept_before(at, row["series"])) is not None:
            mark = self._row(before)
            direction = self.reach.direction(row, mark["close_e13"])
            if direction > 0 and before in self.fallen:
                self._drop(before)
                continue
            if direction > 0:
                self._drop(at, mark)
                return False
            if direction < 0:
                self.fallen.add(at)
            else:
                self.fallen.discard(at)
            return True
        self.fallen.discard(at)
        return True

    def _drop(self, at: int, mark: Row | None = None) -> None:
        row = self._row(at)
        if mark is None:
            before = self._kept_before(at, row["series"])
            mark = self._row(before) if before is not None else row
        self.gone.add(at)
        texts = self.faults.texts["close"]
        self.faults.add(row["at"], _BEYOND, f"{texts[mark['at']]} -> {texts[row['at']]}")

    def _kept_before(self, at: int, series: int) -> int | None:
        before = at - 1
        while before >= 0 and before in self.gone:
            before -= 1
        return before if before >= 0 and self._row(before)["series"] == series else None

    def _row(self, at: int) -> Row:
        return {name: column[at] for name, column in self.columns.items()}


def _bars(rows: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Columns of DayBar."""
    named = texts.select("symbol", "day")
    if rows.height != texts.height:
        named = named[rows["at"]]
    prices = [
        pl.when(pl.col("has_prices")).then(milli(f"{name}_e13")).alias(f"{name}_milli")
        for name in ("open", "high", "low")
    ]
    return rows.select(
        named["symbol"],
        named["day"].alias("trading_day"),
        *prices,
        milli("close_e13").alias("close_milli"),
        pl.col("volume_qty").alias("volume"),
        "turnover_fen",
        pl.lit("import").alias("kind"),
        pl.col("off").alias("adjusted"),
    )


def factors_of(frame: pl.DataFrame, good: pl.DataFrame) -> pl.DataFrame:
    """Where a source's factor changes: symbol, ex_day, factor_e8 and the one before.

    frame: the source's rows. Only days that were believed count.
    """
    texts, _ = parsed(frame)
    factor = (pl.col("factor").cast(pl.Decimal(38, 8), strict=False).to_physical()).cast(pl.Int64)
    said = texts.select("symbol", pl.col("day").alias("trading_day"), factor.alias("factor_e8"))
    joined = good.select("symbol", "trading_day").join(
        said.unique(subset=["symbol", "trading_day"]), on=["symbol", "trading_day"]
    )
    before = pl.col("factor_e8").shift(1).over("symbol")
    return (
        joined.filter(pl.col("factor_e8") > 0)
        .sort("symbol", "trading_day")
        .with_columns(before.alias("before_e8"))
        .filter(pl.col("before_e8").is_not_null() & (pl.col("before_e8") != pl.col("factor_e8")))
        .select("symbol", pl.col("trading_day").alias("ex_day"), "factor_e8", "before_e8")
    )


_FIRST: Final = number_of_day(FIRST_DAY.isoformat())
_LAST: Final = number_of_day(LAST_DAY.isoformat())
