"""The tables of what was shown, and of the packs that were made."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from yunquan.evidence.types import PackId, PackLine, Shown, ShownId
from yunquan.kernel.transaction import ReadTx, Tx, metadata

shown = sa.Table(
    "evidence_shown",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("ref", sa.String(200), nullable=False),
    sa.Column("session", sa.String(40), nullable=False),
    sa.Column("address", sa.String(60), nullable=False),
    sa.Column("locale", sa.String(10), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("ticked", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Index("evidence_shown_by_account", "account", "at_ms"),
)
packs = sa.Table(
    "evidence_pack",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("order_id", sa.String(40), nullable=False),
    sa.Column("from_ms", sa.BigInteger, nullable=False),
    sa.Column("to_ms", sa.BigInteger, nullable=False),
    sa.Column("made_at_ms", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.String(60), nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("files", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("request_key", sa.String(120), nullable=False, unique=True),
    sa.Column("archive", sa.LargeBinary, nullable=False),
)
_lines = [column for column in packs.c if column.name not in ("archive", "request_key")]


def insert_shown(tx: Tx, rows: list[Shown]) -> None:
    tx.execute(
        shown.insert(),
        [
            {name: getattr(row, name) for name in Shown.__slots__}
            | {
                "id": str(row.id),
                "body": msgspec.json.encode(row.body).decode(),
                "ticked": msgspec.json.encode(row.ticked).decode(),
            }
            for row in rows
        ],
    )


def _shown(row: Any) -> Shown:
    values = dict(row._mapping)
    values["id"] = ShownId(row.id)
    values["body"] = msgspec.json.decode(row.body, type=dict[str, Any])
    values["ticked"] = msgspec.json.decode(row.ticked, type=tuple[str, ...])
    return Shown(**values)


def list_shown(tx: ReadTx, account: str, from_ms: int, to_ms: int, limit: int) -> list[Shown]:
    """What an account's owner was shown in a span, oldest first."""
    within = (shown.c.account == account, shown.c.at_ms.between(from_ms, to_ms))
    query = sa.select(shown).where(*within).order_by(shown.c.at_ms, shown.c.id).limit(limit)
    return [_shown(row) for row in tx.execute(query)]


def insert_pack(tx: Tx, line: PackLine, key: str, archive: bytes) -> None:
    values = {name: getattr(line, name) for name in PackLine.__slots__ if name != "order"}
    values |= {"id": str(line.id), "order_id": line.order, "request_key": key, "archive": archive}
    tx.execute(packs.insert().values(**values))


def _line(row: Any) -> PackLine:
    values = dict(row._mapping)
    values["order"] = values.pop("order_id")
    values["id"] = PackId(row.id)
    return PackLine(**values)


def find_request(tx: ReadTx, key: str) -> PackLine | None:
    row = tx.execute(sa.select(*_lines).where(packs.c.request_key == key)).one_or_none()
    return _line(row) if row else None


def list_packs(tx: ReadTx, limit: int) -> list[PackLine]:
    """Newest first."""
    return [
        _line(row)
        for row in tx.execute(sa.select(*_lines).order_by(packs.c.id.desc()).limit(limit))
    ]


def find_archive(tx: ReadTx, pack: str) -> bytes | None:
    found = tx.execute(sa.select(packs.c.archive).where(packs.c.id == pack)).scalar()
    return bytes(found) if found is not None else None
