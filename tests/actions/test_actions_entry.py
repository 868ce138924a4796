"""Entering: one person, another agrees; files with what is put aside; what comes too late."""

from __future__ import annotations

import gzip
from collections import Counter

import pytest

from tests.partners.brokerage import CHENSHAN, HAIYUAN, NOTICES, RULES
from tests.proofs.real_data import SHARED
from yunquan.actions import Action, agree, decline, enter, store, take_file
from yunquan.actions.adapters.files import COLUMNS, OLDER_COLUMNS, read_ex_rights, read_rows
from yunquan.actions.events import EVENTS, ActionAnnounced, ActionWithdrawn
from yunquan.actions.types import ActionState, Quarantined
from yunquan.approvals import propose
from yunquan.approvals.events import EVENTS as APPROVALS
from yunquan.approvals.types import NewProposal, Proposal
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.transaction import Database
from yunquan.market import record_instruments

ONE, TWO = "staff:stf_1", "staff:stf_2"
GIVES = Action(
    f"{CHENSHAN}:2026-07-15", CHENSHAN, "2026-07-14", "2026-07-15", "2026-07-15", "", 4_000_000
)
HEADING = ",".join(OLDER_COLUMNS)
GOOD = f"{CHENSHAN},2026-07-14,2026-07-15,2026-07-15,2026-07-15,4.00,2,0,yes,,"
REAL = SHARED / "ashare_minute_tick_corpaction" / "corporate_actions.csv.gz"


@pytest.fixture
def rooms(database: Database) -> Database:
    with database.transaction() as tx:
        record_instruments(tx, NOTICES, RULES)
    return database


def put(
    database: Database,
    action: Action = GIVES,
    wanted: ActionState = ActionState.ANNOUNCED,
    key: str = "k-1",
) -> Proposal:
    with database.transaction(ONE) as tx:
        return enter(tx, action, wanted, "notice 1", "read twice", key)


def let(database: Database, proposal: Proposal, by: str = TWO) -> Proposal:
    with database.transaction(by) as tx:
        return agree(tx, str(proposal.id))


def in_force(database: Database) -> list[tuple[str, int, ActionState]]:
    with database.read() as tx:
        return [(one.action.id, one.version, one.state) for one in store.list_actions(tx, 10)]


def told(database: Database) -> list[object]:
    kinds = (ActionAnnounced, ActionWithdrawn)
    codec = EventCodec((*EVENTS, *APPROVALS))
    with database.read() as tx:
        return [
            event
            for record in each_record(tx.connection, "rooms")
            if b"actions." in record.body
            for event in codec.decode(record.body)
            if isinstance(event, kinds)
        ]


def test_nothing_is_in_force_before_another_agrees(rooms: Database) -> None:
    proposal = put(rooms)
    assert put(rooms).id == proposal.id, "the same key is the same proposal"
    assert in_force(rooms) == []
    with pytest.raises(Conflict, match=r"proposal\.own"):
        let(rooms, proposal, ONE)
    assert in_force(rooms) == []
    done = let(rooms, proposal)
    assert done.outcome == {GIVES.id: ""}
    assert in_force(rooms) == [(GIVES.id, 1, ActionState.ANNOUNCED)]
    assert let(rooms, proposal).outcome == done.outcome
    (event,) = told(rooms)
    assert isinstance(event, ActionAnnounced)
    assert (event.cash_e6, event.source, event.by) == (4_000_000, "notice 1", TWO)


def test_a_newer_version_then_withdrawn(rooms: Database) -> None:
    let(rooms, put(rooms))
    more = Action(GIVES.id, CHENSHAN, "2026-07-14", "2026-07-15", "2026-07-16", "", 5_000_000)
    let(rooms, put(rooms, more, key="k-2"))
    assert in_force(rooms) == [(GIVES.id, 2, ActionState.ANNOUNCED)]
    let(rooms, put(rooms, more, ActionState.WITHDRAWN, "k-3"))
    assert in_force(rooms) == [(GIVES.id, 3, ActionState.WITHDRAWN)]
    with rooms.read() as tx:
        assert store.recording_on(tx, "2026-07-14") == []
    assert [type(one) for one in told(rooms)] == [
        ActionAnnounced,
        ActionAnnounced,
        ActionWithdrawn,
    ]


def test_an_older_version_agreed_later_is_refused(rooms: Database) -> None:
    first = put(rooms)
    let(rooms, put(rooms, key="k-2"))
    assert let(rooms, first).outcome == {GIVES.id: "actions.newer_version"}
    assert in_force(rooms) == [(GIVES.id, 2, ActionState.ANNOUNCED)]


def test_what_is_agreed_after_the_record_day_is_refused(rooms: Database) -> None:
    proposal = put(rooms)
    with rooms.transaction() as tx:
        store.begin_day(tx, "2026-07-14", "0")
    assert let(rooms, proposal).outcome == {GIVES.id: "actions.too_late"}
    assert in_force(rooms) == []
    with pytest.raises(Invalid, match=r"actions\.too_late"):
        put(rooms, key="k-2")


