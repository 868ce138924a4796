"""How long an applicant waits for screening: their face beside a hundred thousand, their name
beside a list of fifty thousand, and all of it at once. Faces are drawn, nobody's.
"""

from __future__ import annotations

import math
import random
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.rows import Row, percentile, row
from yunquan.app.migrations import migrate
from yunquan.clients import Sealing
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.screening import Screening, load_rule_rows, make_shortlist
from yunquan.screening.rules.names import NameIndex, matches
from yunquan.screening.rules.rows import DayRows
from yunquan.screening.types import Device, ListEntry, ListKind, Profile, Subject
from yunquan.security import Sm4Vault

SIZE = 128
DAY = "2026-07-13"
_HAN = "林陈沈顾祁岑周苏陆温叶江许谢方袁姜俞宋柳晓念知以南书清若舒景言意远安和禾舟澄霁岚泓芷砚栖沅"
_LATIN = ("Arvid", "Tomasz", "Ilse", "Rafael", "Norrholt", "Wielki", "Brandt", "Ostrovsky", "Linde")


class NoLists:
    """A publisher that has none."""

    def latest(self) -> str:
        return ""

    def fetch(self, version: str) -> bytes:
        return b""


def distance(one: bytes, other: bytes) -> int:
    """As vision measures it."""
    shape = f"<{SIZE}f"
    return round(10_000 * math.dist(struct.unpack(shape, one), struct.unpack(shape, other)))


def some_face(draw: random.Random) -> bytes:
    numbers = [draw.gauss(0, 1) for _ in range(SIZE)]
    length = math.hypot(*numbers)
    return struct.pack(f"<{SIZE}f", *(number / length for number in numbers))


def some_name(draw: random.Random) -> str:
    if draw.random() < 0.5:
        return "".join(draw.choice(_HAN) for _ in range(3))
    return " ".join(draw.choice(_LATIN) + draw.choice("abcdefgh") for _ in range(2))


def somebody(draw: random.Random, number: int) -> Subject:
    name = "".join(draw.choice(_HAN) for _ in range(3))
    return Subject(name, f"9901011990{number:08d}", "1990-03-07")


def entries(count: int, draw: random.Random) -> Iterator[ListEntry]:
    for number in range(count):
        aliases = (some_name(draw), some_name(draw))
        yield ListEntry(
            f"E{number}", ListKind.SANCTIONS, some_name(draw), aliases, "1960", "", "XX"
        )


def timed(act: Callable[[int], object], rounds: int) -> list[float]:
    """Milliseconds of each round."""
    found: list[float] = []
    for number in range(rounds):
        began = time.perf_counter()
        act(number)
        found.append((time.perf_counter() - began) * 1000)
    return found


def bench(*, quick: bool) -> list[Row]:
    """p99 in milliseconds on one thread."""
    draw = random.Random(7)
    return [*of_faces(draw, quick=quick), *of_names(draw, quick=quick)]


def of_faces(draw: random.Random, *, quick: bool) -> list[Row]:
    count, rounds = (500, 5) if quick else (100_000, 200)
    with tempfile.TemporaryDirectory(prefix="yqb") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'rooms.db'}", SystemClock())
        migrate(database.engine)
        room = _room(database)
        _fill(database, room, draw, count)
        room = _room(database)
        began = time.perf_counter()
        assert room.faces.warm() == count
        warm_s = time.perf_counter() - began
        near = timed(lambda _: room.faces.twins("app_x", some_face(draw), 4500), rounds)

        def screen(number: int) -> None:
            device = Device(f"d{number}", f"1{number:010d}", f"street {number}")
            with database.transaction() as tx:
                who = somebody(draw, number)
                face = some_face(draw)
                room.screen(tx, f"app_{number}", who, Profile(35), device, face)

        whole = timed(screen, rounds)
        database.dispose()
    size = f"{count:,} faces of {SIZE} numbers"
    return [
        row(
            "screening.twins_ms",
            percentile(near, 0.99),
            "ms p99",
            size=size,
            limit="<= 200",
            note="the nearest 16 by one product of a matrix of 51 MB, then opened and measured;"
            " memory reads at 10 GB/s would take 5 ms",
        ),
        row(
            "screening.screen_ms",
            percentile(whole, 0.99),
            "ms p99",
            size=size,
            limit="<= 200",
            note="marks, counts, face, grade, one durable transaction",
        ),
        row(
            "screening.warm_s",
            warm_s,
            "s",
            size=size,
            limit="<= 30",
            note="once a process: every face is unsealed (SM4-GCM) into memory",
        ),
    ]


def _room(database: Database) -> Screening:
    sealing = Sealing(Sm4Vault(b"k" * 16), b"d" * 32)
    rows = load_rule_rows()
    return Screening(database, sealing, NoLists(), rows, distance, make_shortlist(distance))


def _fill(database: Database, room: Screening, draw: random.Random, count: int) -> None:
    for begin in range(0, count, 5000):
        with database.transaction() as tx:
            for number in range(begin, min(begin + 5000, count)):
                room.faces.keep(tx, f"cli_{number}", some_face(draw))


def of_names(draw: random.Random, *, quick: bool) -> list[Row]:
    count, rounds = (200, 20) if quick else (50_000, 500)
    began = time.perf_counter()
    index = NameIndex(entries(count, draw))
    built_s = time.perf_counter() - began
    rows = DayRows(load_rule_rows(), DAY)
    found = timed(lambda number: matches(somebody(draw, number), index, rows), rounds)
    size = f"{count:,} entries of 3 names"
    return [
        row(
            "screening.names_ms",
            percentile(found, 0.99),
            "ms p99",
            size=size,
            limit="<= 100",
            note="characters, sound and spelling; candidates by shared keys",
        ),
        row(
            "screening.index_s",
            built_s,
            "s",
            size=size,
            limit="<= 30",
            note="once a process and list",
        ),
    ]
