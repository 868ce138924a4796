"""The publisher of lists: a version a day, people of the population and their namesakes on it."""

from __future__ import annotations

import hashlib

from yunquan_world import OfficeFaults
from yunquan_world.offices.lists import ON_A_LIST, Lists, spelled
from yunquan_world.offices.messages import Ask, Outcome
from yunquan_world.population import Population

PEOPLE = Population(7)
D1, D2 = "2026-07-13", "2026-07-14"


def office(**faults: float) -> Lists:
    lists = Lists(7, OfficeFaults(**faults), PEOPLE)
    lists.look_at_clock(D1)
    return lists


def ask(lists: Lists, **body: object) -> Outcome:
    return lists.answer(Ask("YQ01", "lists", "l", body))


def test_a_version_comes_with_each_day_and_never_changes() -> None:
    lists = office()
    assert ask(lists, op="latest").body == {"version": D1}
    first = ask(lists, op="fetch", version=D1).body["data"]
    lists.look_at_clock(D2)
    assert ask(lists, op="latest").body == {"version": D2}
    assert ask(lists, op="fetch", version=D1).body["data"] == first
    second = ask(lists, op="fetch", version=D2).body["data"]
    old, new = set(first.splitlines()[1:-1]), set(second.splitlines()[1:-1])
    assert (len(old - new), len(new - old)) == (1, 1)
    for version in ("2026-07-15", "20260713", "yesterday", ""):
        assert ask(lists, op="fetch", version=version).code == "L01_no_such_version"


def test_the_file_adds_up() -> None:
    *lines, end, _ = ask(office(), op="fetch", version=D1).body["data"].decode().split("\n")
    assert lines[0] == f"YQLIST|1|{D1}"
    digest = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert end == f"END|{len(lines) - 1}|{digest}"
    assert len(lines) > 80


def test_namesakes_are_told_apart_by_what_the_entry_says() -> None:
    lines = ask(office(), op="fetch", version=D1).body["data"].decode().splitlines()
    by_id = {line.split("|")[1]: line.split("|") for line in lines if line.startswith("E")}
    for index, (kind, how) in ON_A_LIST.items():
        person, entry = PEOPLE.person(index), by_id[f"P{index:05d}"]
        assert entry[2] == kind
        assert (entry[6] == person.number) == (how == "number")
        assert (entry[5] == person.birth) == (how in {"number", "birth", "alias", "near name"})
        assert (person.name in (entry[3], *entry[4].split(";"))) == (
            how not in {"transliterated", "near name"}
        )
    assert spelled("林晓舟") == "Lin Xiaozhou"


def test_files_come_late_or_broken_where_told() -> None:
    late = office(late_file=1.0)
    late.look_at_clock(D2)
    assert ask(late, op="latest").body == {"version": D1}
    whole = ask(office(), op="fetch", version=D1).body["data"]
    half = ask(office(half_file=1.0), op="fetch", version=D1).body["data"]
    spoilt = ask(office(wrong_sum=1.0), op="fetch", version=D1).body["data"]
    assert half == whole[: len(whole) // 2]
    assert spoilt[:-2] == whole[:-2]
    assert spoilt != whole
