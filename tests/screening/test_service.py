"""Screening on a real database: hits, who decides them, counts, faces, what applicants hear."""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.screening.conftest import D1, D2, PEOPLE, SALARIED, Scene, face, phone, subject
from yunquan.app.locale import catalogue
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.screening import events, store
from yunquan.screening.rules import grades
from yunquan.screening.types import Device, Grade, HitState, ListKind, Verdict
from yunquan_world.bank_file import half, with_wrong_sum

SANCTIONED, EXPOSED, ADVERSE, NAMESAKE = 12, 13, 14, 15
STAFF = "staff:stf_1"


def emitted(scene: Scene) -> list[Any]:
    codec = EventCodec(events.EVENTS)
    with scene.database.read() as tx:
        return [e for r in each_record(tx.connection, "rooms") for e in codec.decode(r.body)]


def decide(scene: Scene, hit: str, verb: str, why: str = "出生地与护照照片均不同") -> Any:
    with scene.database.transaction(actor=STAFF) as tx:
        return getattr(scene.room, f"{verb}_hit")(tx, hit, why)


def test_somebody_ordinary_passes(scene: Scene) -> None:
    result = scene.screen(0)
    assert (result.verdict, result.grade, result.hits) == (Verdict.PASS, Grade.LOW, ())
    assert result.list_version == D1
    assert scene.load("app_0") == result
    with pytest.raises(NotFound, match=r"screening\.unknown"):
        scene.load("app_9")


@pytest.mark.parametrize(
    ("index", "kind", "grade"),
    [
        (SANCTIONED, ListKind.SANCTIONS, Grade.PROHIBITED),
        (EXPOSED, ListKind.PEP, Grade.HIGH),
        (ADVERSE, ListKind.ADVERSE, Grade.MEDIUM),
    ],
)
def test_who_is_on_a_list_waits_for_a_person(
    scene: Scene, index: int, kind: ListKind, grade: Grade
) -> None:
    result = scene.screen(index)
    assert (result.verdict, result.grade) == (Verdict.HUMAN, grade)
    (hit,) = result.hits
    assert (hit.kind, hit.state, hit.score) == (kind, HitState.OPEN, 100)
    with scene.database.read() as tx:
        assert scene.room.open_hits(tx) == [hit]


def test_a_namesake_is_no_hit(scene: Scene) -> None:
    assert scene.screen(NAMESAKE).hits == ()


def test_a_person_clears_a_false_hit_with_a_reason_and_it_stays_cleared(scene: Scene) -> None:
    (hit,) = scene.screen(ADVERSE).hits
    for why in ("", "no", "x" * 401):
        with pytest.raises(Invalid, match=r"screening\.why"):
            decide(scene, hit.id, "clear", why)
    with pytest.raises(NotFound, match=r"screening\.hit_unknown"):
        decide(scene, "hit_9", "clear")
    cleared = decide(scene, hit.id, "clear")
    assert (cleared.state, cleared.by) == (HitState.CLEARED, STAFF)
    assert decide(scene, hit.id, "clear") == cleared
    with pytest.raises(Conflict, match=r"screening\.hit_decided"):
        decide(scene, hit.id, "confirm")
    result = scene.load(f"app_{ADVERSE}")
    assert (result.verdict, result.grade) == (Verdict.PASS, Grade.LOW)
    scene.publisher.version = D2
    scene.room.lists.take()
    again = scene.screen(ADVERSE)
    assert [one.state for one in again.hits] == [HitState.CLEARED]
    assert again.verdict is Verdict.PASS
    told = [e for e in emitted(scene) if isinstance(e, events.HitDecided)]
    assert told == [events.HitDecided(str(hit.id), f"app_{ADVERSE}", "cleared", cleared.why, STAFF)]


def test_a_cleared_hit_is_open_again_once_its_entry_says_something_else(scene: Scene) -> None:
    (hit,) = scene.screen(ADVERSE).hits
    decide(scene, hit.id, "clear")
    person = PEOPLE.person(ADVERSE)
    old = f"|{person.name}||{person.birth}||"
    scene.publisher.version = D2

    def with_number(body: bytes) -> bytes:
        return reseal(
            body.replace(old.encode(), f"|{person.name}||{person.birth}|{person.number}|".encode())
        )

    scene.publisher.spoil = with_number
    assert scene.room.lists.take().code == ""
    (reopened,) = scene.screen(ADVERSE).hits
    assert (reopened.id, reopened.state, reopened.by) == (hit.id, HitState.OPEN, "")


