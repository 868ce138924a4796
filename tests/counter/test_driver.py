"""The driver over a real log: repeats, failed commits, full disk, lost connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.counter.desk import (
    ACCOUNT,
    BUY,
    DAY,
    DAY_AFTER,
    MAIN,
    NEXT_DAY,
    Desk,
    NoSnapshots,
)
from tests.counter.driving import (
    check_log,
    fail_a_commit,
    failing_inserts,
    next_day,
    records,
    restart,
)
from tests.fixtures_database import NewDatabase
from yunquan.counter import types as c
from yunquan.counter.adapters.direct import DirectClient
from yunquan.counter.store import Journal
from yunquan.counter.types import OrderState
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.transaction import Database

# Repeats.

COMMANDS: dict[str, tuple[Any, Any]] = {
    "place": (
        c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY),
        c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 200, DAY),
    ),
    "refused place": (
        c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_001, 100, DAY),
        c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY),
    ),
    "deposit": (c.Deposit("web:1", ACCOUNT, 500, "icbc"), c.Deposit("web:1", ACCOUNT, 501, "icbc")),
    "withdraw": (
        c.Withdraw("web:1", ACCOUNT, 500, "icbc"),
        c.Deposit("web:1", ACCOUNT, 500, "icbc"),
    ),
    "refused withdraw": (
        c.Withdraw("web:1", ACCOUNT, 10**12, "icbc"),
        c.Withdraw("web:1", ACCOUNT, 1, "icbc"),
    ),
    "freeze": (
        c.Freeze("web:1", ACCOUNT, "CNY", 5, "b"),
        c.Freeze("web:1", ACCOUNT, "CNY", 6, "b"),
    ),
    "unknown cancel": (
        c.CancelOrder("web:1", ACCOUNT, "ord_x"),
        c.CancelOrder("web:1", ACCOUNT, "ord_y"),
    ),
}

BETWEEN: dict[str, Callable[[Desk], None]] = {
    "next batch": lambda desk: None,
    "after restart": restart,
    "after restart from a snapshot": lambda desk: (
        desk.snapshots.save(desk.state, desk.journal.next_seq - 1),
        restart(desk),
    )[-1],
    "after reload": fail_a_commit,
    "next day": next_day,
    "next day after restart": lambda desk: (next_day(desk), restart(desk))[-1],
}


@pytest.mark.parametrize("between", BETWEEN)
def test_a_command_sent_twice_takes_effect_once(desk: Desk, between: str) -> None:
    """Every kind of command, again after what is between, and with another body under its id."""
    wrong: list[str] = []
    for number, (name, (command, other)) in enumerate(COMMANDS.items()):
        first_command, other_body = (
            msgspec.structs.replace(one, id=f"web:{number}") for one in (command, other)
        )
        first = desk.one(first_command)
        BETWEEN[between](desk) if number == 0 or not between.startswith("next day") else None
        before = (desk.cash(), desk.shares(), len(desk.state.orders))
        again = desk.one(first_command)
        if (again.code, again.order, again.facts) != (first.code, first.order, first.facts):
            wrong.append(f"{name}: {first} then {again}")
        if desk.one(other_body).code != "command.reused":
            wrong.append(f"{name}: other body taken")
        if (desk.cash(), desk.shares(), len(desk.state.orders)) != before:
            wrong.append(f"{name}: took effect twice")
    assert wrong == []
    check_log(desk)


@pytest.mark.parametrize("name", COMMANDS)
def test_twice_in_one_batch(desk: Desk, name: str) -> None:
    command, other = COMMANDS[name]
    first, again, reused = desk.do(command, command, other)
    assert (again.code, again.order, again.facts) == (first.code, first.order, first.facts)
    assert reused.code == "command.reused"
    check_log(desk)


def test_the_direct_client_raises_on_a_reused_id(desk: Desk) -> None:
    client = DirectClient(desk.driver)
    client.submit_now(c.Deposit("web:1", ACCOUNT, 500, "icbc"))
    with pytest.raises(Conflict) as caught:
        client.submit_now(c.Deposit("web:1", ACCOUNT, 501, "icbc"))
    assert caught.value.code == "command.reused"


def test_a_deposit_repeated_two_days_later_is_refused(desk: Desk) -> None:
    deposit = c.Deposit("bank:1", ACCOUNT, 500, "icbc", DAY)
    desk.one(deposit)
    desk.begin(NEXT_DAY)
    assert desk.one(deposit).accepted, "remembered, so the first answer"
    desk.begin(DAY_AFTER)
    assert desk.one(deposit).code == "command.too_old"
    assert desk.cash()[0] == 100_000_500


def test_an_order_repeated_two_days_later_is_refused(desk: Desk) -> None:
    command = c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY)
    desk.one(command)
    desk.begin(NEXT_DAY)
    desk.begin(DAY_AFTER)
    assert desk.one(command).code == "order.day_mismatch"


# Commits that fail.


def survives(desk: Desk, command: Any) -> c.Answer:
    """The command's first try raised Unavailable; repeated, it takes effect once."""
    first = desk.one(command)
    again = desk.one(command)
    assert (first.code, first.order) == (again.code, again.order)
    check_log(desk)
    return first


