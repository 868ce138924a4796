"""Police and carrier over the real socket of a world, its faults included."""

from __future__ import annotations

import asyncio
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from tests.world.client import running
from yunquan.kernel.errors import Conflict, Invalid, Unavailable
from yunquan.kernel.offices import Offices
from yunquan.verification import PoliceSocket, SmsSocket
from yunquan.verification.types import PoliceResult, SmsState
from yunquan_world import OfficeFaults, World
from yunquan_world.population import Population

T = TypeVar("T")
PERSON = Population(7).person(0)
FACTS = {"code": "123456", "minutes": "5"}


def with_world(folder: Path, what: Callable[[World, Offices], T], **options: Any) -> T:
    """Run something that waits, in a thread beside a world."""

    async def story() -> T:
        async with running(folder, **options) as world:
            offices = Offices(world.settings.offices, "YQ01", 2.0)
            return await asyncio.to_thread(what, world, offices)

    return asyncio.run(story())


def test_police_and_carrier_answer(tmp_path: Path) -> None:
    def what(world: World, offices: Offices) -> None:
        police, sms = PoliceSocket(offices), SmsSocket(offices)
        world.offices.police.population.person(0)
        found = police.check("p1", PERSON.name, PERSON.number)
        assert (found.result, found.code, found.photo) == (PoliceResult.MATCH, "", None)
        other = police.check("p2", "别人", PERSON.number)
        assert other.result is PoliceResult.MISMATCH
        assert (other.code, other.mismatch) == ("police.name_differs", "name")
        assert sms.send("m1", PERSON.mobile, "opening_code", FACTS).state is SmsState.ACCEPTED
        assert sms.receipt("m1").state in {SmsState.PENDING, SmsState.DELIVERED}
        assert sms.receipt("m0").code == "sms.never_sent"
        refused = sms.send("m2", PERSON.mobile, "opening_code", FACTS)
        assert (refused.state, refused.code) == (SmsState.REFUSED, "sms.too_often")
        with pytest.raises(Conflict, match=r"office\.serial_reused"):
            police.check("p1", "别人", PERSON.number)
        with pytest.raises(Invalid, match=r"office\.malformed"):
            sms.send("m3", "12", "opening_code", FACTS)
        with pytest.raises(Invalid, match=r"office\.malformed"):
            police.check("p 3", PERSON.name, PERSON.number)
        with pytest.raises(Invalid, match=r"office\.malformed"):
            police.check("p4", "名" * 400_000, PERSON.number)

    with_world(tmp_path, what)


@pytest.mark.parametrize(
    ("faults", "code", "done"),
    [
        (OfficeFaults(refuse=1.0), "office.busy", False),
        (OfficeFaults(disconnect=1.0), "office.no_answer", None),
    ],
)
def test_a_fault_says_whether_anything_was_done(
    tmp_path: Path, faults: OfficeFaults, code: str, done: bool | None
) -> None:
    def what(world: World, offices: Offices) -> None:
        sms = SmsSocket(offices)
        for n in range(6):
            with pytest.raises(Unavailable, match=code):
                sms.send(f"m{n}", f"1000000100{n}", "opening_code", FACTS)

    with_world(tmp_path, what, office_faults=faults)


def test_an_answer_that_is_lost_is_the_same_when_asked_again(tmp_path: Path) -> None:
    """A hundred messages over a line that loses, breaks and repeats: each goes out once."""

    def what(world: World, offices: Offices) -> int:
        sms = SmsSocket(offices)
        repeats = 0
        for n in range(40):
            while True:
                try:
                    receipt = sms.send(f"m{n}", f"100000002{n:02d}", "opening_code", FACTS)
                    break
                except Unavailable:
                    repeats += 1
            assert receipt.state is SmsState.ACCEPTED
        return repeats

    faults = OfficeFaults(disconnect=0.3, refuse=0.2, repeat_answer=0.3)
    assert with_world(tmp_path, what, office_faults=faults) > 5


def test_a_silent_office_is_no_answer_and_an_absent_one_not_sent(tmp_path: Path) -> None:
    def what(world: World, offices: Offices) -> None:
        hasty = Offices(world.settings.offices, "YQ01", 0.05)
        with pytest.raises(Unavailable, match=r"office\.no_answer"):
            PoliceSocket(hasty).check("p1", PERSON.name, PERSON.number)

    with_world(tmp_path, what, office_faults=OfficeFaults(lose_answer=1.0))
    for address in (f"unix:{tmp_path}/nowhere.sock", "tcp:127.0.0.1:1", "nonsense"):
        with pytest.raises(Unavailable, match=r"office\.not_sent"):
            PoliceSocket(Offices(address, "YQ01")).check("p1", PERSON.name, PERSON.number)


@pytest.fixture
def liar() -> Iterator[Callable[[bytes], Offices]]:
    """An office that says whatever it is given."""
    with tempfile.TemporaryDirectory(prefix="yqo") as folder:
        servers: list[socket.socket] = []

        def start(says: bytes) -> Offices:
            place = f"{folder}/{len(servers)}.sock"
            server = socket.socket(socket.AF_UNIX)
            servers.append(server)
            server.bind(place)
            server.listen()

            def talk() -> None:
                line, _ = server.accept()
                with line:
                    line.recv(1 << 16)
                    line.sendall(says)

            threading.Thread(target=talk, daemon=True).start()
            return Offices(f"unix:{place}", "YQ01", 2.0)

        yield start
        for server in servers:
            server.close()


def framed(**message: Any) -> bytes:
    body = msgspec.msgpack.encode(message)
    return struct.pack(">I", len(body)) + body


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"\x00\x00",
        struct.pack(">I", 1 << 30),
        struct.pack(">I", 3) + b"\xc1\xc1\xc1",
        framed(type="answer"),
        framed(kind="answer"),
        framed(type="answer", office="police", serial="other", result="match", code="", body={}),
        framed(type="answer", office="police", serial="p1", result="match", code="", body=[]),
        framed(type="answer", office="police", serial="p1", result="maybe", code="", body={}),
        framed(type="answer", office="police", serial="p1", result="match", code="P99", body={}),
        framed(type="heartbeat"),
    ],
)
def test_what_can_t_be_read_is_no_answer(liar: Callable[[bytes], Offices], says: bytes) -> None:
    with pytest.raises(Unavailable, match=r"office\.no_answer"):
        PoliceSocket(liar(says)).check("p1", PERSON.name, PERSON.number)


def test_an_answer_never_prints_what_it_says(liar: Callable[[bytes], Offices]) -> None:
    body = {"photo": b"secret", "photo_on": "2021-05-10"}
    says = framed(type="answer", office="police", serial="p1", result="match", code="", body=body)
    raw = liar(says).ask("police", "p1", {})
    assert "secret" not in repr(raw)
    found = PoliceSocket(liar(says)).check("p1", PERSON.name, PERSON.number)
    assert found.photo == b"secret"
    assert "secret" not in repr(found)
