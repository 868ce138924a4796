"""Which bars are believed. Faults are data with a place, collected, never thrown at the first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from yunquan.kernel.errors import Invalid
from yunquan.market.rules.calendar import (
    LONGEST_CLOSURE_DAYS,
    Calendar,
    days_between,
    is_weekend,
)
from yunquan.market.rules.instruments import board_of, limits_on
from yunquan.market.rules.rows import RuleBook, RuleMissing
from yunquan.market.types import Instrument
from yunquan.quotes.types import BarFault, DayBar, RawBar

_TICK: Final = Decimal("0.01")
_LARGEST_PRICE: Final = Decimal(100_000)
_LARGEST_VOLUME: Final = 10**15
# IPO windows are at most this long, so a series whose listing day is unknown may begin inside one.
_LISTING_WINDOW: Final = 5
# Those trading days with the longest closure between them.
_LISTING_SPAN_DAYS: Final = 25
# Below this many symbols a day that only one of them has can't be told from a real one.
_QUORUM: Final = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check: bars to keep and faults to name."""

    good: list[DayBar]
    faults: list[BarFault]


@dataclass(slots=True)
class _Row:
    raw: RawBar
    close: Decimal
    preclose: Decimal | None
    prices: tuple[Decimal, Decimal, Decimal] | None
    volume: int | None
    suspect: str = (
        ""  # fell beyond the limit without a stated previous close: an ex-rights day, or wrong
    )


def check_bars(
    book: RuleBook,
    rows: Sequence[RawBar],
    known_days: Sequence[str],
    listed_on: Callable[[str], str],
) -> Checked:
    """Check every row of a source. known_days: trading days known before. listed_on: by symbol,
    or "".
    """
    by_symbol: dict[str, list[RawBar]] = defaultdict(list)
    for row in rows:
        by_symbol[row.symbol].append(row)
    agreed, doubted = _agree_on_days(by_symbol, frozenset(known_days))
    calendar = Calendar([*known_days, *agreed])
    checked = Checked([], [])
    for symbol, series in by_symbol.items():
        try:
            board = board_of(symbol)
        except Invalid as error:
            checked.faults.extend(
                _fault(row, "market.bar_unknown_symbol", error.code) for row in series
            )
            continue
        instrument = Instrument(symbol, symbol[-2:], board, "", "")
        check = _SeriesCheck(book, instrument, calendar, doubted, listed_on(symbol))
        good, faults = check.run(series)
        checked.good.extend(good)
        checked.faults.extend(faults)
    return checked


def _agree_on_days(
    by_symbol: Mapping[str, Sequence[RawBar]], known: frozenset[str]
) -> tuple[set[str], frozenset[str]]:
    """(days most symbols have, days hardly any has): a typing error must not become a trading
    day.
    """
    spans: list[tuple[str, str]] = []
    counts: dict[str, int] = defaultdict(int)
    for series in by_symbol.values():
        days = {row.day for row in series if _is_day(row.day)}
        if days:
            spans.append((min(days), max(days)))
        for day in days:
            counts[day] += 1
    doubted = {
        day
        for day, count in counts.items()
        if day not in known
        and (covering := sum(first <= day <= last for first, last in spans)) >= _QUORUM
        and count * 2 < covering
    }
    agreed = {day for day in counts if day not in doubted and not is_weekend(day)}
    return agreed, frozenset(doubted)


