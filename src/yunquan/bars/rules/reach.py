"""How far a price may move in a day, asked of the market's rules for whole columns of rows."""

from __future__ import annotations

# Expressions of Polars take arrays of NumPy, which we have not: their types are known but for that.
# pyright: reportUnknownMemberType=false
from collections.abc import Callable, Iterator
from typing import Any, Final

import polars as pl

from yunquan.bars.rules.columns import E13_PER_MILLI, day_of_number, number_of_day, to_milli
from yunquan.kernel.errors import Invalid
from yunquan.market.rules.calendar import Calendar, days_between
from yunquan.market.rules.instruments import limits_on, place_of
from yunquan.market.rules.rows import RuleBook, RuleMissing
from yunquan.market.types import Instrument

# IPO windows are at most this long, so a series whose listing day is unknown may begin inside one.
_LISTING_WINDOW: Final = 5
# Those trading days with the longest closure between them.
_LISTING_SPAN_DAYS: Final = 25
_BP: Final = 10_000
# What a product without a row of ticks is quoted in, as indices are.
_FINEST_TICK: Final = 1


class Reach:
    """The limits of every symbol on every day.

    listed_on: first trading day by symbol, or "". symbols: those of the series, by its number.
    """

    def __init__(self, book: RuleBook, listed_on: Callable[[str], str]) -> None:
        self.book = book
        self.listed_on = listed_on
        self.calendar = Calendar(())
        self.symbols: list[str] = []
        self._instruments: dict[str, Instrument] = {}
        self._unknown: dict[str, str] = {}
        self._places: dict[tuple[str, str, str], int] = {}
        turns = {row.effective_from for row in book.rows if row.effective_from}
        turns |= {row.effective_to for row in book.rows if row.effective_to}
        # Between two of these days no rule changes, so one day of each span speaks for all.
        self._turns = sorted(turns)

    def knows(self, symbol: str) -> bool:
        """Whether the symbol is one of ours."""
        if symbol in self._instruments:
            return True
        try:
            board, product = place_of(symbol)
        except Invalid as error:
            self._unknown[symbol] = error.code
            return False
        self._instruments[symbol] = Instrument(symbol, symbol[-2:], board, "", "", product=product)
        return True

    def unknown(self, symbol: str) -> str:
        """Why a symbol isn't."""
        return self._unknown[symbol]

    def place(self, symbol: str) -> int:
        """A number for the kind of product, -1 for a symbol that isn't known."""
        found = self._instruments.get(symbol)
        if found is None:
            return -1
        key = (found.market, found.board, found.product)
        return self._places.setdefault(key, len(self._places))

    def with_rules(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Adds `limit_bp` (0: no limit to ask of) and `tick_e13` of each row's day."""
        turns = pl.Series([number_of_day(day) for day in self._turns], dtype=pl.Int64)
        spans = len(self._turns) + 1
        span = turns.search_sorted(rows["day_no"], side="right").cast(pl.Int64)
        rules = [self._rules(key, span) for key in self._places for span in range(spans)]
        at = rows["place"] * spans + span
        limits = pl.Series([limit for limit, _ in rules], dtype=pl.Int64)
        ticks = pl.Series([tick for _, tick in rules], dtype=pl.Int64)
        return rows.with_columns(
            limits.gather(at).alias("limit_bp"),
            (ticks.gather(at) * E13_PER_MILLI).alias("tick_e13"),
        )

    def _rules(self, place: tuple[str, str, str], span: int) -> tuple[int, int]:
        day = self._turns[span - 1] if span else "0001-01-01"
        rules = self.book.on(day).of(*place)
        return rules.optional("price_limit_bp"), rules.optional("tick_milli") or _FINEST_TICK

    def suspects(self, rows: pl.DataFrame, reference: str) -> Iterator[dict[str, Any]]:
        """Rows that may be beyond the limits of a reference price: all others are inside for sure.

        A tick inside the plain limit no rounding, no floor and no slack matters. Near a listing a
        day may have limits of its own, so those rows are all asked for.
        """
        move = (pl.col("close_e13") - pl.col(reference)).abs()
        room = pl.col(reference) // _BP * pl.col("limit_bp") - pl.col("tick_e13")
        fresh = pl.col("listed") & (pl.col("seen") <= _LISTING_SPAN_DAYS)
        asked = (pl.col("limit_bp") > 0) & ((move > room) | fresh)
        settled = ~pl.col("listed") & (pl.col("seen") <= _LISTING_WINDOW)
        return rows.filter(asked & ~settled).iter_rows(named=True)

    def direction(self, row: dict[str, Any], reference_e13: int) -> int:
        """1 above, -1 below or 0 inside the limits that a reference price gives the row's day.

        One tick of slack: adjusted prices were rounded after the real limit was.
        """
        symbol: str = self.symbols[int(row["series"])]
        day = day_of_number(row["day_no"])
        listed = self.listed_on(symbol)
        if not listed and row["seen"] <= _LISTING_WINDOW:
            return 0
        instrument = self._instruments[symbol]
        number = self._listing_day(listed, day)
        try:
            up, down = limits_on(self.book, instrument, to_milli(reference_e13), day, number)
        except RuleMissing:
            return 0
        close, tick = to_milli(row["close_e13"]), row["tick_e13"] // E13_PER_MILLI
        if down - tick <= close <= up + tick:
            return 0
        return 1 if close > up else -1

    def _listing_day(self, listed: str, day: str) -> int:
        """1 on the first trading day after the listing, 2 on the second; 0 when that is long
        ago.
        """
        if not listed or not 0 <= days_between(listed, day) <= _LISTING_SPAN_DAYS:
            return 0
        trading_days = self.calendar.between(listed, day)
        # The listing day itself may lie before the first day anybody has bars of.
        return len(trading_days) + (listed not in trading_days)
