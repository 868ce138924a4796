"""The back office of the simulation: clears days as they end, in processes that die in steps."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

from tests.sim.audit import Audit
from tests.sim.houses import NAME, CounterHouse, PowerCut
from tests.sim.mortal import MortalRooms
from yunquan.clearing import Clearing, NoActions, load_run, perform
from yunquan.clearing.adapters.booking import OVER, booking, closing
from yunquan.clearing.events import DayClosed
from yunquan.clearing.service.runs import due_days
from yunquan.clearing.types import Batch, RunState, Step
from yunquan.counter import Journal
from yunquan.counter.events import DayEnded, codec
from yunquan.kernel import log
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.events import EventCodec
from yunquan.market import load_rule_book

RULES = load_rule_book()
LOOK_EVERY_S = 1.0
# In a hundred transactions, of which a day end has some forty, each with three places to die at.
ODDS = 0.01


class Booker:
    """Books at the counter while it runs; the process may die just before or after."""

    def __init__(self, house: CounterHouse, rooms: MortalRooms) -> None:
        self._house = house
        self._rooms = rooms

    def book(self, batch: Batch) -> None:
        self._rooms.pass_by()
        answer = self._ask(booking(batch))
        self._rooms.pass_by()
        if answer.code:
            raise Conflict(answer.code, **answer.facts)

    def close(self, _counter: str, day: str) -> None:
        answer = self._ask(closing(day))
        if answer.code and answer.code not in OVER:
            raise Conflict(answer.code, **answer.facts)

    def _ask(self, command: Any) -> Any:
        if not self._house.alive:
            raise Unavailable("counter.unreachable")
        try:
            (answer,) = self._house.driver.process([command])
        except PowerCut:
            # The counter's end, not ours.
            raise Unavailable("counter.unreachable") from None
        return answer


class BackOffice:
    """had: how often what happened. cleared: days, in the order in which they were."""

    def __init__(self, seed: int, house: CounterHouse, audit: Audit, folder: Path) -> None:
        self.chance = random.Random(f"{seed}:back office")
        self.house = house
        self.audit = audit
        self.folder = folder / "clearing"
        self.had: Counter[str] = Counter()
        self.cleared: list[str] = []
        self.odds = ODDS
        self.office = self._another()

    def _another(self) -> Clearing:
        """A process that starts: it has the logs and what is on disk."""
        self.rooms = MortalRooms(self.audit.rooms, self.chance, self.odds)
        journals = {NAME: Journal(self.house.database, NAME)}
        rooms: Any = self.rooms
        booker = Booker(self.house, self.rooms)
        return Clearing(rooms, journals, booker, NoActions(), RULES, self.folder, closes_tries=1)

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.2, 2.0) * LOOK_EVERY_S)
            try:
                self._clear_due()
            except PowerCut:
                self.had["killed in a day end"] += 1
                self.office = self._another()
            except Unavailable:
                self.had["day end waited"] += 1

    def _clear_due(self) -> None:
        for day in due_days(self.office):
            for step in Step:
                perform(self.office, day, step)
            self.cleared.append(day)
            self._check_again(day)

    def _check_again(self, day: str) -> None:
        """Every step once more, in a process that starts: nothing is booked, nothing differs."""
        before = (self._proved(day), self.house.driver.journal.next_seq)
        odds, self.odds = self.odds, 0.0
        again = self._another()
        for step in Step:
            if self.house.alive or step is not Step.CLOSE:
                detail = again.do(day, step)
                if step is Step.PROVE:
                    self.audit.expect(detail == before[0][0], f"{day} proved {detail}, {before}")
        after = (self._proved(day), self.house.driver.journal.next_seq)
        self.audit.expect(before == after, f"{day} cleared again: {before}, then {after}")
        self.odds = odds
        self.office = self._another()

    def _proved(self, day: str) -> tuple[dict[str, Any], int]:
        with self.audit.rooms.read() as tx:
            steps = load_run(tx, day).steps
            head = log.read_head(tx.connection, "rooms")
        found = next(one for one in steps if one.step is Step.PROVE)
        return found.detail, head.next_seq

    # At the end.

    def ended(self) -> list[str]:
        """The days that the counter has ended, in order."""
        reader = codec()
        with self.house.database.read() as tx:
            return [
                event.day
                for record in log.each_record(tx.connection, f"counter-{NAME}", 1)
                for event in reader.decode(record.body)
                if type(event) is DayEnded
            ]

    def check(self) -> None:
        """Every day that ended was closed, in its order, and said so once."""
        days = self.ended()
        assert days == sorted(set(days)), days
        reader = EventCodec((DayClosed,))
        with self.audit.rooms.read() as tx:
            runs = [load_run(tx, day) for day in days]
            said = [
                event.day
                for record in log.each_record(tx.connection, "rooms", 1)
                if b"clearing.day_closed@1" in record.body
                for event in reader.decode(record.body)
            ]
        assert [one.state for one in runs] == [RunState.DONE] * len(days), runs
        assert said == days, f"{said} were closed, {days} ended"
