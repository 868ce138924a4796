"""The tables of documents, of the words they are found by, of who may read one, of holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.archive.types import Document, DocumentId, Hold, HoldId
from yunquan.kernel.transaction import ReadTx, Tx, metadata

documents = sa.Table(
    "archive_document",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("owner", sa.String(60), nullable=False),
    # Of an equal one that another owner brought along.
    sa.Column("twin", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("address", sa.String(64), nullable=False, unique=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("source", sa.String(60), nullable=False),
    sa.Column("kept_at_ms", sa.BigInteger, nullable=False),
    sa.Column("destroyed_at_ms", sa.BigInteger, nullable=False),
    sa.Column("title_sealed", sa.LargeBinary),
    sa.Column("text_sealed", sa.LargeBinary),
    sa.Column("key_sealed", sa.LargeBinary),
    sa.UniqueConstraint("owner", "kind", "digest", "twin", name="archive_document_same"),
    sa.Index("archive_document_by_owner", "owner", "number"),
    sa.Index("archive_document_by_kind", "kind", "number"),
    sa.Index("archive_document_by_day", "day", "number"),
)
words = sa.Table(
    "archive_word",
    metadata,
    sa.Column("word", sa.Integer, primary_key=True),
    sa.Column("document", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sqlite_with_rowid=False,
)
openings = sa.Table(
    "archive_opening",
    metadata,
    sa.Column("actor", sa.String(60), primary_key=True),
    sa.Column("document", sa.String(40), primary_key=True),
    sa.Column("look", sa.String(40), nullable=False),
    sa.Column("until_ms", sa.BigInteger, nullable=False),
)
relations = sa.Table(
    "archive_relation",
    metadata,
    sa.Column("owner", sa.String(60), primary_key=True),
    sa.Column("ended_on", sa.String(10), nullable=False),
)
holds = sa.Table(
    "archive_hold",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(60), nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_by", sa.String(60), nullable=False),
    sa.Index("archive_hold_by_owner", "owner", "ended_at_ms"),
)
_told = [documents.c[name] for name in Document.__slots__]
MOST_WORDS_ASKED = 24
COUNTED_UP_TO = 2_000


def _document(row: Any) -> Document:
    values = dict(row._mapping)
    values["id"] = DocumentId(row.id)
    for name in ("title_sealed", "text_sealed", "key_sealed"):
        values[name] = bytes(values[name]) if values[name] is not None else None
    return Document(**values)


def insert_or_ignore(tx: ReadTx, table: sa.Table) -> Any:
    """An insert that leaves a row alone which is there already."""
    if tx.connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def insert_document(tx: Tx, values: dict[str, Any]) -> int | None:
    """The new document's number, None when its owner has this content of this kind already."""
    made = insert_or_ignore(tx, documents).returning(documents.c.number)
    return tx.execute(made, values).scalar()


def find_same(tx: ReadTx, owner: str, kind: str, digest: str) -> Document | None:
    """The document of this owner with this content, if it is there."""
    same = (documents.c.owner == owner, documents.c.kind == kind, documents.c.digest == digest)
    query = sa.select(*_told).where(*same, documents.c.destroyed_at_ms == 0)
    row = tx.execute(query.order_by(documents.c.twin).limit(1)).one_or_none()
    return _document(row) if row else None


def find_document(tx: ReadTx, document: str) -> Document | None:
    row = tx.execute(sa.select(*_told).where(documents.c.id == document)).one_or_none()
    return _document(row) if row else None


def insert_words(tx: Tx, document: int, numbers: Iterable[int]) -> None:
    if rows := [{"word": number, "document": document} for number in sorted(numbers)]:
        tx.execute(words.insert(), rows)


def rarest_first(tx: ReadTx, numbers: Iterable[int]) -> list[int]:
    """Words in order of how many documents have them, counted up to a limit."""

    def count(number: int) -> int:
        some = sa.select(words.c.document).where(words.c.word == number).limit(COUNTED_UP_TO)
        return tx.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()

    return sorted(sorted(numbers)[:MOST_WORDS_ASKED], key=count)


def page_of_documents(
    tx: ReadTx,
    *,
    owners: Sequence[str],
    kind: str,
    days: tuple[str, str],
    numbers: Sequence[int],
    before: int,
    limit: int,
) -> list[Document]:
    """Newest first, from before a number on. numbers: words it must have, the rarest first."""
    query = sa.select(*_told).order_by(documents.c.number.desc()).limit(limit)
    if before:
        query = query.where(documents.c.number < before)
    if owners:
        query = query.where(documents.c.owner.in_(owners))
    if kind:
        query = query.where(documents.c.kind == kind)
    if days[0]:
        query = query.where(documents.c.day >= days[0])
    if days[1]:
        query = query.where(documents.c.day <= days[1])
    for place, number in enumerate(numbers):
        of = words.alias(f"w{place}")
        joined = sa.and_(of.c.document == documents.c.number, of.c.word == number)
        # The rarest leads, the others are looked up.
        query = query.join(of, joined) if not place else query.where(sa.exists().where(joined))
    return [_document(row) for row in tx.execute(query)]


