"""A brokerage of one account: the real counter, a bank that fails as told, crashes where told."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.fixtures_database import NewDatabase
from yunquan.counter import Counters, DirectClient, Driver, Journal
from yunquan.counter.types import OpenAccount, RollDay
from yunquan.custody import take_files
from yunquan.funding import Funding, bind, load_bank_terms
from yunquan.funding.adapters.bank_socket import REFUSALS, answer_of
from yunquan.funding.ports import NOT_SENT
from yunquan.funding.types import BankAnswer, BankRequest, Direction, Transfer
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.transaction import Database
from yunquan.security import Argon2Passwords
from yunquan.security.types import HashParameters
from yunquan_world import messages as world
from yunquan_world.bank_file import half, lying, with_wrong_sum, write_file
from yunquan_world.bank_habits import Habits
from yunquan_world.vault import Vault

ACCOUNT = "6000000001"
CLIENT = "cli_01"
CARD = "6229990000000001"
HOLDER = "林晓舟"
FIRST_DAY = "2026-07-13"
BANK_FEN = 10_000_000
CASH_FEN = 4_000_000
SIMBANK = "simbank"
CHEAP = HashParameters(memory_kib=64, passes=1, lanes=1)
# The terms as they ship, but nobody types passwords here.
TERMS = tuple(replace(row, passwords=()) for row in load_bank_terms())


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


HABITS = Habits(SIMBANK, "", "", single_fen=10**9, password_in=False)
FIRM = "YQ01"
_WAYS = {Direction.IN: "to_broker", Direction.OUT: "to_bank"}


class FaultyBank:
    """The simulated bank's own books, without a line. faults: what goes wrong with the next calls,
    in order; file_faults: with the next files.

    lost: done, the answer never comes. away: nothing is done, and nobody knows. down: it never
    left. late: done after the next call. next_day: arrives when the bank's day is over. twice: the
    request arrives twice. half, sum, late_file: of files; lie is told by the next cut-off.
    """

    code = SIMBANK

    def __init__(self, fate: Fate, folder: Path, habits: Habits = HABITS) -> None:
        self.fate = fate
        self.code = habits.code
        self.vault = Vault(folder / f"{habits.code}.sqlite", "normal", habits)
        self.vault.begin_day(FIRST_DAY)
        self.vault.is_open, self.vault.minute = True, "10:00"
        self.is_up = True
        self.faults: list[str] = []
        self.file_faults: list[str] = []
        self.refuses = False
        self.lies = False
        self.calls: list[tuple[str, str]] = []
        self._late: list[BankRequest] = []
        self._tomorrow: list[BankRequest] = []

    @property
    def day(self) -> str:
        return self.vault.day

    @property
    def balance_fen(self) -> int:
        return self.vault.balance_fen(CARD) or 0

    def open(self, card: str, holder: str, fen: int, password: str = "") -> None:
        self.vault.open_account(world.OpenAccount(card, holder, fen, password), FIRM)

    def end_day(self, following: str) -> None:
        """Cut the day off: its file is made."""
        for waiting in self._late:
            self._carry_out(waiting)
        kept = self.vault.of_day(FIRM, self.day)
        told = lying(kept) if self.lies and kept else kept
        day, self._late = self.day, []
        self.vault.keep_file(FIRM, day, 1, write_file(self.code, FIRM, day, 1, told))
        if told is not kept:
            self.vault.keep_file(FIRM, day, 2, write_file(self.code, FIRM, day, 2, kept))
        self.lies = False
        self.vault.begin_day(following)
        for waiting in self._tomorrow:
            self._carry_out(waiting)
        self._tomorrow = []

    async def transfer(self, request: BankRequest) -> BankAnswer:
        self.calls.append(("transfer", request.serial))
        return await self._call(request, lambda: self._carry_out(request))

    async def reverse(self, serial: str, day: str) -> BankAnswer:
        self.calls.append(("reverse", serial))
        return await self._call(None, lambda: self.vault.reverse(FIRM, serial, day))

    async def sign(self, bank_account: str, holder: str, password: str) -> str:
        self.calls.append(("sign", bank_account))
        fault = self.faults.pop(0) if self.faults else ""
        self.fate.pass_by()
        await asyncio.sleep(0)
        if fault:
            raise Unavailable(NOT_SENT if fault == "down" else "bank.slow")
        code = self.vault.sign(bank_account, holder, password).code
        return REFUSALS[code] if code else ""

    async def list_files(self) -> tuple[tuple[str, int], ...]:
        self.fate.pass_by()
        await asyncio.sleep(0)
        if self.file_faults and self.file_faults[0] == "late_file":
            self.file_faults.pop(0)
            return ()
        return tuple(self.vault.files(FIRM))

    async def fetch_file(self, day: str, version: int) -> bytes:
        self.fate.pass_by()
        await asyncio.sleep(0)
        body = self.vault.file(FIRM, day, version)
        assert body is not None
        fault = self.file_faults.pop(0) if self.file_faults else ""
        return {"half": half, "sum": with_wrong_sum}.get(fault, lambda same: same)(body)

    async def _call(
        self, request: BankRequest | None, act: Callable[[], world.TransferResult]
    ) -> BankAnswer:
        fault = self.faults.pop(0) if self.faults else ""
        self.fate.pass_by()
        await asyncio.sleep(0)
        if fault == "down":
            raise Unavailable(NOT_SENT)
        if fault == "away":
            raise Unavailable("bank.unreachable")
        late, self._late = self._late, []
        answer = None
        if fault == "late" and request is not None:
            self._late.append(request)
        elif fault == "next_day" and request is not None:
            self._tomorrow.append(request)
        else:
            answer = act()
            if fault == "twice":
                answer = act()
        for waiting in late:
            self._carry_out(waiting)
        self.fate.pass_by()
        if answer is None or fault == "lost":
            raise Unavailable("bank.slow")
        return answer_of(msgspec.to_builtins(answer))

    def _carry_out(self, request: BankRequest) -> world.TransferResult:
        told = world.Transfer(
            request.serial,
            _WAYS[request.direction],
            request.bank_account,
            request.holder,
            request.amount_fen if not self.refuses else 10**12,
            request.day,
        )
        return self.vault.transfer(FIRM, told, request.password)


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

    def __init__(self, database: Database, clock: ManualClock, folder: Path) -> None:
        self.database = database
        self.clock = clock
        self.fate = Fate()
        self.bank = FaultyBank(self.fate, folder)
        self.bank.open(CARD, HOLDER, BANK_FEN)
        self.driver = Driver("0", Journal(database, "0"), NoSnapshots(), clock)
        self.driver.open()
        self.counter = FaultyCounter(self.driver, self.fate)
        mortal: Any = MortalDatabase(database, self.fate)
        self.parts = Funding(
            mortal,
            Counters([self.counter]),
            {self.bank.code: self.bank},
            clock,
            Argon2Passwords(CHEAP),
            TERMS,
        )
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

    def end_bank_day(self) -> None:
        """The bank's day is cut off; the next one begins."""
        day = date.fromisoformat(self.bank.day) + timedelta(days=1)
        self.bank.end_day(day.isoformat())

    def take_files(self) -> int:
        """Take what files there are."""
        return asyncio.run(take_files(self.parts, FIRM))

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
def new_scene(
    kind: str, clock: ManualClock, new_database: NewDatabase, tmp_path: Path
) -> Callable[[], Scene]:
    numbers = itertools.count()

    def make() -> Scene:
        folder = tmp_path / f"banks{next(numbers)}"
        folder.mkdir()
        return Scene(without_sync(new_database(kind)), clock, folder)

    return make


@pytest.fixture
def scene(new_scene: Callable[[], Scene]) -> Scene:
    return new_scene()
