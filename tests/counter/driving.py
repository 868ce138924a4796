"""Looking into a counter over a real log, breaking it, restarting it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.counter.desk import (
    ACCOUNT,
    NEXT_DAY,
    Desk,
)
from tests.counter.invariants import check_same, check_state
from yunquan.counter import types as c
from yunquan.counter.store import Journal
from yunquan.kernel import log
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.proof import Verified, verify
from yunquan.kernel.transaction import Database

STREAM = "counter-0"


def records(database: Database) -> list[log.Record]:
    with database.read() as tx:
        return list(log.each_record(tx.connection, STREAM))


def check_log(desk: Desk) -> None:
    """The log is whole, and the running state is what it says."""
    with desk.journal.database.read() as tx:
        assert isinstance(verify(tx.connection, STREAM), Verified)
    check_state(desk.state)
    check_same(desk.state, desk.replayed(), desk.journal.next_seq - 1)


def restart(desk: Desk) -> None:
    """The process dies and another begins, with nothing but the database and the snapshots."""
    desk.journal = Journal(desk.journal.database, "0")
    desk.driver = desk.new_driver()
    desk.driver.open()
    desk.driver.query_doubtful()


def fail_a_commit(desk: Desk) -> None:
    """Any failed commit: memory is thrown away and rebuilt."""
    with failing_inserts(desk.journal.database), pytest.raises(Unavailable):
        desk.one(c.Deposit(desk.next_id(), ACCOUNT, 1, "icbc"))
    assert not desk.driver.sound
    desk.do()
    assert desk.driver.sound


@contextmanager
def failing_inserts(database: Database) -> Iterator[None]:
    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "INSERT INTO log_record" in statement:
            raise sa.exc.OperationalError(statement, {}, OSError("no space left on device"))

    event.listen(database.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", fail)


def next_day(desk: Desk) -> None:
    desk.begin(NEXT_DAY)
