"""Alerts side by side, what may be asked for, what was in force."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.backtests import rules
from yunquan.backtests.types import NewBacktest, RuleRef, Told
from yunquan.rulebook.types import RuleChange
from yunquan.surveillance.types import AlertView

NOON_MS = 1_783_915_200_000


def alert(account: str, at_s: int, rule: str = "r", version: int = 1) -> AlertView:
    at_ms = NOON_MS + 1_000 * at_s
    return AlertView(
        "", at_ms, rule, version, "spoofing", 2, False, "account", account, "", "", "", at_ms,
        False, {},
    )  # fmt: skip


def told(words: str) -> list[AlertView]:
    """`A0 B5`: about A at second 0, about B at second 5."""
    return [alert(word[0], int(word[1:])) for word in words.split()]


@pytest.mark.parametrize(
    ("new", "old", "both", "only_new", "only_old"),
    [
        ("", "", [], [], []),
        ("A0", "A0", [(0, 0)], [], []),
        ("A0", "A60", [(0, 0)], [], []),
        ("A0", "A61", [], [0], [0]),
        ("A0", "B0", [], [0], [0]),
        ("A0 A50", "A49", [(1, 0)], [0], []),
        ("A0", "A10 A20", [(0, 0)], [], [1]),
        ("A0 B0 A100", "A101 B9", [(1, 1), (2, 0)], [0], []),
    ],
)
def test_alerts_side_by_side(
    new: str,
    old: str,
    both: list[tuple[int, int]],
    only_new: list[int],
    only_old: list[int],
) -> None:
    found = rules.compare(told(new), told(old), 60_000)
    assert (list(found.both), list(found.new), list(found.old)) == (both, only_new, only_old)


some = st.lists(st.builds(alert, st.sampled_from("AB"), st.integers(0, 300)), max_size=12)


@given(some, some)
def test_each_alert_is_in_one_place(new: list[AlertView], old: list[AlertView]) -> None:
    found = rules.compare(new, old, 60_000)
    assert sorted([*(mine for mine, _ in found.both), *found.new]) == list(range(len(new)))
    assert sorted([*(other for _, other in found.both), *found.old]) == list(range(len(old)))
    assert len(rules.compare(new, new, 60_000).both) == len(new)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"rules": ()}, "backtests.rules"),
        ({"rules": (RuleRef("a", 1),) * 2}, "backtests.rules"),
        ({"from_day": "today"}, "backtests.day"),
        ({"until_day": "2026-13-01"}, "backtests.day"),
        ({"until_day": "2026-07-14"}, "backtests.days"),
        ({"from_day": "2026-07-01"}, "backtests.days"),
        ({"until_day": "2026-07-09"}, "backtests.days"),
        ({"warm_days": -1}, "backtests.warm"),
        ({"warm_days": 99}, "backtests.warm"),
    ],
)
def test_what_may_be_asked_for(changes: dict[str, object], code: str) -> None:
    asked: dict[str, object] = {
        "rules": (RuleRef("a", 1),), "from_day": "2026-07-10", "until_day": "2026-07-13",
        "warm_days": 1,
    } | changes  # fmt: skip
    refused = rules.check_wish(NewBacktest(**asked), "2026-07-13")  # type: ignore[arg-type]
    assert (refused.code if refused else "") == code


def change(step: int, version: int, state: str) -> RuleChange:
    return RuleChange("r", step, version, state, "staff:a", NOON_MS + 1_000 * step, "", 0, 0)


HISTORY = [
    change(*one) for one in ((60, 1, "live"), (50, 1, "retired"), (50, 2, "live"), (10, 1, "live"))
]


@pytest.mark.parametrize(
    ("version", "at_s", "live"),
    [(1, 5, False), (1, 10, True), (1, 49, True), (1, 50, False), (2, 49, False), (2, 55, True)],
)
def test_a_version_is_in_force_from_its_change_on(version: int, at_s: int, live: bool) -> None:
    assert rules.in_force(HISTORY, version, NOON_MS + 1_000 * at_s) is live


def test_likeness_counts_only_what_was_live() -> None:
    recorded = [alert("A", 20), alert("A", 30), alert("B", 55, version=2)]
    # 20 again, 30 not, 40 though nothing is on record, 5 before it was live.
    found = [alert("A", 20), alert("A", 40), alert("A", 5)]
    like = rules.likeness(found, recorded, {("r", 1)}, {"r": HISTORY})
    assert (like.recorded, like.again, like.more) == (2, 1, 1)


def test_outcomes_are_counted() -> None:
    outcomes = {"a": "confirmed", "b": "innocent", "c": "unclear"}
    counted = rules.count_told(["a", "a", "b", "c", "d"], outcomes)
    assert counted == Told(2, 1, 1, 1)
    assert counted.share == pytest.approx(2 / 3)
    assert Told().share is None
