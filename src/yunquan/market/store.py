"""Where the market keeps its rows: rules (a file beside the code), instruments, calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.market.rules.rows import RuleBook, parse_rules
from yunquan.market.types import CalendarDay, DayKind, Instrument, InstrumentNotice

_RULES: Final = Path(__file__).parent / "rules" / "tables"

instrument_table = sa.Table(
    "market_instrument",
    metadata,
    sa.Column("symbol", sa.String(12), primary_key=True),
    sa.Column("market", sa.String(2), nullable=False),
    sa.Column("board", sa.String(10), nullable=False),
    sa.Column("product", sa.String(20), nullable=False),
    sa.Column("name_zh", sa.String(40), nullable=False),
    sa.Column("name_en", sa.String(80), nullable=False),
    sa.Column("initials", sa.String(20), nullable=False),
    sa.Column("risk_warned", sa.Boolean, nullable=False),
    sa.Column("listed_on", sa.String(10), nullable=False),
    sa.Column("simulated", sa.String(10), nullable=False),
    sa.Column("trading_day", sa.String(10), nullable=False),
    sa.Column("prev_close_milli", sa.BigInteger, nullable=False),
    sa.Column("limit_up_milli", sa.BigInteger, nullable=False),
    sa.Column("limit_down_milli", sa.BigInteger, nullable=False),
    sa.Column("halted", sa.Boolean, nullable=False),
    sa.Column("listing_day", sa.Integer, nullable=False),
    sa.Column("delisting_day", sa.Integer, nullable=False),
    sa.Column("t0", sa.Boolean, nullable=False),
    sa.Column("issue_price_milli", sa.BigInteger, nullable=False),
    sa.Column("updated_at_ms", sa.BigInteger, nullable=False),
)

calendar_table = sa.Table(
    "market_calendar_day",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("source", sa.String(120), nullable=False),
)

_INSTRUMENT_COLUMNS: Final = Instrument.__struct_fields__


def load_rule_book(path: Path | None = None) -> RuleBook:
    """The dated rules, from the folder of tables that ships with the code or another of its form;
    a single file will do.
    """
    place = path or _RULES
    files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    return parse_rules(*(file.read_text("utf-8") for file in files))


def save_instruments(tx: Tx, notices: Iterable[InstrumentNotice]) -> None:
    """Insert or renew; a listing day once known stays when a later notice has none."""
    known = {
        row.symbol: row.listed_on
        for row in tx.execute(sa.select(instrument_table.c.symbol, instrument_table.c.listed_on))
    }
    rows = []
    for notice in notices:
        facts = {name: getattr(notice.instrument, name) for name in _INSTRUMENT_COLUMNS}
        facts["listed_on"] = facts["listed_on"] or known.get(notice.instrument.symbol, "")
        rows.append(
            facts
            | {
                "trading_day": notice.trading_day,
                "prev_close_milli": notice.prev_close_milli,
                "limit_up_milli": notice.limit_up_milli,
                "limit_down_milli": notice.limit_down_milli,
                "halted": notice.halted,
                "listing_day": notice.listing_day,
                "delisting_day": notice.delisting_day,
                "t0": notice.t0,
                "issue_price_milli": notice.issue_price_milli,
                "updated_at_ms": tx.now_ms(),
            }
        )
    _upsert(tx, instrument_table, rows)


def load_instruments(tx: ReadTx, most: int = 10_000) -> list[InstrumentNotice]:
    """All instruments as last announced, by symbol."""
    found = tx.execute(sa.select(instrument_table).order_by("symbol").limit(most))
    return [_notice(row) for row in found.mappings()]


def find_instrument(tx: ReadTx, symbol: str) -> InstrumentNotice | None:
    """One instrument as last announced."""
    wanted = sa.select(instrument_table).where(instrument_table.c.symbol == symbol)
    row = tx.execute(wanted).mappings().first()
    return None if row is None else _notice(row)


def _notice(row: Mapping[Any, Any]) -> InstrumentNotice:
    facts = {name: row[name] for name in InstrumentNotice.__struct_fields__ if name in row}
    return InstrumentNotice(
        instrument=Instrument(**{name: row[name] for name in _INSTRUMENT_COLUMNS}), **facts
    )


def last_announced_day(tx: ReadTx) -> str:
    """The latest trading day any instrument was announced for, "" before the first."""
    return tx.execute(sa.select(sa.func.max(instrument_table.c.trading_day))).scalar() or ""


def load_calendar_days(tx: ReadTx, first: str = "", last: str = "9999") -> list[CalendarDay]:
    """Days whose kind is known, in order; some 260 a year."""
    columns = calendar_table.c
    wanted = sa.select(columns.day, columns.kind, columns.source).order_by(columns.day)
    found = tx.execute(wanted.where(columns.day >= first, columns.day <= last))
    return [CalendarDay(row.day, DayKind(row.kind), row.source) for row in found]


def save_calendar_days(tx: Tx, days: Iterable[CalendarDay]) -> None:
    """Insert, or replace what was known of the day."""
    rows = [{"day": day.day, "kind": str(day.kind), "source": day.source} for day in days]
    _upsert(tx, calendar_table, rows)


def _upsert(tx: Tx, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    dialect = tx.connection.dialect.name
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    renewed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed), rows)
