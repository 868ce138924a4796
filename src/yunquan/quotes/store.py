"""Where market data keeps its rows: bars, what was set aside, imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.quotes.types import BarFault, DayBar, ImportReport

# An imported bar and the bar of the same day as played by the simulated market both stay; see kind.
bar_table = sa.Table(
    "quotes_bar",
    metadata,
    sa.Column("symbol", sa.String(12), primary_key=True),
    sa.Column("trading_day", sa.String(10), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("open_milli", sa.BigInteger),
    sa.Column("high_milli", sa.BigInteger),
    sa.Column("low_milli", sa.BigInteger),
    sa.Column("close_milli", sa.BigInteger, nullable=False),
    sa.Column("volume", sa.BigInteger),
    sa.Column("turnover_fen", sa.BigInteger),
    sa.Column("adjusted", sa.Boolean, nullable=False),
    sa.Column("source", sa.String(80), nullable=False),
)

quarantine_table = sa.Table(
    "quotes_bar_quarantine",
    metadata,
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("place", sa.BigInteger, primary_key=True),
    sa.Column("symbol", sa.String(20), nullable=False),
    sa.Column("trading_day", sa.String(10), nullable=False),
    sa.Column("line", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String(60), nullable=False),
    sa.Column("detail", sa.String(200), nullable=False),
)

import_table = sa.Table(
    "quotes_import",
    metadata,
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("rows_read", sa.BigInteger, nullable=False),
    sa.Column("rows_good", sa.BigInteger, nullable=False),
    sa.Column("rows_quarantined", sa.BigInteger, nullable=False),
    sa.Column("gaps", sa.BigInteger, nullable=False),
    sa.Column("adjusted_rows", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)

_BAR_COLUMNS: Final = DayBar.__struct_fields__


def save_bars(tx: Tx, bars: Sequence[DayBar], source: str) -> None:
    """Insert, or replace the bar of the same symbol, day and kind."""
    columns = _BAR_COLUMNS
    _upsert(
        tx,
        bar_table,
        [{name: getattr(bar, name) for name in columns} | {"source": source} for bar in bars],
    )


def delete_bars(tx: Tx, source: str) -> None:
    """Forget what a source said, before it says it anew."""
    tx.execute(sa.delete(bar_table).where(bar_table.c.source == source))


def load_bars(tx: ReadTx, symbol: str, before: str, most: int) -> list[DayBar]:
    """The latest `most` days before a trading day, oldest first; a day that was played counts as
    played.
    """
    columns = bar_table.c
    # Two rows a day at most, so twice as many are enough.
    found = tx.execute(
        sa.select(*(columns[name] for name in _BAR_COLUMNS))
        .where(columns.symbol == symbol, columns.trading_day < before)
        .order_by(columns.trading_day.desc(), columns.kind.desc())
        .limit(2 * most)
    )
    days: dict[str, DayBar] = {}
    for row in found.mappings():
        days.setdefault(row["trading_day"], DayBar(**row))
    return list(days.values())[:most][::-1]


def replace_quarantine(tx: Tx, source: str, faults: Sequence[BarFault]) -> None:
    """What is wrong with a source now, in place of what was."""
    tx.execute(sa.delete(quarantine_table).where(quarantine_table.c.source == source))
    if faults:
        tx.execute(
            sa.insert(quarantine_table),
            [
                {
                    "source": source,
                    "place": place,
                    "symbol": fault.symbol[:20],
                    "trading_day": fault.trading_day,
                    "line": fault.line,
                    "reason": fault.reason,
                    "detail": fault.detail,
                }
                for place, fault in enumerate(faults)
            ],
        )


def load_quarantine(tx: ReadTx, most: int, source: str | None = None) -> list[BarFault]:
    """Faults of one source or of all, in the order they were found."""
    columns = quarantine_table.c
    wanted = sa.select(
        columns.symbol, columns.trading_day, columns.line, columns.reason, columns.detail
    ).order_by(columns.source, columns.place)
    if source is not None:
        wanted = wanted.where(columns.source == source)
    return [BarFault(**row) for row in tx.execute(wanted.limit(most)).mappings()]


def find_import(tx: ReadTx, source: str) -> ImportReport | None:
    """The last import of a source."""
    columns = import_table.c
    row = tx.execute(sa.select(import_table).where(columns.source == source)).mappings().first()
    if row is None:
        return None
    return ImportReport(**{name: row[name] for name in row if name != "at_ms"})


def save_import(tx: Tx, report: ImportReport) -> None:
    """Remember an import in place of the source's last one."""
    _upsert(
        tx,
        import_table,
        [
            {
                "source": report.source,
                "digest": report.digest,
                "rows_read": report.rows_read,
                "rows_good": report.rows_good,
                "rows_quarantined": report.rows_quarantined,
                "gaps": report.gaps,
                "adjusted_rows": report.adjusted_rows,
                "at_ms": tx.now_ms(),
            }
        ],
    )


def _upsert(tx: Tx, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    dialect = tx.connection.dialect.name
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    renewed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed), rows)
