"""The table of messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.messages.types import Message

messages = sa.Table(
    "messages_message",
    metadata,
    sa.Column("id", sa.String(70), primary_key=True),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("ref", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("read_at_ms", sa.BigInteger, nullable=False),
    sa.Index("messages_message_by_account", "account", "at_ms", "id"),
)


def insert_messages(tx: Tx, found: Sequence[Message]) -> None:
    tx.execute(
        messages.insert(),
        [
            {name: getattr(one, name) for name in Message.__slots__}
            | {"facts": msgspec.json.encode(one.facts).decode()}
            for one in found
        ],
    )


def _message(row: Any) -> Message:
    return Message(**dict(row._mapping) | {"facts": msgspec.json.decode(row.facts)})


def find_message(tx: ReadTx, accounts: Sequence[str], message: str) -> Message | None:
    mine = (messages.c.id == message, messages.c.account.in_(accounts))
    row = tx.execute(sa.select(messages).where(*mine)).one_or_none()
    return _message(row) if row else None


def page_of_messages(
    tx: ReadTx, accounts: Sequence[str], before: Message | None, kind: str, limit: int
) -> list[Message]:
    """Newest first. before: excluded, None for the newest."""
    query = sa.select(messages).where(messages.c.account.in_(accounts))
    if kind:
        query = query.where(messages.c.kind == kind)
    if before:
        place = sa.tuple_(messages.c.at_ms, messages.c.id)
        query = query.where(place < sa.tuple_(sa.literal(before.at_ms), sa.literal(before.id)))
    ordered = query.order_by(messages.c.at_ms.desc(), messages.c.id.desc())
    return [_message(row) for row in tx.execute(ordered.limit(limit))]


def messages_between(
    tx: ReadTx, account: str, from_ms: int, to_ms: int, limit: int
) -> list[Message]:
    """What an account's owner was told in a span, oldest first."""
    mine = (messages.c.account == account, messages.c.at_ms.between(from_ms, to_ms))
    query = sa.select(messages).where(*mine).order_by(messages.c.at_ms, messages.c.id)
    return [_message(row) for row in tx.execute(query.limit(limit))]


def count_unread(tx: ReadTx, accounts: Sequence[str]) -> int:
    mine = (messages.c.account.in_(accounts), messages.c.read_at_ms == 0)
    return tx.execute(sa.select(sa.func.count()).select_from(messages).where(*mine)).scalar() or 0


def mark_read(tx: Tx, accounts: Sequence[str], message: str) -> int:
    """Mark one message, or all with "", as read now; how many were unread."""
    mine = [messages.c.account.in_(accounts), messages.c.read_at_ms == 0]
    if message:
        mine.append(messages.c.id == message)
    return tx.execute(messages.update().where(*mine).values(read_at_ms=tx.now_ms())).rowcount