def reseal(body: bytes) -> bytes:
    """The file with its checksum made right."""
    import hashlib

    *lines, _, _ = body.decode().split("\n")
    text = "".join(f"{line}\n" for line in lines)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text}END|{len(lines) - 1}|{digest}\n".encode()


def test_one_confirmed_on_sanctions_is_refused(scene: Scene) -> None:
    (hit,) = scene.screen(SANCTIONED).hits
    decide(scene, hit.id, "confirm")
    result = scene.load(f"app_{SANCTIONED}")
    assert (result.verdict, result.grade) == (Verdict.REFUSE, Grade.PROHIBITED)
    with scene.database.read() as tx:
        assert scene.room.open_hits(tx) == []


def test_a_new_list_finds_who_was_on_none(scene: Scene) -> None:
    person = PEOPLE.person(0)
    assert scene.screen(0).verdict is Verdict.PASS
    scene.screen(1)
    line = f"E|N1|sanctions|{person.name}||{person.birth}|{person.number}|CN\nEND"
    scene.publisher.version = D2
    scene.publisher.spoil = lambda body: reseal(body.replace(b"END", line.encode()))
    assert scene.room.lists.take().code == ""
    done, place = scene.room.screen_everybody(limit=1)
    assert (done, place) == (1, "app_0")
    assert scene.room.screen_everybody(place) == (1, "app_1")
    assert scene.room.screen_everybody("app_1") == (0, "")
    assert scene.load("app_0").grade is Grade.PROHIBITED
    assert scene.load("app_1").verdict is Verdict.PASS


# What an applicant hears.


def test_nothing_of_a_list_is_ever_told_to_an_applicant(scene: Scene) -> None:
    """Whoever waits hears the same sentence as whoever passes; whoever is refused hears one that
    doesn't say why."""
    heard = {}
    heard["ordinary"] = scene.screen(0).told
    for index in (SANCTIONED, EXPOSED, ADVERSE, 16, 17, 18, 19):
        heard[str(index)] = scene.screen(index).told
    heard["risky"] = scene.screen(
        1, profile=replace(SALARIED, occupation="cash_business", source_of_funds="loan")
    ).told
    heard["program"] = scene.screen(2, device=phone(2, automated=True)).told
    assert set(heard.values()) == {"screening.told.received"}
    (hit,) = scene.load(f"app_{SANCTIONED}").hits
    decide(scene, hit.id, "confirm")
    scene.screen(3, device=phone(3, bank_card="6222"))
    fraud = scene.screen(4, device=phone(4, bank_card="6222"))
    assert fraud.verdict is Verdict.REFUSE
    with scene.database.read() as tx:
        assert scene.room.told(tx, f"app_{SANCTIONED}") == fraud.told == "screening.told.declined"


FORBIDDEN = {
    "zh_CN": ("名单", "制裁", "洗钱", "风险等级", "命中", "特定自然人", "可疑", "反洗钱", "设备"),
    "en": ("list", "sanction", "launder", "grade", "hit", "exposed", "suspic", "aml", "device"),
}


@pytest.mark.parametrize("locale", FORBIDDEN)
def test_the_sentences_for_applicants_name_nothing(locale: str) -> None:
    for code in grades.TOLD.values():
        sentence = catalogue().text(code, locale).lower()
        assert [word for word in FORBIDDEN[locale] if word in sentence] == []


def test_what_is_told_is_made_of_the_verdict_alone() -> None:
    assert set(grades.TOLD) == set(Verdict)
    assert len(set(grades.TOLD.values())) == 2
    source = inspect.getsource(grades)
    assert source.count("screening.told.") == 3


# Shared things.


def test_one_device_behind_many_persons(scene: Scene) -> None:
    verdicts = []
    for index in range(20, 27):
        shared = phone(index, device="the same")
        verdicts.append(scene.screen(index, device=shared).verdict)
    assert verdicts == [Verdict.PASS] * 2 + [Verdict.HUMAN] * 3 + [Verdict.REFUSE] * 2
    marks = [mark.code for mark in scene.load("app_26").marks]
    assert "screening.shared.device" in marks


def test_the_same_person_again_shares_nothing_with_anybody(scene: Scene) -> None:
    results = [scene.screen(0, owner=f"app_{n}", device=phone(0)) for n in range(3)]
    assert [one.verdict for one in results] == [Verdict.PASS] * 3
    fourth = scene.screen(0, owner="app_3", device=phone(0))
    assert {mark.code for mark in fourth.marks} == {
        "screening.often.device",
        "screening.often.id_number",
    }
    # The same application looked at again is one application.
    assert scene.screen(0, owner="app_3", device=phone(0)).marks == fourth.marks


