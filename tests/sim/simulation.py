"""One simulation: so many trading days of a brokerage in one process on a fake clock, all drawn
from one seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sim.audit import Audit
from tests.sim.back_office import BackOffice
from tests.sim.houses import (
    FIRST_DAYS,
    CounterHouse,
    ExchangeHouse,
    PowerCut,
    open_database,
    rejecting,
)
from tests.sim.market_operator import Operator
from tests.sim.people import Person
from tests.sim.staff import Staff
from tests.sim.trouble import Trouble
from tests.sim.virtual_time import LoopClock, VirtualLoop
from tests.sim.waiting import WaitingRoom
from yunquan.counter import SocketClient
from yunquan_world.faults import Faults

# Longer than the longest downtime and a whole day after it, a rehearsal, or a calendar run out.
LONGEST_DAY_S = 400.0


class SimulationFailed(Exception):
    """What must hold did not. The text names the seed, which is all there is to say about it."""


@dataclass(frozen=True)
class Story:
    """How it went. log_hash: the head of the log, over all of its bytes. virtual_s: time that
    passed in it. late, auctions: fills after hours and in calls. waited: orders that were kept for
    a later phase and went out. turned: fills of shares that were sold on the day of purchase.
    """

    seed: int
    days: int
    log_hash: str
    events: int
    commands: int
    fills: int
    repeats: int
    tries: int
    starts: int
    reloads: int
    virtual_s: float
    troubles: Counter[str]
    refusals: Counter[str]
    kinds: Counter[str]
    late: int
    auctions: int
    waited: int
    turned: int


def simulate(
    seed: int, days: int, people: int = 14, tell: Callable[[str], None] = lambda _line: None
) -> Story:
    """Play `days` trading days. Raises SimulationFailed with the first thing that did not hold."""
    # Short: sockets have short names.
    folder = Path(tempfile.mkdtemp(prefix="yq-sim-", dir=_fast_folder()))
    loop = VirtualLoop()
    unexpected: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: unexpected.append(context))
    quiet = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with rejecting(random.Random(f"{seed}:rejects"), 0.02):
            return loop.run_until_complete(
                _play(loop, folder, seed, days, people, tell, unexpected)
            )
    finally:
        logging.disable(quiet)
        with contextlib.suppress(Exception):
            _close(loop)
        shutil.rmtree(folder, ignore_errors=True)


def _fast_folder() -> str | None:
    """Memory, where the machine has a folder of it."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _close(loop: VirtualLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


async def _play(
    loop: VirtualLoop,
    folder: Path,
    seed: int,
    days: int,
    people: int,
    tell: Callable[[str], None],
    unexpected: list[dict[str, Any]],
) -> Story:
    chance = random.Random(seed)
    clock = LoopClock(loop)
    house = CounterHouse(folder, clock)
    faults = _faults(chance)
    first, quota = chance.choice(FIRST_DAYS), chance.choice((0, 0, 12, 40))
    exchange = ExchangeHouse(folder, seed, faults, first, quota)
    audit = Audit(house, exchange.record, open_database(folder / "rooms.db", clock))
    await exchange.start()
    listed = exchange.world.floor.instruments.values()
    audit.books.warned = {one.symbol for one in listed if one.risk_warned}
    await house.start()
    client = SocketClient(house.address)
    await client.start()
    trouble = Trouble(seed, house, exchange, audit)
    persons = [Person(number, seed, client, house, exchange, audit) for number in range(people)]
    staff = Staff(seed, client, house, exchange, audit)
    operator = Operator(seed, house, exchange, audit)
    tasks = [asyncio.create_task(exchange.run(house)), asyncio.create_task(trouble.go_on())]
    tasks += [asyncio.create_task(person.live()) for person in persons]
    tasks += [asyncio.create_task(staff.work()), asyncio.create_task(operator.work())]
    waiting = WaitingRoom(seed, house, exchange, audit, client)
    tasks.append(asyncio.create_task(waiting.live_on([one.account for one in persons])))
    back = BackOffice(seed, house, audit, folder)
    processes = [
        asyncio.create_task(work) for work in (waiting.hear(), waiting.watch(), back.work())
    ]
    watch = _Watch(seed, audit, [*tasks, *processes], unexpected)
    for day in range(1, days + 1):
        await watch.until(lambda: len(audit.days) > day, f"day {day} never ended")  # noqa: B023
        tell(
            f"day {audit.days[-1]}: {house.driver.journal.next_seq - 1} events,"
            f" {audit.books.fills} fills,"
            f" {sum(trouble.had.values())} troubles, counter started {house.starts} times"
        )
        if day == days - 1 or days == 1:
            # The last day is a quiet one: what is still open then must come to its end.
            tasks[1].cancel()
            await trouble.repair()
    audit.closing = True
    await watch.until(
        lambda: all(task.done() for task in tasks[2:]), "somebody never got an answer"
    )
    await watch.until(lambda: len(audit.days) > days + 1, "the last day never ended")
    await watch.until(lambda: len(back.cleared) > days, "a day was never cleared")
    for process in processes:
        process.cancel()
    try:
        log_hash = audit.close()
        back.check()
        waiting.check()
    except AssertionError:
        audit.fail(traceback.format_exc())
    watch.check()
    await client.close()
    house.kill()
    exchange.kill()
    return Story(
        seed,
        days,
        log_hash,
        house.driver.journal.next_seq - 1,
        len(audit._answers),
        audit.books.fills,
        audit.repeats,
        audit.tries,
        house.starts,
        house.reloads,
        loop.time(),
        trouble.had + staff.had + operator.had + waiting.had + back.had,
        audit.codes,
        audit.kinds,
        audit.conduct.late,
        audit.conduct.auctions,
        audit.books.waited,
        audit.books.turned,
    )


def _faults(chance: random.Random) -> Faults:
    """How bad the line to this exchange is."""
    return Faults(
        drop=chance.choice((0.0, 0.01, 0.05)),
        repeat=chance.choice((0.0, 0.02, 0.1)),
        reorder=chance.choice((0.0, 0.03, 0.15)),
        disconnect=chance.choice((0.0, 0.001, 0.004)),
        latency_ms=chance.choice(((0.0, 0.0), (5.0, 30.0), (5.0, 400.0))),
    )


@dataclass
class _Watch:
    """Waits for something in virtual time, and for nothing any more once something is wrong."""

    seed: int
    audit: Audit
    tasks: list[asyncio.Task[None]]
    unexpected: list[dict[str, Any]]

    async def until(self, holds: Callable[[], bool], otherwise: str) -> None:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + LONGEST_DAY_S
        while not holds():
            self.check()
            if loop.time() > deadline_s:
                self.audit.fail(f"{otherwise}: {self.audit.house.told()}")
                self.check()
            await asyncio.sleep(0.1)

    def check(self) -> None:
        """Raises SimulationFailed for anything found wrong so far."""
        for context in self.unexpected:
            error = context.get("exception")
            # Python 3.11's streams complain of sessions that were cancelled.
            if not isinstance(error, PowerCut | asyncio.CancelledError):
                lines = traceback.format_exception(error) if error else [str(context)]
                self.audit.fail("".join(lines))
        for task in self.tasks:
            if task.done() and not task.cancelled() and (error := task.exception()):
                self.audit.fail("".join(traceback.format_exception(error)))
        if self.audit.failed.is_set():
            days = len(self.audit.days)
            raise SimulationFailed(
                f"seed {self.seed} failed after {days} midnights\n{self.audit.failure}"
            )
