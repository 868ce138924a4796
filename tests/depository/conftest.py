"""The simulated depository without a line, which fails as told; processes that die where told."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from yunquan.clients import Sealing
from yunquan.depository import Depository, DepositorySocket
from yunquan.depository.types import OpeningState, Person, Wanted
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.offices import BUSY, NO_ANSWER, NOT_SENT, OfficeAnswer, Offices
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.security import Sm4Vault
from yunquan_world import OfficeFaults
from yunquan_world.offices.depository import Depository as Office
from yunquan_world.offices.messages import Ask
from yunquan_world.offices.police import Police
from yunquan_world.population import Population

PEOPLE = Population(7)
D1, D2, D3 = "2026-07-13", "2026-07-14", "2026-07-15"
BOTH = (Wanted("SH"), Wanted("SZ"))
APP = "app_01"


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


class MortalDatabase(Database):
    """A database whose user may die before, inside and after each transaction."""

    fate = Fate()

    @contextmanager
    def transaction(self, actor: str = "system") -> Generator[Tx]:
        self.fate.pass_by()
        with super().transaction(actor) as tx:
            yield tx
            self.fate.pass_by()
        self.fate.pass_by()

    @contextmanager
    def read(self) -> Generator[ReadTx]:
        with super().read() as tx:
            yield tx
        self.fate.pass_by()


class FaultyOffices(Offices):
    """faults: what goes wrong with the next questions, in order.

    lost: done, the answer never comes. down: it never left. busy: not taken. odd: answered with
    what wasn't asked for.
    """

    def __init__(self, office: Office, fate: Fate) -> None:
        super().__init__("unix:/nowhere", "YQ01")
        self.office = office
        self.fate = fate
        self.faults: list[str] = []
        self.asked: list[tuple[str, str]] = []

    def ask(self, office: str, serial: str, body: dict[str, Any]) -> OfficeAnswer:
        fault = self.faults.pop(0) if self.faults else ""
        self.fate.pass_by()
        if fault == "down":
            raise Unavailable(NOT_SENT, office=office)
        if fault == "busy":
            raise Unavailable(BUSY, office=office)
        self.asked.append((serial, body["op"]))
        found = self.office.answer(Ask("YQ01", office, serial, body))
        self.fate.pass_by()
        if fault == "lost":
            raise Unavailable(NO_ANSWER, office=office)
        told = dict(found.body)
        if fault == "odd":
            told["accounts"] = told.get("accounts", [])[:1]
        return OfficeAnswer(found.result, found.code, told)


class Scene:
    """A depository, an office that asks it, and a clock of the world."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.fate = Fate()
        police = Police(folder, "off", PEOPLE)
        self.office = Office(folder, "off", 7, OfficeFaults(), police)
        self.offices = FaultyOffices(self.office, self.fate)
        mortal = MortalDatabase(database.url, database.clock, database.ids)
        mortal.fate = self.fate
        self.database = mortal
        sealing = Sealing(Sm4Vault(b"k" * 16), b"d" * 32)
        line = DepositorySocket(self.offices)
        self.room = Depository(mortal, line, sealing, "YQ01", "390001")
        self.clock(D1, "10:00", D2)

    def clock(self, day: str, minute: str, following: str) -> None:
        self.office.look_at_clock(day, minute, ended=False, following=following)

    def ask(
        self, index: int = 0, serial: str = "o1", owner: str = APP, wanted: Any = BOTH
    ) -> OpeningState:
        with self.database.transaction() as tx:
            return self.room.request_opening(tx, owner, serial, person(index), wanted)

    def update(self, index: int, serial: str = "u1") -> OpeningState:
        with self.database.transaction() as tx:
            return self.room.request_update(tx, APP, serial, person(index))

    def designate(self, number: str, index: int = 0, serial: str = "d1") -> OpeningState:
        with self.database.transaction() as tx:
            return self.room.request_designation(tx, APP, serial, person(index), number)

    def load(self, serial: str = "o1") -> OpeningState:
        with self.database.read() as tx:
            return self.room.load(tx, serial)

    def accounts_in_the_world(self, index: int = 0) -> int:
        """How many sub-accounts this person has at the depository itself."""
        query = "SELECT COUNT(*) FROM accounts JOIN holders USING (ymt) WHERE identity = ?"
        return self.office.vault.row(query, PEOPLE.person(index).number)[0]


def person(index: int) -> Person:
    found = PEOPLE.person(index)
    return Person(found.name, found.number)


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene(database, tmp_path)
