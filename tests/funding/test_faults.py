"""Whatever fails and wherever the process dies: money is neither lost nor doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.funding.conftest import ACCOUNT, CLIENT, FIRM, Crash, Scene
from yunquan.custody import load_differences, take_files
from yunquan.funding import pay_in, pay_out, recover, reverse
from yunquan.funding.store import find_request
from yunquan.funding.types import Transfer, TransferState
from yunquan.kernel.errors import Conflict

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
BANK_FAULTS = ["", "lost", "away", "down", "late", "next_day", "twice"]
UNDONE = {"away", "down", "next_day"}
FILE_FAULTS = ["", "half", "sum", "late_file"]
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
        scene.bank.file_faults.clear()
        scene.counter.faults.clear()

    def ask(self) -> bool:
        """The client asks; whether the process survived."""
        verb = VERBS[self.direction]
        return self._live(verb(self.scene.parts, CLIENT, self.key, ACCOUNT, self.fen))

    def recover(self) -> bool:
        self.scene.clock.advance(20)
        return self._live(recover(self.scene.parts))

    def take_files(self) -> bool:
        self.scene.end_bank_day()
        return self._live(take_files(self.scene.parts, FIRM))

    def reverse(self, transfer: str) -> bool:
        return self._live(reverse(self.scene.parts, "staff:stf_1", transfer, "client asks"))

    def _live(self, life: Any) -> bool:
        try:
            asyncio.run(life)
        except Crash:
            return False
        except Conflict as error:
            assert error.code == "transfer.not_in_doubt"
        return True

    def asked_of_bank(self) -> list[str]:
        """How often the bank was asked to carry this one out."""
        mine = [str(row.id) for row in self.rows()]
        return [
            serial
            for verb, serial in self.scene.bank.calls
            if verb == "transfer" and serial in mine
        ]

    def finish(self) -> Transfer | None:
        """Without further crashes, days pass and files come; None if it never began."""
        self.scene.fate.begin()
        for _ in range(8):
            assert self.recover()
            if all(row.ended_at_ms is not None for row in self.rows()):
                break
            self.scene.end_bank_day()
            self.scene.take_files()
        rows = self.rows()
        return rows[0] if rows else None

    def rows(self) -> list[Transfer]:
        with self.scene.database.read() as tx:
            found = find_request(tx, CLIENT, self.key)
        return [found] if found else []

    def check(self, row: Transfer | None, *, surely: bool = False) -> None:
        """Ended, as the bank has it, and every fen is where that says. surely: nothing failed, so
        it ended as was asked.
        """
        bank_fen, cash_fen = self.before
        moved = 0
        if row is not None:
            assert row.ended_at_ms is not None, row
            posted = row.state is TransferState.POSTED
            assert self.posted or not posted, row
            assert posted or not (surely and self.posted), row
            kept = self.scene.bank.vault.find(FIRM, "firm", str(row.id))
            assert posted == (kept is not None and kept.result == "done"), (row, kept)
            moved = (self.fen if self.direction == "in" else -self.fen) if posted else 0
        assert self.scene.bank.balance_fen == bank_fen - moved
        assert self.scene.cash_fen() == cash_fen + moved
        self.scene.end_bank_day()
        self.scene.bank.file_faults.clear()
        self.scene.take_files()
        with self.scene.database.read() as tx:
            assert load_differences(tx) == []


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
            story.check(story.finish(), surely=survived)
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
        for second in FILE_FAULTS:
            story = Story(scene, name)
            scene.bank.faults, scene.bank.file_faults = [first], [second, "half"]
            assert story.ask()
            row = story.finish()
            story.check(row, surely=first not in UNDONE)
            doubted = first not in ("", "twice", "down") and scene.bank.calls[-1:] != []
            if row and row.bank_asked_at_ms and doubted and name != "out, counter refuses":
                assert row.proof.startswith("file:"), row
            assert len(story.asked_of_bank()) <= 1, "asked once, whatever happens"


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
@pytest.mark.parametrize("name", ["in", "out", "out, bank refuses"])
def test_a_crash_between_every_two_steps_of_a_file(scene: Scene, name: str) -> None:
    place = 0
    while True:
        story = Story(scene, name)
        scene.bank.faults = ["lost"]
        assert story.ask()
        scene.fate.begin(place)
        survived = story.take_files()
        story.check(story.finish(), surely=True)
        if survived:
            break
        place += 1
    assert place > 3, "there is more than one place to die at"


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("name", ["in", "out"])
@pytest.mark.parametrize("first", ["lost", "away", "late", "next_day"])
@pytest.mark.parametrize("second", ["", "lost", "away"])
def test_a_reversal_crosses_whatever_is_on_its_way(
    scene: Scene, name: str, first: str, second: str
) -> None:
    """The bank has done it, has it still to come, or never will; its word on the reversal comes,
    or not. The file has the last word.
    """
    place = 0
    while True:
        story = Story(scene, name)
        scene.bank.faults = [first]
        assert story.ask()
        (doubted,) = story.rows()
        assert doubted.awaits_file
        scene.bank.faults = [second]
        scene.fate.begin(place)
        survived = story.reverse(str(doubted.id))
        row = story.finish()
        story.check(row)
        assert row is not None
        if second in ("", "lost") and survived:
            assert row.code == "transfer.reversed"
        if survived:
            break
        place += 1


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
        files=st.lists(st.sampled_from(FILE_FAULTS), max_size=4),
        counter=st.lists(st.sampled_from(COUNTER_FAULTS), max_size=4),
        lives=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 3)), max_size=4),
    )
    def tangled(
        name: str,
        bank: list[str],
        files: list[str],
        counter: list[str],
        lives: list[tuple[int, int]],
    ) -> None:
        story = Story(scene, name)
        scene.bank.faults, scene.counter.faults = list(bank), list(counter)
        scene.bank.file_faults = list(files)
        for number, (place, days) in enumerate(lives):
            scene.fate.begin(place)
            _ = _turn(story, number)
            if days:
                scene.roll(days)
        story.check(story.finish())

    tangled()


def _turn(story: Story, number: int) -> bool:
    """First the client asks; then it is recovered, a file comes, staff reverse, in turn."""
    if number == 0:
        return story.ask()
    if number == 3 and story.rows():
        return story.reverse(str(story.rows()[0].id))
    return story.take_files() if number == 2 else story.recover()
