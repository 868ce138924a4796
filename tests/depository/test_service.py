"""Requests to the depository: durable, asked under one serial, decided once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from tests.depository.conftest import APP, D1, D2, D3, PEOPLE, Scene, person
from yunquan.approvals import events as approvals
from yunquan.clients.types import SecuritiesKind
from yunquan.depository import events, store
from yunquan.depository.types import RequestState, Wanted
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record


def emitted(scene: Scene) -> list[Any]:
    codec = EventCodec((*events.EVENTS, *approvals.EVENTS))
    with scene.database.read() as tx:
        return [e for r in each_record(tx.connection, "rooms") for e in codec.decode(r.body)]


def test_accounts_are_opened_within_the_session(scene: Scene) -> None:
    assert scene.room.find_accounts("q1", person(0)).ymt == ""
    asked = scene.ask()
    assert (asked.state, asked.tries) == (RequestState.ASKED, 0)
    done = scene.room.advance("o1")
    assert (done.state, done.code, done.trouble) == (RequestState.DONE, "", "")
    assert [(one.market, one.kind) for one in done.accounts] == [
        ("SH", SecuritiesKind.ORDINARY),
        ("SZ", SecuritiesKind.ORDINARY),
    ]
    assert [step.state for step in done.steps] == [RequestState.ASKED, RequestState.DONE]
    assert scene.room.advance("o1") == done
    assert scene.offices.asked.count(("o1", "open")) == 1
    found = scene.room.find_accounts("q2", person(0))
    assert (found.ymt, len(found.accounts), found.frozen) == (done.ymt, 2, False)


def test_nothing_readable_of_a_person_is_kept_or_told(scene: Scene) -> None:
    scene.ask()
    scene.room.advance("o1")
    who = PEOPLE.person(0)
    with scene.database.read() as tx:
        rows = [str(row) for row in tx.execute(sa.select(store.requests))]
        log = b"".join(record.body for record in each_record(tx.connection, "rooms"))
    for hidden in (who.name, who.number):
        assert hidden not in "".join(rows)
        assert hidden.encode() not in log
        assert hidden not in repr(person(0))


def test_the_same_serial_is_the_same_request_and_no_other(scene: Scene) -> None:
    first = scene.ask()
    assert scene.ask() == first
    with pytest.raises(Conflict, match=r"depository\.serial_reused"):
        scene.ask(wanted=(Wanted("SH"),))
    with pytest.raises(Conflict, match=r"depository\.serial_reused"):
        scene.ask(index=1)
    with pytest.raises(Conflict, match=r"depository\.serial_reused"):
        scene.ask(owner="app_02")
    with pytest.raises(Invalid, match=r"depository\.wanted_malformed"):
        scene.ask(serial="o2", wanted=())
    with pytest.raises(NotFound, match=r"depository\.unknown"):
        scene.room.advance("o9")


def test_one_application_has_one_opening_alive(scene: Scene) -> None:
    scene.ask()
    with pytest.raises(Conflict, match=r"depository\.already_asked"):
        scene.ask(serial="o2")
    scene.room.advance("o1")
    with pytest.raises(Conflict, match=r"depository\.already_asked"):
        scene.ask(serial="o2")
    # Nor once its client has taken it over.
    with scene.database.transaction() as tx:
        scene.room.hand_over(tx, APP, "cli_1")
    with pytest.raises(Conflict, match=r"depository\.already_asked"):
        scene.ask(serial="o2")
    assert scene.load().owner == "cli_1"
    assert scene.accounts_in_the_world() == 2
    # The client may want more, one day, under an application of its own.
    assert scene.ask(serial="o3", owner="app_03").state is RequestState.ASKED


def test_after_a_refusal_another_wish_may_follow(scene: Scene) -> None:
    full = 6
    scene.ask(full)
    refused = scene.room.advance("o1")
    assert (refused.state, refused.code) == (RequestState.REFUSED, "depository.three_accounts")
    theirs = scene.room.find_accounts("q1", person(full)).accounts
    mine = {one.market: one.number for one in theirs}
    wanted = (Wanted("SH", number=mine["SH"]), Wanted("SZ", number=mine["SZ"]))
    scene.ask(full, serial="o2", wanted=wanted)
    used = scene.room.advance("o2")
    assert [one.number for one in used.accounts] == [mine["SH"], mine["SZ"]]
    assert scene.accounts_in_the_world(full) == 6


@pytest.mark.parametrize("index", [5, 8])
def test_what_is_old_is_brought_up_to_date_before_anything_is_opened(
    scene: Scene, index: int
) -> None:
    found = scene.room.find_accounts("q1", person(index))
    assert found.code in {"depository.name_differs", "depository.number_old"}
    scene.ask(index)
    assert scene.room.advance("o1").code == found.code
    scene.update(index)
    assert scene.room.advance("u1").state is RequestState.DONE
    scene.ask(index, serial="o2")
    assert scene.room.advance("o2").state is RequestState.DONE
    assert scene.room.find_accounts("q2", person(index)).code == ""


def test_the_frozen_are_refused(scene: Scene) -> None:
    assert scene.room.find_accounts("q1", person(9)).frozen
    scene.ask(9)
    assert scene.room.advance("o1").code == "depository.frozen"


def test_what_came_at_night_is_decided_by_the_morning_s_file(scene: Scene) -> None:
    scene.clock(D1, "15:00", D2)
    scene.ask()
    waits = scene.room.advance("o1")
    assert (waits.state, waits.day) == (RequestState.FOR_DAY, D2)
    assert scene.room.advance("o1") == waits
    scene.clock(D2, "09:00", D3)
    done = scene.room.advance("o1")
    assert (done.state, len(done.accounts)) == (RequestState.DONE, 2)
    assert scene.accounts_in_the_world() == 2
    assert [step.state for step in done.steps] == [
        RequestState.ASKED,
        RequestState.FOR_DAY,
        RequestState.DONE,
    ]
    # The close brings the whole day again, and nothing changes.
    scene.clock(D2, "15:00", D3)
    assert scene.room.take_files() == 0
    assert scene.load() == done


def test_a_spoilt_file_changes_nothing_and_is_fetched_again(scene: Scene) -> None:
    scene.clock(D1, "15:00", D2)
    scene.ask()
    scene.room.advance("o1")
    scene.clock(D2, "09:00", D3)
    body = scene.office.vault.row("SELECT body FROM files")[0]
    change = "UPDATE files SET body = ?"
    scene.office.vault.change(change, body[: len(body) // 2])
    assert scene.room.advance("o1").state is RequestState.FOR_DAY
    with scene.database.read() as tx:
        assert scene.room.refused_files(tx) == [(D2, 1, "depository.file_half")]
    scene.office.vault.change(change, body.replace(b"A000", b"A999"))
    assert scene.room.advance("o1").state is RequestState.FOR_DAY
    scene.office.vault.change(change, body)
    assert scene.room.advance("o1").state is RequestState.DONE
    with scene.database.read() as tx:
        assert scene.room.refused_files(tx) == []


def test_designation_is_confirmed_by_the_close_s_file(scene: Scene) -> None:
    scene.ask()
    number = scene.room.advance("o1").accounts[0].number
    scene.designate(number)
    assert scene.room.advance("d1").day == D1
    scene.clock(D1, "15:00", D2)
    done = scene.room.advance("d1")
    assert (done.state, done.accounts[0].number) == (RequestState.DONE, number)


def test_who_is_designated_elsewhere_is_told_to_be_let_go_first(scene: Scene) -> None:
    theirs = scene.room.find_accounts("q1", person(7)).accounts
    number = next(one.number for one in theirs if one.market == "SH")
    scene.designate(number, 7)
    assert scene.room.advance("d1").code == "depository.designated_elsewhere"
    scene.office.register.release(number)
    scene.designate(number, 7, "d2")
    assert scene.room.advance("d2").state is RequestState.FOR_DAY


def test_a_contradiction_is_told_and_not_followed(scene: Scene) -> None:
    scene.ask()
    done = scene.room.advance("o1")
    scene.office.vault.change("UPDATE results SET accounts = 'SH:A:A000000999,SZ:A:0100000999'")
    scene.clock(D1, "15:00", D2)
    scene.room.take_files()
    assert scene.load() == done
    told = [e for e in emitted(scene) if isinstance(e, events.DepositoryContradicted)]
    assert told == [events.DepositoryContradicted(APP, "o1", D1, 1)]


def test_an_answer_that_can_t_be_stays_in_doubt_until_somebody_looks(scene: Scene) -> None:
    scene.ask()
    scene.offices.faults = ["odd"]
    odd = scene.room.advance("o1")
    assert (odd.state, odd.code) == (RequestState.IN_DOUBT, "depository.answer_odd")
    assert odd.accounts == ()


def test_lists(scene: Scene) -> None:
    scene.ask()
    scene.ask(1, "o2", "app_02")
    with scene.database.read() as tx:
        assert scene.room.unfinished(tx) == ["o1", "o2"]
        assert scene.room.unfinished(tx, after="o1") == ["o2"]
        assert [one.serial for one in scene.room.requests_of(tx, "app_02")] == ["o2"]
    scene.room.advance("o1")
    with scene.database.read() as tx:
        assert scene.room.unfinished(tx) == ["o2"]


def test_another_custody_unit_is_no_other_question(scene: Scene) -> None:
    scene.ask()
    scene.offices.faults = ["lost"]
    assert scene.room.advance("o1").state is RequestState.IN_DOUBT
    scene.room.custody_unit = "390002"
    assert scene.room.advance("o1").state is RequestState.DONE


def test_what_happened_is_told_in_order(scene: Scene) -> None:
    scene.clock(D1, "15:00", D2)
    scene.ask()
    scene.room.advance("o1")
    scene.clock(D2, "09:00", D3)
    scene.room.advance("o1")
    assert emitted(scene) == [
        events.DepositoryAsked(APP, "o1", "open"),
        events.DepositoryAnswered(APP, "o1", "open", "accepted_for_day", "", D2),
        events.DepositoryAnswered(APP, "o1", "open", "done", "", D2),
    ]


def test_two_devices_at_once_ask_once(scene: Scene) -> None:
    def wish(serial: str) -> str:
        try:
            return scene.ask(serial=serial).serial
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(wish, ["o1", "o2", "o1", "o2", "o1", "o2"]))
    winners = {one for one in told if one.startswith("o")}
    assert len(winners) == 1
    assert set(told) == winners | {"depository.already_asked"}
