"""One-way witness 单向视频见证: a script, a recording of it, a machine's look and a person's."""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.kernel.zone import day_of, in_market_zone
from yunquan.witness import events
from yunquan.witness.ports import WitnessEyes
from yunquan.witness.rules import containers
from yunquan.witness.rules import recordings as rules
from yunquan.witness.rules import script as script_rules
from yunquan.witness.rules.calls import check_review
from yunquan.witness.service.means import Means, refuse
from yunquan.witness.service.recordings import Recordings
from yunquan.witness.store import recordings as store
from yunquan.witness.types import (
    Recording,
    Script,
    ScriptId,
    ScriptShown,
    ScriptState,
    UploadState,
    WitnessFinding,
)

LONGEST_LIST: Final = 100
NOT_LOOKED: Final = WitnessFinding("witness.look.not_looked", "human")
# A recording begun in time may come this long after its script is over: lines are slow.
UPLOAD_GRACE_MS: Final = 3600 * 1000
_CHANCE: Final = 1 << 62
_NONCE_BYTES: Final = 24


class OneWay:
    """eyes: None where no machine looks; a person does in every case."""

    def __init__(self, means: Means, recordings: Recordings, eyes: WitnessEyes | None) -> None:
        self._means = means
        self._recordings = recordings
        self._eyes = eyes

    # --- the applicant's

    def draw(self, tx: Tx, owner: str, locale: str, name: str) -> ScriptShown:
        """The script to read; the open one again while it holds. name: as it is to be said, kept
        nowhere. Raises Conflict witness.already_passed | already_recorded | scripts_many.
        """
        now = tx.now_ms()
        latest = store.latest_script(tx, owner)
        if latest and latest.state is ScriptState.PASSED:
            raise Conflict("witness.already_passed")
        if latest and latest.state in {ScriptState.RECORDED, ScriptState.CHECKED}:
            raise Conflict("witness.already_recorded")
        if latest and latest.state is ScriptState.DRAWN:
            if now < latest.expires_at_ms:
                return self._shown(latest, name)
            store.move_script(tx, latest, ScriptState.EXPIRED)
        limits = self._means.limits(day_of(now))
        midnight = in_market_zone(now).replace(hour=0, minute=0, second=0, microsecond=0)
        since = int(midnight.timestamp() * 1000)
        if store.count_scripts(tx, owner, since) >= limits.scripts_a_day:
            raise Conflict("witness.scripts_many", most=limits.scripts_a_day)
        drawn = self._drawn(tx, owner, locale, now, limits.script_valid_s)
        if not store.insert_script(tx, drawn):
            # Another device drew one at the same moment.
            known = store.open_script(tx, owner)
            if known is None:
                raise Conflict("witness.script_over")
            return self._shown(known, name)
        told = (str(drawn.id), owner, drawn.version, drawn.codes, drawn.expires_at_ms)
        tx.emit(events.ScriptDrawn(*told, tx.actor))
        return self._shown(drawn, name)

    def _drawn(self, tx: Tx, owner: str, locale: str, now: int, valid_s: int) -> Script:
        chance = secrets.randbelow(_CHANCE)
        codes, digits, shortest_s, version = script_rules.draw(
            self._means.policy, day_of(now), chance
        )
        return Script(
            id=tx.ids.new(ScriptId),
            owner=owner,
            version=version,
            locale="en" if locale == "en" else "zh_CN",
            codes=codes,
            digits=digits,
            nonce=secrets.token_urlsafe(_NONCE_BYTES),
            shortest_s=shortest_s,
            drawn_at_ms=now,
            expires_at_ms=now + valid_s * 1000,
            state=ScriptState.DRAWN,
            recording="",
            findings=(),
            reviewed_by="",
        )

    def _shown(self, script: Script, name: str) -> ScriptShown:
        day = day_of(script.drawn_at_ms)
        limits = self._means.limits(day)
        return ScriptShown(
            str(script.id),
            script.nonce,
            script.version,
            script.digits,
            script_rules.said(self._means.policy, script, day, name),
            script.shortest_s,
            limits.longest_s,
            script.expires_at_ms,
            limits.chunk_bytes,
            limits.largest_bytes,
        )

    def begin(self, tx: Tx, owner: str, script: str, nonce: str, media_type: str) -> UploadState:
        """A recording of the script begins; one begun before is given up. Raises NotFound
        witness.script_unknown, Invalid witness.nonce | media_type, Conflict witness.script_over |
        script_expired.
        """
        found = self._load(tx, script)
        if found.owner != owner:
            raise NotFound("witness.script_unknown")
        if not hmac.compare_digest(found.nonce.encode(), nonce.encode()):
            raise Invalid("witness.nonce")
        if found.state is not ScriptState.DRAWN:
            raise Conflict("witness.script_over")
        if tx.now_ms() >= found.expires_at_ms:
            raise Conflict("witness.script_expired")
        return self._recordings.begin(tx, owner, str(found.id), media_type)

    def resume(self, tx: ReadTx, owner: str, who: str) -> UploadState | None:
        """The recording of the open script, to go on with where it stopped."""
        script = store.open_script(tx, owner)
        return self._recordings.latest(tx, str(script.id), who) if script else None

    def finish(self, who: str, recording: str, count: int, sha256: str) -> UploadState:
        """All chunks came. As Recordings.finish; raises Invalid witness.recording_short |
        recording_long | recording_older | length_unknown, Conflict witness.script_over too.
        """
        return self._recordings.finish(
            who, recording, count, sha256, self._examine, self._when_kept
        )

    def _examine(self, recording: Recording, content: bytes) -> int:
        with self._means.database.read() as tx:
            script, now = self._load(tx, recording.of), tx.now_ms()
        self._check_open(script, now)
        length_ms = containers.length_ms(recording.media_type, content)
        longest_s = self._means.limits(day_of(script.drawn_at_ms)).longest_s
        refuse(rules.check_length(script, length_ms, now, longest_s), Invalid)
        return length_ms

    @staticmethod
    def _check_open(script: Script, now: int) -> None:
        if script.state is not ScriptState.DRAWN:
            raise Conflict("witness.script_over")
        if now >= script.expires_at_ms + UPLOAD_GRACE_MS:
            raise Conflict("witness.script_expired")

    def _when_kept(self, tx: Tx, recording: Recording, document: str) -> None:
        del document
        script = self._load(tx, recording.of)
        if (
            not store.move_script(tx, script, ScriptState.RECORDED, recording=recording.id)
            or script.state is not ScriptState.DRAWN
        ):
            raise Conflict("witness.script_over")

    # --- the machine's and the reviewer's

    def to_check(self, tx: ReadTx) -> tuple[str, ...]:
        """Scripts whose recordings no machine has looked at, oldest first."""
        return tuple(str(s.id) for s in store.scripts_in(tx, ScriptState.RECORDED, LONGEST_LIST))

    def check(self, script: str) -> tuple[WitnessFinding, ...]:
        """Have the machine look; once looked at, what it found then. Raises NotFound
        witness.script_unknown, Conflict witness.not_recorded.
        """
        means = self._means
        with means.database.read() as tx:
            found = self._load(tx, script)
            if found.state is not ScriptState.RECORDED:
                return self._found_before(found)
            recording = store.find_recording(tx, found.recording)
            assert recording is not None, "a recorded script has its recording"
            content = means.archive.read(tx, recording.document) if self._eyes else b""
        findings = self._look(found.owner, content, recording.length_ms)
        refused = any(finding.outcome == "refuse" for finding in findings)
        state = ScriptState.FAILED if refused else ScriptState.CHECKED
        told = tuple((finding.code, finding.outcome) for finding in findings)
        with means.database.transaction() as tx:
            kept = [f"{one.code}={one.outcome}={one.second}" for one in findings]
            if store.move_script(tx, found, state, findings=kept):
                tx.emit(events.RecordingChecked(str(found.id), found.owner, told, tx.actor))
        return findings

    def _look(self, owner: str, film: bytes, length_ms: int) -> tuple[WitnessFinding, ...]:
        try:
            return self._eyes.look(owner, film, length_ms) if self._eyes else (NOT_LOOKED,)
        except Unavailable:
            return (NOT_LOOKED,)

    @staticmethod
    def _found_before(script: Script) -> tuple[WitnessFinding, ...]:
        if script.state in {ScriptState.DRAWN, ScriptState.EXPIRED}:
            raise Conflict("witness.not_recorded")
        return findings_of(script)

    def to_review(self, tx: ReadTx, limit: int = LONGEST_LIST) -> tuple[Script, ...]:
        """Scripts a person has to look at, oldest first."""
        found = store.scripts_in(tx, ScriptState.CHECKED, max(1, min(limit, LONGEST_LIST)))
        return tuple(found)

    def newest(self, tx: ReadTx, owner: str) -> Script | None:
        """The script that an application drew last."""
        return store.latest_script(tx, owner)

    def document(self, tx: ReadTx, script: str) -> str:
        """The recording's document; the archive opens it with a reason. "" while there is none."""
        recording = store.find_recording(tx, self._load(tx, script).recording)
        return recording.document if recording else ""

    def review(self, tx: Tx, script: str, verdict: str, reasons: tuple[str, ...]) -> Script:
        """What tx.actor says: "passed", or "failed" with reasons. The same again changes nothing.
        Raises Invalid witness.verdict | reason_*, Conflict witness.not_checked | decided.
        """
        refuse(check_review(verdict, reasons), Invalid)
        found = self._load(tx, script)
        state = ScriptState.PASSED if verdict == "passed" else ScriptState.FAILED
        if found.reviewed_by:
            if (found.state, found.reviewed_by) == (state, tx.actor):
                return found
            raise Conflict("witness.decided")
        if found.state is not ScriptState.CHECKED:
            raise Conflict("witness.not_checked")
        told = [*found.findings, *(f"{reason}=person=-1" for reason in reasons)]
        if not store.move_script(tx, found, state, findings=told, reviewed_by=tx.actor):
            raise Conflict("witness.decided")
        told_event = (str(found.id), found.owner, verdict, reasons, tx.actor)
        tx.emit(events.OneWayReviewed(*told_event))
        if state is ScriptState.PASSED:
            document = self.document(tx, script)
            tx.emit(events.WitnessPassed(str(found.id), found.owner, "one_way", document))
        return self._load(tx, script)

    @staticmethod
    def _load(tx: ReadTx, script: str) -> Script:
        if found := store.find_script(tx, script):
            return found
        raise NotFound("witness.script_unknown")


def findings_of(script: Script) -> tuple[WitnessFinding, ...]:
    """What was found of a script's recording; a person's with outcome "person"."""
    # Those of before films were looked at name no second.
    parts = [(*told.split("="), "-1")[:3] for told in script.findings]
    return tuple(WitnessFinding(code, outcome, int(second)) for code, outcome, second in parts)


def reasons_of(script: Script) -> tuple[str, ...]:
    """Codes of why it did not pass, with texts."""
    return tuple(
        f"witness.reason.{finding.code}" if finding.outcome == "person" else finding.code
        for finding in findings_of(script)
        if finding.outcome in {"person", "refuse"}
    )
