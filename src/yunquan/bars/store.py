"""Where bars are kept: days and minutes, steps of adjustment, what was set aside, imports.

A day's bar is a row, as pages ask for a symbol's last days. A day of minutes is one row of 240 bars
packed with msgpack: charts read them by the day, and as rows they would be most of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.bars.types import Adjustment, BarFault, DayBar, ImportReport, MinuteBar, MinutesOfDay
from yunquan.kernel.transaction import ReadTx, Tx, metadata

# An imported bar and the bar of the same day as played by the simulated market both stay; see kind.
bar_table = sa.Table(
    "bars_day",
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
    "bars_quarantine",
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
    "bars_import",
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

# bars: MinuteBar in order, msgpack. A played day counts before an imported one, as with days.
minutes_table = sa.Table(
    "bars_minutes",
    metadata,
    sa.Column("symbol", sa.String(12), primary_key=True),
    sa.Column("trading_day", sa.String(10), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("bars", sa.LargeBinary, nullable=False),
    sa.Column("source", sa.String(80), nullable=False, index=True),
)

adjustment_table = sa.Table(
    "bars_adjustment",
    metadata,
    sa.Column("symbol", sa.String(12), primary_key=True),
    sa.Column("ex_day", sa.String(10), primary_key=True),
    sa.Column("numerator", sa.BigInteger, nullable=False),
    sa.Column("denominator", sa.BigInteger, nullable=False),
    sa.Column("basis", sa.String(120), nullable=False),
)

_minute_bars: Final = msgspec.msgpack.Decoder(tuple[MinuteBar, ...])
_CHUNK: Final = 20_000
_BAR_COLUMNS: Final = DayBar.__struct_fields__


def save_bars(tx: Tx, bars: Sequence[DayBar], source: str) -> None:
    """Insert, or replace the bar of the same symbol, day and kind."""
    columns = _BAR_COLUMNS
    _upsert(
        tx,
        bar_table,
        [{name: getattr(bar, name) for name in columns} | {"source": source} for bar in bars],
    )


def save_frame(tx: Tx, bars: pl.DataFrame, source: str) -> None:
    """Insert, or replace, bars as columns of DayBar."""
    rows = bars.with_columns(pl.lit(source).alias("source"))
    for chunk in rows.iter_slices(_CHUNK):
        _upsert(tx, bar_table, chunk.to_dicts())


def save_minutes(tx: Tx, days: Iterable[MinutesOfDay], kind: str, source: str) -> None:
    """Insert, or replace the minutes of the same symbol, day and kind."""
    rows = [
        {
            "symbol": day.symbol,
            "trading_day": day.trading_day,
            "kind": kind,
            "bars": msgspec.msgpack.encode(day.bars),
            "source": source,
        }
        for day in days
    ]
    _upsert(tx, minutes_table, rows)


def load_minutes(tx: ReadTx, symbol: str, before: str, most_days: int) -> list[MinutesOfDay]:
    """The latest days before a trading day, oldest first; a day that was played counts as
    played.
    """
    columns = minutes_table.c
    found = tx.execute(
        sa.select(columns.trading_day, columns.bars)
        .where(columns.symbol == symbol, columns.trading_day < before)
        .order_by(columns.trading_day.desc(), columns.kind.desc())
        .limit(2 * most_days)
    )
    days: dict[str, MinutesOfDay] = {}
    for row in found:
        day: str = row.trading_day
        if day not in days:
            days[day] = MinutesOfDay(symbol, day, _minute_bars.decode(row.bars))
    return list(days.values())[:most_days][::-1]


def save_adjustments(tx: Tx, steps: Sequence[Adjustment]) -> None:
    """Insert, or replace what is known of an ex-day."""
    _upsert(tx, adjustment_table, [msgspec.structs.asdict(step) for step in steps])


def load_closes(tx: ReadTx, day: str) -> dict[str, int]:
    """Closes of a trading day in milli, by symbol."""
    query = sa.select(bar_table.c.symbol, bar_table.c.close_milli)
    return {
        row.symbol: row.close_milli
        for row in tx.execute(query.where(bar_table.c.trading_day == day))
    }


def load_adjustments(tx: ReadTx, symbol: str, before: str) -> list[Adjustment]:
    """Steps of a symbol on ex-days up to and including a day, oldest first."""
    columns = adjustment_table.c
    found = tx.execute(
        sa.select(adjustment_table)
        .where(columns.symbol == symbol, columns.ex_day <= before)
        .order_by(columns.ex_day)
    )
    return [Adjustment(**row) for row in found.mappings()]


def delete_bars(tx: Tx, source: str) -> None:
    """Forget what a source said, before it says it anew."""
    tx.execute(sa.delete(bar_table).where(bar_table.c.source == source))
    tx.execute(sa.delete(minutes_table).where(minutes_table.c.source == source))


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
                    "symbol": _storable(fault.symbol[:20]),
                    "trading_day": _storable(fault.trading_day),
                    "line": fault.line,
                    "reason": fault.reason,
                    "detail": _storable(fault.detail),
                }
                for place, fault in enumerate(faults)
            ],
        )


def _storable(text: str) -> str:
    """What a hostile file wrote, without the zero that no database takes in a text."""
    return text.replace("\0", "\ufffd")


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
