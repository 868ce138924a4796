"""A desk on a fresh database, a clock that is moved by hand, and a hash cheap enough for tests."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from tests.fixtures_database import NewDatabase
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.transaction import Database
from yunquan.security import Argon2Passwords, LoginDesk, Sm4Vault, log_in, register_principal
from yunquan.security.events import EVENTS
from yunquan.security.types import (
    HashParameters,
    LoginRequest,
    NewPrincipal,
    PrincipalKind,
    SecurityLimits,
)

GOOD = "correct-Horse-7"
CHEAP = HashParameters(memory_kib=64, passes=1, lanes=1)


@dataclass
class Scene:
    """What the tests of this room talk to."""

    clock: ManualClock
    database: Database
    desk: LoginDesk
    passwords: Argon2Passwords
    limits: SecurityLimits
    subjects: Iterator[int] = field(default_factory=itertools.count)

    def register(self, name: str = "demo", password: str = GOOD) -> Any:
        subject = f"cli_{next(self.subjects):04d}"
        new = NewPrincipal(PrincipalKind.CLIENT, name, "林晓舟", subject)
        with self.database.transaction(actor="system") as tx:
            return register_principal(tx, new, self.passwords.hash_now(password))

    def log_in(self, name: str = "demo", password: str = GOOD, **facts: Any) -> Any:
        facts = {"kind": PrincipalKind.CLIENT, "address": "192.0.2.1", "device": "test"} | facts
        request = LoginRequest(login_name=name, password=password, **facts)
        return asyncio.run(log_in(self.desk, request))

    def events(self, kind: type[msgspec.Struct] | None = None) -> list[Any]:
        codec = EventCodec(EVENTS)
        with self.database.read() as tx:
            records = each_record(tx.connection, "rooms")
            found = [event for record in records for event in codec.decode(record.body)]
        return [event for event in found if kind is None or isinstance(event, kind)]

    def raw_log(self) -> bytes:
        with self.database.read() as tx:
            return b"".join(record.body for record in each_record(tx.connection, "rooms"))


@pytest.fixture(scope="session")
def passwords() -> Iterator[Argon2Passwords]:
    pool = Argon2Passwords(CHEAP, threads=2)
    yield pool
    pool.close()


@pytest.fixture
def new_scene(
    kind: str, clock: ManualClock, new_database: NewDatabase, passwords: Argon2Passwords
) -> Callable[..., Scene]:
    def make(limits: SecurityLimits | None = None) -> Scene:
        limits = limits or SecurityLimits()
        database = new_database(kind)
        desk = LoginDesk(database, passwords, Sm4Vault(b"k" * 16), b"c" * 32, limits)
        return Scene(clock, database, desk, passwords, limits)

    return make


@pytest.fixture
def scene(new_scene: Callable[..., Scene]) -> Scene:
    return new_scene()
