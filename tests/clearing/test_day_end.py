"""The day end over real logs: to the fen, twice, broken off anywhere, on two counters."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.clearing.office import clear, office_of, open_accounts, trade_a_day
from tests.counter.desk import ACCOUNT, BUY, DAY, DAY_AFTER, MAIN, NEXT_DAY, SELL, Desk
from tests.counter.invariants import check_state
from yunquan.bars import record_day_bar
from yunquan.bars.types import DayBar
from yunquan.clearing import (
    Clearing,
    load_days,
    load_dues,
    load_obligations,
    load_run,
    perform,
    store,
)
from yunquan.clearing.events import EVENTS, DayClosed
from yunquan.clearing.ports import NoActions
from yunquan.clearing.service.closing import Checkpoints
from yunquan.clearing.types import RunState, Step
from yunquan.counter import Journal
from yunquan.counter import types as c
from yunquan.counter.types import Entry
from yunquan.kernel.errors import Conflict, NotFound, Unavailable
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.transaction import Database
from yunquan.ledger.types import AVAILABLE, SETTLING

ACCOUNTS = [f"60000000{number:02}" for number in range(1, 9)]


@pytest.fixture
def desk(database: Database) -> Desk:
    made = Desk(Journal(database, "0"))
    made.begin(DAY)
    open_accounts(made, ACCOUNTS)
    return made


@pytest.fixture
def office(database: Database, tmp_path: Path, desk: Desk) -> Clearing:
    return office_of(database, tmp_path, {"0": desk})


def next_day(desk: Desk, day: str) -> None:
    desk.day = day
    desk.begin(day)


def all_rows(database: Database, day: str) -> list[Any]:
    with database.read() as tx:
        rows: list[Any] = list(store.each_day_row(tx, day, "0"))
        for account in ACCOUNTS:
            rows += store.load_positions(tx, account, day)
    return rows


def closed_events(database: Database) -> list[DayClosed]:
    codec = EventCodec(EVENTS)
    with database.read() as tx:
        return [
            event
            for record in each_record(tx.connection, "rooms")
            if b"clearing.day_closed@1" in record.body
            for event in codec.decode(record.body)
        ]


def test_a_day_comes_to_what_the_counter_has(
    database: Database, desk: Desk, office: Clearing
) -> None:
    trade_a_day(desk, ACCOUNTS, seed=1)
    clear(office, DAY)
    check_state(desk.state)
    for account in ACCOUNTS:
        with database.read() as tx:
            (row,) = load_days(tx, account, DAY, DAY)
            held = store.load_positions(tx, account, DAY)
        book = desk.state.accounts[account].book
        cash = book.cash
        assert (row.available, row.settling, row.frozen, row.held) == (
            cash.available,
            cash.settling,
            cash.frozen,
            cash.held,
        )
        assert row.opening + row.moved == row.closing == cash.owned()
        assert {one.symbol: one.owned for one in held} == {
            symbol: position.owned() for symbol, position in book.positions.items()
        }
    (event,) = closed_events(database)
    assert (event.day, event.accounts) == (DAY, len(ACCOUNTS))
    assert event.trades == event.figures["trades"] > 0
    assert len(event.digest) == 64


def test_days_follow_each_other(database: Database, desk: Desk, office: Clearing) -> None:
    for day, seed in ((DAY, 1), (NEXT_DAY, 2), (DAY_AFTER, 3)):
        if day != DAY:
            next_day(desk, day)
        trade_a_day(desk, ACCOUNTS, seed)
        clear(office, day)
    for account in ACCOUNTS:
        with database.read() as tx:
            rows = load_days(tx, account, DAY, DAY_AFTER)
        assert [row.day for row in rows] == [DAY, NEXT_DAY, DAY_AFTER]
        for before, after in pairwise(rows):
            assert after.opening == before.closing
        assert rows[-1].closing == desk.state.accounts[account].book.cash.owned()
    assert [event.day for event in closed_events(database)] == [DAY, NEXT_DAY, DAY_AFTER]


def test_trading_goes_on_while_the_day_before_is_cleared(
    database: Database, desk: Desk, office: Clearing
) -> None:
    trade_a_day(desk, ACCOUNTS, seed=1)
    owned = {name: desk.state.accounts[name].book.cash.owned() for name in ACCOUNTS}
    perform(office, DAY, Step.CLOSE)
    next_day(desk, NEXT_DAY)
    trade_a_day(desk, ACCOUNTS, seed=2)
    for step in Step:
        perform(office, DAY, step)
    clear(office, NEXT_DAY)
    with database.read() as tx:
        for account in ACCOUNTS:
            first, second = load_days(tx, account, DAY, NEXT_DAY)
            assert first.closing == owned[account], "the day after has no part in it"
            assert second.closing == desk.state.accounts[account].book.cash.owned()


def test_a_day_that_nobody_closed_is_cleared_by_its_roll(
    database: Database, desk: Desk, office: Clearing
) -> None:
    trade_a_day(desk, ACCOUNTS, seed=4)
    next_day(desk, NEXT_DAY)
    assert office.note_endings() == [DAY]
    clear(office, DAY)
    with database.read() as tx:
        assert load_run(tx, DAY).state is RunState.DONE


def test_twice_changes_nothing(database: Database, desk: Desk, office: Clearing) -> None:
    trade_a_day(desk, ACCOUNTS, seed=1)
    clear(office, DAY)
    rows, seq = all_rows(database, DAY), desk.journal.next_seq
    clear(office, DAY)
    assert (all_rows(database, DAY), desk.journal.next_seq) == (rows, seq)
    assert len(closed_events(database)) == 1


class Broken(Exception):
    """The process dies here."""


@pytest.mark.parametrize("step", list(Step))
def test_broken_off_after_any_step_another_process_goes_on(
    step: Step, database: Database, tmp_path: Path, desk: Desk
) -> None:
    trade_a_day(desk, ACCOUNTS, seed=1)
    first = office_of(database, tmp_path, {"0": desk})
    first.note_endings()
    for one in Step:
        perform(first, DAY, one)
        if one is step:
            break
    clear(office_of(database, tmp_path, {"0": desk}), DAY)
    check_outcome(database, desk)


def check_outcome(database: Database, desk: Desk) -> None:
    """As if nothing had happened."""
    with database.read() as tx:
        assert load_run(tx, DAY).state is RunState.DONE
        for account in ACCOUNTS:
            (row,) = load_days(tx, account, DAY, DAY)
            assert row.opening + row.moved == row.closing
            assert row.closing == desk.state.accounts[account].book.cash.owned()
    assert len(closed_events(database)) == 1
    check_state(desk.state)


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("moment", range(1, 8))
def test_broken_off_inside_any_step(
    step: Step, moment: int, database: Database, tmp_path: Path, desk: Desk
) -> None:
    """The n-th transaction of a step doesn't commit, and the process is gone."""
    trade_a_day(desk, ACCOUNTS, seed=1)
    first = office_of(database, tmp_path, {"0": desk}, Bonus())
    first.note_endings()
    for one in Step:
        if one is step:
            break
        perform(first, DAY, one)
    before = database.transaction
    count = 0

    def dying(*args: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count == moment:
            raise Broken
        return before(*args, **more)

    database.transaction = dying  # type: ignore[method-assign]
    try:
        perform(first, DAY, step)
    except Broken:
        pass
    finally:
        database.transaction = before  # type: ignore[method-assign]
    clear(office_of(database, tmp_path, {"0": desk}, Bonus()), DAY)
    check_outcome(database, desk)
    with database.read() as tx:
        (row,) = load_days(tx, ACCOUNTS[0], DAY, DAY)
    assert row.dividends == 700, "given once"


class Bonus(NoActions):
    """Every holder of one share gets a dividend and a bonus share."""

    def act(self, _database: Any, _day: str, _counter: str, holdings: Any, *_facts: Any) -> Any:
        found = sorted(account for account, symbol, _ in holdings if symbol == MAIN)
        cash = tuple(Entry(one, "CNY", AVAILABLE, 700, f"issuer:{MAIN}", "act_1") for one in found)
        shares = tuple(Entry(one, MAIN, SETTLING, 10, f"issuer:{MAIN}", "act_1") for one in found)
        return {("dividend", "act_1"): cash, ("bonus", "act_1"): shares}


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_is_lost_books_nothing_twice(
    when: str, database: Database, tmp_path: Path, desk: Desk
) -> None:
    trade_a_day(desk, ACCOUNTS, seed=1)
    office = office_of(database, tmp_path, {"0": desk}, Bonus())
    getattr(office.booker, when).append(Unavailable("counter.slow"))
    office.note_endings()
    for step in Step:
        try:
            perform(office, DAY, step)
        except Unavailable:
            with database.read() as tx:
                run = load_run(tx, DAY)
            assert run.state is RunState.FAILED
            assert run.step is step
            perform(office, DAY, step)
    check_outcome(database, desk)
    held = desk.state.accounts[ACCOUNTS[0]].book.positions[MAIN]
    with database.read() as tx:
        positions = {one.symbol: one for one in store.load_positions(tx, ACCOUNTS[0], DAY)}
    assert positions[MAIN].owned == held.owned()


def test_what_belongs_to_the_day_comes_after_the_next_has_begun(
    database: Database, tmp_path: Path, desk: Desk
) -> None:
    """Bonus shares of the day, booked while the next day trades: that day's statement has them."""
    office = office_of(database, tmp_path, {"0": desk}, Bonus())
    trade_a_day(desk, ACCOUNTS, seed=1)
    perform(office, DAY, Step.CLOSE)
    next_day(desk, NEXT_DAY)
    trade_a_day(desk, ACCOUNTS, seed=2)
    for step in Step:
        perform(office, DAY, step)
    office.actions = office_of(database, tmp_path, {"0": desk}).actions
    clear(office, NEXT_DAY)
    with database.read() as tx:
        first, second = load_days(tx, ACCOUNTS[0], DAY, NEXT_DAY)
    assert (first.dividends, second.dividends) == (700, 0)
    assert second.opening == first.closing


def test_a_run_two_days_late_still_gives_the_day_after_what_it_booked(
    database: Database, tmp_path: Path, desk: Desk
) -> None:
    """The entries of the first day stand in the log behind the end of the second."""
    trade_a_day(desk, ACCOUNTS, seed=1)
    next_day(desk, NEXT_DAY)
    trade_a_day(desk, ACCOUNTS, seed=2)
    next_day(desk, DAY_AFTER)
    late = office_of(database, tmp_path, {"0": desk}, Bonus())
    clear(late, DAY)
    seen: list[tuple[str, str, int]] = []

    class Watching(NoActions):
        def act(self, _database: Any, _day: str, _counter: str, holdings: Any, *_facts: Any) -> Any:
            seen.extend(holdings)
            return {}

    clear(office_of(database, tmp_path, {"0": desk}, Watching()), NEXT_DAY)
    with database.read() as tx:
        first, second = load_days(tx, ACCOUNTS[0], DAY, NEXT_DAY)
        (held,) = [
            one for one in store.load_positions(tx, ACCOUNTS[0], NEXT_DAY) if one.symbol == MAIN
        ]
    assert (first.dividends, second.dividends) == (700, 0)
    assert second.opening == first.closing
    owned = desk.state.accounts[ACCOUNTS[0]].book.positions[MAIN].owned()
    assert held.owned == owned
    assert (ACCOUNTS[0], MAIN, owned) in seen, "what is due is due on the bonus shares too"


def test_commission_that_could_not_be_paid_is_owed_until_it_is(
    database: Database, desk: Desk, office: Clearing
) -> None:
    desk.open_account(ACCOUNT + "9")
    poor = ACCOUNT + "9"
    desk.give(MAIN, 1, poor)
    rates = (c.FeeRate("stock", 25_000, 1_000),)
    assert desk.one(c.SetFeePlan("staff:1", poor, "dear", rates, "agreement 1")).accepted
    order = desk.accepted(SELL, 9_000, 1, account=poor)
    desk.report("filled", order, 9_000, 1)
    cash = desk.state.accounts[poor].book.cash
    assert cash.owned() == 0, "nine yuan, less than the least commission"
    clear(office, DAY)
    with database.read() as tx:
        (due,) = load_dues(tx, poor)
        assert due.left == due.amount > 0
    next_day(desk, NEXT_DAY)
    desk.deposit(1_000_00, poor)
    clear(office, NEXT_DAY)
    with database.read() as tx:
        (paid,) = load_dues(tx, poor)
        (row,) = load_days(tx, poor, NEXT_DAY, NEXT_DAY)
    assert paid.left == 0
    assert row.other == -due.amount
    assert cash.owned() == 1_000_00 - due.amount


def test_the_firm_pays_a_day_later(database: Database, desk: Desk, office: Clearing) -> None:
    order = desk.accepted(BUY, 10_000, 300)
    desk.report("filled", order, 10_000, 300)
    clear(office, DAY)
    assert desk.house("clearing:SH") == 300_000
    with database.read() as tx:
        (due,) = load_obligations(tx, DAY)
    assert (due.market, due.net, due.settled_on) == ("SH", 300_000, "")
    next_day(desk, NEXT_DAY)
    clear(office, NEXT_DAY)
    assert desk.house("clearing:SH") == 0
    assert desk.house("reserve:SH") == 300_000
    with database.read() as tx:
        (due,) = load_obligations(tx, DAY)
    assert due.settled_on == NEXT_DAY


def test_what_does_not_add_up_is_not_published(
    database: Database, desk: Desk, office: Clearing
) -> None:
    trade_a_day(desk, ACCOUNTS, seed=1)
    office.note_endings()
    perform(office, DAY, Step.CLOSE)
    office.note_endings()
    for step in (Step.FEES, Step.ACTIONS, Step.SETTLE, Step.STATEMENTS):
        perform(office, DAY, step)
    with database.transaction() as tx:
        tx.execute(
            store.days.update()
            .where(store.days.c.account == ACCOUNTS[0])
            .values(available=store.days.c.available + 1)
        )
    with pytest.raises(Conflict) as refused:
        perform(office, DAY, Step.PROVE)
    assert refused.value.code == "clearing.unproved"
    with database.read() as tx:
        run = load_run(tx, DAY)
    assert (run.state, run.step) == (RunState.FAILED, Step.PROVE)
    assert closed_events(database) == []


def test_two_counters(new_database: Any, tmp_path: Path) -> None:
    rooms, other = new_database("sqlite"), new_database("sqlite")
    desks = {"0": Desk(Journal(rooms, "0")), "1": Desk(Journal(other, "1"))}
    for number, desk in enumerate(desks.values()):
        desk.begin(DAY)
        own = [f"61000000{number}{place}" for place in range(4)]
        open_accounts(desk, own)
        trade_a_day(desk, own, seed=number)
    office = office_of(rooms, tmp_path, desks)
    clear(office, DAY)
    (event,) = closed_events(rooms)
    assert event.accounts == 8
    total = sum(
        account.book.cash.owned()
        for desk in desks.values()
        for account in desk.state.accounts.values()
    )
    assert event.figures["closing"] == total


def test_a_counter_that_is_away_holds_the_run_up_and_nothing_else(
    database: Database, desk: Desk, office: Clearing
) -> None:
    real = office.booker.close

    def away(counter: str, day: str) -> None:
        raise Unavailable("counter.unreachable")

    office.booker.close = away  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        perform(office, DAY, Step.CLOSE)
    office.booker.close = real  # type: ignore[method-assign]
    clear(office, DAY)
    with database.read() as tx:
        run = load_run(tx, DAY)
    assert run.state is RunState.DONE
    assert run.steps[0].tries == 2


def test_checkpoints_of_two_days_are_kept(desk: Desk, office: Clearing) -> None:
    for day in (DAY, NEXT_DAY, DAY_AFTER):
        if day != DAY:
            next_day(desk, day)
        trade_a_day(desk, ACCOUNTS, seed=5)
        clear(office, day)
    folders = sorted(path.name for path in office.checkpoints.iterdir())
    assert len(folders) == 2
    last = int(folders[-1])
    loaded = Checkpoints(office.checkpoints).load("0", last)
    assert loaded is not None
    assert loaded[0].day == DAY_AFTER


def test_no_such_run(database: Database) -> None:
    with database.read() as tx, pytest.raises(NotFound):
        load_run(tx, "2026-01-01")


def test_an_order_after_the_close_is_refused_until_the_next_day(
    desk: Desk, office: Clearing
) -> None:
    clear(office, DAY)
    assert desk.place(BUY, 10_000, 100).code == "order.day_ended"
    next_day(desk, NEXT_DAY)
    assert desk.place(BUY, 10_000, 100).accepted
    assert desk.one(c.CloseDay("x", DAY)).code == "day.not_today"


def test_statements_wait_for_the_closes_of_what_traded(
    database: Database, tmp_path: Path, desk: Desk
) -> None:
    """Another process records them; one that never comes holds nobody up for ever."""
    office = office_of(database, tmp_path, {"0": desk}, closes_tries=3)
    order = desk.place(BUY, 10_000, 100).order
    desk.report("accepted", order)
    desk.report("filled", order, 10_000, 100)
    desk.one(c.CloseDay(f"system:close:{DAY}", DAY))
    office.note_endings()
    for step in (Step.CLOSE, Step.FEES, Step.ACTIONS, Step.SETTLE):
        perform(office, DAY, step)
    with pytest.raises(Unavailable) as raised:
        perform(office, DAY, Step.STATEMENTS)
    assert raised.value.code == "clearing.closes_missing"
    assert raised.value.facts == {"day": DAY, "count": 1, "first": MAIN}
    with database.transaction() as tx:
        bar = DayBar(MAIN, DAY, None, None, None, 10_120, None, None, "simulated", adjusted=False)
        record_day_bar(tx, bar)
    detail = perform(office, DAY, Step.STATEMENTS)
    assert detail["closes_missing"] == 0
    with database.read() as tx:
        held = store.load_positions(tx, ACCOUNT, DAY)
    assert [(one.symbol, one.owned, one.close_milli) for one in held] == [(MAIN, 10_100, 10_120)]


def test_a_close_that_never_comes_is_counted(
    database: Database, tmp_path: Path, desk: Desk
) -> None:
    office = office_of(database, tmp_path, {"0": desk}, closes_tries=3)
    order = desk.place(BUY, 10_000, 100).order
    desk.report("accepted", order)
    desk.report("filled", order, 10_000, 100)
    desk.one(c.CloseDay(f"system:close:{DAY}", DAY))
    office.note_endings()
    for step in (Step.CLOSE, Step.FEES, Step.ACTIONS, Step.SETTLE):
        perform(office, DAY, step)
    for _ in range(2):
        with pytest.raises(Unavailable):
            perform(office, DAY, Step.STATEMENTS)
    assert perform(office, DAY, Step.STATEMENTS)["closes_missing"] == 1
    with database.read() as tx:
        assert load_run(tx, DAY).steps[4].detail["closes_missing"] == 1
