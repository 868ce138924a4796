"""The database and its transactions. `with database.transaction() as tx:` at the edge; nobody else
commits.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, CursorResult, Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.ids import IdSource
from yunquan.kernel.turns import Turns
from yunquan.kernel.zone import day_of

logger = logging.getLogger("yunquan.kernel")

metadata = sa.MetaData()

ROOMS_STREAM = "rooms"
_SQLITE_BUSY_MS = 5_000
LONG_WRITE_S = 0.5


def make_engine(url: str) -> Engine:
    """An engine whose commits are durable: SQLite in WAL with full sync, or PostgreSQL as
    configured.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, pool_size=10)
    engine = sa.create_engine(url, connect_args={"timeout": _SQLITE_BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = (
            None  # SQLAlchemy's BEGIN below decides, not the driver's guess
        )
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={_SQLITE_BUSY_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred BEGIN that later writes can fail halfway with "database is locked"; IMMEDIATE
        # waits up front.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class ReadTx:
    """A consistent view to read from. Can't emit; what it changes is rolled back."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.connection = connection
        self.clock = clock

    def execute(
        self,
        statement: sa.Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[Any]:
        return self.connection.execute(statement, parameters)  # pyright: ignore[reportArgumentType, reportReturnType]

    def now_ms(self) -> int:
        """Now, in milliseconds since 1970 UTC, for *_at_ms columns."""
        return to_ms(self.clock.now())

    def today(self) -> str:
        """The day in Beijing, ISO."""
        return day_of(self.now_ms())


class Tx(ReadTx):
    """A transaction that writes: rows and the events that tell of them, together or not at all.

    actor: who does this ("client:cli_...", "staff:stf_...", "system"), for the audit trail.
    """

    def __init__(self, connection: Connection, clock: Clock, ids: IdSource, actor: str) -> None:
        super().__init__(connection, clock)
        self.ids = ids
        self.actor = actor
        self.outbox: list[msgspec.Struct] = []
        self.callbacks: list[Callable[[], None]] = []

    def emit(self, fact: msgspec.Struct) -> None:
        """Append to the rooms' log stream in this transaction."""
        self.outbox.append(fact)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run once the transaction is durable; never if it is rolled back."""
        self.callbacks.append(callback)


class Database:
    """One database: where rooms keep rows and the log keeps records."""

    def __init__(self, url: str, clock: Clock, ids: IdSource | None = None) -> None:
        self.url = url
        self.clock = clock
        self.ids = ids or IdSource(clock)
        self.engine = make_engine(url)
        self._writer = self.engine.execution_options(writes=True)
        self.on_emit: list[Callable[[], None]] = []
        parts = make_url(url)
        is_file = parts.get_backend_name() == "sqlite" and parts.database not in (None, ":memory:")
        self._turn = Turns(Path(str(parts.database))).taken if is_file else nullcontext

    @contextmanager
    def transaction(self, actor: str = "system") -> Generator[Tx]:
        """Commit on leaving, roll back on an exception. Raises Unavailable storage.failed when the
        disk or server does.
        """
        from yunquan.kernel import log  # noqa: PLC0415  the log stores through this module

        try:
            with self._turn(), self._writer.begin() as connection:
                began = time.monotonic()
                tx = Tx(connection, self.clock, self.ids, actor)
                yield tx
                if tx.outbox:
                    head = log.lock_head(connection, ROOMS_STREAM)
                    log.append(
                        connection,
                        head,
                        log.PLAIN.encode(tx.outbox),
                        len(tx.outbox),
                        at_ms=tx.now_ms(),
                    )
        except DBAPIError as error:
            raise storage_failure(error) from error
        _tell_if_long(tx, time.monotonic() - began)
        for callback in [*tx.callbacks, *(self.on_emit if tx.outbox else [])]:
            try:
                callback()
            except Exception:
                # The change is durable; whoever made it must not hear that it failed.
                logger.exception("after the commit")

    @contextmanager
    def read(self) -> Generator[ReadTx]:
        """A read transaction; rolled back at the end."""
        try:
            with self.engine.connect() as connection:
                yield ReadTx(connection, self.clock)
        except DBAPIError as error:
            raise storage_failure(error) from error

    def dispose(self) -> None:
        """Close pooled connections."""
        self.engine.dispose()


def _tell_if_long(tx: Tx, held_s: float) -> None:
    """SQLite has one writer: whoever writes long has everybody else wait."""
    if held_s > LONG_WRITE_S:
        left = traceback.extract_stack(limit=4)[0]  # `with database.transaction()`
        where = f"{Path(left.filename).stem}.{left.name}"
        facts = {"ms": round(held_s * 1000), "actor": tx.actor, "where": where}
        logger.info("wrote long", extra=facts)


def storage_failure(error: DBAPIError) -> Exception:
    """A broken constraint is our bug and stays what it is; anything else means the store couldn't
    do it now.
    """
    if isinstance(error, IntegrityError | ProgrammingError):
        return error
    return Unavailable("storage.failed", reason=str(error.orig))