def test_what_was_long_ago_counts_no_more(scene: Scene) -> None:
    for index in range(20, 22):
        scene.screen(index, device=phone(index, device="the same"))
    scene.clock.advance(31 * 86_400)
    assert scene.screen(22, device=phone(22, device="the same")).verdict is Verdict.PASS


@pytest.mark.parametrize("what", ["mobile", "bank_card"])
def test_one_number_behind_two_persons(scene: Scene, what: str) -> None:
    same: dict[str, Any] = {what: "10000009999"}
    assert scene.screen(20, device=phone(20, **same)).verdict is Verdict.PASS
    second = scene.screen(21, device=phone(21, **same))
    assert second.verdict is (Verdict.HUMAN if what == "mobile" else Verdict.REFUSE)


def test_a_network_of_an_office_is_a_hint_only(scene: Scene) -> None:
    results = [
        scene.screen(index, device=phone(index, network="203.0.113.9")) for index in range(20, 36)
    ]
    verdicts = [one.verdict for one in results]
    assert verdicts == [Verdict.PASS] * 14 + [Verdict.HUMAN] * 2


def test_nothing_readable_is_kept_or_told(scene: Scene) -> None:
    who, held = PEOPLE.person(0), phone(0, bank_card="6222010000000017")
    scene.screen(0, device=held, shown=face(0.5, 0.25))
    rows = ""
    with scene.database.read() as tx:
        for table in (store.seen, store.subjects, store.results, store.hits, store.faces):
            rows += "".join(str(row) for row in tx.execute(sa.select(table)))
        log = b"".join(record.body for record in each_record(tx.connection, "rooms"))
    secrets = (who.name, who.number, held.mobile, held.address, held.bank_card, held.device)
    for secret in secrets:
        assert secret not in rows
        assert secret.encode() not in log
        assert secret not in repr(held)
        assert secret not in repr(subject(0))
    assert repr(face(0.5, 0.25))[2:-1] not in rows


# Faces.


def test_a_face_of_another_person_s_has_a_person_look(scene: Scene) -> None:
    assert scene.screen(0, shown=face(0.1, 0.2)).twins == ()
    near = scene.screen(1, shown=face(0.1, 0.4))
    assert [(twin.owner, twin.distance) for twin in near.twins] == [("app_0", 2000)]
    assert near.verdict is Verdict.HUMAN
    assert scene.screen(2, shown=face(0.9, 0.9)).twins == ()
    # One's own face of before is no twin.
    again = scene.screen(0, shown=face(0.1, 0.21))
    assert [twin.owner for twin in again.twins] == ["app_1"]


def test_twins_are_seen_over_processes_and_handed_over(scene: Scene) -> None:
    scene.screen(0, shown=face(0.1, 0.2))
    with scene.database.transaction() as tx:
        scene.room.hand_over(tx, "app_0", "cli_0")
    scene.room = scene.another_process()
    assert scene.room.faces.warm() == 1
    twins = scene.screen(1, shown=face(0.1, 0.2)).twins
    assert [(twin.owner, twin.distance) for twin in twins] == [("cli_0", 0)]


def test_a_face_whose_owner_takes_it_back_is_gone(scene: Scene) -> None:
    scene.screen(0, shown=face(0.1, 0.2))
    scene.screen(1, shown=face(0.9, 0.9))
    with scene.database.transaction() as tx:
        assert scene.room.forget_face(tx, "app_0")
        assert not scene.room.forget_face(tx, "app_0")
    assert scene.screen(2, shown=face(0.1, 0.2)).twins == ()


def test_what_was_rolled_back_is_remembered_by_nobody(scene: Scene) -> None:
    class Trouble(Exception):
        pass

    with pytest.raises(Trouble), scene.database.transaction() as tx:
        scene.room.screen(tx, "app_0", subject(0), SALARIED, phone(0), face(0.1, 0.2))
        raise Trouble
    assert scene.screen(1, shown=face(0.1, 0.2)).twins == ()
    # Whoever came after, under whatever number, is found by their own face.
    scene.screen(2, shown=face(0.9, 0.9))
    assert [twin.owner for twin in scene.screen(3, shown=face(0.9, 0.9)).twins] == ["app_2"]


@pytest.mark.parametrize("shown", [b"", b"abc", b"abcde", b"x" * 10_000])
def test_what_is_no_face_is_refused(scene: Scene, shown: bytes) -> None:
    with pytest.raises(Invalid, match=r"screening\.no_face"):
        scene.screen(0, shown=shown)


def test_only_the_nearest_are_told(scene: Scene) -> None:
    for index in range(20, 45):
        scene.screen(index, shown=face(0.1, 0.001 * index))
    twins = scene.screen(45, shown=face(0.1, 0.045)).twins
    assert len(twins) == 16
    assert [twin.owner for twin in twins[:2]] == ["app_44", "app_43"]


