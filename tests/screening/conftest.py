"""Screening with a publisher of the test's own, faces of a few numbers, made-up people."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import Any

import pytest

from yunquan.clients import Sealing
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database
from yunquan.screening import Screening, load_rule_rows, make_shortlist
from yunquan.screening.types import Device, Profile, ScreeningResult, Subject
from yunquan.security import Sm4Vault
from yunquan_world import OfficeFaults
from yunquan_world.offices.lists import Lists
from yunquan_world.population import Population

PEOPLE = Population(7)
D1, D2, D3 = "2026-07-13", "2026-07-14", "2026-07-15"
SALARIED = Profile(35, "employee", "salary")
PHONE_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 Safari/604.1"
SIZE = 8


@dataclass
class Publisher:
    """The world's lists, which may be spoilt on the way."""

    version: str = D1
    spoil: Any = None
    office: Lists = field(default_factory=lambda: Lists(7, OfficeFaults(), PEOPLE))

    def latest(self) -> str:
        return self.version

    def fetch(self, version: str) -> bytes:
        body = self.office.file(version)
        return self.spoil(body) if self.spoil else body


def distance(one: bytes, other: bytes) -> int:
    """As vision's, over fewer numbers."""
    shape = f"<{SIZE}f"
    return round(10_000 * math.dist(struct.unpack(shape, one), struct.unpack(shape, other)))


def face(*numbers: float) -> bytes:
    padded = (*numbers, *([0.0] * (SIZE - len(numbers))))
    return struct.pack(f"<{SIZE}f", *padded)


def subject(index: int) -> Subject:
    person = PEOPLE.person(index)
    return Subject(person.name, person.number, person.birth)


def phone(index: int = 0, **changes: Any) -> Device:
    """A device of nobody else's."""
    facts: dict[str, Any] = {
        "device": f"device-{index}",
        "mobile": f"1000{index:07d}",
        "address": f"云渺省澄江市临水区芷兰路{index}号",
        "network": f"10.{index // 250}.{index % 250}.7",
        "user_agent": PHONE_AGENT,
        "touch_points": 5,
        "automated": False,
        "screen_shared": False,
        "sensors": True,
    }
    return Device(**(facts | changes))


class Scene:
    """An office of screening with a list in force."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.publisher = Publisher()
        self.sealing = Sealing(Sm4Vault(b"k" * 16), b"d" * 32)
        self.room = self.another_process()
        self.room.lists.take()

    def another_process(self) -> Screening:
        return Screening(
            self.database,
            self.sealing,
            self.publisher,
            load_rule_rows(),
            distance,
            make_shortlist(distance),
        )

    def screen(
        self,
        index: int,
        owner: str = "",
        profile: Profile = SALARIED,
        device: Device | None = None,
        shown: bytes | None = None,
    ) -> ScreeningResult:
        with self.database.transaction() as tx:
            return self.room.screen(
                tx,
                owner or f"app_{index}",
                subject(index),
                profile,
                device or phone(index),
                shown,
            )

    def load(self, owner: str) -> ScreeningResult:
        with self.database.read() as tx:
            return self.room.load(tx, owner)


@pytest.fixture
def scene(database: Database, clock: ManualClock) -> Scene:
    return Scene(database, clock)
