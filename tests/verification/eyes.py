"""Whoever a test says stands before the camera, and the offices that look at them."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from random import Random
from typing import Any

from tests.verification.fakes import FakePolice, FakeSms
from tests.vision.clip_facts import changed, clip, vector
from yunquan.archive import Archive
from yunquan.cases import Proofs
from yunquan.clients import Sealing
from yunquan.desk import Desk
from yunquan.security import Sm4Vault
from yunquan.verification import Known, Verification, VerificationParts
from yunquan.vision import NoRecogniser, pack_embedding
from yunquan.vision.types import ClipFrame, ClipSource, LivenessClip, LivenessLook

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 20
THEMSELVES, ANOTHER = 1, 4


class Eyes:
    """A camera's worker. seen: who stands there; apart: how far from their face of before."""

    def __init__(self) -> None:
        self.seen = THEMSELVES
        self.apart = 0.0

    def watch(self, film: LivenessClip) -> LivenessLook:
        salt = film.challenge.nonce
        began = Random(salt).uniform(0, 7)

        def look(frame: Any) -> dict[str, object]:
            digest = hashlib.sha256(f"{salt}{frame.index}".encode()).hexdigest()[:32]
            face = vector(self.seen, self.apart) if frame.embedding else ()
            # Nobody holds still twice as they did once.
            sway = frame.roll + round(250 * math.sin(began + frame.index / 9))
            return {"digest": digest, "embedding": face, "roll": sway}

        return changed(clip(film.challenge), look)


def verification_of(desk: Desk, sealing: Sealing, folder: Path, eyes: Any) -> Verification:
    """The office of identity over a brokerage's database."""
    archive = Archive(
        desk.database, folder / "archive", Sm4Vault(b"k" * 16), b"d" * 32, desk.catalogue
    )
    return Verification(
        VerificationParts(
            desk.database, sealing, archive, eyes, FakePolice(), FakeSms(), NoRecogniser()
        )
    )


def proofs_of(desk: Desk, verification: Verification) -> Proofs:
    """Where clients show who they are."""
    return Proofs(desk.database, desk.restrictions, verification)


def proofs_by(desk: Desk, sealing: Sealing, folder: Path, eyes: Any) -> Proofs:
    """The same, with somebody who looks."""
    return proofs_of(desk, verification_of(desk, sealing, folder, eyes))


def enrol(verification: Verification, client: str) -> None:
    """The film that opened their account."""
    drawn = verification.faces.draw(client, with_voice=False)
    known = Known(register=pack_embedding(vector(THEMSELVES)))
    told = verification.faces.judge(
        client, (ClipFrame(0, 0, JPEG),), source_of(drawn.nonce), None, known
    )
    assert told.check.outcome == "pass", told.check.findings


def source_of(nonce: str) -> ClipSource:
    """What an honest browser says."""
    return ClipSource(nonce, "Front Camera", 480, 640, mobile=True)
