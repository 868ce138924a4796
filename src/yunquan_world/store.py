"""The exchange's disk: one SQLite file with its orders, reports, day and time.

Everything members are told, the time too, is written and flushed before; the market's own figures
(tapes, minutes) once a second. Report indexes and order ids are kept for ever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from yunquan_world.blotter import OPEN, Batch, Counters, MemberOrder
from yunquan_world.messages import MinuteBar, NewOrder, Notice
from yunquan_world.statuses import WHOLE, Status
from yunquan_world.tape import Tape

_TABLES = """
CREATE TABLE IF NOT EXISTS clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    trading_day TEXT NOT NULL, market_s REAL NOT NULL, ended INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    gateway TEXT, id TEXT, number INTEGER NOT NULL, trading_day TEXT NOT NULL, body BLOB NOT NULL,
    state TEXT NOT NULL, filled INTEGER NOT NULL, resting_milli INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (gateway, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_by_day ON orders (trading_day, number);
DROP INDEX IF EXISTS orders_by_number;
CREATE INDEX IF NOT EXISTS orders_open ON orders (number) WHERE state = 'open';
CREATE TABLE IF NOT EXISTS reports (
    gateway TEXT, idx INTEGER, order_id TEXT NOT NULL, exec_number INTEGER NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (gateway, idx)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reports_by_order ON reports (gateway, order_id, idx);
DROP INDEX IF EXISTS reports_by_exec;
CREATE TABLE IF NOT EXISTS day_ends (
    trading_day TEXT, gateway TEXT, last_report INTEGER NOT NULL,
    PRIMARY KEY (trading_day, gateway)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closes (
    trading_day TEXT, symbol TEXT, close_milli INTEGER NOT NULL,
    PRIMARY KEY (symbol, trading_day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tapes (symbol TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS minutes (
    symbol TEXT, minute INTEGER, body BLOB NOT NULL, PRIMARY KEY (symbol, minute)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statuses (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notices (
    number INTEGER PRIMARY KEY, trading_day TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS test_days (day TEXT PRIMARY KEY) WITHOUT ROWID;
"""

_CACHE_KB = 65_536
_CHECKPOINT_PAGES = 8_000

# Columns that folders of an earlier version lack.
_LATER_COLUMNS = (("orders", "resting_milli", "INTEGER NOT NULL DEFAULT 0"),)
_ORDER = "gateway, number, trading_day, body, state, filled, resting_milli"

# From one gateway to the next by the primary key: a plain GROUP BY would read every report.
_NEXT_REPORTS = """
WITH RECURSIVE gateways (gateway) AS (
    SELECT min(gateway) FROM reports UNION ALL
    SELECT (SELECT min(gateway) FROM reports WHERE reports.gateway > gateways.gateway)
    FROM gateways WHERE gateway IS NOT NULL)
SELECT gateway, (SELECT max(idx) + 1 FROM reports WHERE reports.gateway = gateways.gateway)
FROM gateways WHERE gateway IS NOT NULL
"""

_encode = msgspec.msgpack.Encoder().encode
_decode_order = msgspec.msgpack.Decoder(NewOrder).decode
_decode_tape = msgspec.msgpack.Decoder(Tape).decode
_decode_status = msgspec.msgpack.Decoder(Status).decode
_decode_notice = msgspec.msgpack.Decoder(Notice).decode
_decode_bar = msgspec.msgpack.Decoder(MinuteBar).decode


@dataclass(frozen=True)
class SavedClock:
    """market_s: seconds since midnight of the trading day. ended: its day end has been told."""

    trading_day: str
    market_s: float
    ended: bool


class Store:
    """Reads and writes of the exchange. sync: "full" survives a power cut, "normal" a kill."""

    def __init__(self, path: Path, sync: str):
        assert sync in ("full", "normal")
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA synchronous = {sync}")
        # A busy day's indexes stay in memory, and go to the file in large strokes.
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        self._connection.executescript(_TABLES)
        for table, column, kind in _LATER_COLUMNS:
            known = self._connection.execute(f"PRAGMA table_info({table})").fetchall()
            if column not in (row[1] for row in known):
                self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        self._failed = False

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction. After one that failed there is no other: the memory is ahead of the disk,
        and only a restart brings the two together again."""
        if self._failed:
            raise sqlite3.OperationalError("an earlier write has failed")
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            self._failed = True
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    # What members are told.

    def write_batch(self, batch: Batch, clock: SavedClock) -> None:
        with self._writing() as connection:
            _insert_batch(connection, batch)
            _set_clock(connection, clock)

    def save_clock(self, clock: SavedClock) -> None:
        with self._writing() as connection:
            _set_clock(connection, clock)

    def end_session(
        self,
        batch: Batch,
        clock: SavedClock,
        closes: dict[str, int],
        tapes: list[Tape],
        bars: list[tuple[str, int, MinuteBar]],
    ) -> None:
        """The last trades, the official closes and the tapes that have them, all or nothing."""
        day = clock.trading_day
        with self._writing() as connection:
            _insert_batch(connection, batch)
            connection.executemany(
                "INSERT OR REPLACE INTO closes VALUES (?, ?, ?)",
                [(day, symbol, close_milli) for symbol, close_milli in closes.items()],
            )
            _save_market(connection, tapes, bars)
            _set_clock(connection, clock)

    def end_day(self, batch: Batch, clock: SavedClock, last_reports: dict[str, int]) -> None:
        """The expiries and the end itself, all or nothing."""
        with self._writing() as connection:
            _insert_batch(connection, batch)
            connection.executemany(
                "INSERT OR REPLACE INTO day_ends VALUES (?, ?, ?)",
                [(clock.trading_day, gateway, last) for gateway, last in last_reports.items()],
            )
            _set_clock(connection, clock)

    def counters(self) -> Counters:
        one = self._connection.execute
        # Numbers rise from day to day.
        (order,) = one(
            "SELECT coalesce(max(number), 0) + 1 FROM orders"
            " WHERE trading_day = (SELECT max(trading_day) FROM orders)"
        ).fetchone()
        reports = dict(one(_NEXT_REPORTS).fetchall())
        # Numbers of executions rise with the indexes of each gateway: the last reports have them.
        of_report = "SELECT exec_number FROM reports WHERE gateway = ? AND idx = ?"
        last = (one(of_report, (name, index - 1)).fetchone()[0] for name, index in reports.items())
        return Counters(order, max(last, default=0) + 1, reports)

    def find_order(self, gateway: str, order_id: str) -> MemberOrder | None:
        row = self._connection.execute(
            f"SELECT {_ORDER} FROM orders WHERE gateway = ? AND id = ?",
            (gateway, order_id),
        ).fetchone()
        return None if row is None else _member_order(row)

    def load_orders(self, trading_day: str) -> list[MemberOrder]:
        """The orders of a day, and whatever is still open from another one."""
        rows = self._connection.execute(
            f"SELECT {_ORDER} FROM orders WHERE trading_day = ? OR state = ?",
            (trading_day, OPEN),
        )
        return [_member_order(row) for row in rows]

    def load_reports(self, gateway: str, first: int, last: int) -> list[tuple[int, bytes]]:
        """Indexes and bodies from `first` to `last`, both included."""
        return self._connection.execute(
            "SELECT idx, body FROM reports WHERE gateway = ? AND idx BETWEEN ? AND ? ORDER BY idx",
            (gateway, first, last),
        ).fetchall()

    def load_order_reports(self, gateway: str, order_id: str) -> list[bytes]:
        rows = self._connection.execute(
            "SELECT body FROM reports WHERE gateway = ? AND order_id = ? ORDER BY idx",
            (gateway, order_id),
        )
        return [body for (body,) in rows]

    def load_day_ends(self, gateway: str, from_report: int) -> list[tuple[str, int]]:
        """Days that ended with `from_report` - 1 or a later report, oldest first."""
        return self._connection.execute(
            "SELECT trading_day, last_report FROM day_ends"
            " WHERE gateway = ? AND last_report >= ? ORDER BY trading_day",
            (gateway, from_report - 1),
        ).fetchall()

    def write_notice(self, notice: Notice, trading_day: str) -> None:
        """Keep a notice before anybody is told it."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO notices (trading_day, body) VALUES (?, ?)",
                (trading_day, _encode(notice)),
            )

    def count_notices(self) -> int:
        return self._connection.execute("SELECT count(*) FROM notices").fetchone()[0]

    def load_notices(self, trading_day: str) -> list[Notice]:
        rows = self._connection.execute(
            "SELECT body FROM notices WHERE trading_day = ? ORDER BY number", (trading_day,)
        )
        return [_decode_notice(body) for (body,) in rows]

    def add_test_day(self, day: str) -> None:
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO test_days VALUES (?)", (day,))

    def load_test_days(self) -> set[str]:
        return {day for (day,) in self._connection.execute("SELECT day FROM test_days")}

    # The market's own figures.

    def save_market(
        self, clock: SavedClock, tapes: list[Tape], bars: list[tuple[str, int, MinuteBar]]
    ) -> None:
        """bars: (symbol, number of the minute, bar) of the minutes since the last save."""
        with self._writing() as connection:
            _set_clock(connection, clock)
            _save_market(connection, tapes, bars)

    def open_day(self, clock: SavedClock) -> None:
        """Move to a new day: its tapes and minutes start empty."""
        with self._writing() as connection:
            connection.execute("DELETE FROM tapes")
            connection.execute("DELETE FROM minutes")
            connection.execute("DELETE FROM statuses WHERE key NOT LIKE ?", (f"{WHOLE}:%",))
            _set_clock(connection, clock)

    def load_clock(self) -> SavedClock | None:
        row = self._connection.execute("SELECT trading_day, market_s, ended FROM clock").fetchone()
        return None if row is None else SavedClock(row[0], row[1], bool(row[2]))

    def load_tapes(self) -> dict[str, Tape]:
        rows = self._connection.execute("SELECT symbol, body FROM tapes")
        return {symbol: _decode_tape(body) for symbol, body in rows}

    def load_statuses(self) -> list[Status]:
        rows = self._connection.execute("SELECT body FROM statuses")
        return [_decode_status(body) for (body,) in rows]

    def load_minutes(self, symbol: str) -> list[MinuteBar]:
        rows = self._connection.execute(
            "SELECT body FROM minutes WHERE symbol = ? ORDER BY minute", (symbol,)
        )
        return [_decode_bar(body) for (body,) in rows]

    def load_closes(self, symbol: str, before: str) -> list[tuple[str, int]]:
        """The exchange's own closes of a symbol on the days it has played, oldest first."""
        return self._connection.execute(
            "SELECT trading_day, close_milli FROM closes WHERE symbol = ? AND trading_day < ?"
            " ORDER BY trading_day",
            (symbol, before),
        ).fetchall()

    def load_last_closes(self, before: str) -> dict[str, int]:
        """By symbol, the exchange's own close of the last day before `before`."""
        rows = self._connection.execute(
            "SELECT symbol, close_milli, max(trading_day) FROM closes WHERE trading_day < ?"
            " GROUP BY symbol",
            (before,),
        )
        return {symbol: close_milli for symbol, close_milli, _ in rows}


def _insert_batch(connection: sqlite3.Connection, batch: Batch) -> None:
    connection.executemany(
        "INSERT INTO reports VALUES (?, ?, ?, ?, ?)",
        [
            (report.gateway, report.index, report.order_id, report.exec_number, report.body)
            for report in batch.reports
        ],
    )
    connection.executemany(
        "INSERT INTO orders (gateway, id, number, trading_day, body, state, filled, resting_milli)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (gateway, id) DO UPDATE SET"
        " state = excluded.state, filled = excluded.filled,"
        " resting_milli = excluded.resting_milli",
        [
            (
                order.gateway,
                order.order.id,
                order.number,
                order.trading_day,
                _encode(order.order),
                order.state,
                order.filled,
                order.resting_milli,
            )
            for order in batch.orders.values()
        ],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO statuses VALUES (?, ?)",
        [(key, _encode(status)) for key, status in batch.statuses.items()],
    )


def _save_market(
    connection: sqlite3.Connection, tapes: list[Tape], bars: list[tuple[str, int, MinuteBar]]
) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO tapes VALUES (?, ?)",
        [(tape.symbol, _encode(tape)) for tape in tapes],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO minutes VALUES (?, ?, ?)",
        [(symbol, minute, _encode(bar)) for symbol, minute, bar in bars],
    )


def _set_clock(connection: sqlite3.Connection, clock: SavedClock) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?)",
        (clock.trading_day, clock.market_s, int(clock.ended)),
    )


def _member_order(row: tuple[str, int, str, bytes, str, int, int]) -> MemberOrder:
    gateway, number, trading_day, body, state, filled, resting_milli = row
    order = _decode_order(body)
    return MemberOrder(gateway, number, trading_day, order, state, filled, resting_milli)
