"""Daily or minute bars: from the samples of the package marina-rules, or a file the user names.

A row whose date has a time ("2026-01-05 09:31") is a minute bar, named by the minute's end. Every
row is checked. What contradicts itself is refused with its place; a stated previous close
that is not the close of the row before is named in a log line, and the row before wins. Prices
become milli (0.001 CNY), rounded half up.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from importlib import resources
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from yunquan_world.hours import SESSION_MINUTES, minute_label
from yunquan_world.rules import board_of, board_rule, product_of

log = logging.getLogger(__name__)

_MOST_ERRORS_SHOWN = 20
# Adjusted prices carry four decimals; a previous close may differ by the last one.
_ROUNDING = Decimal("0.0001")
_MINUTES = {minute_label(minute): minute for minute in range(SESSION_MINUTES)}
_HIGHEST_CLOSE = Decimal(100_000)


class BarsError(Exception):
    """The bars can't be used; the text names each wrong row."""


@dataclass(frozen=True)
class Series:
    """The closes of one symbol: days like "2026-07-13", rising, and closes in milli.

    minutes_milli: of the days that have minute bars, the first price and the close of each of the
    240 minutes.
    """

    symbol: str
    days: tuple[str, ...]
    closes_milli: tuple[int, ...]
    minutes_milli: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def returns(self) -> list[float]:
        """Close over previous close minus 1."""
        return [after / before - 1 for before, after in pairwise(self.closes_milli)]


@dataclass(frozen=True)
class _Row:
    place: str
    symbol: str
    day: str
    minute: int | None
    open: Decimal | None
    close: Decimal
    preclose: Decimal | None

    @property
    def when(self) -> str:
        """The day, or the day and the minute's end."""
        return self.day if self.minute is None else f"{self.day} {minute_label(self.minute)}"


def sample_bars() -> dict[str, Series]:
    """The seven shares whose real, forward-adjusted closes the package marina-rules ships."""
    folder = resources.files("marina_rules") / "data" / "samples" / "cn_bars"
    rows: list[_Row] = []
    errors: list[str] = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".csv"):
            continue
        market, security, _ = file.name.split(".")
        symbol = f"{security}.{market.upper()}"
        with file.open("r", encoding="utf-8") as lines:
            for number, fields in enumerate(csv.DictReader(lines), start=2):
                place = f"{file.name} line {number}"
                rows += _checked(place, {"symbol": symbol, **fields}, errors)
    return _series(rows, errors)


def load_bars(path: Path) -> dict[str, Series]:
    """Bars from a CSV or Parquet file with the columns symbol, date, close and, if it has them,
    open, high, low, volume, preclose."""
    if not path.is_file():
        raise BarsError(f"{path}: no such file")
    records = _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _csv(path)
    rows: list[_Row] = []
    errors: list[str] = []
    for place, fields in records:
        rows += _checked(place, fields, errors)
        if len(errors) >= _MOST_ERRORS_SHOWN:
            break
    return _series(rows, errors)


def _csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        _require_columns(path, reader.fieldnames or ())
        for number, fields in enumerate(reader, start=2):
            yield f"{path.name} line {number}", fields


