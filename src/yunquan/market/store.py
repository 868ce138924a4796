"""Where the market keeps its rows: rules (a file beside the code), instruments, calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.market.rules.rows import RuleBook, parse_rules
from yunquan.market.types import (
    Instrument,
    InstrumentNotice,
)

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
    sa.Column("updated_at_ms", sa.BigInteger, nullable=False),
)

trading_day_table = sa.Table(
    "market_trading_day",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
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
                "updated_at_ms": tx.now_ms(),
            }
        )
    _upsert(tx, instrument_table, rows)


def load_instruments(tx: ReadTx, most: int = 10_000) -> list[InstrumentNotice]:
    """All instruments as last announced, by symbol."""
    found = tx.execute(sa.select(instrument_table).order_by("symbol").limit(most))
    return [
        InstrumentNotice(
            instrument=Instrument(**{name: row[name] for name in _INSTRUMENT_COLUMNS}),
            trading_day=row["trading_day"],
            prev_close_milli=row["prev_close_milli"],
            limit_up_milli=row["limit_up_milli"],
            limit_down_milli=row["limit_down_milli"],
            halted=row["halted"],
        )
        for row in found.mappings()
    ]


def load_trading_days(tx: ReadTx) -> list[str]:
    """Every known trading day, in order; some 250 a year."""
    return list(tx.execute(sa.select(trading_day_table.c.day).order_by("day")).scalars())


def add_trading_days(tx: Tx, days: Iterable[str]) -> None:
    """Days already known stay as they are."""
    known = set(load_trading_days(tx))
    if missing := sorted(set(days) - known):
        tx.execute(sa.insert(trading_day_table), [{"day": day} for day in missing])


def _upsert(tx: Tx, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    dialect = tx.connection.dialect.name
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    renewed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed), rows)
