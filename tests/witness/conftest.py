"""An office of the witness over both kinds of database, and recordings made byte by byte."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from yunquan.app.locale import catalogue
from yunquan.archive import Archive
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database
from yunquan.security import Sm4Vault
from yunquan.witness import Witness, WitnessEyes
from yunquan.witness.types import FirmWay, ScriptShown, UploadState, WitnessFinding

KEY, DIGEST_KEY = b"k" * 16, b"d" * 32
OWNER, OTHER = "app_1", "app_2"
ME = "applicant:app_1"
HEAD, STAFF, STAFF2 = "staff:stf_head", "staff:stf_1", "staff:stf_2"
STEPS = ("identity_shown", "own_will", "nobody_promised", "risk_understood", "for_own_use")
JPEG = b"\xff\xd8\xff\xe0 a still"


def element(kind: int, content: bytes, *, unknown: bool = False) -> bytes:
    head = kind.to_bytes((kind.bit_length() + 7) // 8)
    size = b"\x01" + b"\xff" * 7 if unknown else (len(content) | 1 << 56).to_bytes(8)
    return head + size + content


def webm(length_ms: int, seed: int = 1, *, begin_ms: int = 0, bare: bool = False) -> bytes:
    """As browsers write it: segment and clusters without sizes, a block every 100 ms."""
    chance = random.Random(seed)
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3)))
    head = element(0x1A45DFA3, b"\x42\x82\x84webm") + element(0x18538067, info, unknown=True)
    made = b"" if bare else head
    for cluster in range(begin_ms, begin_ms + length_ms + 1, 5000):
        blocks = element(0xE7, cluster.to_bytes(4))
        for at in range(0, min(5000, begin_ms + length_ms + 1 - cluster), 100):
            blocks += element(0xA3, b"\x81" + at.to_bytes(2) + b"\x00" + chance.randbytes(400))
        made += element(0x1F43B675, blocks, unknown=True)
    return made


def pieces(content: bytes, size: int = 8000) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def whole(parts: Sequence[bytes]) -> str:
    return sha("".join(sha(part) for part in parts).encode())


class Eyes:
    """Sees what the test says."""

    def __init__(self, told: tuple[WitnessFinding, ...] | Exception) -> None:
        self.told = told
        self.looked_at: list[tuple[str, bytes, int]] = []

    def look(self, owner: str, film: bytes, length_ms: int) -> tuple[WitnessFinding, ...]:
        self.looked_at.append((owner, film, length_ms))
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


def is_weekday(day: str) -> bool:
    return date.fromisoformat(day).weekday() < 5


def make_witness(
    database: Database,
    folder: Path,
    eyes: WitnessEyes | None = None,
    firm: FirmWay = FirmWay.AS_TABLE,
    *,
    always_open: bool = False,
) -> Witness:
    """always_open: for tests on the machine's clock."""
    vault = Sm4Vault(KEY)
    archive = Archive(database, folder / "archive", vault, DIGEST_KEY, catalogue())
    return Witness(
        database,
        archive,
        folder / "witness",
        vault,
        is_weekday,
        eyes=eyes,
        firm=firm,
        hours=((0, 24 * 60),) if always_open else (),
    )


@pytest.fixture
def witness(database: Database, tmp_path: Path) -> Witness:
    return make_witness(database, tmp_path)


def draw(witness: Witness, owner: str = OWNER, locale: str = "zh_CN") -> ScriptShown:
    with witness.database.transaction(actor=f"applicant:{owner}") as tx:
        return witness.one_way.draw(tx, owner, locale, "林晓舟")


def begin(witness: Witness, script: ScriptShown, owner: str = OWNER) -> UploadState:
    with witness.database.transaction(actor=f"applicant:{owner}") as tx:
        return witness.one_way.begin(
            tx, owner, script.script, script.nonce, "video/webm;codecs=vp8,opus"
        )


def send(witness: Witness, recording: str, parts: Sequence[bytes], who: str = ME) -> None:
    for number, part in enumerate(parts):
        witness.recordings.put(who, recording, number, sha(part), part)


def record(
    witness: Witness, clock: ManualClock, owner: str = OWNER, *, seed: int = 1
) -> ScriptShown:
    """A whole one-way recording, kept."""
    who = f"applicant:{owner}"
    script = draw(witness, owner)
    upload = begin(witness, script, owner)
    clock.advance(40)
    parts = pieces(webm(30_000, seed))
    send(witness, upload.recording, parts, who)
    witness.one_way.finish(who, upload.recording, len(parts), whole(parts))
    return script


def on_duty(witness: Witness, *staff: str) -> None:
    with witness.database.transaction(actor=HEAD) as tx:
        for one in staff:
            witness.duty.permit(tx, one)
    for one in staff:
        with witness.database.transaction(actor=one) as tx:
            witness.duty.sign_on(tx, one)
