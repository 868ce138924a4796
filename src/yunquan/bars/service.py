"""Import bars, keep those of days that were played, hand them out by period, raw or adjusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec
import polars as pl

from yunquan.bars import store
from yunquan.bars.events import BarsImported
from yunquan.bars.ports import BarSource
from yunquan.bars.rules import adjust, periods
from yunquan.bars.rules.daily import CheckedFrame, check_frame, factors_of
from yunquan.bars.rules.minutes import check_minutes
from yunquan.bars.types import (
    Adjustment,
    BarFault,
    DayBar,
    ExRight,
    ImportReport,
    MinuteBar,
    MinutesOfDay,
)
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.market import load_calendar, record_trading_days
from yunquan.market.rules import RuleBook, ex_reference

MOST_BARS: Final = 5_000
# What an intraday chart can hold; a minute of a year is nobody's question to a page.
MOST_MINUTES: Final = 3_000
_GAP: Final = "market.bar_gap"
# Announcements speak of ten shares.
_PER_SHARES: Final = 10


def import_bars(tx: Tx, source: BarSource, book: RuleBook) -> ImportReport:
    """Check a source's bars; keep the good ones, set the others aside with their reasons.

    A source of minutes has a `time` column. The same content again changes nothing and says
    `repeated`; new content of the same source replaces the old. Raises Invalid market.bars_* when
    the source can't be read at all.
    """
    digest = source.digest()
    before = store.find_import(tx, source.name)
    if before is not None and before.digest == digest:
        return msgspec.structs.replace(before, repeated=True)
    frame = source.frame()
    of_minutes = "time" in frame.columns
    check = check_minutes if of_minutes else check_frame
    known = load_calendar(tx).days
    checked = check(book, frame, known, source.listed_on, raw_prices=source.raw_prices)
    report = _report(source.name, digest, frame.height, checked)
    store.delete_bars(tx, source.name)
    if of_minutes:
        store.save_minutes(tx, _packed(checked.good), "import", source.name)
    else:
        store.save_frame(tx, checked.good, source.name)
        record_trading_days(tx, checked.good["trading_day"].unique().to_list())
        if "factor" in frame.columns:
            _save_factors(tx, frame, checked.good, source.name)
    store.replace_quarantine(tx, source.name, checked.faults)
    store.save_import(tx, report)
    tx.emit(
        BarsImported(source.name, digest, report.rows_good, report.rows_quarantined, report.gaps)
    )
    return report


def _report(name: str, digest: str, rows: int, checked: CheckedFrame) -> ImportReport:
    gaps = sum(fault.reason == _GAP for fault in checked.faults)
    good = checked.good
    report = ImportReport(
        source=name,
        digest=digest,
        rows_read=rows,
        rows_good=good.height,
        rows_quarantined=len(checked.faults) - gaps,
        gaps=gaps,
        adjusted_rows=int(good["adjusted"].sum()) if "adjusted" in good.columns else 0,
    )
    assert report.rows_good + report.rows_quarantined == report.rows_read, report
    return report


def _packed(good: pl.DataFrame) -> Iterable[MinutesOfDay]:
    for (symbol, day), rows in good.group_by("symbol", "trading_day", maintain_order=True):
        figures = rows.drop("symbol", "trading_day").iter_rows()
        yield MinutesOfDay(str(symbol), str(day), tuple(MinuteBar(*row) for row in figures))


def _save_factors(tx: Tx, frame: pl.DataFrame, good: pl.DataFrame, source: str) -> None:
    steps = factors_of(frame, good)
    made = [
        Adjustment(symbol, ex_day, numerator, denominator, source)
        for symbol, ex_day, numerator, denominator in steps.iter_rows()
    ]
    store.save_adjustments(tx, made)


# --- days that were played ------------------------------------------------------------------------


def record_day_bars(tx: Tx, bars: Sequence[DayBar]) -> None:
    """Keep the bars of a day as it was played. Again for the same day: the later ones count."""
    store.save_bars(tx, bars, "simulated market")
    record_trading_days(tx, {bar.trading_day for bar in bars})


def record_day_bar(tx: Tx, bar: DayBar) -> None:
    """Keep one bar of a day as it was played."""
    record_day_bars(tx, [bar])


def record_minutes(tx: Tx, days: Sequence[MinutesOfDay]) -> None:
    """Keep the minutes of a day as it was played. Again for the same day: the later ones count."""
    store.save_minutes(tx, days, "simulated", "simulated market")


# --- adjustments ----------------------------------------------------------------------------------


def record_ex_right(tx: Tx, event: ExRight, tick_milli: int) -> Adjustment:
    """Keep what an announced event does to prices, from the close before it and the market's own
    reference price.

    Raises NotFound market.bar_before_ex_day without a close before.
    """
    bars = store.load_bars(tx, event.symbol, event.ex_day, 1)
    if not bars:
        raise NotFound("market.bar_before_ex_day", symbol=event.symbol, day=event.ex_day)
    close_milli = bars[-1].close_milli
    reference = ex_reference(
        close_milli,
        dividend_milli=Fraction(event.cash_e6, 1_000 * _PER_SHARES),
        bonus=Fraction(event.bonus) / _PER_SHARES,
        rights=Fraction(event.rights) / _PER_SHARES,
        rights_price_milli=event.rights_price_milli,
        tick_milli=tick_milli,
    )
    cash = f"{(Decimal(event.cash_e6) / 10**6).normalize():f}"
    basis = f"per 10: cash {cash} CNY, bonus {event.bonus}, rights {event.rights}"
    step = Adjustment(event.symbol, event.ex_day, close_milli, reference, basis)
    store.save_adjustments(tx, [step])
    return step


# --- handing out ----------------------------------------------------------------------------------


def load_bars(
    tx: ReadTx,
    symbol: str,
    before: str,
    limit: int = 250,
    *,
    period: str = "day",
    adjust_way: str = adjust.NONE,
) -> list[DayBar]:
    """The latest bars of days, weeks or months before a trading day, oldest first.

    before: usually today's trading day at the venue. The files reach beyond it, and a chart must
    not show what hasn't happened yet. Raises Invalid market.period or market.adjust.
    """
    _check(period, periods.DAYS, adjust_way)
    most = max(1, min(limit, MOST_BARS))
    days = most * {"day": 1, "week": 5, "month": 23}[period]
    bars = store.load_bars(tx, symbol, before, min(days, MOST_BARS))
    steps = _steps(tx, symbol, before, adjust_way)
    return periods.joined_days(adjust.adjusted_days(bars, steps, adjust_way), period)[-most:]


def load_closes(tx: ReadTx, day: str) -> dict[str, int]:
    """Closes of a trading day in milli, by symbol; only what was recorded."""
    return store.load_closes(tx, day)


def load_minutes(
    tx: ReadTx,
    symbol: str,
    before: str,
    limit: int = 250,
    *,
    period: str = "1m",
    adjust_way: str = adjust.NONE,
) -> list[MinutesOfDay]:
    """The latest bars of minutes before a trading day, by day, oldest first; `limit` in bars."""
    _check(period, tuple(periods.MINUTES), adjust_way)
    span = periods.MINUTES[period]
    most = max(1, min(limit, MOST_MINUTES))
    days = store.load_minutes(tx, symbol, before, most * span // 240 + 1)
    steps = _steps(tx, symbol, before, adjust_way)
    by_day = adjust.factors([day.trading_day for day in days], steps, adjust_way)
    return [
        MinutesOfDay(
            day.symbol,
            day.trading_day,
            tuple(adjust.adjusted_minutes(periods.joined_minutes(day.bars, span), factor)),
        )
        for day, factor in zip(days, by_day, strict=True)
    ]


def _steps(tx: ReadTx, symbol: str, before: str, way: str) -> list[Adjustment]:
    return [] if way == adjust.NONE else store.load_adjustments(tx, symbol, before)


def _check(period: str, known: Sequence[str], way: str) -> None:
    if period not in known:
        raise Invalid("market.period", period=period[:10])
    if way not in adjust.WAYS:
        raise Invalid("market.adjust", adjust=way[:10])


def load_quarantine(tx: ReadTx, source: str | None = None, limit: int = 500) -> list[BarFault]:
    """Bars set aside and gaps, with reasons, of one source or of all."""
    return store.load_quarantine(tx, max(1, min(limit, MOST_BARS)), source)
