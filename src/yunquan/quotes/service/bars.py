"""Import bars, keep those of days that were played, hand them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.market import load_calendar, record_trading_days
from yunquan.market.rules import RuleBook
from yunquan.quotes import store
from yunquan.quotes.events import BarsImported
from yunquan.quotes.ports import BarSource
from yunquan.quotes.rules.bars import check_bars
from yunquan.quotes.types import BarFault, DayBar, ImportReport

MOST_BARS: Final = 5_000


def import_bars(tx: Tx, source: BarSource, book: RuleBook) -> ImportReport:
    """Check a source's bars; keep the good ones, set the others aside with their reasons.

    The same content again changes nothing and says `repeated`; new content of the same source
    replaces the old. Raises Invalid market.bars_* when the source can't be read at all.
    """
    digest = source.digest()
    before = store.find_import(tx, source.name)
    if before is not None and before.digest == digest:
        return msgspec.structs.replace(before, repeated=True)
    rows = list(source.rows())
    checked = check_bars(book, rows, load_calendar(tx).days, source.listed_on)
    gaps = sum(fault.reason == "market.bar_gap" for fault in checked.faults)
    report = ImportReport(
        source=source.name,
        digest=digest,
        rows_read=len(rows),
        rows_good=len(checked.good),
        rows_quarantined=len(checked.faults) - gaps,
        gaps=gaps,
        adjusted_rows=sum(bar.adjusted for bar in checked.good),
    )
    assert report.rows_good + report.rows_quarantined == report.rows_read, report
    store.delete_bars(tx, source.name)
    store.save_bars(tx, checked.good, source.name)
    store.replace_quarantine(tx, source.name, checked.faults)
    record_trading_days(tx, {bar.trading_day for bar in checked.good})
    store.save_import(tx, report)
    tx.emit(
        BarsImported(source.name, digest, report.rows_good, report.rows_quarantined, report.gaps)
    )
    return report


def record_day_bars(tx: Tx, bars: Sequence[DayBar]) -> None:
    """Keep the bars of a day as it was played. Again for the same day: the later ones count."""
    store.save_bars(tx, bars, "simulated market")
    record_trading_days(tx, {bar.trading_day for bar in bars})


def record_day_bar(tx: Tx, bar: DayBar) -> None:
    """Keep one bar of a day as it was played."""
    record_day_bars(tx, [bar])


def load_bars(tx: ReadTx, symbol: str, before: str, limit: int = 250) -> list[DayBar]:
    """The latest daily bars before a trading day, oldest first.

    before: usually today's trading day at the venue. The files reach beyond it, and a chart must
    not show what hasn't happened yet.
    """
    return store.load_bars(tx, symbol, before, max(1, min(limit, MOST_BARS)))


def load_quarantine(tx: ReadTx, source: str | None = None, limit: int = 500) -> list[BarFault]:
    """Bars set aside and gaps, with reasons, of one source or of all."""
    return store.load_quarantine(tx, max(1, min(limit, MOST_BARS)), source)
