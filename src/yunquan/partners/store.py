"""First answers by key, of requests whose effect isn't a counter's command (the counter remembers
those itself).
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata

answers = sa.Table(
    "partners_answer",
    metadata,
    sa.Column("who", sa.String(80), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary, nullable=True),
    sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
    sa.Index("partners_answer_age", "asked_at_ms"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under a key. answer: JSON; None while it isn't known (running, or cut short by a
    crash).
    """

    digest: bytes
    answer: bytes | None


def load_asked(tx: ReadTx, who: str, key: str) -> Asked | None:
    """What was asked under this key before."""
    query = sa.select(answers.c.digest, answers.c.answer).where(
        answers.c.who == who, answers.c.key == key
    )
    row = tx.execute(query).one_or_none()
    return (
        Asked(bytes(row.digest), None if row.answer is None else bytes(row.answer)) if row else None
    )


def insert_asked(tx: Tx, who: str, key: str, digest: bytes) -> None:
    """Note that this was asked, before anything is done."""
    row = {"who": who, "key": key, "digest": digest, "answer": None, "asked_at_ms": tx.now_ms()}
    tx.execute(answers.insert(), row)


def save_answer(tx: Tx, who: str, key: str, answer: bytes) -> None:
    """Keep the first answer; a later one of the same key changes nothing."""
    where = (answers.c.who == who, answers.c.key == key, answers.c.answer.is_(None))
    tx.execute(answers.update().where(*where).values(answer=answer))


def delete_before(tx: Tx, before_ms: int) -> int:
    """Forget what was asked earlier; how many."""
    return tx.execute(answers.delete().where(answers.c.asked_at_ms < before_ms)).rowcount
