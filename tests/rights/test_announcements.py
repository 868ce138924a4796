"""What the exchange announces: taken, repeated, corrected, late, contradictory, unbelievable; and
what an ex day does to prices.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.partners.brokerage import CHENSHAN, NOTICES, RULES
from yunquan.actions import agree, enter, store
from yunquan.actions.service.exchange import action_of
from yunquan.actions.types import ActionState, CorporateNotice, Version
from yunquan.app.links import MarketKeeper
from yunquan.approvals import list_proposals
from yunquan.bars import record_day_bar
from yunquan.bars.types import DayBar
from yunquan.kernel.transaction import Database
from yunquan.market import record_instruments
from yunquan.rights import find_ended, record_ex_day, take_announcement

GIVES = CorporateNotice(
    id="CA20260720600000SH",
    version=1,
    state="announced",
    symbol=CHENSHAN,
    record_day="2026-07-17",
    ex_day="2026-07-20",
    pay_day="2026-07-20",
    listing_day="2026-07-20",
    cash_e6=4_000_000,
    bonus_e6=2_000_000,
)
OFFERS = CorporateNotice(
    id="CA20260722600000SH",
    version=1,
    state="announced",
    symbol=CHENSHAN,
    record_day="2026-07-14",
    ex_day="2026-07-22",
    listing_day="2026-07-24",
    rights_e6=3_000_000,
    rights_price_milli=8_000,
    rights_from="2026-07-15",
    rights_to="2026-07-17",
    rights_code="700000",
)
ENDED = msgspec.structs.replace(OFFERS, version=2, state="ended", taken_e4=9_512)


@pytest.fixture
def rooms(database: Database) -> Database:
    with database.transaction() as tx:
        record_instruments(tx, NOTICES, RULES)
    return database


def take(database: Database, notice: CorporateNotice) -> str:
    with database.transaction("exchange") as tx:
        return take_announcement(tx, notice)


def said(notice: CorporateNotice, **changes: Any) -> CorporateNotice:
    return msgspec.structs.replace(notice, **changes)


def in_force(database: Database) -> list[tuple[str, int, ActionState]]:
    with database.read() as tx:
        return [(one.action.id, one.version, one.state) for one in store.list_actions(tx, 10)]


def versions(database: Database, notice: CorporateNotice) -> list[Version]:
    with database.read() as tx:
        return store.versions_of(tx, action_of(notice).id)


def test_a_sound_announcement_is_in_force_at_once(rooms: Database) -> None:
    assert take(rooms, GIVES) == ""
    name = f"{CHENSHAN}:2026-07-20"
    assert in_force(rooms) == [(name, 1, ActionState.ANNOUNCED)]
    (version,) = versions(rooms, GIVES)
    assert (version.source, version.entered_by) == ("exchange CA20260720600000SH v1", "exchange")


def test_a_repeat_changes_nothing_however_late(rooms: Database) -> None:
    for _ in range(3):
        assert take(rooms, GIVES) == ""
    with rooms.transaction() as tx:
        store.save_recorded(tx, GIVES.record_day)
        store.begin_day(tx, GIVES.record_day, "0")
    assert take(rooms, GIVES) == "", "it comes again after each logon until it is over"
    assert len(versions(rooms, GIVES)) == 1


def test_the_exchange_corrects_itself(rooms: Database) -> None:
    take(rooms, GIVES)
    more = said(GIVES, version=2, cash_e6=5_000_000)
    assert take(rooms, more) == ""
    assert take(rooms, GIVES) == "", "heard before"
    never_heard = said(GIVES, id="CA1", version=1, cash_e6=6_000_000)
    take(rooms, said(GIVES, id="CA1", version=2, cash_e6=5_500_000))
    assert take(rooms, never_heard) == "actions.newer_version", "overtaken by what corrects it"
    assert take(rooms, said(GIVES, version=3, cash_e6=5_000_000)) == ""
    assert in_force(rooms)[0][2] is ActionState.ANNOUNCED
    with rooms.read() as tx:
        found = store.find_action(tx, f"{CHENSHAN}:2026-07-20")
    assert found is not None
    assert found.action.cash_e6 == 5_000_000


def test_another_ex_day_takes_the_place_of_the_first(rooms: Database) -> None:
    take(rooms, GIVES)
    days = {"record_day": "2026-07-20", "ex_day": "2026-07-21"}
    later = {"pay_day": "2026-07-21", "listing_day": "2026-07-21"}
    assert take(rooms, said(GIVES, version=2, **days, **later)) == ""
    assert [(one[0], one[2]) for one in in_force(rooms)] == [
        (f"{CHENSHAN}:2026-07-21", ActionState.ANNOUNCED),
        (f"{CHENSHAN}:2026-07-20", ActionState.WITHDRAWN),
    ]


def test_withdrawn(rooms: Database) -> None:
    assert take(rooms, said(GIVES, state="withdrawn")) == "actions.unknown"
    assert take(rooms, said(GIVES, version=2)) == ""
    assert take(rooms, said(GIVES, version=3, state="withdrawn")) == ""
    assert [one[2] for one in in_force(rooms)] == [ActionState.WITHDRAWN]


def test_one_version_in_two_wordings_is_kept_and_not_believed(rooms: Database) -> None:
    take(rooms, GIVES)
    other = said(GIVES, cash_e6=9_000_000)
    for _ in range(2):
        assert take(rooms, other) == "actions.contradicts_itself"
    assert [(one.state, one.code) for one in versions(rooms, GIVES)] == [
        (ActionState.REFUSED, "actions.contradicts_itself"),
        (ActionState.ANNOUNCED, ""),
    ]


def test_what_a_person_let_be_in_force_waits_for_a_person(rooms: Database) -> None:
    typed = action_of(said(GIVES, cash_e6=3_000_000))
    with rooms.transaction("staff:1") as tx:
        proposal = enter(tx, typed, ActionState.ANNOUNCED, "notice", "read twice", "k-1")
    with rooms.transaction("staff:2") as tx:
        agree(tx, str(proposal.id))
    assert take(rooms, GIVES) == "actions.waits_for_a_person"
    assert take(rooms, GIVES) == "", "asked once"
    with rooms.read() as tx:
        found = store.find_action(tx, typed.id)
        (waiting,) = [one for one in list_proposals(tx, ["action"]) if not one.outcome]
    assert found is not None
    assert found.action == typed
    assert waiting.proposed_by == "exchange"
    with rooms.transaction("staff:1") as tx:
        assert agree(tx, str(waiting.id)).outcome == {typed.id: ""}
    assert take(rooms, GIVES) == ""


def test_the_same_as_a_person_entered_is_no_news(rooms: Database) -> None:
    with rooms.transaction("staff:1") as tx:
        proposal = enter(tx, action_of(GIVES), ActionState.ANNOUNCED, "notice", "read twice", "k-1")
    with rooms.transaction("staff:2") as tx:
        agree(tx, str(proposal.id))
    assert take(rooms, GIVES) == ""
    assert len(versions(rooms, GIVES)) == 1


def test_what_comes_too_late_is_kept_with_its_reason(rooms: Database) -> None:
    with rooms.transaction() as tx:
        store.begin_day(tx, "2026-07-17", "0")
    assert take(rooms, GIVES) == "actions.too_late"
    assert take(rooms, GIVES) == "actions.too_late"
    (version,) = versions(rooms, GIVES)
    assert (version.state, version.code) == (ActionState.REFUSED, "actions.too_late")
    assert in_force(rooms) == []


def test_a_symbol_that_becomes_known_is_looked_at_again(database: Database) -> None:
    assert take(database, GIVES) == "actions.unknown_symbol"
    with database.transaction() as tx:
        record_instruments(tx, NOTICES, RULES)
    assert take(database, GIVES) == ""
    assert [one[2] for one in in_force(database)] == [ActionState.ANNOUNCED]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cash_e6": 0, "bonus_e6": 0}, "actions.bad_ratio"),
        ({"ex_day": "2026-07-17"}, "actions.ex_not_after_record"),
        ({"ex_day": "2026-07-19", "listing_day": "2026-07-20"}, "actions.not_a_trading_day"),
        ({"rights_e6": 1, "rights_price_milli": 5}, "actions.no_window"),
    ],
)
def test_what_can_not_be_is_refused_by_name(
    changes: dict[str, Any], code: str, rooms: Database
) -> None:
    assert take(rooms, said(GIVES, **changes)) == code
    assert in_force(rooms) == []


def test_the_outcome_of_rights_is_taken_with_it(rooms: Database) -> None:
    assert take(rooms, OFFERS) == ""
    with rooms.transaction() as tx:
        store.save_recorded(tx, OFFERS.record_day)
        store.begin_day(tx, "2026-07-20", "0")
    for _ in range(2):
        assert take(rooms, ENDED) == ""
    assert take(rooms, said(ENDED, version=3, taken_e4=5_000)) == "rights.ended_otherwise"
    with rooms.read() as tx:
        outcome = find_ended(tx, action_of(OFFERS).id)
    assert outcome is not None
    assert (outcome.taken_e4, outcome.failed, outcome.by) == (9_512, False, "exchange")


@pytest.mark.parametrize(("taken_e4", "reference"), [(9_512, 11_080), (6_999, None)])
def test_an_ex_day_is_kept_for_the_charts(
    taken_e4: int, reference: int | None, rooms: Database
) -> None:
    """(12.00 + 0.3 x 8.00) / 1.3 = 11.0769; a failed issue takes nothing."""
    take(rooms, OFFERS)
    with rooms.transaction() as tx:
        store.save_recorded(tx, OFFERS.record_day)
    take(rooms, said(ENDED, taken_e4=taken_e4))
    bar = DayBar(CHENSHAN, "2026-07-21", *[12_000] * 4, 100, 120_000, "simulated", False)
    with rooms.transaction() as tx:
        record_day_bar(tx, bar)
        assert record_ex_day(tx, CHENSHAN, "2026-07-22", 10) == reference
        assert record_ex_day(tx, CHENSHAN, "2026-07-21", 10) is None


def test_what_can_not_be_read_silences_nothing(
    rooms: Database, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = MarketKeeper(rooms)
    good = msgspec.to_builtins(GIVES)
    for bad in ({}, good | {"version": "x"}, good | {"ex_day": "soon"}, good | {"cash_e6": -1}):
        keeper.on_corporate(bad)
    assert [one.message for one in caplog.records] == ["announcement can't be read"] * 4
    keeper.on_corporate(good | {"more": 1})
    assert len(in_force(rooms)) == 1
