"""Somebody is there, now, and is who the card and the register show."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

import msgspec

from yunquan.archive.types import NewDocument
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import ReadTx
from yunquan.verification import store
from yunquan.verification.rules.codes import DAY_MS
from yunquan.verification.service.parts import (
    VerificationParts,
    keep_check,
    limits_on,
    noted,
    open_secret,
    thresholds_on,
)
from yunquan.verification.types import Check, CheckKind, Noted, Outcome
from yunquan.vision import (
    clip_digest,
    distance,
    draw_challenge,
    judge_distance,
    judge_liveness,
    judge_voice,
    pack_embedding,
    pack_voiceprint,
    told_to_applicant,
)
from yunquan.vision.types import (
    Challenge,
    ClipFrame,
    ClipSource,
    Judgement,
    LivenessClip,
    LivenessLook,
    VoiceLook,
)

STEPS: Final = ("turn_left", "turn_right", "nod", "blink", "open_mouth")
DIGITS: Final = "read_digits"
_ORDER: Final = ("pass", "human", "refuse")


class _Secret(msgspec.Struct, frozen=True):
    """face: vector of the clearest frame, voice: voiceprint, both hex, "" without."""

    face: str = ""
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Faces to compare with: of the card, of the register, of the film that opened the account;
    None where there is none.
    """

    card: bytes | None = field(default=None, repr=False)
    register: bytes | None = field(default=None, repr=False)
    enrolled: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What films are made for. tries: row of the limits; within_ms: how far back tries count, 0 for
    ever. actor: who hands them in; source: what made the documents.
    """

    kind: CheckKind
    tries: str
    within_ms: int
    actor: str
    source: str


OPENING: Final = Occasion(CheckKind.FACE, "face_tries", 0, "applicant", "opening")
PROVING: Final = Occasion(CheckKind.PROOF, "proofs_a_day", DAY_MS, "client", "proof")


@dataclass(frozen=True, slots=True)
class FaceOutcome:
    """told: codes the applicant may read. left: tries left."""

    check: Check
    told: tuple[str, ...]
    left: int


class FaceChecks:
    """The office of faces and voices, for one occasion."""

    def __init__(self, parts: VerificationParts, occasion: Occasion = OPENING) -> None:
        self._parts = parts
        self._occasion = occasion

    def draw(self, owner: str, *, with_voice: bool) -> Challenge:
        """A new challenge, to be answered once. Raises Conflict verification.face_tries."""
        kinds = (*STEPS, DIGITS) if with_voice else STEPS
        with self._parts.database.transaction(self._occasion.actor) as tx:
            self._check_tries(tx, owner)
            thresholds = thresholds_on(tx)
            drawn = draw_challenge(secrets.token_bytes(32), tx.now_ms(), thresholds, kinds=kinds)
            store.insert_challenge(tx, drawn.nonce, owner, msgspec.json.encode(drawn).decode())
        return drawn

    def _check_tries(self, tx: ReadTx, owner: str) -> int:
        left = self.tries_left(tx, owner)
        if not left:
            raise Conflict("verification.face_tries")
        return left

    def judge(
        self,
        owner: str,
        frames: tuple[ClipFrame, ...],
        source: ClipSource,
        voice: bytes | None,
        known: Known,
    ) -> FaceOutcome:
        """Judge what came back for a challenge and keep it. Outcome AGAIN while tries are left.

        Raises Conflict verification.challenge_unknown for one used, another's or made up,
        verification.face_tries; Invalid vision.*; Unavailable vision.*.
        """
        parts = self._parts
        with parts.database.transaction(self._occasion.actor) as tx:
            left = self._check_tries(tx, owner) - 1
            body = store.use_challenge(tx, source.nonce, owner)
            if body is None:
                raise Conflict("verification.challenge_unknown")
            earlier, now_ms, limits = store.earlier_clips(tx), tx.now_ms(), thresholds_on(tx)
        challenge = msgspec.json.decode(body, type=Challenge)
        began_ms = now_ms
        look = parts.vision.watch(LivenessClip(challenge, frames, source))
        heard = self._listen(voice) if challenge.digits else None
        judged = judge_liveness(
            look,
            challenge,
            source,
            limits,
            now_ms=now_ms,
            voice=heard,
            earlier=[digest for digest, _ in earlier],
        )
        findings = list(noted(judged.findings))
        if heard is not None:
            voices = [digest for _, digest in earlier if digest]
            spoken = judge_voice(heard, challenge.digits, limits, earlier=voices)
            # A voice keeps nobody out by itself.
            findings += [
                Noted(one.code, "pass" if one.outcome == "pass" else "human", one.facts)
                for one in noted(spoken.findings)
            ]
        face = self._face_of(look, judged)
        if face is not None:
            findings += self._compared(face, known, limits)
        outcome = Outcome(max((one.outcome for one in findings), key=_ORDER.index, default="pass"))
        if outcome is Outcome.REFUSE:
            outcome = Outcome.AGAIN if left else Outcome.HUMAN
        check = self._keep(
            owner, challenge, look, judged, heard, findings, outcome, face, frames, began_ms
        )
        return FaceOutcome(check, self._told(judged, findings), left)

    def _listen(self, voice: bytes | None) -> VoiceLook:
        if not voice:
            return VoiceLook(0)
        heard = self._parts.vision.listen(voice)
        return msgspec.structs.replace(heard, digits=self._parts.ears.digits(voice))

    @staticmethod
    def _face_of(look: LivenessLook, judged: Judgement) -> bytes | None:
        found = next((one for one in look.frames if one.index == judged.best), None)
        return pack_embedding(found.embedding) if found and found.embedding else None

    @staticmethod
    def _compared(face: bytes, known: Known, limits: object) -> list[Noted]:
        """The register's picture decides; without one, the card's."""
        notes = list[Noted]()
        pairs = (
            ("card", known.card),
            ("register", known.register),
            ("enrolled", known.enrolled),
        )
        for name, other in pairs:
            if other is None:
                continue
            (found,) = judge_distance(distance(face, other), limits).findings  # type: ignore[arg-type]
            notes.append(Noted(found.code, found.outcome, {**found.facts, "with": name}))
        if not notes:
            notes.append(Noted("face.nothing_to_compare", "human"))
        return notes

    @staticmethod
    def _told(judged: Judgement, findings: list[Noted]) -> tuple[str, ...]:
        told = told_to_applicant(judged)
        if told:
            return told
        differs = any(one.code == "face.other" for one in findings)
        return ("face.differs",) if differs else ()

    def _keep(
        self,
        owner: str,
        challenge: Challenge,
        look: LivenessLook,
        judged: Judgement,
        heard: VoiceLook | None,
        findings: list[Noted],
        outcome: Outcome,
        face: bytes | None,
        frames: tuple[ClipFrame, ...],
        began_ms: int,
    ) -> Check:
        parts, occasion = self._parts, self._occasion
        record = msgspec.json.encode(
            {
                "challenge": challenge,
                "frames": [msgspec.structs.replace(one, embedding=()) for one in look.frames],
                "findings": [(one.code, one.outcome, one.facts) for one in findings],
            }
        )
        voice = pack_voiceprint(heard.voiceprint).hex() if heard and heard.voiceprint else ""
        best = next((one.jpeg for one in frames if one.index == judged.best), None)
        with parts.database.transaction(self._occasion.actor) as tx:
            day = tx.today()

            def keep(kind: str, media: str, content: bytes) -> str:
                new = NewDocument(kind, owner, kind, media, content, "", day, occasion.source)
                return str(parts.archive.keep(tx, new))

            documents = [keep("liveness", "application/json", record)]
            if best is not None:
                documents.insert(0, keep("face", "image/jpeg", best))
            digest = clip_digest(look.frames) if look.frames else b""
            store.insert_clip(tx, owner, digest, heard.digest if heard else "")
            secret = _Secret(face.hex() if face else "", voice)
            took_ms = tx.now_ms() - began_ms
            return keep_check(
                parts,
                tx,
                owner,
                occasion.kind,
                outcome,
                findings,
                documents,
                secret,
                max(took_ms, 0),
            )

    def vector_of(self, tx: ReadTx, owner: str) -> bytes | None:
        """The face of the last try, for screening; None where there was none."""
        kind = self._occasion.kind
        known = store.newest_check(tx, owner, kind)
        if known is None:
            return None
        text = open_secret(self._parts, known[1], kind, known[2])
        face = msgspec.json.decode(text, type=_Secret).face
        return bytes.fromhex(face) if face else None

    def newest(self, tx: ReadTx, owner: str) -> Check | None:
        """The last try."""
        known = store.newest_check(tx, owner, self._occasion.kind)
        return known[0] if known else None

    def tries_left(self, tx: ReadTx, owner: str) -> int:
        """How many more there are."""
        of = self._occasion
        since_ms = tx.now_ms() - of.within_ms if of.within_ms else 0
        used = store.count_checks(tx, owner, of.kind, since_ms)
        return max(0, limits_on(tx).number(of.tries) - used)
