"""Recordings that come in chunks and end up in the archive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from yunquan.archive.types import Laid, NewDocument
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.kernel.zone import day_of
from yunquan.witness import events
from yunquan.witness.rules import recordings as rules
from yunquan.witness.service.means import Means, refuse
from yunquan.witness.store import recordings as store
from yunquan.witness.types import Chunk, Recording, RecordingId, UploadState

# A recording that isn't finished after so long is given up.
GIVEN_UP_AFTER_MS = 24 * 3600 * 1000
_TITLE = "视频见证"
# Called in the transaction that keeps a recording, with it and its document.
WhenKept = Callable[[Tx, Recording, str], None]
# Called before a recording is kept, with its content where the caller wants it.
Examine = Callable[[Recording, bytes], int]


class Recordings:
    """Takes chunks, in any order and however often, and keeps the whole."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def begin(self, tx: Tx, owner: str, of: str, media_type: str) -> UploadState:
        """A new recording; an unfinished earlier one of the same is given up. Raises Invalid
        witness.media_type.
        """
        media_type = rules.media_type_of(media_type)
        if media_type not in rules.MEDIA:
            raise Invalid("witness.media_type", media_type=media_type[:40])
        if earlier := store.recording_of(tx, of):
            tx.after_commit(lambda: self._means.chunks.remove(earlier.id))
        new = tx.ids.new(RecordingId)
        key = self._means.chunks.new_key(new)
        recording = Recording(
            new, owner, of, media_type, tx.actor, tx.now_ms(), "", "", 0, 0, 0, key
        )
        store.insert_recording(tx, recording)
        return UploadState(str(new), (), 0, "")

    def state(self, tx: ReadTx, recording: str, who: str) -> UploadState:
        """How far it is. Raises NotFound witness.recording_unknown, Forbidden witness.not_yours."""
        found = self._load(tx, recording, who)
        known = store.chunks_of(tx, recording)
        size = found.size or sum(chunk.size for chunk in known)
        return UploadState(str(found.id), tuple(c.number for c in known), size, found.document)

    def document(self, tx: ReadTx, recording: str) -> str:
        """The document it is kept in, "" while it isn't."""
        found = store.find_recording(tx, recording)
        return found.document if found else ""

    def latest(self, tx: ReadTx, of: str, who: str) -> UploadState | None:
        """The newest of a script or of a round of a call, to go on with."""
        found = store.recording_of(tx, of)
        return self.state(tx, found.id, who) if found and found.begun_by == who else None

    def put(
        self, who: str, recording: str, number: int, sha256: str, content: bytes
    ) -> UploadState:
        """One chunk; the same again changes nothing. sha256: hex, of the content. Raises Invalid
        witness.chunk_* | digest_* | recording_large, Conflict witness.recording_over |
        chunk_differs, Unavailable witness.disk.
        """
        means = self._means
        digest = hashlib.sha256(content).hexdigest()
        with means.database.read() as tx:
            found = self._load(tx, recording, who)
            limits = means.limits(tx.today())
            if found.document:
                return self.state(tx, recording, who)
            refuse(rules.check_chunk(number, content, sha256, digest, limits.chunk_bytes), Invalid)
            known = self._fits(tx, found, number, sha256, len(content))
        chunk = Chunk(number, sha256, len(content))
        if chunk in known:
            return self._told(found, known)
        means.chunks.put(found, chunk, content)
        with means.database.transaction(actor=who) as tx:
            found = self._load(tx, recording, who, to_change=True)
            if found.document:
                return self.state(tx, recording, who)
            self._fits(tx, found, number, sha256, len(content))
            store.insert_chunk(tx, recording, chunk)
            return self.state(tx, recording, who)

    def _fits(
        self, tx: ReadTx, found: Recording, number: int, sha256: str, size: int
    ) -> list[Chunk]:
        now = tx.now_ms()
        limits = self._means.limits(day_of(now))
        newest = store.recording_of(tx, found.of)
        if newest is None or newest.id != found.id or now - found.begun_at_ms >= GIVEN_UP_AFTER_MS:
            raise Conflict("witness.recording_over")
        of_call = found.of.startswith("wcl_")
        most = limits.largest_call_bytes if of_call else limits.largest_bytes
        known = store.chunks_of(tx, found.id)
        refused = rules.check_room(known, number, sha256, size, most)
        differs = refused is not None and refused.code == "witness.chunk_differs"
        refuse(refused, Conflict if differs else Invalid)
        return known

    @staticmethod
    def _told(found: Recording, known: list[Chunk]) -> UploadState:
        size = sum(chunk.size for chunk in known)
        return UploadState(str(found.id), tuple(c.number for c in known), size, found.document)

    def finish(
        self,
        who: str,
        recording: str,
        count: int,
        sha256: str,
        examine: Examine | None,
        when_kept: WhenKept,
    ) -> UploadState:
        """Keep the whole in the archive; again: the same. count: of chunks; sha256: of their hex
        digests joined. examine: gets the content, gives its length in ms, or raises. Raises
        Invalid witness.*, Conflict witness.chunks_missing | same_recording | recording_over.
        """
        means = self._means
        with means.database.read() as tx:
            found = self._load(tx, recording, who)
            if found.document:
                return self.state(tx, recording, who)
            known = store.chunks_of(tx, recording)
        joined = hashlib.sha256("".join(chunk.sha256 for chunk in known).encode()).hexdigest()
        refused = rules.check_whole(known, count, sha256, joined)
        refuse(refused, Conflict if refused and "chunks" in refused.code else Invalid)
        first = next(iter(means.chunks.read(found, known[:1])))
        refuse(rules.check_container(found.media_type, first[:16]), Invalid)
        length_ms = 0
        if examine:
            length_ms = examine(found, b"".join(means.chunks.read(found, known)))
        laid = means.archive.lay(found.media_type, means.chunks.read(found, known))
        with means.database.transaction(actor=who) as tx:
            found = self._load(tx, recording, who, to_change=True)
            earlier = None if found.document else self._earlier(tx, found, known, laid)
            if earlier:
                repeated = (recording, found.owner, str(earlier.id), earlier.owner, who)
                tx.emit(events.RecordingRepeated(*repeated))
            elif not found.document:
                self._keep(tx, found, laid, length_ms, when_kept)
        if earlier:
            raise Conflict("witness.same_recording")
        means.chunks.remove(recording)
        with means.database.read() as tx:
            return self.state(tx, recording, who)

    @staticmethod
    def _earlier(tx: Tx, found: Recording, known: list[Chunk], laid: Laid) -> Recording | None:
        telling = [chunk.sha256 for chunk in known if chunk.size >= rules.TELLING_BYTES]
        same = store.same_recording(tx, found, laid.digest)
        return same or store.sharing_a_chunk(tx, found, telling)

    def _keep(
        self, tx: Tx, found: Recording, laid: Laid, length_ms: int, when_kept: WhenKept
    ) -> None:
        document = self._means.archive.keep(
            tx,
            NewDocument(
                kind="witness_video",
                owner=found.owner,
                title=_TITLE,
                media_type=found.media_type,
                content=laid,
                day=day_of(found.begun_at_ms),
                source=f"witness:{found.of}",
            ),
        )
        store.finish_recording(tx, found.id, str(document), laid.digest, laid.size, length_ms)
        kept = (str(found.id), found.of, found.owner, str(document), laid.digest, laid.size)
        tx.emit(events.RecordingKept(*kept, tx.actor))
        when_kept(tx, found, str(document))

    @staticmethod
    def _load(tx: ReadTx, recording: str, who: str, *, to_change: bool = False) -> Recording:
        found = store.find_recording(tx, recording, to_change=to_change)
        if found is None:
            raise NotFound("witness.recording_unknown")
        if found.begun_by != who:
            raise Forbidden("witness.not_yours")
        return found

    def sweep(self) -> int:
        """Take away chunks of recordings that are kept or given up; how many recordings."""
        means = self._means
        lying = means.chunks.lying()
        with means.database.read() as tx:
            still = store.unfinished_since(tx, lying, tx.now_ms() - GIVEN_UP_AFTER_MS)
        gone = [name for name in lying if name not in still]
        for name in gone:
            means.chunks.remove(name)
        return len(gone)
