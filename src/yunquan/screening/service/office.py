"""Screening somebody: lists, devices, counts, faces, and the grade of all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from yunquan.clients import Sealing
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.screening import events, store
from yunquan.screening.ports import Distance, ListSource, Shortlist
from yunquan.screening.rules import devices, grades, names
from yunquan.screening.rules.lists import entry_digest
from yunquan.screening.rules.rows import DayRows
from yunquan.screening.service.faces import Faces
from yunquan.screening.service.watchlists import Watchlists
from yunquan.screening.types import (
    CountRule,
    Device,
    FaceTwin,
    Hit,
    HitId,
    HitState,
    Mark,
    Match,
    Profile,
    RuleRows,
    ScreeningResult,
    Subject,
)

LONGEST_LIST: Final = 100
_SHORTEST_WHY, _LONGEST_WHY = 4, 400


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A subject and a profile as they are sealed."""

    subject: Subject
    profile: Profile


@dataclass(frozen=True, slots=True)
class _Found:
    """What screening has found besides the lists."""

    marks: list[Mark]
    twins: tuple[FaceTwin, ...]


class Screening:
    """The office of lists, marks and grades. distance: of two faces, `vision.rules.faces.distance`;
    shortlist: picks the few of many faces that distance is asked about.
    """

    def __init__(
        self,
        database: Database,
        sealing: Sealing,
        source: ListSource,
        rows: RuleRows,
        distance: Distance,
        shortlist: Shortlist,
    ) -> None:
        self._database = database
        self._sealing = sealing
        self._rows = rows
        self.lists = Watchlists(database, source)
        self.faces = Faces(database, sealing.vault, distance, shortlist)

    def screen(
        self,
        tx: Tx,
        owner: str,
        subject: Subject,
        profile: Profile,
        device: Device,
        face: bytes | None = None,
    ) -> ScreeningResult:
        """Screen somebody, and keep what it came to. Again is another look with what is known by
        then; the same things of the same owner count once.

        Raises Invalid screening.no_face.
        """
        rows = self._of_today(tx)
        secret = msgspec.json.encode(_Kept(subject, profile)).decode()
        store.keep_subject(tx, owner, self._sealing.vault.seal(secret, f"screening:{owner}"))
        marks = devices.marks_of(device, rows)
        marks += devices.count_marks(self._count(tx, owner, subject, device, rows))
        twins: tuple[FaceTwin, ...] = ()
        if face is not None:
            self.faces.keep(tx, owner, face)
            twins = self.faces.twins(owner, face, rows.number("face_twin_at"))
        return self._judge(tx, owner, _Kept(subject, profile), _Found(marks, twins), rows)

    def screen_again(self, tx: Tx, owner: str) -> ScreeningResult:
        """Look at somebody anew: with the list in force, and with the hits as they are decided.
        Marks and faces stay as they were found. Raises NotFound screening.unknown.
        """
        kept, before = store.lock_subject(tx, owner), store.latest_result(tx, owner)
        if before is None or kept is None:
            raise NotFound("screening.unknown", owner=owner[:40])
        secret = self._sealing.vault.open(kept.sealed, f"screening:{kept.sealed_for}")
        subject = msgspec.json.decode(secret, type=_Kept)
        found = _Found(list(before.marks), before.twins)
        return self._judge(tx, owner, subject, found, self._of_today(tx))

    def screen_everybody(self, after: str = "", limit: int = LONGEST_LIST) -> tuple[int, str]:
        """Look at the next so many anew, after a new list; how many, and where to go on ("" once
        everybody was). Each in a transaction of their own: a crash repeats at most one.
        """
        with self._database.read() as tx:
            owners = store.owners(tx, after, min(limit, LONGEST_LIST))
        for owner in owners:
            with self._database.transaction() as tx:
                self.screen_again(tx, owner)
        return len(owners), owners[-1] if owners else ""

    # What it is made of.

    def _of_today(self, tx: ReadTx) -> DayRows:
        return DayRows(self._rows, tx.today())

    def _count(
        self, tx: Tx, owner: str, subject: Subject, device: Device, rows: DayRows
    ) -> dict[CountRule, int]:
        key = self._sealing.digest_key
        person = devices.digest_of(key, "person", subject.id_number.upper())
        things = devices.shared_things(subject, device)
        digests = {what: devices.digest_of(key, what, value) for what, value in things.items()}
        for what, digest in digests.items():
            store.note_seen(tx, what, digest, owner, person)
        counted: dict[CountRule, int] = {}
        for rule in rows.counts:
            if rule.what in digests:
                since_ms = tx.now_ms() - rule.window_s * 1000
                most = max(rule.human_at, rule.refuse_at) + 1
                asked = (rule.what, digests[rule.what], rule.counts)
                counted[rule] = store.count_seen(tx, *asked, since_ms, most)
        return counted

    def _judge(
        self, tx: Tx, owner: str, kept: _Kept, found: _Found, rows: DayRows
    ) -> ScreeningResult:
        version, index = self.lists.in_force(tx)
        matches = names.matches(kept.subject, index, rows)
        store.drop_open_hits(tx, owner, [match.entry.id for match in matches])
        for match in matches:
            self._note_hit(tx, owner, match, version)
        hits = store.hits_of(tx, owner)
        assessed = grades.assess(kept.profile, hits, rows)
        verdict = grades.decide(assessed, hits, found.marks, found.twins, rows)
        result = ScreeningResult(
            owner,
            verdict,
            grades.TOLD[verdict],
            assessed.grade,
            assessed.score,
            assessed.reasons,
            tuple(found.marks),
            tuple(hits),
            found.twins,
            version,
            tx.now_ms(),
        )
        store.insert_result(tx, result)
        codes = [one.code for one in (*found.marks, *assessed.reasons)]
        facts = (owner, verdict.value, assessed.grade.value, assessed.score)
        tx.emit(events.Screened(*facts, codes, version))
        return result

    def _note_hit(self, tx: Tx, owner: str, match: Match, version: str) -> None:
        """A hit that was judged stays judged while its entry says the same."""
        entry, digest = match.entry, entry_digest(match.entry)
        known = store.judged_digest(tx, owner, entry.id)
        if known is not None and known[1] == digest:
            return
        hit_id = HitId(known[0]) if known else tx.ids.new(HitId)
        hit = Hit(
            hit_id,
            owner,
            entry.kind,
            entry.id,
            entry.name,
            version,
            match.score,
            match.reasons,
            HitState.OPEN,
            "",
            "",
            tx.now_ms(),
            0,
        )
        store.save_hit(tx, hit, digest)
        facts = (str(hit_id), owner, entry.kind.value, entry.id, match.score, version)
        tx.emit(events.HitFound(*facts))

    # What people decide.

    def clear_hit(self, tx: Tx, hit: str, why: str) -> Hit:
        """tx.actor says that it is somebody else 误命中. Raises NotFound screening.hit_unknown,
        Invalid screening.why, Conflict screening.hit_decided.
        """
        return self._decide_hit(tx, hit, HitState.CLEARED, why)

    def confirm_hit(self, tx: Tx, hit: str, why: str) -> Hit:
        """tx.actor says that it is them. Raises as `clear_hit`."""
        return self._decide_hit(tx, hit, HitState.CONFIRMED, why)

    def _decide_hit(self, tx: Tx, hit: str, state: HitState, why: str) -> Hit:
        if not _SHORTEST_WHY <= len(why.strip()) <= _LONGEST_WHY:
            raise Invalid("screening.why", shortest=_SHORTEST_WHY, longest=_LONGEST_WHY)
        found = store.find_hit(tx, hit)
        if found is None:
            raise NotFound("screening.hit_unknown", hit=hit[:40])
        if found.state is state:
            return found
        if found.state is not HitState.OPEN:
            raise Conflict("screening.hit_decided")
        store.decide_hit(tx, hit, state, tx.actor, why.strip())
        tx.emit(events.HitDecided(hit, found.owner, state.value, why.strip(), tx.actor))
        self.screen_again(tx, found.owner)
        decided = store.find_hit(tx, hit)
        assert decided is not None
        return decided

    # Looking.

    def load(self, tx: ReadTx, owner: str) -> ScreeningResult:
        """The last result, its hits as they stand. Raises NotFound screening.unknown."""
        if found := store.latest_result(tx, owner):
            return found
        raise NotFound("screening.unknown", owner=owner[:40])

    def told(self, tx: ReadTx, owner: str) -> str:
        """The code of all that an applicant may hear of it. Raises NotFound screening.unknown."""
        return self.load(tx, owner).told

    def open_hits(self, tx: ReadTx, after: str = "", limit: int = LONGEST_LIST) -> list[Hit]:
        """What waits for a person, oldest first."""
        return store.open_hits(tx, after, min(limit, LONGEST_LIST))

    def hand_over(self, tx: Tx, before: str, after: str) -> None:
        """What is kept of an application is its client's from now on."""
        store.change_owner(tx, before, after)

    def forget_face(self, tx: Tx, owner: str) -> bool:
        """Let go of a face whose owner takes their consent back; whether there was one."""
        return store.drop_face(tx, owner)
