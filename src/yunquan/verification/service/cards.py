"""Both sides of an ID card: read, judged, kept; what was read waits for its holder's yes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from yunquan.archive.types import NewDocument
from yunquan.clients.types import WITHOUT_END
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.verification import store
from yunquan.verification.service.parts import (
    VerificationParts,
    keep_check,
    limits_on,
    noted,
    open_secret,
    thresholds_on,
)
from yunquan.verification.types import Check, CheckKind, Holder, Noted, Outcome
from yunquan.vision import judge_card, judge_quality, pack_embedding
from yunquan.vision.types import CardJudgement, CardReading

SIDES: Final = ("front", "back")
_SEX: Final = {"男": "M", "女": "F"}


class _Secret(msgspec.Struct, frozen=True):
    """reading: without the portrait. face: vector of the portrait, hex, "" without a usable one."""

    side: str
    reading: CardReading
    face: str = ""


class CardChecks:
    """The office of ID cards."""

    def __init__(self, parts: VerificationParts) -> None:
        self._parts = parts

    def read(self, owner: str, side: str, image: bytes) -> Check:
        """Read one side, the front first. AGAIN: another picture is wanted, the findings say why.

        Raises Invalid vision.* for what is no picture, verification.side; Conflict
        verification.front_first, verification.card_tries; Unavailable vision.*.
        """
        if side not in SIDES:
            raise Invalid("verification.side")
        parts = self._parts
        with parts.database.read() as tx:
            used = store.count_checks(tx, owner, CheckKind.CARD)
            if used >= limits_on(tx).number("card_tries"):
                raise Conflict("verification.card_tries")
            known = self._secrets(tx, owner)
            front = known["front"].reading if "front" in known else None
            thresholds, day = thresholds_on(tx), tx.today()
        if side == "back" and front is None:
            raise Conflict("verification.front_first")
        began_ms = to_ms(parts.database.clock.now())
        reading = parts.vision.read_card(image, side)
        face = self._face_of(reading)
        bare = msgspec.structs.replace(reading, portrait=b"")
        first = bare if side == "front" else front
        assert first is not None
        back = bare if side == "back" else known["back"].reading if "back" in known else None
        judged = judge_card(first, back, date.fromisoformat(day), thresholds)
        findings = list(noted(judged.findings))
        if first.found and not (face if side == "front" else known["front"].face):
            findings.append(Noted("vision.card_portrait", Outcome.HUMAN.value))
        with parts.database.transaction("applicant") as tx:
            media = "image/png" if image.startswith(b"\x89PNG") else "image/jpeg"
            documents = list[str]()
            if media == "image/png" or image.startswith(b"\xff\xd8\xff"):
                new = NewDocument("id_card", owner, f"id_{side}", media, image, "", day, "opening")
                documents.append(str(parts.archive.keep(tx, new)))
            secret = _Secret(side, bare, face)
            took_ms = max(0, tx.now_ms() - began_ms)
            outcome = Outcome(judged.outcome)
            return keep_check(
                parts, tx, owner, CheckKind.CARD, outcome, findings, documents, secret, took_ms
            )

    def _face_of(self, reading: CardReading) -> str:
        if not reading.portrait:
            return ""
        look = self._parts.vision.look_at_face(reading.portrait)
        with self._parts.database.read() as tx:
            judged = judge_quality(look, "card", thresholds_on(tx))
        if judged.outcome == Outcome.REFUSE or not look.embedding:
            return ""
        return pack_embedding(look.embedding).hex()

    def _secrets(self, tx: ReadTx, owner: str) -> dict[str, _Secret]:
        """The newest good reading of each side."""
        found: dict[str, _Secret] = {}
        for check, sealed, sealed_for in store.checks_sealed(tx, owner, CheckKind.CARD):
            text = open_secret(self._parts, sealed, CheckKind.CARD, sealed_for)
            secret = msgspec.json.decode(text, type=_Secret)
            if check.outcome is not Outcome.AGAIN and secret.side not in found:
                found[secret.side] = secret
        return found

    def _readings(self, tx: ReadTx, owner: str) -> dict[str, CardReading]:
        return {side: one.reading for side, one in self._secrets(tx, owner).items()}

    def sides(self, owner: str) -> tuple[str, ...]:
        """Sides that were read."""
        with self._parts.database.read() as tx:
            found = self._readings(tx, owner)
        return tuple(side for side in SIDES if side in found)

    def judgement(self, owner: str) -> CardJudgement | None:
        """Both sides judged together, None before there are two."""
        with self._parts.database.read() as tx:
            found, thresholds = self._readings(tx, owner), thresholds_on(tx)
            day = date.fromisoformat(tx.today())
        if len(found) < len(SIDES):
            return None
        return judge_card(found["front"], found["back"], day, thresholds)

    def confirm(self, owner: str, told: Mapping[str, str]) -> CardJudgement:
        """What the holder says their card says, judged as the machine's own reading is, and kept.
        told: by field, as on the card. Raises Conflict verification.front_first.
        """
        parts = self._parts
        with parts.database.read() as tx:
            found, thresholds = self._readings(tx, owner), thresholds_on(tx)
            day = date.fromisoformat(tx.today())
        if len(found) < len(SIDES):
            raise Conflict("verification.front_first")
        judged = judge_card(found["front"], found["back"], day, thresholds, told)
        outcome = Outcome(judged.outcome)
        with parts.database.transaction("applicant") as tx:
            secret = _Secret("told", found["front"])
            notes = noted(judged.findings)
            keep_check(parts, tx, owner, CheckKind.CARD, outcome, notes, (), secret, 0)
        return judged

    def holder(self, owner: str) -> Holder | None:
        """Who the card says its holder is, None before both sides were read."""
        judged = self.judgement(owner)
        return holder_of(judged) if judged else None

    def face_of(self, tx: ReadTx, owner: str) -> bytes | None:
        """Vector of the portrait, None without a usable one."""
        front = self._secrets(tx, owner).get("front")
        return bytes.fromhex(front.face) if front and front.face else None

    def start_over(self, tx: Tx, owner: str) -> None:
        """What was read before counts no more: staff want new pictures."""
        store.void_checks(tx, owner, CheckKind.CARD)


def holder_of(judged: CardJudgement) -> Holder:
    """The fields as the house keeps them; "" for what can't be made out."""
    number = judged.text("number")
    return Holder(
        name=judged.text("name"),
        id_number=number,
        sex=_SEX.get(judged.text("sex"), ""),
        nation=judged.text("nation"),
        birth=_day(judged.text("birth")),
        address=judged.text("address"),
        issuer=judged.text("issuer"),
        valid_from=_day(judged.text("since")),
        valid_until=_day(judged.text("until")),
    )


def told_by(holder: Holder) -> dict[str, str]:
    """The fields as a card has them."""
    days = {"birth": holder.birth, "since": holder.valid_from, "until": holder.valid_until}
    written = {name: day.replace("-", "") for name, day in days.items()}
    if holder.valid_until == WITHOUT_END:
        written["until"] = "长期"
    sexes = {code: word for word, code in _SEX.items()}
    return written | {
        "name": holder.name,
        "number": holder.id_number,
        "sex": sexes.get(holder.sex, ""),
        "nation": holder.nation,
        "address": holder.address,
        "issuer": holder.issuer,
    }


def _day(text: str) -> str:
    if text == "长期":
        return WITHOUT_END
    if len(text) != 8 or not text.isdigit():
        return ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"
