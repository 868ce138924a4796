"""Rights issues over their weeks, through counter, clearing and history: paid, listed, given back,
lapsed; broken off anywhere; lots and costs.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.actions.desks import announce
from tests.clearing.office import clear, office_of, open_accounts
from tests.counter.desk import BUY, MAIN, SELL, Desk
from tests.counter.invariants import check_same, check_state
from yunquan.actions import Action, DayActions, load_tax_rates
from yunquan.actions import store as of_actions
from yunquan.clearing import Clearing, load_days
from yunquan.counter import Journal
from yunquan.counter.events import EVENTS as COUNTER
from yunquan.counter.types import SubscribeRights
from yunquan.history import load_costs
from yunquan.history.readers import PROJECTION
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import Database
from yunquan.messages.rules import told_by
from yunquan.rights import SUBSCRIBING, DayRights, end_issue, new_shares, store
from yunquan.rights.events import RightsReminded
from yunquan.rights.service import days as of_days
from yunquan.rights.types import NewShares
from yunquan.statements.rules.costs import METHODS, reckon
from yunquan.statements.store import load_account

ONE, TWO, THREE = ACCOUNTS = [f"60000000{number:02}" for number in range(1, 4)]
# Record day, a window of two days, the outcome, the ex day, the day before listing, listing.
RECORD, FIRST, LAST, RESULT, EX, EVE, LISTING = (
    "2026-07-13",
    "2026-07-14",
    "2026-07-15",
    "2026-07-16",
    "2026-07-17",
    "2026-07-20",
    "2026-07-21",
)
DAYS = (RECORD, FIRST, LAST, RESULT, EX, EVE, LISTING)
ISSUE = Action(
    f"{MAIN}:{EX}",
    MAIN,
    RECORD,
    EX,
    listing_day=LISTING,
    rights_e6=3_000_000,
    rights_price_milli=7_500,
    rights_from=FIRST,
    rights_to=LAST,
    rights_code="700519",
)
DUE = 3_000  # of 10,000 shares each
PAID = DUE * 750


@pytest.fixture
def desk(database: Database) -> Desk:
    made = Desk(Journal(database, "0"))
    made.begin(RECORD)
    open_accounts(made, ACCOUNTS)
    with database.transaction() as tx:
        announce(tx, ISSUE)
    return made


@pytest.fixture
def office(database: Database, tmp_path: Path, desk: Desk) -> Clearing:
    return office_of(database, tmp_path, {"0": desk}, DayRights(DayActions(load_tax_rates())))


def begin(desk: Desk, day: str) -> None:
    desk.day = day
    desk.begin(day)


def subscribe(desk: Desk, account: str, qty: int) -> str:
    return desk.one(
        SubscribeRights(
            desk.next_id(),
            account,
            ISSUE.id,
            MAIN,
            qty,
            ISSUE.rights_price_milli,
            DUE,
            FIRST,
            LAST,
            desk.day,
        )
    ).code


def end(database: Database, taken_e4: int, interest_e6: int = 0) -> None:
    with database.transaction() as tx:
        end_issue(tx, ISSUE.id, taken_e4, interest_e6, "notice", "exchange")


def reminders(database: Database) -> list[RightsReminded]:
    codec = EventCodec((RightsReminded,))
    with database.read() as tx:
        return [
            event
            for record in each_record(tx.connection, "rooms")
            if b"rights.reminded@1" in record.body
            for event in codec.decode(record.body)
        ]


def play(desk: Desk, office: Clearing, until: str = LISTING) -> None:
    """All takes part of it in two goes, the second takes a part, the third nothing."""
    for day in DAYS:
        if day != RECORD:
            begin(desk, day)
        if day == FIRST:
            assert subscribe(desk, ONE, 1_000) == ""
            assert subscribe(desk, TWO, 100) == ""
        if day == LAST:
            assert subscribe(desk, ONE, 2_001) == "rights.more_than_entitled"
            assert subscribe(desk, ONE, 2_000) == ""
        if day == RESULT:
            assert subscribe(desk, TWO, 1) == "rights.outside_window"
        clear(office, day)
        check_state(desk.state)
        if day == until:
            return


def test_paid_when_the_window_ends_and_listed_on_its_day(
    database: Database, desk: Desk, office: Clearing
) -> None:
    play(desk, office, FIRST)
    assert desk.cash(ONE)[2] == 750_000
    begin(desk, LAST)
    subscribe(desk, ONE, 2_000)
    assert desk.cash(ONE)[2] == PAID
    clear(office, LAST)
    assert desk.cash(ONE) == (50_000_000 - PAID, 0, 0, 0)
    assert desk.house(f"issuer:{MAIN}") == PAID + 75_000
    for day in (RESULT, EX):
        begin(desk, day)
        if day == RESULT:
            end(database, 9_100)
        clear(office, day)
        assert desk.shares(MAIN, ONE) == (10_000, 0, 0, 0)
    begin(desk, EVE)
    clear(office, EVE)
    assert desk.shares(MAIN, ONE) == (13_000, 0, 0, 0)
    assert desk.shares(MAIN, TWO) == (10_100, 0, 0, 0)
    assert desk.shares(MAIN, THREE) == (10_000, 0, 0, 0)
    begin(desk, LISTING)
    assert desk.place(SELL, 9_500, 13_000, MAIN, ONE).accepted
    check_same(desk.state, desk.replayed(), desk.journal.next_seq - 1)
    with database.read() as tx:
        lots = of_actions.load_lots(tx, [ONE])[ONE, MAIN][1]
        (row,) = load_days(tx, ONE, LAST, LAST)
    assert [(lot.acquired, lot.quantity, lot.cost_fen) for lot in lots] == [
        (RECORD, 10_000, 0),
        (LISTING, 3_000, PAID),
    ]
    assert (row.other, row.opening + row.moved) == (-PAID, row.closing)


def test_late_news_of_success_books_at_the_next_end(
    database: Database, desk: Desk, office: Clearing
) -> None:
    play(desk, office, EVE)
    assert desk.shares(MAIN, ONE)[0] == 10_000, "nobody has said how it ended"
    end(database, 7_000)
    begin(desk, LISTING)
    clear(office, LISTING)
    assert desk.shares(MAIN, ONE)[0] == 13_000


def test_a_failed_issue_gives_the_money_back_with_interest(
    database: Database, desk: Desk, office: Clearing
) -> None:
    play(desk, office, LAST)
    begin(desk, RESULT)
    end(database, 6_999, interest_e6=41)
    clear(office, RESULT)
    # 41 millionths of 22,500.00 are 0.9225: 0.92.
    assert desk.cash(ONE) == (50_000_000 - PAID, PAID + 92, 0, 0)
    for day in (EX, EVE, LISTING):
        begin(desk, day)
        clear(office, day)
    assert desk.cash(ONE) == (50_000_000 + 92, 0, 0, 0)
    assert desk.shares(MAIN, ONE) == (10_000, 0, 0, 0)
    assert desk.house(f"issuer:{MAIN}") == -92 - 3


def test_called_off_within_the_window_it_is_paid_and_given_back_at_once(
    database: Database, desk: Desk, office: Clearing
) -> None:
    play(desk, office, RECORD)
    begin(desk, FIRST)
    subscribe(desk, ONE, 1_000)
    end(database, 0)
    clear(office, FIRST)
    assert desk.cash(ONE) == (50_000_000 - 750_000, 750_000, 0, 0)
    assert desk.state.accounts[ONE].rights is None
    begin(desk, LAST)
    clear(office, LAST)
    assert [one.what for one in reminders(database)] == ["opens"], "nothing lapses any more"


def test_holders_hear_before_it_is_too_late(
    database: Database, desk: Desk, office: Clearing
) -> None:
    play(desk, office, LAST)
    said = {one.what: one for one in reminders(database)}
    assert [(one.day, one.what) for one in reminders(database)] == [
        (RECORD, "opens"),
        (FIRST, "last_day"),
        (LAST, "lapsed"),
    ]
    assert said["opens"].lines == tuple((one, 3_000) for one in ACCOUNTS)
    assert said["last_day"].lines == ((ONE, 2_000), (TWO, 2_900), (THREE, 3_000))
    assert said["lapsed"].lines == ((TWO, 2_900), (THREE, 3_000))
    told = told_by(said["last_day"])
    assert [(one.account, one.code) for one in told] == [
        (account, "message.rights.last_day") for account in ACCOUNTS
    ]
    assert told[0].facts["qty"] == 2_000
    assert told[0].facts["amount_fen"] == 1_500_000


def test_an_outcome_stays_what_it_was(database: Database, desk: Desk) -> None:
    end(database, 9_100)
    end(database, 9_100)
    with pytest.raises(Conflict, match=r"rights\.ended_otherwise"):
        end(database, 9_200)
    with database.transaction() as tx:
        with pytest.raises(NotFound):
            end_issue(tx, "600000.SH:2026-01-01", 1, 0, "s", "b")
        with pytest.raises(Invalid, match=r"rights\.bad_outcome"):
            end_issue(tx, ISSUE.id, 10_001, 0, "s", "b")


def test_a_day_end_asked_again_says_the_same(
    database: Database, desk: Desk, office: Clearing
) -> None:
    play(desk, office, LAST)
    first = office.actions.act(database, LAST, "0", [], {}, {})
    assert first["rights_payment", ISSUE.id][0].amount == -PAID
    end(database, 9_000)
    assert office.actions.act(database, LAST, "0", [], {}, {}) == first
    assert len(reminders(database)) == 3


class Broken(Exception):
    """The process dies here."""


@pytest.mark.parametrize("moment", range(1, 9))
def test_broken_off_anywhere_it_goes_on(
    moment: int, database: Database, desk: Desk, office: Clearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th transaction of the day end before listing doesn't commit; and before it goes on,
    somebody says how the issue ended if nobody had.
    """
    play(desk, office, LAST)
    begin(desk, RESULT)
    clear(office, RESULT)
    begin(desk, EVE)
    end(database, 9_000)
    acting = DayRights(DayActions(load_tax_rates()))
    holdings = [(account, MAIN, 10_000) for account in ACCOUNTS]
    before, count = database.transaction, 0

    def dying(*args: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count == moment:
            raise Broken
        return before(*args, **more)

    monkeypatch.setattr(database, "transaction", dying)
    with suppress(Broken):
        acting.act(database, EVE, "0", holdings, {})
    monkeypatch.setattr(database, "transaction", before)
    found = acting.act(database, EVE, "0", holdings, {})
    assert [(one.account, one.amount) for one in found["rights", ISSUE.id]] == [
        (ONE, 3_000),
        (TWO, 100),
    ]
    with database.read() as tx:
        kept = of_actions.load_lots(tx, ACCOUNTS)
    assert [lot.quantity for lot in kept[ONE, MAIN][1]] == [10_000, 3_000]
    assert kept[ONE, MAIN][1][-1].cost_fen == PAID


@pytest.mark.parametrize("moment", range(1, 8))
def test_broken_off_at_the_windows_end_pays_once(
    moment: int, database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_days, "AT_ONCE", 1)
    acting = DayRights(DayActions(load_tax_rates()))
    holdings = [(account, MAIN, 10_000) for account in ACCOUNTS]
    acting.act(database, RECORD, "0", holdings, {})
    subscribed = {(ONE, ISSUE.id): (3_000, PAID), (TWO, ISSUE.id): (100, 75_000)}
    before, count = database.transaction, 0

    def dying(*args: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count == moment:
            raise Broken
        return before(*args, **more)

    monkeypatch.setattr(database, "transaction", dying)
    with suppress(Broken):
        acting.act(database, LAST, "0", holdings, {}, subscribed)
    monkeypatch.setattr(database, "transaction", before)
    found = acting.act(database, LAST, "0", holdings, {}, subscribed)
    paid = found["rights_payment", ISSUE.id]
    assert [(one.account, one.amount) for one in paid] == [(ONE, -PAID), (TWO, -75_000)]
    assert [one.what for one in reminders(database) if one.day == LAST] == ["lapsed"]
    with database.read() as tx:
        assert store.totals(tx, ISSUE.id).paid_fen == PAID + 75_000


def test_cost_is_what_was_paid_by_every_method(
    database: Database, desk: Desk, office: Clearing
) -> None:
    """Bought at 10.00 before, rights at 7.50: quantity and cost grow when the shares come, not when
    they are paid for.
    """
    for account in ACCOUNTS:
        order = desk.placed(BUY, 10_000, 1_000, MAIN, account)
        desk.report("accepted", order)
        desk.report("filled", order, 10_000, 1_000)
    play(desk, office, LAST)
    bought = 1_000_000 + 500 + 10
    found = costs(database, ONE)
    assert {one.cost for one in found.values()} == {bought}, "what is paid ahead is no cost yet"
    assert {one.prepaid[ISSUE.id] for one in found.values()} == {PAID}
    begin(desk, RESULT)
    end(database, 9_000)
    clear(office, RESULT)
    begin(desk, EVE)
    clear(office, EVE)
    found = costs(database, ONE)
    assert {one.cost for one in found.values()} == {bought + PAID}
    assert {one.qty for one in found.values()} == {14_000}
    with database.read() as tx:
        assert load_costs(tx, ONE)[MAIN] == (4_000, bought + PAID)
        assert load_costs(tx, THREE)[MAIN] == (1_000, bought)


def costs(database: Database, account: str) -> dict[str, Any]:
    """Of the one security, by method."""
    codec = EventCodec(COUNTER)
    for reader in (PROJECTION, SUBSCRIBING):
        catch_up(reader, "counter-0", database, database, codec)
    with database.read() as tx:
        _, movements, _ = (*load_account(tx, account, "counter-0", LISTING), None)
    return {method: reckon(movements, method, "CNY")[MAIN] for method in METHODS}


def test_what_is_due_is_named_until_it_is_listed(
    database: Database, desk: Desk, office: Clearing
) -> None:
    play(desk, office, LAST)
    begin(desk, RESULT)
    end(database, 9_000)
    for day in (RESULT, EX, EVE, LISTING):
        if day != RESULT:
            begin(desk, day)
        clear(office, day)
    due = (ISSUE.id, MAIN, "rights", DUE, PAID, LISTING)
    with database.read() as tx:
        by_day = {day: new_shares(tx, ONE, day) for day in DAYS}
        assert new_shares(tx, THREE, EX) == []
    assert by_day[FIRST] == []
    assert by_day[LAST] == [NewShares(*due, booked=False, ex=False)]
    assert by_day[EX] == [NewShares(*due, booked=False, ex=True)]
    assert by_day[EVE] == [NewShares(*due, booked=True, ex=True)]
    assert by_day[LISTING] == []


def test_staff_see_what_was_subscribed(database: Database, desk: Desk, office: Clearing) -> None:
    play(desk, office, LAST)
    costs(database, ONE)
    with database.read() as tx:
        totals = store.totals(tx, ISSUE.id)
        mine = store.load_subscriptions(tx, ISSUE.id, ONE, 10)
    assert (totals.subscribed, totals.subscribers) == (3_100, 2)
    assert (totals.paid, totals.paid_fen) == (3_100, PAID + 75_000)
    assert [(one.qty, one.amount) for one in mine] == [(1_000, 750_000), (2_000, 1_500_000)]
