"""How strong a link is, how alike two cases are, what the book says of own orders: tables."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.dossier.rules import book
from yunquan.dossier.rules.likeness import likeness
from yunquan.dossier.rules.links import crowded, matched_strength, together
from yunquan.dossier.types import BookFrame, LinkKind, LinkReason


@pytest.mark.parametrize(
    ("matched", "traded", "matches", "strength"),
    [
        (0, 0, 1, 10),
        (100, 10_000, 1, 10),
        (5_000, 10_000, 5, 65),
        (10_000, 10_000, 40, 90),
        (10_000, 0, 2, 10),
    ],
)
def test_matched_trades_say_more_the_larger_their_share(
    matched: int, traded: int, matches: int, strength: int
) -> None:
    assert matched_strength(matched, traded, matches) == strength


@pytest.mark.parametrize(
    ("strength", "users", "left"), [(60, 1, 60), (60, 2, 60), (60, 6, 20), (25, 20, 5), (60, 21, 0)]
)
def test_a_crowd_on_one_device_says_little(strength: int, users: int, left: int) -> None:
    assert crowded(strength, users) == left


def reasons(*strengths: int) -> list[LinkReason]:
    return [LinkReason(LinkKind.DEVICE, one, "") for one in strengths]


def test_reasons_together_leave_less_doubt() -> None:
    assert together([]) == 0
    assert together(reasons(60)) == 60
    assert together(reasons(60, 25)) == 70
    assert together(reasons(100, 25)) == 100


@given(st.lists(st.integers(0, 100), max_size=6))
def test_no_reason_takes_certainty_away(strengths: list[int]) -> None:
    found = together(reasons(*strengths))
    assert max(strengths, default=0) <= found <= 100


@pytest.mark.parametrize(
    ("here", "there", "alike"),
    [
        ({}, {}, 0),
        ({"a": 1.0}, {}, 0),
        ({"a": 2.0}, {"a": 2.0}, 100),
        ({"a": 2.0}, {"a": 1.0}, 50),
        ({"a": 2.0}, {"a": -2.0}, 0),
        ({"a": 0.0}, {"a": 0.0}, 100),
        ({"a": 2.0, "b": 3.0}, {"a": 2.0}, 50),
        ({"a": 2.0, "b": 3.0}, {"a": 1.0, "b": 3.0}, 75),
    ],
)
def test_likeness(here: dict[str, float], there: dict[str, float], alike: int) -> None:
    assert likeness(here, there) == alike
    assert likeness(there, here) == alike


def step(at_ms: int, event: str, order: str = "o1", **detail: Any) -> Any:
    return SimpleNamespace(
        at_ms=at_ms,
        event=event,
        order_id=order,
        detail=msgspec.json.encode(detail).decode(),
        side=1,
        price=10_010,
        qty=300,
    )


def test_own_orders_stand_from_placing_to_their_end() -> None:
    rows = [
        step(1, "order_refused", "o0"),
        step(10, "order_placed"),
        step(12, "orders_routed"),
        step(20, "order_filled", qty=100, closes=False),
        step(25, "order_placed", "o2"),
        step(30, "order_cancelled", qty=200, closes=True, reason="user"),
        step(40, "order_rejected", "o2", code="x"),
    ]
    first, second = book.own_orders(rows)
    assert (first.side, first.price, first.qty, first.end) == ("buy", "10.01", 300, "cancelled")
    assert first.left == ((10, 300), (20, 200), (30, 0))
    assert (second.left, second.end) == (((25, 300), (40, 0)), "rejected")
    assert book.standing_in([first, second], 31, 50) == (second,)
    assert book.standing_in([first, second], 0, 24) == (first,)
    still = book.own_orders(rows[:3])[0]
    assert book.standing_in([still], 900, 1_000) == (still,)


@pytest.mark.parametrize(
    ("times", "holes", "codes"),
    [
        ([], [], ["no_tape"]),
        ([0, 10_000, 20_000, 60_000], [], ["silence"]),
        ([20_000, 30_000, 40_000], [], ["late_start", "early_end"]),
        ([1_000 * n for n in range(60)], [(5_000, 7)], ["hole"]),
        ([1_000 * n for n in range(60)], [], []),
    ],
)
def test_what_is_missing_is_said(
    times: list[int], holes: list[tuple[int, int]], codes: list[str]
) -> None:
    assert [gap[0] for gap in book.gaps_of(times, holes, 0, 60_000)] == codes


@given(st.integers(0, 5_000))
def test_too_many_frames_are_thinned_to_the_last(count: int) -> None:
    frames = [BookFrame(n, "", "1.00", (), ()) for n in range(count)]
    found = book.thinned(frames)
    assert len(found) <= book.MOST_FRAMES + 1
    assert found[-1:] == tuple(frames[-1:])
    assert list(found) == sorted(found, key=lambda one: one.at_ms)
