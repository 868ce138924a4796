"""The police's register: name and number together, and its picture."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from yunquan.archive.types import NewDocument
from yunquan.kernel.clock import to_ms
from yunquan.kernel.transaction import ReadTx
from yunquan.verification import store
from yunquan.verification.service.parts import (
    VerificationParts,
    keep_check,
    open_secret,
    thresholds_on,
)
from yunquan.verification.types import Check, CheckKind, Noted, Outcome, PoliceResult
from yunquan.vision import judge_quality, pack_embedding

_OUTCOMES: Final = {
    PoliceResult.MATCH: Outcome.PASS,
    PoliceResult.MISMATCH: Outcome.AGAIN,
    PoliceResult.NOT_FOUND: Outcome.HUMAN,
    PoliceResult.CANCELLED: Outcome.REFUSE,
}


class _Secret(msgspec.Struct, frozen=True):
    """asked: digest of name and number. face: vector of the register's picture, hex."""

    asked: str
    face: str = ""


class PoliceChecks:
    """The office of identity checks."""

    def __init__(self, parts: VerificationParts) -> None:
        self._parts = parts

    def check(self, owner: str, name: str, id_number: str) -> Check:
        """Ask about a name and a number; what was asked before is not asked again. Raises
        Unavailable office.*: ask later, nothing is lost.
        """
        asked = _asked(owner, name, id_number)
        with self._parts.database.read() as tx:
            known = store.newest_check(tx, owner, CheckKind.POLICE)
            if known and self._secret(known[1], known[2]).asked == asked:
                return known[0]
            thresholds = thresholds_on(tx)
        began_ms = to_ms(self._parts.database.clock.now())
        answer = self._parts.police.check(f"pol-{asked}", name, id_number)
        face, notes = "", list[Noted]()
        outcome = _OUTCOMES[answer.result]
        if answer.code:
            notes.append(Noted(answer.code, outcome.value, {"mismatch": answer.mismatch}))
        if answer.photo:
            look = self._parts.vision.look_at_face(answer.photo)
            if judge_quality(look, "register", thresholds).outcome != Outcome.REFUSE:
                face = pack_embedding(look.embedding).hex()
            else:
                notes.append(Noted("police.photo_unusable", Outcome.PASS))
        else:
            notes.append(Noted("police.no_photo", Outcome.PASS))
        with self._parts.database.transaction("system") as tx:
            documents = list[str]()
            if answer.photo:
                media = "image/png" if answer.photo.startswith(b"\x89PNG") else "image/jpeg"
                new = NewDocument(
                    "outside_answer", owner, "police", media, answer.photo, "", tx.today(), "police"
                )
                documents.append(str(self._parts.archive.keep(tx, new)))
            took_ms = tx.now_ms() - began_ms
            secret = _Secret(asked, face)
            return keep_check(
                self._parts,
                tx,
                owner,
                CheckKind.POLICE,
                outcome,
                notes,
                documents,
                secret,
                took_ms,
            )

    def face_of(self, tx: ReadTx, owner: str, name: str, id_number: str) -> bytes | None:
        """Vector of the register's picture of this very name and number, whatever else was asked
        since; None without a usable one.
        """
        for _, sealed, sealed_for in store.checks_sealed(tx, owner, CheckKind.POLICE):
            secret = self._secret(sealed, sealed_for)
            if secret.asked == _asked(sealed_for, name, id_number):
                return bytes.fromhex(secret.face) if secret.face else None
        return None

    def _secret(self, sealed: bytes, owner: str) -> _Secret:
        text = open_secret(self._parts, sealed, CheckKind.POLICE, owner)
        return msgspec.json.decode(text, type=_Secret)


def _asked(owner: str, name: str, id_number: str) -> str:
    return hashlib.sha256(f"{owner}\n{name}\n{id_number}".encode()).hexdigest()[:32]
