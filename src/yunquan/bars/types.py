"""Words of bars: days and minutes, what adjusts them, and what an import did.

Prices are integers of 0.001 CNY (`_milli`), amounts integers of 0.01 CNY (`_fen`), quantities
integer shares, trading days text "YYYY-MM-DD".
"""

from __future__ import annotations

from decimal import Decimal

import msgspec


class MinuteBar(msgspec.Struct, frozen=True, array_like=True):
    """One minute of the day. minute: "HH:MM" of its end, venue time."""

    minute: str
    open_milli: int
    high_milli: int
    low_milli: int
    close_milli: int
    volume: int
    turnover_fen: int


class MinutesOfDay(msgspec.Struct, frozen=True):
    """The minutes of one instrument on one trading day, in order."""

    symbol: str
    trading_day: str
    bars: tuple[MinuteBar, ...]


class DayBar(msgspec.Struct, frozen=True):
    """One trading day. Open, high, low, volume and turnover are None where the source has only
    closes.

    kind: "import" (read from a file) or "simulated" (played by the simulated market). adjusted: the
    price is off the tick, as forward adjusted prices are, and was rounded half up to 0.001 CNY.
    """

    symbol: str
    trading_day: str
    open_milli: int | None
    high_milli: int | None
    low_milli: int | None
    close_milli: int
    volume: int | None
    turnover_fen: int | None
    kind: str
    adjusted: bool


class Adjustment(msgspec.Struct, frozen=True):
    """What an ex-day did to a price: one before it is worth denominator/numerator of itself after.

    basis: the event or the source that says so.
    """

    symbol: str
    ex_day: str
    numerator: int
    denominator: int
    basis: str


class ExRight(msgspec.Struct, frozen=True):
    """A dividend, bonus or rights issue as announced, per ten shares, as in 10送3转2派1.5配2.

    cash_e6: 10^-6 CNY before tax. bonus: shares from profit or reserves. rights: shares offered at
    rights_price_milli.
    """

    symbol: str
    ex_day: str
    cash_e6: int
    bonus: Decimal
    rights: Decimal
    rights_price_milli: int


class RawBar(msgspec.Struct, frozen=True):
    """A row as its source wrote it, before anybody believed it. line: its place in the source,
    from 1. time: "HH:MM" of a minute's end. turnover: CNY. factor: what adjusted prices were
    multiplied with.
    """

    line: int
    symbol: str
    day: str
    close: str
    open: str = ""
    high: str = ""
    low: str = ""
    preclose: str = ""
    volume: str = ""
    turnover: str = ""
    time: str = ""
    factor: str = ""


class BarFault(msgspec.Struct, frozen=True):
    """A row, or a missing span of rows, that isn't believed. reason: code, e.g.
    "market.bar_duplicate".
    """

    symbol: str
    trading_day: str
    line: int
    reason: str
    detail: str


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did. rows_read = rows_good + rows_quarantined; gaps are spans without rows.

    adjusted_rows: good rows off the tick, noted and kept. repeated: the same content was already
    in.
    """

    source: str
    digest: str
    rows_read: int
    rows_good: int
    rows_quarantined: int
    gaps: int
    adjusted_rows: int
    repeated: bool = False


class MinuteList(msgspec.Struct, frozen=True):
    """Today's minutes, oldest first: ["HH:MM", open, high, low, close, volume, turnover]."""

    symbol: str
    bars: tuple[tuple[str, str, str, str, str, int, str], ...]


class BarList(msgspec.Struct, frozen=True):
    """Bars, oldest first: [day, open, high, low, close, volume]; null where the source has only
    closes.
    """

    symbol: str
    bars: tuple[tuple[str, str | None, str | None, str | None, str, int | None], ...]
    period: str = "day"
    adjust: str = "none"
