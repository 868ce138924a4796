"""The rule book: histories, races, hostile drafts, and changes while the stream goes on."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.surveillance.stream import Stream, run
from tests.surveillance.test_monitor import MANY, alerts, publish
from yunquan.approvals import agree
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.transaction import Database
from yunquan.rulebook import RuleBook, store
from yunquan.rulebook.types import Condition, RuleState, RuleText


@pytest.fixture
def stream(database: Database, clock: ManualClock) -> Stream:
    return Stream(database, clock)


@pytest.fixture
def book(database: Database, clock: ManualClock) -> RuleBook:
    return RuleBook(database, clock)


def when(least: int) -> RuleText:
    condition = Condition(("order",), f"account.orders.d1 >= {least}")
    return msgspec.structs.replace(MANY, conditions=(condition,), quiet_s=0, most=100_000)


def test_a_rule_published_while_the_stream_goes_on_loses_no_event(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    """Every order is one alert of exactly one version, and counts go on through the change."""
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    book.draft("staff:a", when(1))
    publish(book, MANY.code, 1, "first")
    book.draft("staff:a", when(2))
    stream.wait(1)
    written = threading.Event()

    def orders() -> None:
        for number in range(60):
            stream.order("A1", "600519.SH", 1, 10_000, 100)
            stream.wait(1)
            if number == 20:
                publish(book, MANY.code, 2, "second")
                stream.wait(1)
        written.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(orders)
        while not written.is_set() and not writing.done():
            monitor.step()
        writing.result()
    run(monitor)
    found = alerts(database)
    versions = [one.version for one in found]
    # One alert an order; the first version till the change, the second from there on.
    assert len(found) == 60
    assert versions == sorted(versions)
    assert versions.count(1) == 21
    # What the account did before the change still counts.
    assert [one.values["account.orders.d1"] for one in found] == list(range(1, 61))
    effect = {
        (one.version, one.state): one.batch
        for one in book.history(MANY.code)
        if one.state != RuleState.DRAFT
    }
    assert effect[1, "live"] > 0
    assert effect[2, "live"] >= effect[1, "live"]


def test_a_history_tells_who_did_what_and_when_it_took_effect(
    stream: Stream, book: RuleBook, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    book.draft("staff:a", when(1))
    publish(book, MANY.code, 1)
    waiting = book.history(MANY.code)
    assert [(one.state, one.by, one.batch) for one in waiting] == [
        ("live", "staff:b", 0),
        ("draft", "staff:a", 0),
    ]
    run(monitor)
    live = book.history(MANY.code)[0]
    assert live.batch == 1
    assert live.effect_ms >= live.at_ms


def test_two_drafts_at_the_same_time_are_two_versions(
    stream: Stream, book: RuleBook, database: Database
) -> None:
    together = threading.Barrier(4)

    def draft(number: int) -> int:
        together.wait()
        return book.draft(f"staff:{number}", when(number + 1)).version

    with ThreadPoolExecutor(4) as pool:
        versions = sorted(pool.map(draft, range(4)))
    assert versions == [1, 2, 3, 4]
    # The same author's same text once more is the same draft.
    newest = book.versions_of(MANY.code)[0]
    assert book.draft(newest.by, newest.text) == newest


def test_of_two_publishers_the_second_is_told_that_it_changed(
    stream: Stream, book: RuleBook, database: Database
) -> None:
    for least in (1, 2, 3):
        book.draft("staff:a", when(least))
    publish(book, MANY.code, 1, "first")
    proposals = [
        book.propose("staff:a", f"race-{version}", MANY.code, version, "decision 8")
        for version in (2, 3)
    ]
    agreed = list[Any]()
    for one in proposals:
        with database.transaction("staff:b") as tx:
            agreed.append(agree(tx, one.id))
    together = threading.Barrier(2)

    def carry_out(number: int) -> dict[str, str]:
        together.wait()
        return asyncio.run(book.carry_out("staff:b", agreed[number])).outcome

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(one["surveillance"] for one in pool.map(carry_out, range(2)))
    assert outcomes == ["", "rulebook.moved"]
    states = [one.state for one in book.versions_of(MANY.code)]
    assert states.count(RuleState.LIVE) == 1
    assert states.count(RuleState.RETIRED) == 1


def test_numbers_of_the_kernel_are_given_out_once(stream: Stream, book: RuleBook) -> None:
    codes = [f"test.rule_{number}" for number in range(6)]
    for code in codes:
        book.draft("staff:a", msgspec.structs.replace(when(1), code=code))
    together = threading.Barrier(6)

    def shadow(code: str) -> int:
        together.wait()
        return book.shadow("staff:a", code, 1, "try it").number

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(shadow, codes)) == list(range(6))


def test_a_shadow_ends_by_one_person(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    book.draft("staff:a", when(1))
    with pytest.raises(Invalid, match=r"proposal\.basis"):
        book.shadow("staff:a", MANY.code, 1, "")
    book.shadow("staff:a", MANY.code, 1, "try it")
    stream.wait(1)
    stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    assert book.end_shadow("staff:a", MANY.code, 1, "seen enough").state is RuleState.RETIRED
    stream.wait(1)
    stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    assert len(alerts(database, shadow=True)) == 1
    with pytest.raises(Conflict, match="state"):
        book.end_shadow("staff:a", MANY.code, 1, "again")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": ""}, "code"),
        ({"code": "x" * 61}, "code"),
        ({"code": "../../etc"}, "code"),
        ({"code": "Test.Many"}, "code"),
        ({"kind": "curse"}, "kind"),
        ({"certainty": "sure"}, "certainty"),
        ({"title_en": " "}, "words"),
        ({"title_zh": "字" * 81}, "words"),
        ({"basis": "a\x00b"}, "words"),
        ({"subject": "planet"}, "subject"),
        ({"conditions": ()}, "empty"),
        ({"grade": 5}, "grade"),
        ({"quiet_s": -1}, "range"),
    ],
)
def test_what_stands_around_the_conditions_is_checked(
    stream: Stream, book: RuleBook, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid, match=rf"rulebook\.{code}"):
        book.draft("staff:a", msgspec.structs.replace(MANY, **changes))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 < " * 100_000 + "2", "long"),
        ("not " * 400 + "event.side == buy", "deep"),
        ("(" * 900 + "1" + ")" * 900 + " < 2", ""),
        ("account.horoscope.m5 > 1", "name"),
        ("account.order_amount.m5 > 3", "unit"),
        ("limit.huge > 3", "unit"),
        ("9" * 400 + " > 1", "number"),
        ("[x for x in (1).__class__.__mro__]", "not_allowed"),
        ("exec('x')", "not_allowed"),
        ("account.orders.m5 ＞ 3", "not_allowed"),
        ("", "syntax"),
    ],
)
def test_a_hostile_condition_is_refused_with_its_place(
    stream: Stream, book: RuleBook, text: str, code: str
) -> None:
    good = Condition(("order",), "account.orders.m5 > 1")
    bad = msgspec.structs.replace(MANY, conditions=(good, Condition(("order",), text)), within_s=60)
    with pytest.raises(Invalid, match=rf"rulebook\.{code}") as refused:
        book.draft("staff:a", bad)
    assert (refused.value.facts["part"], refused.value.facts["line"]) == ("step", 2)
    with book.database.read() as tx:
        assert store.versions_of(tx, MANY.code) == []
