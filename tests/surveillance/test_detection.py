"""A small day of foes, and of people who only look like them, through a firm's first rules."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from benchmarks.risk.tally import Book
from benchmarks.risk.watch import CLASSES, Found, Roll, Watch
from yunquan_world.foes import KINDS, Scale, World

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
SCALE = Scale(accounts=500, symbols=40, foes=0)
# From the first act of a scheme, which takes its time, to the first alert.
WITHIN = {
    "spoofing": 5 * MINUTE,
    "layering": 2 * MINUTE,
    "ramping": 6 * MINUTE,
    "limit_holding": 20 * MINUTE,
    "open_close": 10 * MINUTE,
    "self_trade": 30 * MINUTE,
    "order_rate": 2 * MINUTE,
    "group_action": 5 * MINUTE,
    "cash_in_out": 3 * HOUR,
    "split_deposits": 2 * HOUR,
    "dormant": 30 * MINUTE,
    "shared_device": HOUR,
    "takeover": 30 * MINUTE,
}
# Whom innocents of a kind look like; layers look like a market maker's quotes.
ALIKE = {kind: "spoofing" if kind == "layering" else kind for kind in KINDS}


@dataclass(frozen=True)
class Small:
    found: Found
    book: Book


@pytest.fixture(scope="module")
def small() -> Small:
    """One strong, undisguised foe of every kind among five hundred accounts with some habits."""
    # Of this seed everybody who looks like a foe happens to be about.
    world, watch = World(1, SCALE), Watch(SCALE, fixed=())
    watch.feed(world.asleep())
    for _ in range(4):
        watch.feed(world.habit().rows)
    day = world.day([(kind, "strong", "plain") for kind in KINDS])
    roll = Roll(day.truths)
    alerts = [roll.judge(one) for one in watch.alerts(day.number, day.rows)]
    found = Found(day.number, roll, alerts, len(day.rows))
    return Small(found, Book([found]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_strong_foe_is_found_in_time(small: Small, kind: str) -> None:
    (name,) = (name for name, (kinds, _) in CLASSES.items() if kind in kinds)
    outcome = small.book.of_ours(name, 0.0).within(small.book.foes((kind,)))
    assert len(outcome.foes) == 1
    assert outcome.recall == 1.0
    assert max(outcome.found.values()) <= WITHIN[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_an_innocent_look_alike_is_left_alone(small: Small, kind: str) -> None:
    alike = [one for one in small.found.roll.truths if one.innocent and one.kind == ALIKE[kind]]
    assert alike, "nobody looks like this"
    told = {
        account
        for judged in small.found.alerts
        if judged.alert.grade >= 3
        for account in (judged.alert.account, judged.alert.other)
    }
    assert [one for one in alike if not told & set(one.accounts)]


def test_days_are_their_seed(small: Small) -> None:
    """The same seed makes the same rows; another makes others."""
    first, again, other = (World(seed, SCALE).habit().rows.tobytes() for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_rows_are_in_order_and_of_the_day(small: Small) -> None:
    day = World(5, SCALE).day([])
    at = day.rows["at_ms"]
    assert (at[1:] >= at[:-1]).all()
    midnight = day.number * 24 * HOUR - 8 * HOUR
    assert at[0] > midnight
    assert at[-1] < midnight + 24 * HOUR
    assert ((at - midnight) // MINUTE == day.rows["minute"]).all()
