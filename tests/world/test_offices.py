"""The simulated offices over their socket: answered once, whatever happens to the answers."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world.client import Client, running
from yunquan_world import OfficeFaults, World
from yunquan_world.__main__ import settings_from
from yunquan_world.offices.messages import Ask, Outcome
from yunquan_world.offices.sms import Sms
from yunquan_world.population import (
    CANCELLED,
    EXPIRED_CARD,
    LONG_TERM,
    MINOR,
    MOST,
    RARE_CHARACTER,
    RENAMED,
    STALE_PHOTO,
    Population,
    check_character,
)

PEOPLE = Population(7)
PICTURE = b"\xff\xd8 not really a picture"


def ask(client: Client, office: str, serial: str, **body: Any) -> None:
    client.send(type="ask", firm="YQ01", office=office, serial=serial, body=body)


async def said(client: Client, office: str, serial: str, **body: Any) -> dict[str, Any]:
    ask(client, office, serial, **body)
    return await client.receive()


async def hall(world: World) -> Client:
    return await Client.open(world.settings.offices)


def whose(trait: str) -> Any:
    return next(PEOPLE.person(n) for n in range(12) if trait in PEOPLE.person(n).traits)


@given(st.integers(0, MOST - 1))
def test_everybody_is_found_by_their_number_and_nobody_is_real(index: int) -> None:
    person = PEOPLE.person(index)
    assert PEOPLE.find(person.number) == person
    assert person.number.startswith("99")
    assert person.number[17] == check_character(person.number[:17])
    assert person.number[6:14] == person.birth.replace("-", "")
    assert (int(person.number[16]) % 2 == 1) == (person.sex == "男")
    assert person.birth < person.valid_from < person.valid_until
    assert (person.valid_until < "2026-07-13") == (EXPIRED_CARD in person.traits)
    assert len(person.old_number) == 15


def test_the_population_is_the_same_in_every_run_and_another_with_another_seed() -> None:
    assert [PEOPLE.person(n) for n in range(20)] == [Population(7).person(n) for n in range(20)]
    assert PEOPLE.person(3) != Population(8).person(3)
    assert PEOPLE.find("11010119900101123X") is None
    assert whose(MINOR).birth > "2008-07-13"
    assert any(PEOPLE.person(n).valid_until == LONG_TERM for n in range(200))


def test_the_police_know_name_and_number_and_where_they_part(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, demo=True) as world:
            client = await hall(world)
            someone, other = PEOPLE.person(0), PEOPLE.person(1)
            slip = someone.number[:5] + str((int(someone.number[5]) + 1) % 10)
            slip += someone.number[6:17]
            cases = [
                (someone.name, someone.number, "match", ""),
                (other.name, someone.number, "mismatch", "P01_name_differs"),
                (someone.name, slip + check_character(slip), "not_found", "P04_unknown"),
                (someone.name, someone.number[:17] + "Q", "mismatch", "P02_number_differs"),
                (whose(RENAMED).name, whose(RENAMED).number, "match", ""),
                (whose(RENAMED).former_name, whose(RENAMED).number, "mismatch", "P03_former_name"),
                (whose(CANCELLED).name, whose(CANCELLED).number, "cancelled", "P05_cancelled"),
                (
                    whose(RARE_CHARACTER).name,
                    whose(RARE_CHARACTER).number,
                    "mismatch",
                    "P01_name_differs",
                ),
            ]
            for n, (name, number, result, code) in enumerate(cases):
                answer = await said(client, "police", f"p{n}", op="check", name=name, number=number)
                assert (answer["result"], answer["code"]) == (result, code), n

    asyncio.run(story())


def test_a_photo_is_there_once_it_is_enrolled_and_shown_to_who_matches_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, demo=True) as world:
            client = await hall(world)
            person = whose(STALE_PHOTO)
            body = {"op": "check", "name": person.name, "number": person.number}
            before = await said(client, "police", "p1", **body)
            assert before["body"] == {"photo": b"", "photo_on": ""}
            enrolled = await said(
                client, "stage", "e1", op="enrol", number=person.number, photo=PICTURE
            )
            assert enrolled["result"] == "enrolled"
            # A serial's answer stays what it was.
            assert await said(client, "police", "p1", **body) == before
            after = await said(client, "police", "p2", **body)
            assert after["body"]["photo"] == PICTURE
            assert after["body"]["photo_on"] < "2010"
            wrong = await said(client, "police", "p3", **(body | {"name": "别人"}))
            assert "photo" not in wrong["body"]

    asyncio.run(story())


def test_a_serial_is_done_once_and_belongs_to_one_question(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, demo=True) as world:
            client = await hall(world)
            body = {"op": "send", "mobile": "10000000001", "template": "opening_code"}
            body |= {"locale": "zh_CN", "facts": {"code": "123456", "minutes": "5"}}
            first = await said(client, "sms", "m1", **body)
            assert (first["type"], first["result"]) == ("answer", "accepted")
            assert await said(client, "sms", "m1", **body) == first
            other = await said(client, "sms", "m1", **(body | {"mobile": "10000000002"}))
            assert (other["type"], other["code"]) == ("unasked", "O01_serial_reused")
            assert await said(client, "sms", "m2", op="send", mobile="1") == {
                "type": "unasked",
                "office": "sms",
                "serial": "m2",
                "code": "O03_malformed",
            }
            assert (await said(client, "moon", "x"))["code"] == "O02_unknown_office"
            world.offices.sms.now_ms = lambda: 2**45
            inbox = await said(client, "stage", "i1", op="inbox", mobile="10000000001")
            assert len(inbox["body"]["texts"]) == 1
            assert "123456" in inbox["body"]["texts"][0]["text"]

    asyncio.run(story())


def test_answers_outlive_a_restart_and_nobody_looks_at_phones_without_the_demonstration(
    tmp_path: Path,
) -> None:
    person = PEOPLE.person(0)
    body = {"op": "check", "name": person.name, "number": person.number}

    async def story() -> None:
        async with running(tmp_path, demo=True) as world:
            first = await said(await hall(world), "police", "p1", **body)
        async with running(tmp_path) as world:
            client = await hall(world)
            assert await said(client, "police", "p1", **body) == first
            inbox = await said(client, "stage", "i1", op="inbox", mobile="10000000001")
            assert inbox["code"] == "O02_unknown_office"

    asyncio.run(story())


def test_the_operator_enrols_somebody_nobody_knew(tmp_path: Path) -> None:
    async def story() -> None:
        with tempfile.TemporaryDirectory(prefix="yqc") as place:
            async with running(tmp_path, control=f"unix:{place}/control.sock") as world:
                operator = await Client.open(world.settings.control)
                number = "99010119880229002"
                number += check_character(number)
                operator.send(type="enrol", number=number, name="纪南枝", photo=PICTURE)
                assert (await operator.receive())["type"] == "done"
                operator.send(type="enrol", number=number[:17] + "Y", name="纪南枝")
                assert (await operator.receive())["code"] == "C05_cannot_enrol"
                operator.send(type="enrol", number=PEOPLE.person(3).number)
                assert (await operator.receive())["type"] == "done"
                client = await hall(world)
                answer = await said(
                    client, "police", "p1", op="check", name="纪南枝", number=number
                )
                assert answer["result"] == "match"
                assert answer["body"]["photo"] == PICTURE

    asyncio.run(story())


def carrier(folder: Path, **chances: Any) -> tuple[Sms, list[int]]:
    clock = [1_000_000_000]
    faults = replace(OfficeFaults(), text_ms=(1000.0, 1000.0), **chances)
    return Sms(folder, "off", 7, faults, lambda: clock[0]), clock


def send(sms: Sms, serial: str, mobile: str) -> tuple[str, str]:
    body = {"op": "send", "mobile": mobile, "template": "opening_code", "locale": "en"}
    body |= {"facts": {"code": "123456", "minutes": "5"}}
    outcome = sms.answer(Ask("YQ01", "sms", serial, body))
    return outcome.result, outcome.code


def receipt(sms: Sms, serial: str) -> tuple[str, str]:
    outcome = sms.answer(Ask("YQ01", "sms", "r", {"op": "receipt", "of": serial}))
    return outcome.result, outcome.code


@pytest.mark.parametrize(
    ("mobile", "after_1_s", "after_a_minute"),
    [
        ("10000000001", ("delivered", ""), ("delivered", "")),
        (
            "10090000001",
            ("undelivered", "S04_not_in_service"),
            ("undelivered", "S04_not_in_service"),
        ),
        ("10091000001", ("pending", ""), ("pending", "")),
        ("10092000001", ("pending", ""), ("delivered", "")),
    ],
)
def test_what_becomes_of_a_text_depends_on_the_number(
    tmp_path: Path, mobile: str, after_1_s: tuple[str, str], after_a_minute: tuple[str, str]
) -> None:
    sms, clock = carrier(tmp_path)
    assert send(sms, "m1", mobile) == ("accepted", "")
    assert receipt(sms, "m1") == ("pending", "")
    assert sms.inbox(mobile) == []
    clock[0] += 1000
    assert receipt(sms, "m1") == after_1_s
    clock[0] += 60_000
    assert receipt(sms, "m1") == after_a_minute
    assert len(sms.inbox(mobile)) == (after_a_minute[0] == "delivered")
    assert receipt(sms, "m2") == ("unknown", "S05_unknown_serial")


def test_the_carrier_holds_back_who_sends_too_often(tmp_path: Path) -> None:
    sms, clock = carrier(tmp_path)
    assert send(sms, "m1", "10000000001") == ("accepted", "")
    assert send(sms, "m2", "10000000001") == ("refused", "S03_too_often")
    assert send(sms, "m3", "10000000002") == ("accepted", "")
    results = []
    for n in range(10):
        clock[0] += 10_000
        results.append(send(sms, f"n{n}", "10000000001")[0])
    assert results == ["accepted"] * 7 + ["refused"] * 3
    clock[0] += 3_600_000
    assert send(sms, "m4", "10000000001") == ("accepted", "")


def test_what_is_no_template_of_ours_is_not_sent(tmp_path: Path) -> None:
    sms, _ = carrier(tmp_path, lose_text=1.0)
    body = {"op": "send", "mobile": "10000000001", "locale": "en", "facts": {}}
    for template, code in (
        ("hello", "S01_unknown_template"),
        ("opening_code", "S02_facts_missing"),
    ):
        outcome = sms.answer(Ask("YQ01", "sms", code, body | {"template": template}))
        assert (outcome.result, outcome.code) == ("refused", code)
    assert send(sms, "m1", "10000000001") == ("accepted", "")
    assert receipt(sms, "m1") == ("pending", "")


def test_offices_are_set_from_the_command_line_and_the_environment(tmp_path: Path) -> None:
    needed = ["--data", str(tmp_path), "--venue", "unix:/v", "--bank", "unix:/b"]
    environment = {"YUNQUAN_WORLD_OFFICE_FAULTS": "refuse=0.5, text_ms=0-10", "YUNQUAN_DEMO": "OFF"}
    settings = settings_from([*needed, "--offices", "unix:/o"], environment)
    assert (settings.offices, settings.demo) == ("unix:/o", False)
    assert settings.office_faults == OfficeFaults(refuse=0.5, text_ms=(0.0, 10.0))
    assert settings_from(needed, {}).demo
    for wrong in (["--office-faults", "lose=1"], ["--office-faults", "refuse=2"], ["--demo", "x"]):
        with pytest.raises(SystemExit):
            settings_from([*needed, *wrong], {})


def test_a_world_killed_between_the_act_and_its_answer_has_it_on_disk(tmp_path: Path) -> None:
    """The process is gone the moment after the write: the next one answers what it answered."""
    first, clock = carrier(tmp_path)
    body = {"op": "send", "mobile": "10000000001", "template": "opening_code", "locale": "en"}
    body |= {"facts": {"code": "123456", "minutes": "5"}}
    ask_it = Ask("YQ01", "sms", "m1", body)
    with pytest.raises(ZeroDivisionError):
        first.vault.once(ask_it, lambda: Outcome(str(1 // 0)))
    # What died inside left nothing behind.
    assert receipt(first, "m1") == ("unknown", "S05_unknown_serial")
    assert first.answer(ask_it).result == "accepted"
    again, _ = carrier(tmp_path)
    assert again.answer(ask_it).result == "accepted"
    assert len(again.vault.rows("SELECT * FROM texts")) == 1
    assert clock[0] > 0
