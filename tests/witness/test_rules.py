"""Tables: who takes which way, when the desk is open, how long a wait is, what a recording is."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.witness.conftest import is_weekday, webm
from yunquan.kernel.zone import MARKET_ZONE
from yunquan.witness.rules import containers, policy, recordings, script, waits
from yunquan.witness.types import Chunk, FirmWay, Shift, ShiftId, Way, WitnessApplicant

FOLDER = Path("src/yunquan/witness/rules/tables")
TABLE = tomllib.loads((FOLDER / "policy.toml").read_text(encoding="utf-8"))
SCRIPT = tomllib.loads((FOLDER / "script.toml").read_text(encoding="utf-8"))
POLICY = policy.policy_from(TABLE, SCRIPT)
DAY = "2026-07-13"
LIMITS = policy.limits_on(POLICY, DAY)


@pytest.mark.parametrize(
    ("age", "grade", "class_", "face", "way", "because"),
    [
        (30, "low", "C3", True, Way.ONE_WAY, ("always",)),
        (69, "medium", "C1", True, Way.ONE_WAY, ("always",)),
        (70, "low", "C3", True, Way.TWO_WAY, ("age_at_least",)),
        (30, "high", "C3", True, Way.TWO_WAY, ("risk_grade",)),
        (30, "prohibited", "C3", True, Way.TWO_WAY, ("risk_grade",)),
        (30, "low", "C1-lowest", True, Way.TWO_WAY, ("suitability_class",)),
        (30, "low", "C3", False, Way.TWO_WAY, ("face_not_used",)),
        (
            80,
            "high",
            "C1-lowest",
            False,
            Way.TWO_WAY,
            ("age_at_least", "risk_grade", "suitability_class", "face_not_used"),
        ),
    ],
)
def test_the_way(
    age: int, grade: str, class_: str, face: bool, way: Way, because: tuple[str, ...]
) -> None:
    who = WitnessApplicant(age, grade, class_, face)
    decided = policy.decide_way(POLICY, who, FirmWay.AS_TABLE, DAY)
    assert decided.way is way
    assert decided.reasons == tuple(f"witness.because.{one}" for one in because)


def test_the_firm_may_ask_everyone_and_before_the_table_the_stricter_holds() -> None:
    who = WitnessApplicant(30, "low", "C3", True)
    firm = policy.decide_way(POLICY, who, FirmWay.ALL_TWO_WAY, DAY)
    before = policy.decide_way(POLICY, who, FirmWay.AS_TABLE, "2024-12-31")
    assert (firm.way, firm.reasons) == (Way.TWO_WAY, ("witness.because.firm",))
    assert (before.way, before.reasons) == (Way.TWO_WAY, ("witness.because.no_rule",))


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t["way"].append(dict(t["way"][0])),
        lambda t: t["number"].append(dict(t["number"][0])),
        lambda t: t["way"][0].update(about="mood"),
        lambda t: t["way"][0].update(certainty="?"),
        lambda t: t["way"][0].update(source=""),
        lambda t: t["way"][0].update(way="three_way"),
        lambda t: t["hours"][0].update(spans=["17:00-09:00"]),
        lambda t: t["way"][0].update(effective_from="July"),
    ],
)
def test_a_bad_table_is_refused(change: Change) -> None:
    table = tomllib.loads((FOLDER / "policy.toml").read_text(encoding="utf-8"))
    change(table)
    with pytest.raises(ValueError):  # noqa: PT011
        policy.policy_from(table, SCRIPT)


def at(told: str) -> int:
    return int(datetime.fromisoformat(told).replace(tzinfo=MARKET_ZONE).timestamp() * 1000)


def planned(begin: str, end: str) -> Shift:
    return Shift(ShiftId("wsh_1"), "staff:1", at(begin), at(end), "staff:2")


@pytest.mark.parametrize("now", ["2026-07-13T03:00", "2026-07-18T23:59"])
def test_the_firms_own_hours_hold_on_every_day(now: str) -> None:
    def code(told: str) -> str:
        kept = policy.with_hours(POLICY, policy.spans_of(told))
        return policy.decide_availability(kept, at(now), is_weekday, 1, ()).code

    assert code("") == code("09:00-12:00,13:00-20:00") == "witness.closed"
    assert code("00:00-24:00") == "witness.open"


@pytest.mark.parametrize(
    ("now", "on_duty", "shifts", "code", "opens"),
    [
        ("2026-07-13T09:00", 1, (), "witness.open", ""),
        ("2026-07-13T08:59", 1, (), "witness.closed", "2026-07-13T09:00"),
        ("2026-07-13T20:00", 1, (), "witness.closed", "2026-07-14T09:00"),
        ("2026-07-17T21:00", 0, (), "witness.closed", "2026-07-18T10:00"),
        ("2026-07-13T10:00", 0, (), "witness.no_staff", "2026-07-14T09:00"),
        (
            "2026-07-13T10:00",
            0,
            (("2026-07-13T13:00", "2026-07-13T17:00"),),
            "witness.no_staff",
            "2026-07-13T13:00",
        ),
        # A shift before the hours begins with them; one that runs and brought nobody says nothing.
        (
            "2026-07-13T07:00",
            0,
            (("2026-07-13T08:00", "2026-07-13T12:00"),),
            "witness.closed",
            "2026-07-13T09:00",
        ),
        (
            "2026-07-13T10:00",
            0,
            (("2026-07-13T09:00", "2026-07-13T12:00"),),
            "witness.no_staff",
            "2026-07-14T09:00",
        ),
    ],
)
def test_when_the_desk_is_open(
    now: str, on_duty: int, shifts: tuple[tuple[str, str], ...], code: str, opens: str
) -> None:
    plan = [planned(*shift) for shift in shifts]
    found = policy.decide_availability(POLICY, at(now), is_weekday, on_duty, plan)
    assert (found.code, found.opens_at_ms) == (code, at(opens) if opens else 0)


def test_an_open_desk_looks_at_no_further_day() -> None:
    """Whoever waits asks every few seconds, and others wait for the answer."""
    asked = list[str]()

    def trades(day: str) -> bool:
        asked.append(day)
        return is_weekday(day)

    policy.decide_availability(POLICY, at("2026-07-13T10:00"), trades, 1, ())
    assert asked == ["2026-07-13"]


@pytest.mark.parametrize(
    ("ahead", "on_duty", "free", "least_min", "most_min"),
    [
        (0, 1, 1, 0, 1),
        (0, 1, 0, 3, 6),
        (1, 1, 0, 6, 12),
        (1, 2, 1, 1, 3),
        (4, 2, 0, 7, 15),
        (0, 0, 0, 3, 6),
    ],
)
def test_how_long_somebody_waits(
    ahead: int, on_duty: int, free: int, least_min: int, most_min: int
) -> None:
    wait = waits.expected_wait(ahead, on_duty, free, waits.quartiles([], LIMITS))
    assert (wait.least_s, wait.most_s) == (least_min * 60, most_min * 60)


@given(
    st.lists(st.integers(0, 1800), min_size=5, max_size=50), st.integers(0, 40), st.integers(1, 9)
)
def test_waits_are_ranges_that_grow_with_the_queue(
    lengths: list[int], ahead: int, staff: int
) -> None:
    found = waits.quartiles(lengths, LIMITS)
    assert found[0] <= found[1] <= found[2]
    here = waits.expected_wait(ahead, staff, 0, found)
    behind = waits.expected_wait(ahead + 1, staff, 0, found)
    more_staff = waits.expected_wait(ahead, staff + 1, 0, found)
    assert here.least_s <= here.most_s
    assert here.most_s <= behind.most_s
    assert more_staff.most_s <= here.most_s
    assert here.least_s % 60 == here.most_s % 60 == 0


@given(st.integers(0, (1 << 62) - 1))
def test_every_script_has_its_fixed_sentences_one_drawn_and_four_digits(chance: int) -> None:
    codes, digits, shortest_s, version = script.draw(POLICY, DAY, chance)
    fixed = [row.code for row in script.rows_of(POLICY, DAY, "read", "answer")]
    drawn = {row.code for row in script.rows_of(POLICY, DAY, "draw")}
    assert [code for code in codes if code in fixed] == fixed
    assert len(set(codes) & drawn) == 1
    assert codes[0] == "who"
    assert len(digits) == 4
    assert digits.isdigit()
    assert (shortest_s, version) == (21, "2026-1")


def test_the_newest_script_says_who_why_and_the_risk_in_fewer_words() -> None:
    newest = "2026-11-26"
    codes, digits, shortest_s, version = script.draw(POLICY, newest, 0)
    assert (len(codes), len(digits), shortest_s, version) == (4, 4, 12, "2026-2")
    fixed = script.rows_of(POLICY, newest, "read")
    words = "".join(row.texts["zh_CN"] for row in fixed)
    for said in ("我是{name}", "自愿", "自己使用", "{digits}", "没人", "可能亏损", "风险自担"):
        assert said in words


@pytest.mark.parametrize(("length", "begin"), [(1000, 0), (30_000, 0), (30_000, 60_000)])
def test_the_length_of_a_webm_is_its_blocks(length: int, begin: int) -> None:
    assert containers.length_ms("video/webm", webm(length, begin_ms=begin)) == length


def box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


def mp4(told: int, fragments: tuple[int, ...]) -> bytes:
    """Time in 1/1000 in front, in 1/90000 in the fragments, as phones write."""
    head = box(b"mvhd", bytes(12) + (1000).to_bytes(4) + told.to_bytes(4))
    track = box(b"trak", box(b"mdia", box(b"mdhd", bytes(12) + (90_000).to_bytes(4) + bytes(4))))
    made = box(b"ftyp", b"isom") + box(b"moov", head + track)
    for moment in fragments:
        where = box(b"tfhd", bytes(4) + (1).to_bytes(4))
        when = box(b"tfdt", b"\x01" + bytes(3) + (moment * 90).to_bytes(8))
        made += box(b"moof", box(b"traf", where + when)) + box(b"mdat", bytes(90))
    return made


@pytest.mark.parametrize(
    ("content", "length"),
    [
        (mp4(25_000, ()), 25_000),
        (mp4(0, (0, 1000, 24_000)), 24_000),
        (mp4(0, (5000, 29_000)), 24_000),
        (mp4(0, ()), 0),
        (b"", 0),
        (b"\x00\x00\x00\x01ftyp", 0),
        (b"\x00\x00\x00\x04ftyp", 0),
    ],
)
def test_the_length_of_an_mp4(content: bytes, length: int) -> None:
    assert containers.length_ms("video/mp4", content) == length


@given(st.binary(max_size=400), st.sampled_from(["video/webm", "video/mp4"]), st.integers(0, 300))
def test_a_hostile_file_is_measured_or_given_up_never_a_crash(
    noise: bytes, media_type: str, cut: int
) -> None:
    real = webm(1000) if media_type == "video/webm" else mp4(0, (0, 1000))
    for content in (noise, real[:cut] + noise, real[:cut], noise + real):
        assert containers.length_ms(media_type, content) >= 0


def test_a_chunk_of_the_same_number_is_the_same_or_refused() -> None:
    known = [Chunk(0, "a", 5), Chunk(1, "b", 5)]
    assert recordings.check_room(known, 0, "a", 5, 10) is None
    for number, digest, code in ((0, "c", "chunk_differs"), (2, "c", "recording_large")):
        refused = recordings.check_room(known, number, digest, 5, 10)
        assert refused
        assert refused.code == f"witness.{code}"


def test_every_row_says_where_it_is_from_and_holds_a_day() -> None:
    rows = [*POLICY.ways, *POLICY.numbers, *POLICY.hours, *POLICY.sentences]
    assert all(policy.holds_on(row, row.effective_from) and row.source for row in rows)
    closed = dataclasses.replace(POLICY.ways[0], effective_to=DAY)
    assert not policy.holds_on(closed, DAY)
    day_before = (datetime(2026, 7, 13, tzinfo=UTC) - timedelta(days=1)).date().isoformat()
    assert policy.holds_on(closed, day_before)
