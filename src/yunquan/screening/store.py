"""Tables of screening. Times are milliseconds since 1970 UTC; what names a person is sealed or a
keyed digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.screening.types import (
    FaceTwin,
    Grade,
    Hit,
    HitId,
    HitState,
    ListKind,
    ListVersion,
    Mark,
    Reason,
    ScreeningResult,
    Verdict,
)

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

lists = sa.Table(
    "screening_list",
    metadata,
    sa.Column("version", sa.String(10), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
    # "" once taken, else why it could not be believed.
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
seen = sa.Table(
    "screening_seen",
    metadata,
    sa.Column("what", sa.String(12), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(40), primary_key=True),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("screening_seen_owner", "owner"),
)
subjects = sa.Table(
    "screening_subject",
    metadata,
    sa.Column("owner", sa.String(40), primary_key=True),
    # What the sealed text is bound to; the owner may change.
    sa.Column("sealed_for", sa.String(40), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
results = sa.Table(
    "screening_result",
    metadata,
    sa.Column("owner", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("told", sa.String(40), nullable=False),
    sa.Column("grade", sa.String(12), nullable=False),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("marks", sa.Text, nullable=False),
    sa.Column("twins", sa.Text, nullable=False),
    sa.Column("list_version", sa.String(10), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
hits = sa.Table(
    "screening_hit",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("entry", sa.String(40), nullable=False),
    sa.Column("entry_digest", sa.String(64), nullable=False),
    sa.Column("entry_name", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("version", sa.String(10), nullable=False),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("why", sa.String(400), nullable=False),
    sa.Column("found_at_ms", sa.BigInteger, nullable=False),
    sa.Column("decided_at_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("owner", "entry", name="screening_hit_once"),
    sa.Index("screening_hit_by_state", "state", "id"),
)
faces = sa.Table(
    "screening_face",
    metadata,
    sa.Column("id", _Number, primary_key=True, autoincrement=True),
    sa.Column("owner", sa.String(40), nullable=False, unique=True),
    sa.Column("sealed_for", sa.String(40), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


# Lists.


def newest_list(tx: ReadTx) -> ListVersion | None:
    """The version in force."""
    query = sa.select(lists).where(lists.c.code == "").order_by(lists.c.version.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return _version(row) if row else None


def list_body(tx: ReadTx, version: str) -> bytes:
    query = sa.select(lists.c.body).where(lists.c.version == version)
    return tx.execute(query).scalar_one()


def list_versions(tx: ReadTx, limit: int) -> list[ListVersion]:
    """Newest first, those that could not be believed too."""
    query = sa.select(lists).order_by(lists.c.version.desc()).limit(limit)
    return [_version(row) for row in tx.execute(query)]


def keep_list(tx: Tx, found: ListVersion, body: bytes) -> bool:
    """Keep a version; whether anything changed. One that was taken stays as it was."""
    mine = lists.c.version == found.version
    known = tx.execute(sa.select(lists).where(mine)).one_or_none()
    if known is not None and (not known.code or known.digest == found.digest):
        return False
    tx.execute(lists.delete().where(mine))
    tx.execute(
        lists.insert().values(
            version=found.version,
            digest=found.digest,
            entries=found.entries,
            code=found.code,
            body=body,
            at_ms=found.at_ms,
        )
    )
    return True


def _version(row: Any) -> ListVersion:
    return ListVersion(row.version, row.digest, row.entries, row.code, row.at_ms)


# What was seen with whom.


def note_seen(tx: Tx, what: str, digest: str, owner: str, person: str) -> None:
    """Something was seen with an application; the last time counts."""
    mine = (seen.c.what == what, seen.c.digest == digest, seen.c.owner == owner)
    change = seen.update().where(*mine).values(person=person, at_ms=tx.now_ms())
    if not tx.execute(change).rowcount:
        values = {"what": what, "digest": digest, "owner": owner, "person": person}
        tx.execute(seen.insert().values(at_ms=tx.now_ms(), **values))


def count_seen(tx: ReadTx, what: str, digest: str, counts: str, since_ms: int, most: int) -> int:
    """How many persons or applications something was seen with since then; at most `most`."""
    column = seen.c.person if counts == "persons" else seen.c.owner
    mine = (seen.c.what == what, seen.c.digest == digest, seen.c.at_ms >= since_ms)
    found = sa.select(column).where(*mine).distinct().limit(most).subquery()
    return tx.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()


# Who is screened.


def keep_subject(tx: Tx, owner: str, sealed: bytes) -> None:
    """Nobody else screens this owner until the transaction ends."""
    values = {"sealed_for": owner, "sealed": sealed, "at_ms": tx.now_ms()}
    kind = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    insert = kind.insert(subjects).values(owner=owner, **values)
    tx.execute(insert.on_conflict_do_update(index_elements=["owner"], set_=values))


@dataclass(frozen=True, slots=True)
class SealedRow:
    """Something sealed, what it is bound to, and whose it is. number: of a face, else 0."""

    owner: str
    sealed_for: str
    sealed: bytes
    number: int = 0


def lock_subject(tx: Tx, owner: str) -> SealedRow | None:
    """Nobody else screens this owner until the transaction ends."""
    query = sa.select(subjects).where(subjects.c.owner == owner).with_for_update()
    row = tx.execute(query).one_or_none()
    return SealedRow(row.owner, row.sealed_for, row.sealed) if row else None


def owners(tx: ReadTx, after: str, limit: int) -> list[str]:
    """Of everybody who is screened, in their order from `after` on."""
    query = sa.select(subjects.c.owner).where(subjects.c.owner > after)
    return list(tx.execute(query.order_by(subjects.c.owner).limit(limit)).scalars())


# What it came to.


def insert_result(tx: Tx, result: ScreeningResult) -> None:
    mine = results.c.owner == result.owner
    last = tx.execute(sa.select(sa.func.max(results.c.number)).where(mine)).scalar()
    tx.execute(
        results.insert().values(
            owner=result.owner,
            number=(last or 0) + 1,
            verdict=result.verdict.value,
            told=result.told,
            grade=result.grade.value,
            score=result.score,
            reasons=_text(result.reasons),
            marks=_text(result.marks),
            twins=_text(result.twins),
            list_version=result.list_version,
            at_ms=result.at_ms,
        )
    )


def latest_result(tx: ReadTx, owner: str) -> ScreeningResult | None:
    """The last result, with the hits as they stand now."""
    query = sa.select(results).where(results.c.owner == owner)
    row = tx.execute(query.order_by(results.c.number.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return ScreeningResult(
        row.owner,
        Verdict(row.verdict),
        row.told,
        Grade(row.grade),
        row.score,
        msgspec.json.decode(row.reasons, type=tuple[Reason, ...]),
        msgspec.json.decode(row.marks, type=tuple[Mark, ...]),
        tuple(hits_of(tx, owner)),
        msgspec.json.decode(row.twins, type=tuple[FaceTwin, ...]),
        row.list_version,
        row.at_ms,
    )


# Hits.


def hits_of(tx: ReadTx, owner: str) -> list[Hit]:
    """Likeliest first."""
    query = sa.select(hits).where(hits.c.owner == owner)
    return [_hit(row) for row in tx.execute(query.order_by(hits.c.score.desc(), hits.c.id))]


def find_hit(tx: ReadTx, hit: str) -> Hit | None:
    row = tx.execute(sa.select(hits).where(hits.c.id == hit)).one_or_none()
    return _hit(row) if row else None


def open_hits(tx: ReadTx, after: str, limit: int) -> list[Hit]:
    """What waits for a person, oldest first."""
    mine = (hits.c.state == HitState.OPEN.value, hits.c.id > after)
    return [
        _hit(row)
        for row in tx.execute(sa.select(hits).where(*mine).order_by(hits.c.id).limit(limit))
    ]


def judged_digest(tx: ReadTx, owner: str, entry: str) -> tuple[str, str] | None:
    """The id of somebody's hit on an entry, and what the entry said then."""
    mine = (hits.c.owner == owner, hits.c.entry == entry)
    row = tx.execute(sa.select(hits.c.id, hits.c.entry_digest).where(*mine)).one_or_none()
    return (row.id, row.entry_digest) if row else None