def test_declined_is_not_in_force(rooms: Database) -> None:
    proposal = put(rooms)
    with rooms.transaction(TWO) as tx:
        decline(tx, str(proposal.id))
        (version,) = store.versions_of(tx, GIVES.id)
    assert (version.state, version.code) == (ActionState.REFUSED, "proposal.declined")
    with pytest.raises(Conflict, match=r"proposal\.declined"):
        let(rooms, proposal)


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (Action("x", "000000.SH", "2026-07-14", "2026-07-15", "2026-07-15", "", 1), "unknown_symb"),
        (Action("x", CHENSHAN, "2026-07-12", "2026-07-15", "2026-07-15", "", 1), "not_a_trading"),
        (Action("x", CHENSHAN, "2026-07-14", "2026-07-15"), "bad_ratio"),
    ],
)
def test_what_can_not_be_in_force_is_refused_by_name(
    action: Action, code: str, rooms: Database
) -> None:
    with pytest.raises(Invalid, match=rf"actions\.{code}"):
        put(rooms, action)


def test_other_rooms_proposals_are_not_agreed_to_here(rooms: Database) -> None:
    with rooms.transaction(ONE) as tx:
        other = propose(tx, NewProposal("stop_trading", {}, "because of", "k-9", needs_second=True))
    with pytest.raises(NotFound, match=r"proposal\.unknown"):
        let(rooms, other)
    with pytest.raises(NotFound, match=r"proposal\.unknown"), rooms.transaction(TWO) as tx:
        decline(tx, str(other.id))


def test_a_file_puts_aside_what_it_can_not_believe(rooms: Database) -> None:
    rows = [
        HEADING,
        GOOD,
        GOOD,
        f"{HAIYUAN},2026-07-14,2026-07-15,2026-07-15,,x,,,,,",
        f"{HAIYUAN},2026-07-14,2026-07-14,2026-07-15,,1,,,,,",
        "999999.SH,2026-07-14,2026-07-15,2026-07-15,,1,,,,,",
        f"{HAIYUAN},2026-07-14,15.7.2026,,,1,,,,,",
        "too,few",
    ]
    with rooms.transaction(ONE) as tx:
        proposal = take_file(tx, rows, "file 1", "read twice", "k-1")
        aside = store.list_quarantined(tx, proposal.wish["batch"], 100)
    assert (proposal.wish["actions"], proposal.wish["aside"]) == ("1", "6")
    assert sorted(one.code for one in aside) == [
        "actions.bad_day",
        "actions.bad_number",
        "actions.columns",
        "actions.ex_not_after_record",
        "actions.twice",
        "actions.unknown_symbol",
    ]
    assert let(rooms, proposal).outcome == {GIVES.id: ""}
    with rooms.transaction(ONE) as tx, pytest.raises(Invalid, match=r"actions\.nothing_new"):
        take_file(tx, [HEADING, GOOD], "file 2", "read twice", "k-2")


def test_a_file_with_other_columns_is_put_aside_whole() -> None:
    assert list(read_rows(["a,b", GOOD])) == [Quarantined(1, "actions.columns", "a,b")]


def test_a_file_names_the_window_of_rights() -> None:
    row = f"{CHENSHAN},2026-07-13,2026-07-22,,2026-07-27,,,,,3,7.5,2026-07-14,2026-07-20,700519"
    (found,) = read_rows([",".join(COLUMNS), row])
    assert isinstance(found, Action)
    assert (found.rights_e6, found.rights_price_milli) == (3_000_000, 7_500)
    window = (found.rights_from, found.rights_to, found.rights_code)
    assert window == ("2026-07-14", "2026-07-20", "700519")


def test_rights_without_a_window_are_not_entered(rooms: Database) -> None:
    offers = Action(
        f"{CHENSHAN}:2026-07-20",
        CHENSHAN,
        "2026-07-14",
        "2026-07-20",
        "",
        "2026-07-22",
        rights_e6=3_000_000,
        rights_price_milli=7_500,
    )
    with pytest.raises(Invalid, match=r"actions\.no_window"):
        put(rooms, offers)


def test_an_ex_right_row_in_our_terms() -> None:
    heading = (
        "market,code,name,date,countAsGift,countForSell,priceForSell,bonus,countOfIncreasement,"
        "totalCount,freeCount"
    )
    (found,) = read_ex_rights([heading, "SH,600519,,20110701,10000,0,0,23000,0,94380,94380"])
    assert found == Action(
        "600519.SH:2011-07-01",
        "600519.SH",
        "2011-06-30",
        "2011-07-01",
        "2011-07-01",
        "2011-07-01",
        23_000_000,
        1_000_000,
    )


@pytest.mark.skipif(not REAL.is_file(), reason="the real file isn't here")
def test_the_real_file_is_read_whole() -> None:
    with gzip.open(REAL, "rt", encoding="utf-8") as file:
        found = list(read_ex_rights(file))
    assert len(found) == 32_261
    faults = Counter(one.code for one in found if isinstance(one, Quarantined))
    # Most rows tell of share counts alone and give nothing; 178 name a price of rights and no
    # rights, two rights without a price, and one comes twice.
    assert faults == {
        "actions.bad_ratio": 13_975,
        "actions.bad_rights_price": 2,
        "actions.twice": 1,
    }
    good = [one for one in found if isinstance(one, Action)]
    assert len(good) == 18_283
    known = {one.id: one for one in good}
    assert known["600519.SH:2011-07-01"].cash_e6 == 23_000_000