def documents_after(tx: ReadTx, number: int, limit: int) -> list[Document]:
    """Oldest first."""
    query = sa.select(*_told).where(documents.c.number > number)
    return [_document(row) for row in tx.execute(query.order_by(documents.c.number).limit(limit))]


def known_addresses(tx: ReadTx, addresses: Sequence[str]) -> set[str]:
    """Which of these files belong to a document that is there."""
    mine = (documents.c.address.in_(addresses), documents.c.destroyed_at_ms == 0)
    return {row.address for row in tx.execute(sa.select(documents.c.address).where(*mine))}


def hand_over(tx: Tx, before: str, after: str) -> int:
    """Give everything of one owner to another; how many documents."""
    c = documents.c
    rows = tx.execute(
        sa.select(c.number, c.kind, c.digest).where(c.owner == before).order_by(c.number)
    ).all()
    for row in rows:
        same = (c.owner == after, c.kind == row.kind, c.digest == row.digest)
        twin = tx.execute(sa.select(sa.func.max(c.twin)).where(*same)).scalar()
        moved = {"owner": after, "twin": 0 if twin is None else twin + 1}
        tx.execute(documents.update().where(c.number == row.number).values(moved))
    tx.execute(holds.update().where(holds.c.owner == before).values(owner=after))
    tx.execute(relations.delete().where(relations.c.owner == before))
    return len(rows)


def mark_destroyed(tx: Tx, document: Document, numbers: Iterable[int], at_ms: int) -> None:
    """Nothing of it is left but that it was there. numbers: of its words."""
    gone = {
        "destroyed_at_ms": at_ms,
        # The same content may be kept again.
        "digest": str(document.id),
        "title_sealed": None,
        "text_sealed": None,
        "key_sealed": None,
    }
    tx.execute(documents.update().where(documents.c.number == document.number).values(gone))
    # By both parts of the key: there is no index by document alone.
    mine = (words.c.word == sa.bindparam("its"), words.c.document == document.number)
    if its := [{"its": number} for number in sorted(numbers)]:
        tx.execute(words.delete().where(*mine), its)
    tx.execute(openings.delete().where(openings.c.document == str(document.id)))


# --- who may read one, relationships, holds


def save_opening(tx: Tx, actor: str, document: str, look: str, until_ms: int) -> None:
    tx.execute(openings.delete().where(openings.c.actor == actor, openings.c.document == document))
    tx.execute(openings.delete().where(openings.c.until_ms < tx.now_ms()))
    values = {"actor": actor, "document": document, "look": look, "until_ms": until_ms}
    tx.execute(openings.insert().values(values))


def opened_until(tx: ReadTx, actor: str, document: str) -> int:
    mine = (openings.c.actor == actor, openings.c.document == document)
    return tx.execute(sa.select(openings.c.until_ms).where(*mine)).scalar() or 0


def save_relation(tx: Tx, owner: str, ended_on: str) -> None:
    tx.execute(relations.delete().where(relations.c.owner == owner))
    if ended_on:
        tx.execute(relations.insert().values(owner=owner, ended_on=ended_on))


def ended_on(tx: ReadTx, owners: Iterable[str]) -> dict[str, str]:
    """Of those whose relationship ended."""
    query = sa.select(relations).where(relations.c.owner.in_(list(owners)))
    return {row.owner: row.ended_on for row in tx.execute(query)}


def insert_hold(tx: Tx, hold: Hold) -> None:
    tx.execute(holds.insert().values({name: getattr(hold, name) for name in Hold.__slots__}))


def find_hold(tx: ReadTx, hold: str) -> Hold | None:
    row = tx.execute(sa.select(holds).where(holds.c.id == hold)).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    values["id"] = HoldId(row.id)
    return Hold(**values)


def end_hold(tx: Tx, hold: str, by: str) -> None:
    values = {"ended_at_ms": tx.now_ms(), "ended_by": by}
    tx.execute(holds.update().where(holds.c.id == hold).values(values))


def held(tx: ReadTx, owners: Iterable[str]) -> dict[str, int]:
    """How many holds stand on each owner that has any."""
    mine = (holds.c.owner.in_(list(owners)), holds.c.ended_at_ms == 0)
    query = sa.select(holds.c.owner, sa.func.count().label("n")).where(*mine)
    return {row.owner: row.n for row in tx.execute(query.group_by(holds.c.owner))}
