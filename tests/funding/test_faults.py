"""Whatever fails and wherever the process dies: money is neither lost nor doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.funding.conftest import ACCOUNT, CLIENT, HOLDER, Crash, Scene
from yunquan.funding import pay_in, pay_out, recover
from yunquan.funding.store import find_request
from yunquan.funding.types import Transfer, TransferState

AMOUNT = 1_000
TOO_MUCH = 10**8
VERBS: dict[str, Any] = {"in": pay_in, "out": pay_out}
# (direction, amount, whether the bank refuses, whether it ends posted)
STORIES = {
    "in": ("in", AMOUNT, False, True),
    "in, bank refuses": ("in", AMOUNT, True, False),
    "out": ("out", AMOUNT, False, True),
    "out, counter refuses": ("out", TOO_MUCH, False, False),
    "out, bank refuses": ("out", AMOUNT, True, False),
}
BANK_FAULTS = ["", "lost", "away", "late", "twice", "stale"]
COUNTER_FAULTS = ["", "lost", "away"]


class Story:
    """One transfer, driven to its end over crashes; money is counted before and after."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene = scene
        self.direction, self.fen, scene.bank.refuses, self.posted = STORIES[name]
        self.key = scene.key()
        self.before = (scene.bank.balance_fen, scene.cash_fen())
        scene.fate.begin()
        scene.bank.faults.clear()
        scene.counter.faults.clear()

    def ask(self) -> bool:
        """The client asks; whether the process survived."""
        verb = VERBS[self.direction]
        return self._live(verb(self.scene.parts, CLIENT, self.key, ACCOUNT, self.fen))

    def recover(self) -> bool:
        self.scene.clock.advance(5)
        return self._live(recover(self.scene.parts))

    def _live(self, life: Any) -> bool:
        try:
            asyncio.run(life)
        except Crash:
            return False
        return True

    def finish(self) -> Transfer | None:
        """Recover without further crashes until everything has ended; None if never begun."""
        self.scene.fate.begin()
        for _ in range(20):
            assert self.recover()
            if all(row.ended_at_ms is not None for row in self.rows()):
                break
        rows = self.rows()
        return rows[0] if rows else None

    def rows(self) -> list[Transfer]:
        with self.scene.database.read() as tx:
            found = find_request(tx, CLIENT, self.key)
        return [found] if found else []

    def check(self, row: Transfer | None) -> None:
        """Ended as it should, and every fen is where that says."""
        bank_fen, cash_fen = self.before
        moved = 0
        if row is not None:
            wanted = TransferState.POSTED if self.posted else TransferState.REFUSED
            assert row.state is wanted, row
            moved = (self.fen if self.direction == "in" else -self.fen) if self.posted else 0
        assert self.scene.bank.balance_fen == bank_fen - moved
        assert self.scene.cash_fen() == cash_fen + moved


@pytest.mark.parametrize("name", STORIES)
def test_a_crash_between_every_two_steps(scene: Scene, kind: str, name: str) -> None:
    """At every place, with no day, one day and more than the counter remembers going by."""
    for days in (0, 1, 3) if kind == "sqlite" else (3,):
        place = 0
        while True:
            story = Story(scene, name)
            scene.fate.begin(place)
            survived = story.ask()
            if days:
                scene.roll(days)
            story.check(story.finish())
            if survived:
                break
            # The client asks again under the same key: the same transfer, or the first.
            assert story.ask()
            (row,) = story.rows()
            story.check(row)
            place += 1
        assert place > 6, "there is more than one place to die at"


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("name", STORIES)
def test_every_fault_of_the_bank_at_every_call(scene: Scene, name: str) -> None:
    for first in BANK_FAULTS:
        for second in BANK_FAULTS:
            story = Story(scene, name)
            scene.bank.faults = [first, second, "stale"]
            assert story.ask()
            story.check(story.finish())
    assert all(request.holder == HOLDER for request, _ in scene.bank.done.values())


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("name", STORIES)
def test_every_fault_of_the_counter_at_every_call(scene: Scene, name: str) -> None:
    for first in COUNTER_FAULTS:
        for second in COUNTER_FAULTS:
            for days in (0, 3):
                story = Story(scene, name)
                scene.counter.faults = [first, second]
                assert story.ask()
                if days:
                    scene.roll(days)
                story.check(story.finish())


@pytest.mark.parametrize("kind", ["sqlite"])
def test_any_tangle_of_crashes_faults_and_days(new_scene: Callable[[], Scene]) -> None:
    scene = new_scene()

    @settings(
        max_examples=120,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        name=st.sampled_from(sorted(STORIES)),
        bank=st.lists(st.sampled_from(BANK_FAULTS), max_size=6),
        counter=st.lists(st.sampled_from(COUNTER_FAULTS), max_size=4),
        lives=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 3)), max_size=4),
    )
    def tangled(
        name: str, bank: list[str], counter: list[str], lives: list[tuple[int, int]]
    ) -> None:
        story = Story(scene, name)
        scene.bank.faults, scene.counter.faults = list(bank), list(counter)
        for number, (place, days) in enumerate(lives):
            scene.fate.begin(place)
            _ = story.recover() if number else story.ask()
            if days:
                scene.roll(days)
        story.check(story.finish())

    tangled()