def test_a_failed_commit_leaves_nothing_and_is_repeated(desk: Desk) -> None:
    before = records(desk.journal.database)
    desk.gateway.sent.clear()
    command = c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY)
    with failing_inserts(desk.journal.database), pytest.raises(Unavailable) as caught:
        desk.do(command, c.Deposit("web:2", ACCOUNT, 7, "icbc"))
    assert caught.value.code == "counter.commit_failed"
    assert records(desk.journal.database) == before
    assert desk.gateway.sent == [], "nothing goes out that isn't durable"
    assert survives(desk, command).order == "ord_2026071300000001"
    assert desk.gateway.sent == [("order", "ord_2026071300000001")]
    assert desk.driver.reloads == 1


def test_a_full_disk(new_database: NewDatabase, clock: ManualClock) -> None:
    database = new_database("sqlite")
    desk = Desk(Journal(database, "0"), NoSnapshots(), clock)
    desk.begin()
    desk.open_account()
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(raw: Any, _record: Any) -> None:
        raw.execute(f"PRAGMA max_page_count={pages + 8}")

    event.listen(database.engine, "connect", limit)
    database.engine.dispose()
    acknowledged: list[str] = []
    failed = ""
    for number in range(10_000):
        command = c.Deposit(f"web:{number}", ACCOUNT, 1, "bank of a rather long name " * 20)
        try:
            assert desk.one(command).accepted
        except Unavailable:
            failed = command.id
            break
        acknowledged.append(command.id)
    assert failed
    for _ in range(3):
        with pytest.raises(Unavailable):
            desk.one(c.Deposit(failed, ACCOUNT, 1, "bank of a rather long name " * 20))
    event.remove(database.engine, "connect", limit)
    database.engine.dispose()
    assert desk.one(c.Deposit(failed, ACCOUNT, 1, "bank of a rather long name " * 20)).accepted
    assert desk.cash()[0] == len(acknowledged) + 1
    assert all(name in desk.state.answered for name in acknowledged)
    check_log(desk)


@pytest.mark.postgres
def test_a_connection_killed(new_database: NewDatabase, clock: ManualClock) -> None:
    database = new_database("postgresql")
    desk = Desk(Journal(database, "0"), NoSnapshots(), clock)
    desk.begin()
    desk.open_account()
    desk.deposit(100_000_000)
    killed: list[int] = []

    def kill(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "INSERT INTO log_record" in statement and not killed:
            killed.append(connection.connection.dbapi_connection.info.backend_pid)
            with database.engine.connect() as other:
                other.execute(sa.text(f"SELECT pg_terminate_backend({killed[0]})"))

    command = c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY)
    event.listen(database.engine, "before_cursor_execute", kill)
    with pytest.raises(Unavailable):
        desk.one(command)
    event.remove(database.engine, "before_cursor_execute", kill)
    assert killed
    assert survives(desk, command).accepted


def test_a_connection_lost_after_the_record_was_sent(desk: Desk) -> None:
    """On PostgreSQL the statement has committed by then, on SQLite it is rolled back: both must
    come out right.
    """

    def lose(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "INSERT INTO log_record" in statement:
            raise sa.exc.OperationalError(statement, {}, OSError("connection reset"))

    command = c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY)
    event.listen(desk.journal.database.engine, "after_cursor_execute", lose)
    with pytest.raises(Unavailable):
        desk.one(command)
    event.remove(desk.journal.database.engine, "after_cursor_execute", lose)
    assert survives(desk, command).accepted
    assert (
        len([record for record in records(desk.journal.database) if b"web:1" in record.body]) == 1
    )