def _parquet(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        import polars  # noqa: PLC0415 - an extra: only whoever names a Parquet file needs it
    except ImportError as error:
        raise BarsError(f"{path}: reading Parquet needs the package polars") from error
    frame = polars.read_parquet(path)
    _require_columns(path, frame.columns)
    for number, fields in enumerate(frame.iter_rows(named=True), start=1):
        yield f"{path.name} row {number}", fields


def _require_columns(path: Path, columns: Iterable[str]) -> None:
    missing = {"symbol", "date", "close"}.difference(columns)
    if missing:
        raise BarsError(f"{path}: column {', '.join(sorted(missing))} is missing")


def _checked(place: str, fields: dict[str, Any], errors: list[str]) -> list[_Row]:
    """The row, or nothing and one more error."""
    try:
        symbol = str(fields["symbol"]).strip().upper()
        if product_of(symbol) != "stock":
            raise ValueError(f"{symbol!r} is not a share such as 600519.SH")
        day, minute = _when(str(fields["date"]).strip())
        prices = {name: _price(name, fields.get(name)) for name in ("open", "high", "low")}
        close = _price("close", fields["close"])
        if close is None:
            raise ValueError("close is empty")
        _check_range(close, prices)
        # A minute's previous close says nothing about the day before.
        preclose = _price("preclose", fields.get("preclose")) if minute is None else None
        return [_Row(place, symbol, day, minute, prices["open"], close, preclose)]
    except ValueError as error:
        errors.append(f"{place}: {error}")
        return []


def _when(text: str) -> tuple[str, int | None]:
    """The day, and of a minute bar the number of its minute, 0 to 239."""
    day = date.fromisoformat(text[:10]).isoformat()
    clock = text[10:].strip(" T")
    if not clock or clock.startswith("00:00"):
        return day, None
    minute = _MINUTES.get(clock[:5])
    if minute is None:
        raise ValueError(
            f"{text}: a minute bar is named by its end, 09:31 to 11:30 or 13:01 to 15:00"
        )
    return day, minute


def _price(name: str, value: Any) -> Decimal | None:
    """A price column: None when the file hasn't got it or it is empty."""
    if value is None or str(value).strip() == "":
        return None
    try:
        price = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise ValueError(f"{name} {value!r} is not a number") from error
    if not price.is_finite() or not 0 < price < _HIGHEST_CLOSE:
        raise ValueError(f"{name} must be above 0 and below {_HIGHEST_CLOSE}, found {value}")
    return price


def _check_range(close: Decimal, prices: dict[str, Decimal | None]) -> None:
    high, low = prices["high"], prices["low"]
    inside = [price for price in (prices["open"], close) if price is not None]
    if high is not None and high < max(inside):
        raise ValueError(f"high {high} is below the open or close")
    if low is not None and low > min(inside):
        raise ValueError(f"low {low} is above the open or close")


def _series(rows: list[_Row], errors: list[str]) -> dict[str, Series]:
    by_symbol: dict[str, list[_Row]] = {}
    for row in rows:
        by_symbol.setdefault(row.symbol, []).append(row)
    for symbol_rows in by_symbol.values():
        errors += _order_errors(symbol_rows)
    if errors:
        shown = errors[:_MOST_ERRORS_SHOWN]
        more = f"\n... and {len(errors) - len(shown)} more" if len(errors) > len(shown) else ""
        raise BarsError("\n".join(shown) + more)
    if not by_symbol:
        raise BarsError("there is no bar at all")
    for symbol_rows in by_symbol.values():
        _name_wrong_precloses(symbol_rows)
    return {symbol: _series_of(symbol, rows) for symbol, rows in sorted(by_symbol.items())}


def _series_of(symbol: str, rows: list[_Row]) -> Series:
    closes: dict[str, int] = {}
    minutes: dict[str, tuple[int, ...]] = {}
    for day, group in groupby(rows, key=lambda row: row.day):
        of_day = list(group)
        closes[day] = _milli(of_day[-1].close)
        if of_day[0].minute is not None:
            minutes[day] = _minutes_of(symbol, day, of_day)
    return Series(symbol, tuple(closes), tuple(closes.values()), minutes)


def _minutes_of(symbol: str, day: str, rows: list[_Row]) -> tuple[int, ...]:
    """The first price and 240 closes; a minute without a bar keeps the price before it."""
    first = _milli(rows[0].open or rows[0].close)
    known = {row.minute: _milli(row.close) for row in rows}
    if len(known) < SESSION_MINUTES:
        log.warning("bars: %s %s has %d of 240 minutes", symbol, day, len(known))
    prices = [first]
    for minute in range(SESSION_MINUTES):
        prices.append(known.get(minute, prices[-1]))
    return tuple(prices)


def _order_errors(rows: list[_Row]) -> list[str]:
    return [
        f"{row.place}: {row.symbol} {row.when} comes after {before.when}; days must rise"
        for before, row in pairwise(rows)
        if row.when <= before.when
    ] + [
        f"{row.place}: {row.symbol} {row.day} has both a daily bar and minute bars"
        for before, row in pairwise(rows)
        if row.day == before.day and (row.minute is None) != (before.minute is None)
    ]


def _name_wrong_precloses(rows: list[_Row]) -> None:
    """Log each stated previous close that can't be right. The closes themselves are kept."""
    first = rows[0]
    if first.preclose is not None:
        # Nothing comes before the first row, so ask whether its move was possible at all.
        rule = board_rule(board_of(first.symbol) or "main", date.fromisoformat(first.day))
        move = abs(first.close / first.preclose - 1) * 100
        if move > 2 * rule.limit_percent:
            _log_preclose(first, "it makes an impossible move; not used")
    for before, row in pairwise(rows):
        if row.preclose is not None and abs(row.preclose - before.close) > _ROUNDING:
            _log_preclose(row, f"the close before is {before.close}; that one is used")


def _log_preclose(row: _Row, finding: str) -> None:
    log.warning(
        "bars: %s %s (%s) states the previous close %s: %s",
        row.symbol,
        row.day,
        row.place,
        row.preclose,
        finding,
    )


def _milli(price: Decimal) -> int:
    return int((price * 1000).quantize(Decimal(1), ROUND_HALF_UP))
