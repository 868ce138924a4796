"""Looking after what is kept: is it whole, how long must it stay, what may go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from yunquan.archive import events, store
from yunquan.archive.adapters.sealed_files import DRAFT, ENDING
from yunquan.archive.rules import kinds
from yunquan.archive.service.archive import Archive
from yunquan.archive.types import Document, Finding, Hold, HoldId
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import Tx

AT_ONCE: Final = 200
# A file that no document names may belong to a transaction that is still open; none lasts an hour.
ORPHAN_AFTER_S: Final = 3600
LONGEST_BASIS: Final = 200
MISSING, ALTERED, UNREADABLE = "archive.missing", "archive.altered", "archive.unreadable"
WHOLE, ORPHAN = "archive.whole", "archive.orphan"
_CODES: Final = {"missing": MISSING, "altered": ALTERED, "unreadable": UNREADABLE, "": WHOLE}


def verify(archive: Archive) -> Iterator[Finding]:
    """Walk all documents, then all files: each fault named, then how many are whole. Changes
    nothing.
    """
    number, whole = 0, 0
    while True:
        with archive.database.read() as tx:
            some = store.documents_after(tx, number, AT_ONCE)
        if not some:
            break
        for document in some:
            number = document.number
            if document.key_sealed is None:
                continue
            code = _problem(archive, document)
            if code == WHOLE:
                whole += 1
            else:
                yield Finding(False, code, str(document.id), document.address)
    for address, _ in _orphans(archive, older_than_s=0):
        yield Finding(True, ORPHAN, "", address)
    yield Finding(True, WHOLE, str(whole), "")


def _problem(archive: Archive, document: Document) -> str:
    assert document.key_sealed is not None
    problem = archive.files.problem(
        document.address, document.key_sealed, document.size, document.digest
    )
    return _CODES[problem]


def sweep(archive: Archive) -> list[str]:
    """Take away files that no document names and that are older than any open transaction; their
    names.
    """
    gone = []
    for name, path in _orphans(archive, older_than_s=ORPHAN_AFTER_S):
        path.unlink(missing_ok=True)
        gone.append(name)
    return gone


def _orphans(archive: Archive, *, older_than_s: int) -> Iterator[tuple[str, Path]]:
    now_s = archive.database.clock.now().timestamp()
    some: dict[str, Path] = {}
    for path in [*archive.files.lying(), None]:
        if path is not None:
            some[path.name.removesuffix(ENDING)] = path
        if path is None or len(some) >= AT_ONCE:
            with archive.database.read() as tx:
                known = store.known_addresses(tx, list(some))
            for name, lying in some.items():
                stray = name not in known or lying.name.endswith(DRAFT)
                if stray and _age_s(lying, now_s) >= older_than_s:
                    yield name, lying
            some = {}


def _age_s(path: Path, now_s: float) -> float:
    try:
        return now_s - path.stat().st_mtime
    except FileNotFoundError:
        return -1.0


# --- how long


def end_relationship(tx: Tx, owner: str, day: str) -> None:
    """From this day the years of all that is kept of an owner are counted; "" when the relationship
    goes on after all.
    """
    store.save_relation(tx, owner, day)
    tx.emit(events.RelationshipEnded(owner, day, tx.actor))


def place_hold(tx: Tx, owner: str, basis: str) -> Hold:
    """Legal hold: nothing of this owner is destroyed while it stands. Raises Invalid
    archive.basis.
    """
    basis = _basis(basis)
    hold = Hold(tx.ids.new(HoldId), owner, basis, tx.actor, tx.now_ms(), 0, "")
    store.insert_hold(tx, hold)
    tx.emit(events.HoldPlaced(str(hold.id), owner, basis, tx.actor))
    return hold


def lift_hold(tx: Tx, hold: str, basis: str) -> None:
    """End a hold; one that has ended stays so. Raises NotFound archive.hold_unknown, Invalid
    archive.basis.
    """
    basis, found = _basis(basis), store.find_hold(tx, hold)
    if found is None:
        raise NotFound("archive.hold_unknown", hold=hold[:40])
    if found.ended_at_ms:
        return
    store.end_hold(tx, hold, tx.actor)
    tx.emit(events.HoldLifted(hold, found.owner, basis, tx.actor))


def destroy(archive: Archive, tx: Tx, document: str, day: str, why: str) -> None:
    """Its key, title and words go with the transaction, then its file. Raises NotFound
    archive.unknown; Conflict archive.retained, archive.held, archive.relationship_lasts,
    archive.destroyed; Invalid archive.basis.
    """
    why, found = _basis(why), store.find_document(tx, document)
    if found is None:
        raise NotFound("archive.unknown", document=document[:40])
    ended = store.ended_on(tx, [found.owner]).get(found.owner, "")
    until = kinds.retain_until(archive.rows, found.kind, found.day, ended)
    holds = store.held(tx, [found.owner]).get(found.owner, 0)
    if refused := kinds.check_destroying(found, until, day, holds):
        raise Conflict(refused.code, **refused.facts)
    store.mark_destroyed(tx, found, archive.numbers_of(found), tx.now_ms())
    tx.emit(events.DocumentDestroyed(document, found.kind, found.owner, why, tx.actor))
    # Killed in between, the file is an orphan that nobody can read, and is swept.
    tx.after_commit(lambda: archive.files.remove(found.address))


def _basis(text: str) -> str:
    if not 4 <= len(text.strip()) <= LONGEST_BASIS:
        raise Invalid("archive.basis", longest=LONGEST_BASIS)
    return text.strip()