def test_the_server_is_away_for_a_while(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the commit nor the reload after it works; nobody hears anything but Unavailable; then
    it goes on.
    """

    def away(*_args: Any, **_named: Any) -> Any:
        raise sa.exc.OperationalError("connect", {}, OSError("no route"))

    command = c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY)
    with monkeypatch.context() as patch:
        patch.setattr(sa.engine.Engine, "connect", away)
        for _ in range(3):
            with pytest.raises(Unavailable):
                desk.one(command)
    assert survives(desk, command).accepted


class AnswerLost(Journal):
    """The database commits, and the word of it is lost."""

    lose = False

    def append(self, events: list[Any], at_ms: int) -> bytes:
        body = super().append(events, at_ms)
        if self.lose:
            self.lose = False
            raise Unavailable("storage.failed")
        return body


def test_a_commit_that_happened_though_its_answer_was_lost(
    database: Database, clock: ManualClock
) -> None:
    journal = AnswerLost(database, "0")
    desk = Desk(journal, NoSnapshots(), clock)
    desk.begin()
    desk.open_account()
    desk.deposit(100_000_000)
    command = c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY)
    journal.lose = True
    with pytest.raises(Unavailable):
        desk.one(command)
    assert desk.gateway.sent == []
    order = survives(desk, command).order
    assert desk.gateway.sent == [("query", order)], "in doubt: asked for, not sent"
    desk.driver.settle_doubt(order)
    assert desk.gateway.sent == [("query", order), ("order", order)]
    assert len([record for record in records(database) if b"web:1" in record.body]) == 1


def test_doubt_is_never_settled_from_memory_that_is_not_durable(desk: Desk) -> None:
    with failing_inserts(desk.journal.database), pytest.raises(Unavailable):
        desk.one(c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY))
    (order,) = [one.id for one in desk.state.orders.values()]
    desk.gateway.sent.clear()
    desk.driver.query_doubtful()
    desk.driver.settle_doubt(order)
    assert desk.gateway.sent == []


def test_a_cancel_lost_in_a_crash_is_asked_again(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 100)
    desk.cancel(order)
    desk.gateway.sent.clear()
    restart(desk)
    assert desk.gateway.sent == [("query", order), ("cancel", order)]
    assert desk.order(order).state == OrderState.CANCELLING


def test_an_order_lost_in_a_crash_is_sent_when_the_exchange_does_not_know_it(desk: Desk) -> None:
    order = desk.placed(BUY, 10_000, 100)
    desk.cancel(order)
    desk.gateway.sent.clear()
    restart(desk)
    desk.driver.settle_doubt(order)
    assert desk.gateway.sent == [("query", order), ("order", order), ("cancel", order)]
    desk.report("accepted", order)
    desk.gateway.sent.clear()
    desk.driver.settle_doubt(order)
    assert desk.gateway.sent == [], "an order the exchange confirmed is never sent again"


def test_nothing_of_yesterday_is_sent_into_the_exchanges_new_day(desk: Desk) -> None:
    """The exchange's day has changed and ours not yet: an order in doubt, or one that waits, would
    trade there tomorrow
    while it expires here.
    """
    doubtful = desk.placed(BUY, 10_000, 100)
    desk.links.clear()
    waiting = desk.placed(BUY, 10_000, 100)
    restart(desk)
    desk.gateway.sent.clear()
    desk.day = NEXT_DAY
    desk.links.add("SH")
    desk.driver.settle_doubt(doubtful)
    desk.one(c.RouteUnsent("venue:up", ("SH",)))
    assert desk.gateway.sent == []
    assert desk.order(waiting).state == OrderState.UNSENT
    desk.begin(NEXT_DAY)
    assert desk.cash() == (100_000_000, 0, 0, 0)


def test_an_interrupt_in_the_middle_of_a_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between apply and append: memory is ahead of the log and must not be used."""

    def interrupted(*_args: Any) -> Any:
        raise KeyboardInterrupt

    command = c.Deposit("web:1", ACCOUNT, 500, "icbc")
    with monkeypatch.context() as patch:
        patch.setattr(desk.journal, "append", interrupted)
        with pytest.raises(KeyboardInterrupt):
            desk.one(command)
    survives(desk, command)
    assert desk.cash()[0] == 100_000_500


class Nonsense(msgspec.Struct, frozen=True, array_like=True, tag="nonsense"):
    """A command our code has no rule for, as a bug in a rule would be."""

    id: str


def test_a_command_our_code_fails_on_fails_alone(desk: Desk) -> None:
    good = c.Deposit("web:1", ACCOUNT, 500, "icbc")
    with pytest.raises(Unavailable):
        desk.do(good, Nonsense("web:2"))
    answers = desk.do(good, Nonsense("web:2"))
    assert [answer.code for answer in answers] == ["", "command.failed"]
    assert desk.driver.refusals["command.failed"] == 1
    assert desk.cash()[0] == 100_000_500
    check_log(desk)


def test_a_listener_that_fails_takes_no_answer_away(desk: Desk) -> None:
    def fail(_seq: int, _body: bytes, _events: list[Any]) -> None:
        raise KeyError("a listener's bug")

    desk.driver.on_commit.insert(0, fail)
    assert desk.one(c.Deposit("web:1", ACCOUNT, 500, "icbc")).accepted
    check_log(desk)
