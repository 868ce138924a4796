"""The tables of what was signed together, and of each paper of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.signing.types import SignedDocument, SignedSet, SignedSetId

sets = sa.Table(
    "signing_set",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("request_key", sa.String(120), nullable=False, unique=True),
    sa.Column("body_sha256", sa.String(64), nullable=False),
    sa.Column("owner", sa.String(60), nullable=False),
    sa.Column("signer_masked", sa.String(60), nullable=False),
    sa.Column("certificate", sa.String(64), nullable=False),
    sa.Column("evidence", sa.String(40), nullable=False),
    sa.Column("signed_at_ms", sa.BigInteger, nullable=False),
    sa.Index("signing_set_by_owner", "owner", "signed_at_ms"),
)
papers = sa.Table(
    "signing_document",
    metadata,
    sa.Column("set_id", sa.String(40), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(30), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("document", sa.String(40), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("sm3", sa.String(64), nullable=False),
    sa.Column("verify_code", sa.String(16), nullable=False, unique=True),
    sa.Column("seal", sa.LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class KnownPaper:
    """A paper with the set it belongs to."""

    paper: SignedDocument
    signer_masked: str
    signed_at_ms: int


def insert_set(tx: Tx, made: SignedSet, key: str, body_sha256: str) -> bool:
    """False when another is there under the key: it came at the same moment."""
    values = {
        name: getattr(made, name)
        for name in ("owner", "signer_masked", "certificate", "evidence", "signed_at_ms")
    }
    asked = {"id": str(made.id), "request_key": key, "body_sha256": body_sha256}
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(sets).values(values | asked).on_conflict_do_nothing()
    if tx.execute(insert.returning(sets.c.id)).scalar() is None:
        return False
    tx.execute(
        papers.insert(),
        [
            {
                "set_id": str(made.id),
                "place": place,
                "code": one.code,
                "version": one.version,
                "title": one.title,
                "document": one.document,
                "sha256": one.sha256,
                "sm3": one.sm3,
                "verify_code": one.verify_code,
                "seal": one.seal,
            }
            for place, one in enumerate(made.documents)
        ],
    )
    return True


def _paper(row: Any) -> SignedDocument:
    return SignedDocument(
        row.code,
        row.version,
        row.title,
        row.document,
        row.sha256,
        row.sm3,
        row.verify_code,
        bytes(row.seal),
    )


def _set(tx: ReadTx, row: Any) -> SignedSet:
    query = sa.select(papers).where(papers.c.set_id == row.id).order_by(papers.c.place)
    return SignedSet(
        SignedSetId(row.id),
        row.owner,
        row.signer_masked,
        row.certificate,
        row.evidence,
        row.signed_at_ms,
        tuple(_paper(one) for one in tx.execute(query)),
    )


def find_request(tx: ReadTx, key: str) -> tuple[SignedSet, str] | None:
    """The set of a key, and the digest of what was asked for."""
    row = tx.execute(sa.select(sets).where(sets.c.request_key == key)).one_or_none()
    return (_set(tx, row), row.body_sha256) if row else None


def sets_of(tx: ReadTx, owner: str, limit: int) -> list[SignedSet]:
    """Newest first."""
    query = sa.select(sets).where(sets.c.owner == owner).order_by(sets.c.signed_at_ms.desc())
    return [_set(tx, row) for row in tx.execute(query.limit(limit)).all()]


def find_paper(tx: ReadTx, *, sha256: str = "", verify_code: str = "") -> KnownPaper | None:
    """A paper by its bytes, or by the code on it."""
    chosen = papers.c.sha256 == sha256 if sha256 else papers.c.verify_code == verify_code
    query = sa.select(papers, sets.c.signer_masked, sets.c.signed_at_ms).join(
        sets, sets.c.id == papers.c.set_id
    )
    row = tx.execute(query.where(chosen)).one_or_none()
    return KnownPaper(_paper(row), row.signer_masked, row.signed_at_ms) if row else None


def hand_over(tx: Tx, before: str, after: str) -> int:
    """How many sets."""
    return tx.execute(sets.update().where(sets.c.owner == before).values(owner=after)).rowcount