def save_hit(tx: Tx, hit: Hit, entry_digest: str) -> None:
    """A new hit, or one that is found anew with another entry or score."""
    values: dict[str, Any] = {
        "owner": hit.owner,
        "entry": hit.entry,
        "entry_digest": entry_digest,
        "entry_name": hit.entry_name[:200],
        "kind": hit.kind.value,
        "version": hit.version,
        "score": hit.score,
        "reasons": _text(hit.reasons),
        "state": hit.state.value,
        "by": hit.by,
        "why": hit.why,
        "found_at_ms": hit.found_at_ms,
        "decided_at_ms": hit.decided_at_ms,
    }
    if not tx.execute(hits.update().where(hits.c.id == hit.id).values(**values)).rowcount:
        tx.execute(hits.insert().values(id=str(hit.id), **values))


def decide_hit(tx: Tx, hit: str, state: HitState, by: str, why: str) -> None:
    values = {"state": state.value, "by": by, "why": why, "decided_at_ms": tx.now_ms()}
    tx.execute(hits.update().where(hits.c.id == hit).values(**values))


def drop_open_hits(tx: Tx, owner: str, still: Iterable[str]) -> None:
    """Undecided hits on entries that are no match any more are gone; what was decided stays."""
    mine = (hits.c.owner == owner, hits.c.state == HitState.OPEN.value)
    tx.execute(hits.delete().where(*mine, hits.c.entry.not_in(list(still))))