class _SeriesCheck:
    """The checks of one symbol's rows, in their order."""

    def __init__(
        self,
        book: RuleBook,
        instrument: Instrument,
        calendar: Calendar,
        doubted: frozenset[str],
        listed_on: str,
    ) -> None:
        self.book = book
        self.instrument = instrument
        self.calendar = calendar
        self.doubted = doubted
        self.listed_on = listed_on
        self.present: set[str] = set()
        self.kept: list[_Row] = []
        self.faults: list[BarFault] = []

    def run(self, series: Sequence[RawBar]) -> tuple[list[DayBar], list[BarFault]]:
        """(bars to keep, faults)."""
        contradicted = _contradicted_days(series)
        self.present = {raw.day for raw in series}
        last_day, last_close, seen = "", None, 0
        for raw in series:
            row = self._parse(raw)
            if row is None:
                continue
            reason, detail = self._order_fault(raw.day, last_day, contradicted)
            if reason:
                self.faults.append(_fault(raw, reason, detail))
                last_close = None if raw.day in contradicted else last_close
                continue
            self._note_gap(raw, last_day)
            seen += 1
            if fault := self._price_fault(row, last_close, seen):
                self.faults.append(fault)
            else:
                self.kept.append(row)
            last_day, last_close = raw.day, row.close
        return [_bar(row) for row in self.kept], self.faults

    def _parse(self, raw: RawBar) -> _Row | None:
        try:
            if not _is_day(raw.day):
                raise ValueError("date")
            close = _price(raw.close, "close")
            preclose = _price(raw.preclose, "preclose") if raw.preclose else None
            texts = (raw.open, raw.high, raw.low)
            names = ("open", "high", "low")
            prices = None
            if any(texts):
                opened, high, low = map(_price, texts, names)
                prices = (opened, high, low)
            return _Row(raw, close, preclose, prices, _volume(raw.volume))
        except ValueError as error:
            self.faults.append(_fault(raw, "market.bar_malformed", str(error)))
            return None

    def _order_fault(
        self, day: str, last_day: str, contradicted: Mapping[str, str]
    ) -> tuple[str, str]:
        if day in contradicted:
            return "market.bar_contradicted", contradicted[day]
        if day == last_day:
            return "market.bar_duplicate", ""
        if day < last_day:
            return "market.bar_out_of_order", last_day
        if is_weekend(day) or day in self.doubted:
            return "market.bar_no_trading_day", ""
        return "", ""

    def _note_gap(self, raw: RawBar, last_day: str) -> None:
        if not last_day:
            return
        between = self.calendar.between(last_day, raw.day)
        missing = [day for day in between if day not in self.present]
        if not missing and days_between(last_day, raw.day) <= LONGEST_CLOSURE_DAYS:
            return
        first, last = (missing[0], missing[-1]) if missing else (last_day, raw.day)
        detail = f"{first}..{last}: {len(missing)}"
        self.faults.append(
            BarFault(self.instrument.symbol, first, raw.line, "market.bar_gap", detail)
        )

    def _price_fault(self, row: _Row, last_close: Decimal | None, seen: int) -> BarFault | None:
        if row.prices is not None:
            opened, high, low = row.prices
            if not low <= min(opened, row.close) <= max(opened, row.close) <= high:
                return _fault(row.raw, "market.bar_bad_ohlc", f"{opened} {high} {low} {row.close}")
        if row.preclose is not None:
            if last_close is not None and row.preclose != last_close:
                detail = f"{row.preclose} <> {last_close}"
                return _fault(row.raw, "market.bar_preclose_differs", detail)
            if detail := self._beyond(row, row.preclose, seen)[1]:
                return _fault(row.raw, "market.bar_beyond_limit", detail)
            return None
        return self._jump_fault(row, seen)

    def _jump_fault(self, row: _Row, seen: int) -> BarFault | None:
        """Without a stated previous close a fall may be an ex-rights day; a rise beyond the
        limit is an error.

        The error is in the row before if that one had fallen beyond its limit: then that one is
        set aside.
        """
        if not self.kept:
            return None
        direction, detail = self._beyond(row, self.kept[-1].close, seen)
        if direction > 0 and self.kept[-1].suspect:
            wrong = self.kept.pop()
            self.faults.append(_fault(wrong.raw, "market.bar_beyond_limit", wrong.suspect))
            return self._jump_fault(row, seen)
        if direction > 0:
            return _fault(row.raw, "market.bar_beyond_limit", detail)
        row.suspect = detail
        return None

    def _beyond(self, row: _Row, reference: Decimal, seen: int) -> tuple[int, str]:
        """(1 above, -1 below or 0 inside the day's limits, "reference -> close").

        One tick of slack: adjusted prices were rounded after the real limit was.
        """
        if not self.listed_on and seen <= _LISTING_WINDOW:
            return 0, ""
        day, listing_day = row.raw.day, self._listing_day(row.raw.day)
        try:
            up, down = limits_on(self.book, self.instrument, _milli(reference), day, listing_day)
        except RuleMissing:
            return 0, ""
        close, tick = _milli(row.close), int(_TICK * 1000)
        if down - tick <= close <= up + tick:
            return 0, ""
        return (1 if close > up else -1), f"{reference} -> {row.close}"

    def _listing_day(self, day: str) -> int:
        """1 on the first trading day after the listing, 2 on the second; 0 when that is long
        ago.
        """
        if not self.listed_on or days_between(self.listed_on, day) > _LISTING_SPAN_DAYS:
            return 0
        trading_days = self.calendar.between(self.listed_on, day)
        # The listing day itself may lie before the first day anybody has bars of.
        return len(trading_days) + (self.listed_on not in trading_days)


def _contradicted_days(series: Sequence[RawBar]) -> dict[str, str]:
    """Days that two rows tell differently: neither is believed."""
    first: dict[str, tuple[str, ...]] = {}
    contradicted: dict[str, str] = {}
    for raw in series:
        content = (raw.close, raw.open, raw.high, raw.low, raw.preclose, raw.volume)
        before = first.setdefault(raw.day, content)
        if before != content:
            contradicted[raw.day] = f"{before[0]} <> {raw.close}"
    return contradicted


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _price(text: str, column: str) -> Decimal:
    plain = text.strip()
    # Plain digits only: Decimal would also take "nan", "1e5" and full-width digits.
    if not plain or len(plain) > 24 or not set(plain) <= set("0123456789."):
        raise ValueError(f"{column}={text[:24]!r}")
    try:
        price = Decimal(plain)
    except ArithmeticError:
        raise ValueError(f"{column}={text[:24]!r}") from None
    if not 0 < price < _LARGEST_PRICE:
        raise ValueError(f"{column}={text[:24]!r}")
    return price


def _volume(text: str) -> int | None:
    plain = text.strip().removesuffix(".0")
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit()) or int(plain[:24]) > _LARGEST_VOLUME:
        raise ValueError(f"volume={text[:24]!r}")
    return int(plain)


def _milli(price: Decimal) -> int:
    return int((price * 1000).to_integral_value(ROUND_HALF_UP))


def _fault(raw: RawBar, reason: str, detail: str) -> BarFault:
    return BarFault(raw.symbol, raw.day[:10], raw.line, reason, detail[:200])


def _bar(row: _Row) -> DayBar:
    prices = (row.close, *(row.prices or ()))
    opened, high, low = map(_milli, row.prices) if row.prices else (None, None, None)
    return DayBar(
        symbol=row.raw.symbol,
        trading_day=row.raw.day,
        open_milli=opened,
        high_milli=high,
        low_milli=low,
        close_milli=_milli(row.close),
        volume=row.volume,
        turnover_fen=None,
        kind="import",
        adjusted=any(price % _TICK for price in prices),
    )
