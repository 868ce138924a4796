"""A brokerage of one account: the real counter, a bank that fails as told, crashes where told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fixtures_database import NewDatabase
from yunquan.counter import Counters, DirectClient, Driver, Journal
from yunquan.counter.types import OpenAccount, RollDay
from yunquan.funding import Funding, bind
from yunquan.funding.types import BankAnswer, BankRequest, BankResult, Direction, Transfer
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.transaction import Database

ACCOUNT = "6000000001"
CLIENT = "cli_01"
CARD = "6229990000000001"
HOLDER = "林晓舟"
FIRST_DAY = "2026-07-13"
BANK_FEN = 10_000_000
CASH_FEN = 4_000_000


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Fate:
    """Counts the places where a process may die, and dies at the ones named."""

    crashes: set[int] = field(default_factory=set)
    place: int = 0

    def pass_by(self) -> None:
        place = self.place
        self.place += 1
        if place in self.crashes:
            raise Crash

    def begin(self, *crashes: int) -> None:
        self.place, self.crashes = 0, set(crashes)


class FakeBank:
    """A bank that does each serial once. faults: what goes wrong with the next calls, in order.

    lost: done, the answer never comes. away: nothing is done. late: done after the next call.
    twice: the request arrives twice. stale: a query is answered as if the bank had never heard of
    the serial.
    """

    code = "simbank"

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        self.always_open = True
        self.balance_fen = BANK_FEN
        self.done: dict[str, tuple[BankRequest, BankAnswer]] = {}
        self.faults: list[str] = []
        self.refuses = False
        self.calls: list[tuple[str, str]] = []
        self._late: list[BankRequest] = []

    async def transfer(self, request: BankRequest) -> BankAnswer:
        self.calls.append(("transfer", request.serial))
        return await self._call(request, lambda: self._carry_out(request))

    async def query(self, serial: str) -> BankAnswer:
        self.calls.append(("query", serial))
        return await self._call(None, lambda: self._known(serial))

    async def _call(self, request: BankRequest | None, act: Callable[[], BankAnswer]) -> BankAnswer:
        fault = self.faults.pop(0) if self.faults else ""
        self.fate.pass_by()
        await asyncio.sleep(0)
        if fault == "away":
            raise Unavailable("bank.unreachable")
        late, self._late = self._late, []
        if fault == "late" and request is not None:
            self._late.append(request)
            answer = None
        elif fault == "stale" and request is None:
            answer = BankAnswer(BankResult.UNKNOWN)
        else:
            answer = act()
            if fault == "twice":
                answer = act()
        for waiting in late:
            self._carry_out(waiting)
        self.fate.pass_by()
        if answer is None or fault == "lost":
            raise Unavailable("bank.slow")
        return answer

    def _known(self, serial: str) -> BankAnswer:
        return self.done[serial][1] if serial in self.done else BankAnswer(BankResult.UNKNOWN)

    def _carry_out(self, request: BankRequest) -> BankAnswer:
        if request.serial in self.done:
            first, answer = self.done[request.serial]
            assert first == request, "the same serial with other content"
            return answer
        answer = self._decide(request)
        self.done[request.serial] = (request, answer)
        return answer

    def _decide(self, request: BankRequest) -> BankAnswer:
        serial = f"K{len(self.done) + 1:012d}"
        if request.holder != HOLDER:
            return BankAnswer(BankResult.REFUSED, "bank.holder_mismatch", serial)
        if self.refuses:
            return BankAnswer(BankResult.REFUSED, "bank.limit", serial)
        sign = -1 if request.direction is Direction.IN else 1
        if self.balance_fen + sign * request.amount_fen < 0:
            return BankAnswer(BankResult.REFUSED, "bank.insufficient", serial)
        self.balance_fen += sign * request.amount_fen
        return BankAnswer(BankResult.DONE, bank_serial=serial)


class FaultyCounter:
    """The counter over a line that fails as told: lost (done, no answer), away (not done)."""

    def __init__(self, driver: Driver, fate: Fate) -> None:
        self.fate = fate
        self.inner = DirectClient(driver)
        self.faults: list[str] = []
        self.submitted: list[str] = []

    async def submit(self, command: Any) -> Any:
        fault = self.faults.pop(0) if self.faults else ""
        self.fate.pass_by()
        await asyncio.sleep(0)
        if fault == "away":
            raise Unavailable("counter.unreachable")
        self.submitted.append(command.id)
        answer = await self.inner.submit(command)
        self.fate.pass_by()
        if fault == "lost":
            raise Unavailable("counter.slow")
        return answer

    async def ask(self, query: Any) -> Any:
        await asyncio.sleep(0)
        return await self.inner.ask(query)


class MortalDatabase:
    """The database of a process that may die before, within and after every transaction."""

    def __init__(self, inner: Database, fate: Fate) -> None:
        self.inner = inner
        self.fate = fate

    @contextmanager
    def transaction(self, actor: str = "system") -> Iterator[Any]:
        self.fate.pass_by()
        with self.inner.transaction(actor) as tx:
            yield tx
            self.fate.pass_by()
        self.fate.pass_by()

    def read(self) -> Any:
        return self.inner.read()


class NoSnapshots:
    def save(self, state: Any, seq: int) -> None:
        """Keeps nothing."""

    def load(self, name: str) -> None:
        return None


class Scene:
    """One account with money on both sides."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.fate = Fate()
        self.bank = FakeBank(self.fate)
        self.driver = Driver("0", Journal(database, "0"), NoSnapshots(), clock)
        self.driver.open()
        self.counter = FaultyCounter(self.driver, self.fate)
        mortal: Any = MortalDatabase(database, self.fate)
        self.parts = Funding(mortal, Counters([self.counter]), self.bank, clock)
        self.day = date.fromisoformat(FIRST_DAY)
        self._keys = 0
        self.roll(0)
        self.open_account(ACCOUNT, CARD)
        self.endow(CASH_FEN)

    def open_account(self, account: str, card: str, holder: str = HOLDER) -> None:
        opening = OpenAccount(
            f"t:{account}", account, CLIENT, "ordinary", "CNY", (), (), "2030-01-01"
        )
        assert self.driver.process([opening])[0].accepted
        with self.database.transaction() as tx:
            bind(tx, account, card, holder)

    def endow(self, fen: int) -> None:
        from yunquan.counter.types import Deposit

        assert self.driver.process([Deposit("t:endow", ACCOUNT, fen, "other")])[0].accepted

    def roll(self, days: int = 1) -> None:
        """Let trading days pass; 0 begins the first."""
        for _ in range(max(days, 1)):
            self.day += timedelta(days=1 if days else 0)
            day = self.day.isoformat()
            assert self.driver.process([RollDay(f"day:{day}", day)])[0].accepted

    def key(self) -> str:
        self._keys += 1
        return f"key-{self._keys}"

    def cash_fen(self, account: str = ACCOUNT) -> int:
        cash = self.driver.state.books.clients[account].cash
        return cash.available + cash.settling + cash.frozen + cash.held

    def rows(self) -> list[Transfer]:
        from yunquan.funding import list_transfers

        with self.database.read() as tx:
            return list_transfers(tx, ACCOUNT, None, 100)


def without_sync(database: Database) -> Database:
    """Nobody pulls the plug here: what dies is the process."""
    if database.url.startswith("sqlite"):

        @sa.event.listens_for(database.engine, "connect")
        def _relax(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    return database


@pytest.fixture
def new_scene(kind: str, clock: ManualClock, new_database: NewDatabase) -> Callable[[], Scene]:
    return lambda: Scene(without_sync(new_database(kind)), clock)


@pytest.fixture
def scene(new_scene: Callable[[], Scene]) -> Scene:
    return new_scene()