# Lists.


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (half, "screening.list_half"),
        (with_wrong_sum, "screening.list_altered"),
        (lambda body: reseal(body.replace(D2.encode(), D1.encode())), "screening.list_foreign"),
        (lambda body: b"", "screening.list_half"),
    ],
)
def test_a_spoilt_list_leaves_yesterday_s_in_force(scene: Scene, spoil: Any, code: str) -> None:
    scene.publisher.version, scene.publisher.spoil = D2, spoil
    assert scene.room.lists.take().code == code
    assert scene.room.lists.take().code == code
    result = scene.screen(SANCTIONED)
    assert (result.list_version, len(result.hits)) == (D1, 1)
    told = [e for e in emitted(scene) if isinstance(e, events.ListRefused)]
    assert told == [events.ListRefused(D2, code)]
    scene.publisher.spoil = None
    assert scene.room.lists.take().code == ""
    assert scene.screen(SANCTIONED).list_version == D2
    with scene.database.read() as tx:
        kept = [(one.version, one.code) for one in scene.room.lists.versions(tx)]
    assert kept == [(D2, ""), (D1, "")]


def test_a_list_is_taken_once_and_never_goes_back(scene: Scene) -> None:
    assert scene.room.lists.take() is None
    for version in ("2026-07-12", "", "newest", "20260714"):
        scene.publisher.version = version
        assert scene.room.lists.take() is None
    taken = [e for e in emitted(scene) if isinstance(e, events.ListTaken)]
    assert [e.version for e in taken] == [D1]


def test_another_process_sees_the_list_that_one_took(scene: Scene) -> None:
    other = scene.another_process()
    scene.publisher.version = D2
    other.lists.take()
    assert scene.screen(0).list_version == D2


def test_without_any_list_nobody_is_on_one(scene: Scene) -> None:
    with scene.database.transaction() as tx:
        tx.execute(store.lists.delete())
    scene.room = scene.another_process()
    result = scene.screen(SANCTIONED)
    assert (result.list_version, result.hits) == ("", ())


# From an application to its client.


def test_everything_goes_with_the_application_to_its_client(scene: Scene) -> None:
    before = scene.screen(SANCTIONED, owner="app_1", shown=face(0.1))
    with scene.database.transaction() as tx:
        scene.room.hand_over(tx, "app_1", "cli_1")
    after = scene.load("cli_1")
    assert after.hits == tuple(replace(hit, owner="cli_1") for hit in before.hits)
    with pytest.raises(NotFound):
        scene.load("app_1")
    with scene.database.transaction() as tx:
        assert scene.room.screen_again(tx, "cli_1").verdict is Verdict.HUMAN


def test_a_second_application_joins_the_client_s(scene: Scene) -> None:
    (hit,) = scene.screen(ADVERSE, owner="app_1", shown=face(0.1)).hits
    with scene.database.transaction() as tx:
        scene.room.hand_over(tx, "app_1", "cli_1")
    decide(scene, hit.id, "clear")
    scene.screen(ADVERSE, owner="app_2", device=phone(ADVERSE), shown=face(0.12))
    with scene.database.transaction() as tx:
        scene.room.hand_over(tx, "app_2", "cli_1")
    with scene.database.transaction() as tx:
        result = scene.room.screen_again(tx, "cli_1")
    assert [one.state for one in result.hits] == [HitState.CLEARED]
    with scene.database.read() as tx:
        assert len(list(tx.execute(sa.select(store.faces)))) == 1
        assert len(list(tx.execute(sa.select(store.subjects)))) == 1
        numbers = tx.execute(sa.select(store.results.c.number)).scalars()
        assert sorted(numbers) == [1, 2, 3, 4]


def test_an_unknown_device_is_screened_all_the_same(scene: Scene) -> None:
    result = scene.screen(0, device=Device())
    assert [mark.code for mark in result.marks] == ["screening.mark.no_user_agent"]
    assert result.verdict is Verdict.PASS


def test_one_application_from_two_devices_at_once(scene: Scene) -> None:
    def screen(number: int) -> Verdict:
        held = phone(number, mobile="10000000001")
        return scene.screen(SANCTIONED, "app_1", device=held, shown=face(0.1 * number)).verdict

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(screen, range(6))) == {Verdict.HUMAN}
    with scene.database.read() as tx:
        numbers = tx.execute(sa.select(store.results.c.number)).scalars()
        assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
        assert len(scene.room.open_hits(tx)) == 1