def _hit(row: Any) -> Hit:
    return Hit(
        HitId(row.id),
        row.owner,
        ListKind(row.kind),
        row.entry,
        row.entry_name,
        row.version,
        row.score,
        msgspec.json.decode(row.reasons, type=tuple[Reason, ...]),
        HitState(row.state),
        row.by,
        row.why,
        row.found_at_ms,
        row.decided_at_ms,
    )


# Faces.


def keep_face(tx: Tx, owner: str, sealed: bytes) -> None:
    """The face of an owner in place of any before it."""
    tx.execute(faces.delete().where(faces.c.owner == owner))
    values = {"owner": owner, "sealed_for": owner, "sealed": sealed, "at_ms": tx.now_ms()}
    tx.execute(faces.insert().values(**values))


def faces_after(tx: ReadTx, number: int, limit: int) -> list[SealedRow]:
    """Faces with a higher number, in its order."""
    query = sa.select(faces).where(faces.c.id > number).order_by(faces.c.id).limit(limit)
    return [_face(row) for row in tx.execute(query)]


def faces_with(tx: ReadTx, numbers: Iterable[int]) -> list[SealedRow]:
    """Those of these faces that are still kept."""
    query = sa.select(faces).where(faces.c.id.in_(list(numbers)))
    return [_face(row) for row in tx.execute(query)]


def drop_face(tx: Tx, owner: str) -> bool:
    return tx.execute(faces.delete().where(faces.c.owner == owner)).rowcount > 0


def _face(row: Any) -> SealedRow:
    return SealedRow(row.owner, row.sealed_for, row.sealed, row.id)


# From an application to its client.


def change_owner(tx: Tx, before: str, after: str) -> None:
    """Everything of one owner is another's; where both have the same, the newer one stays, and
    what a person decided stays before what nobody has.
    """
    _give_way(tx, seen, ("what", "digest"), before, after)
    _move(tx, seen, before, after)
    for table in (subjects, faces):
        if tx.execute(sa.select(table.c.owner).where(table.c.owner == before)).first():
            tx.execute(table.delete().where(table.c.owner == after))
        _move(tx, table, before, after)
    decided = sa.select(hits.c.entry).where(
        hits.c.owner == after, hits.c.state != HitState.OPEN.value
    )
    tx.execute(hits.delete().where(hits.c.owner == before, hits.c.entry.in_(decided)))
    _give_way(tx, hits, ("entry",), before, after)
    _move(tx, hits, before, after)
    mine = results.c.owner == after
    last = tx.execute(sa.select(sa.func.max(results.c.number)).where(mine)).scalar() or 0
    change = results.update().where(results.c.owner == before)
    tx.execute(change.values(owner=after, number=results.c.number + last))


def _give_way(tx: Tx, table: sa.Table, names: tuple[str, ...], before: str, after: str) -> None:
    """Rows of the later owner that the earlier one has too are dropped."""
    theirs = sa.select(*(table.c[name] for name in names)).where(table.c.owner == before)
    same = sa.tuple_(*(table.c[name] for name in names)).in_(theirs)
    tx.execute(table.delete().where(table.c.owner == after, same))


def _move(tx: Tx, table: sa.Table, before: str, after: str) -> None:
    tx.execute(table.update().where(table.c.owner == before).values(owner=after))
