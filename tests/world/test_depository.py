"""The simulated depository: unified accounts, three of a kind, hours, files, designation."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.world.client import Client, running
from yunquan_world import OfficeFaults
from yunquan_world.offices.depository import Depository
from yunquan_world.offices.messages import Ask, Outcome
from yunquan_world.offices.police import Police
from yunquan_world.population import (
    CANCELLED,
    DESIGNATED_ELSEWHERE,
    FROZEN,
    OLD_NUMBER,
    RENAMED,
    THREE_ACCOUNTS,
    Person,
    Population,
)

PEOPLE = Population(7)
NOBODY_SPECIAL, ANOTHER = PEOPLE.person(0), PEOPLE.person(1)
BOTH = [{"market": "SH", "kind": "A"}, {"market": "SZ", "kind": "A"}]
D1, D2, D3 = "2026-07-13", "2026-07-14", "2026-07-15"


class Here:
    """A depository of its own, asked without a line."""

    def __init__(self, folder: Path, **faults: float):
        self.folder = folder
        self.faults = OfficeFaults(**faults)
        self.start()
        self.clock(D1, "10:00", D2)

    def start(self) -> None:
        police = Police(self.folder, "off", PEOPLE)
        self.office = Depository(self.folder, "off", 7, self.faults, police)

    def clock(self, day: str, minute: str, following: str, *, ended: bool = False) -> None:
        self.office.look_at_clock(day, minute, ended=ended, following=following)

    def ask(self, serial: str, firm: str = "YQ01", **body: Any) -> Outcome:
        return self.office.answer(Ask(firm, "depository", serial, body))

    def open(self, serial: str, person: Person, *, firm: str = "YQ01", wanted: Any = None) -> Any:
        facts = {"name": person.name, "number": person.number, "unit": "390001"}
        return self.ask(serial, firm, op="open", wanted=wanted or BOTH, **facts)

    def find(self, serial: str, person: Person) -> Outcome:
        return self.ask(serial, op="find", name=person.name, number=person.number)

    def files(self) -> list[list[Any]]:
        return self.ask("f", op="list_files").body["days"]

    def file(self, day: str, version: int) -> str:
        part = self.ask("f", op="fetch_file", day=day, version=version)
        return part.body["data"].decode()


def whose(trait: str) -> Person:
    return next(PEOPLE.person(n) for n in range(12) if trait in PEOPLE.person(n).traits)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_a_newcomer_gets_a_unified_account_and_numbers_of_the_right_shape(here: Here) -> None:
    assert here.find("q1", NOBODY_SPECIAL).result == "none"
    opened = here.open("o1", NOBODY_SPECIAL, wanted=[*BOTH, {"market": "SH", "kind": "F"}])
    assert opened.result == "opened"
    assert len(opened.body["ymt"]) == 12
    shanghai, shenzhen, fund = (one["account"] for one in opened.body["accounts"])
    assert (shanghai[0], len(shanghai)) == ("A", 10)
    assert (shenzhen[:2], len(shenzhen)) == ("01", 10)
    assert (fund[0], len(fund)) == ("F", 10)
    assert here.open("o1", NOBODY_SPECIAL, wanted=[*BOTH, {"market": "SH", "kind": "F"}]) == opened
    found = here.find("q2", NOBODY_SPECIAL)
    assert (found.body["ymt"], len(found.body["accounts"])) == (opened.body["ymt"], 3)
    # What was asked before it was so stays as it was said.
    assert here.find("q1", NOBODY_SPECIAL).result == "none"


def test_three_accounts_of_a_market_and_not_one_more(here: Here) -> None:
    full = whose(THREE_ACCOUNTS)
    assert here.open("o1", full).code == "D01_three_accounts"
    theirs = here.find("q1", full).body["accounts"]
    assert len(theirs) == 6
    mine = next(one["account"] for one in theirs if one["market"] == "SZ")
    used = here.open("o2", full, wanted=[{"market": "SZ", "kind": "A", "account": mine}])
    assert [one["account"] for one in used.body["accounts"]] == [mine]
    for n in range(3):
        assert here.open(f"n{n}", ANOTHER).result == "opened"
    assert here.open("n3", ANOTHER).code == "D01_three_accounts"
    assert here.open("n4", ANOTHER, wanted=[{"market": "SH", "kind": "F"}]).result == "opened"


def test_one_identity_at_two_brokers_at_once_has_one_unified_account(here: Here) -> None:
    opened = [here.open("same", NOBODY_SPECIAL, firm=firm) for firm in ("YQ01", "ZZ09")]
    assert opened[0].body["ymt"] == opened[1].body["ymt"]
    numbers = {one["account"] for each in opened for one in each.body["accounts"]}
    assert len(numbers) == 4
    assert here.open("o2", NOBODY_SPECIAL).result == "opened"
    late = here.open("o3", NOBODY_SPECIAL, firm="ZZ09")
    assert late.code == "D01_three_accounts"


@pytest.mark.parametrize(
    ("person", "changes", "code"),
    [
        (whose(CANCELLED), {}, "D02_identity"),
        (whose(RENAMED), {}, "D03_name_differs"),
        (whose(OLD_NUMBER), {}, "D04_number_old"),
        (whose(FROZEN), {}, "D05_frozen"),
        (NOBODY_SPECIAL, {"name": "别人"}, "D02_identity"),
        (NOBODY_SPECIAL, {"number": "990101199001011234"}, "D02_identity"),
        (NOBODY_SPECIAL, {"unit": ""}, "D10_unit_missing"),
        (
            NOBODY_SPECIAL,
            {"wanted": [{"market": "SH", "kind": "A", "account": "A000000999"}]},
            "D06_no_such_account",
        ),
    ],
)
def test_refusals(here: Here, person: Person, changes: dict[str, Any], code: str) -> None:
    facts = {"name": person.name, "number": person.number, "unit": "390001", "wanted": BOTH}
    refused = here.ask("o1", op="open", **(facts | changes))
    assert (refused.result, refused.code) == ("refused", code)


@pytest.mark.parametrize("person", [whose(RENAMED), whose(OLD_NUMBER)])
def test_what_the_depository_has_of_old_is_brought_up_to_date(here: Here, person: Person) -> None:
    assert here.find("q1", person).result == "mismatch"
    update = {"op": "update", "name": person.name, "number": person.number}
    assert here.ask("u1", **update).result == "updated"
    assert here.find("q2", person).result == "found"
    assert here.open("o1", person).result == "opened"
    assert here.ask("u2", **(update | {"number": ANOTHER.number})).code == "D02_identity"
    nobody = {"op": "update", "name": ANOTHER.name, "number": ANOTHER.number}
    assert here.ask("u3", **nobody).code == "D08_no_unified_account"


def test_what_comes_at_night_is_opened_next_morning_and_the_file_tells(here: Here) -> None:
    here.clock(D1, "15:00", D2)
    accepted = here.open("o1", NOBODY_SPECIAL)
    assert (accepted.result, accepted.body) == ("accepted_for_day", {"day": D2})
    assert here.open("o2", whose(THREE_ACCOUNTS)).result == "accepted_for_day"
    assert here.find("q1", NOBODY_SPECIAL).result == "none"
    here.start()
    here.clock(D2, "08:30", D3)
    assert here.files() == []
    here.clock(D2, "09:00", D3)
    assert here.open("o1", NOBODY_SPECIAL) == accepted
    assert here.files() == [[D2, 1]]
    lines = here.file(D2, 1).splitlines()
    assert lines[0] == f"YQDEPOSITORY|1|YQ01|{D2}|1"
    ymt = here.find("q2", NOBODY_SPECIAL).body["ymt"]
    assert lines[1] == f"R|o1|open|opened||{ymt}|SH:A:A000000001,SZ:A:0100000001"
    assert lines[2] == "R|o2|open|refused|D01_three_accounts||"
    body = "".join(f"{line}\n" for line in lines[:-1]).encode()
    assert lines[-1] == f"END|2|{hashlib.sha256(body).hexdigest()}"


def test_designation_is_confirmed_at_the_close(here: Here) -> None:
    account = here.open("o1", NOBODY_SPECIAL).body["accounts"][0]["account"]
    wish = {"op": "designate", "account": account, "number": NOBODY_SPECIAL.number}
    assert here.ask("d1", **wish).body == {"day": D1}
    assert here.ask("d2", **(wish | {"account": "A000000999"})).code == "D06_no_such_account"
    assert here.ask("d3", **(wish | {"number": ANOTHER.number})).code == "D06_no_such_account"
    assert here.find("q1", NOBODY_SPECIAL).body["accounts"][1]["designated"] == ""
    here.clock(D1, "15:00", D2)
    assert here.find("q2", NOBODY_SPECIAL).body["accounts"][1]["designated"] == "YQ01"
    lines = here.file(D1, 1).splitlines()
    assert [line.split("|")[1:4] for line in lines[1:-1]] == [
        ["o1", "open", "opened"],
        ["d2", "designate", "refused"],
        ["d3", "designate", "refused"],
        ["d1", "designate", "designated"],
    ]
    here.ask("d4", **wish)
    here.clock(D2, "16:00", D3, ended=True)
    assert [day for day, _ in here.files()] == [D2, D1]


def test_who_holds_shares_elsewhere_must_be_let_go_there_first(here: Here) -> None:
    person = whose(DESIGNATED_ELSEWHERE)
    theirs = here.find("q1", person).body["accounts"]
    account = next(one["account"] for one in theirs if one["market"] == "SH")
    wish = {"op": "designate", "account": account, "number": person.number}
    assert here.ask("d1", **wish).code == "D07_designated_elsewhere"
    assert here.office.register.release(account)
    assert here.ask("d2", **wish).result == "accepted_for_day"


def test_a_designation_that_can_t_be_any_more_is_refused_at_the_close(here: Here) -> None:
    account = here.open("o1", NOBODY_SPECIAL).body["accounts"][0]["account"]
    wish = {"op": "designate", "account": account, "number": NOBODY_SPECIAL.number}
    here.ask("d1", firm="ZZ09", **wish)
    here.ask("d1", **wish)
    here.office.vault.change("UPDATE accounts SET positions = 1")
    here.clock(D1, "15:00", D2)
    last = here.file(D1, 1).splitlines()[-2].split("|")
    assert last[1:5] == ["d1", "designate", "refused", "D07_designated_elsewhere"]


def test_a_day_that_was_slept_through_is_made_up_for(here: Here) -> None:
    here.clock(D1, "15:30", D2)
    here.open("o1", NOBODY_SPECIAL)
    here.clock(D3, "10:00", "2026-07-16")
    assert [day for day, _ in here.files()] == [D2]
    assert "R|o1|open|opened" in here.file(D2, 1)


@pytest.mark.parametrize(
    ("faults", "spoilt"), [({"half_file": 1.0}, True), ({"wrong_sum": 1.0}, True), ({}, False)]
)
def test_files_come_broken_where_told(tmp_path: Path, faults: Any, spoilt: bool) -> None:
    here = Here(tmp_path, **faults)
    here.open("o1", NOBODY_SPECIAL)
    here.clock(D1, "15:00", D2)
    lines = here.file(D1, 1).splitlines()
    body = "".join(f"{line}\n" for line in lines[:-1]).encode()
    assert (not lines[-1].endswith(hashlib.sha256(body).hexdigest())) == spoilt
    assert here.ask("f", op="fetch_file", day=D2, version=1).code == "D09_no_such_file"


def test_the_world_s_clock_opens_and_closes_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, demo=True, hours="day", speed=60.0) as world:
            client = await Client.open(world.settings.offices)
            facts = {"name": NOBODY_SPECIAL.name, "number": NOBODY_SPECIAL.number}
            body = {"op": "open", "wanted": BOTH, "unit": "390001", **facts}
            office = world.offices.depository
            for _ in range(10_000):
                if not office.is_open and office.day == D2:
                    break
                await world.advance(0.5)
            client.send(type="ask", firm="YQ01", office="depository", serial="o1", body=body)
            assert (await client.receive())["body"] == {"day": D2}
            for _ in range(10_000):
                if office.is_open:
                    break
                await world.advance(0.5)
            assert (world.floor.trading_day, world.floor.moment.text < "15:00:00") == (D2, True)
            ask = {"op": "list_files"}
            client.send(type="ask", firm="YQ01", office="depository", serial="f", body=ask)
            assert (await client.receive())["body"] == {"days": [[D2, 1]]}

    asyncio.run(story())
