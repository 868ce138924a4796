"""One-time codes, checks, and challenges that were drawn."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.verification.rules.codes import DAY_MS, HOUR_MS, KeptCode, Sent
from yunquan.verification.types import Check, CheckKind, Noted, Outcome

codes = sa.Table(
    "verification_code",
    metadata,
    sa.Column("serial", sa.String(64), primary_key=True),
    sa.Column("mobile", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(12), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("network", sa.String(64), nullable=False),
    sa.Column("sent_at_ms", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("used_at_ms", sa.BigInteger, nullable=False),
    sa.Index("verification_code_by_mobile", "mobile", "sent_at_ms"),
    sa.Index("verification_code_by_network", "network", "sent_at_ms"),
)
checks = sa.Table(
    "verification_check",
    metadata,
    sa.Column("owner", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.String(8), nullable=False),
    sa.Column("findings", sa.Text, nullable=False),
    sa.Column("documents", sa.Text, nullable=False),
    sa.Column("took_ms", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("sealed_for", sa.String(40), nullable=False),
)
challenges = sa.Table(
    "verification_challenge",
    metadata,
    sa.Column("nonce", sa.String(32), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("drawn_at_ms", sa.BigInteger, nullable=False),
    sa.Column("used_at_ms", sa.BigInteger, nullable=False),
    sa.Index("verification_challenge_by_owner", "owner"),
)
clips = sa.Table(
    "verification_clip",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("voice", sa.Text, nullable=False),
)
# How far back a film is compared with those handed in before: each takes some 20 microseconds.
CLIPS_MOST: Final = 20_000
_notes = msgspec.json.Decoder(list[tuple[str, str, dict[str, int | str]]])


def insert_code(tx: Tx, kept: KeptCode, network: str) -> None:
    values = {name: getattr(kept, name) for name in KeptCode.__slots__}
    tx.execute(codes.insert().values(values | {"network": network}))


def forget_code(tx: Tx, serial: str) -> None:
    """It never went out."""
    tx.execute(codes.delete().where(codes.c.serial == serial))


def count_sent(tx: ReadTx, mobile: str, network: str, now_ms: int) -> Sent:
    mine = (codes.c.mobile == mobile, codes.c.sent_at_ms > now_ms - DAY_MS)
    last, count = sa.func.max(codes.c.sent_at_ms).label("last"), sa.func.count().label("sent")
    found = tx.execute(sa.select(last, count).where(*mine)).one()
    theirs = (codes.c.network == network, codes.c.sent_at_ms > now_ms - HOUR_MS)
    near = tx.execute(sa.select(sa.func.count()).where(*theirs)).scalar_one() if network else 0
    return Sent(found.last or 0, found.sent, near)


def count_try(tx: Tx, mobile: str, purpose: str) -> KeptCode | None:
    """The newest code of a number, this try counted."""
    mine = (codes.c.mobile == mobile, codes.c.purpose == purpose)
    newest = sa.select(codes.c.serial).where(*mine).order_by(codes.c.sent_at_ms.desc()).limit(1)
    serial = tx.execute(newest).scalar_one_or_none()
    if serial is None:
        return None
    this = codes.c.serial == serial
    tx.execute(codes.update().where(this).values(tries=codes.c.tries + 1))
    row = tx.execute(sa.select(codes).where(this)).one()
    return KeptCode(*(getattr(row, name) for name in KeptCode.__slots__))


def use_code(tx: Tx, serial: str, at_ms: int) -> bool:
    """Whether it was unused till now."""
    mine = (codes.c.serial == serial, codes.c.used_at_ms == 0)
    return tx.execute(codes.update().where(*mine).values(used_at_ms=at_ms)).rowcount == 1


def insert_check(tx: Tx, check: Check, sealed: bytes) -> bool:
    """Whether the try's number was still free: another device may be trying at this moment."""
    values: dict[str, Any] = {
        "owner": check.owner,
        "kind": check.kind.value,
        "number": check.number,
        "at_ms": check.at_ms,
        "outcome": check.outcome.value,
        "findings": msgspec.json.encode(
            [(one.code, one.outcome, one.facts) for one in check.findings]
        ).decode(),
        "documents": " ".join(check.documents),
        "took_ms": check.took_ms,
        "sealed": sealed,
        "sealed_for": check.owner,
    }
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(checks).values(values).on_conflict_do_nothing()
    return tx.execute(insert.returning(checks.c.number)).scalar() is not None


def _check(row: Any) -> Check:
    return Check(
        row.owner,
        CheckKind(row.kind),
        row.number,
        row.at_ms,
        Outcome(row.outcome),
        tuple(Noted(*one) for one in _notes.decode(row.findings)),
        tuple(row.documents.split()),
        row.took_ms,
    )


def checks_of(tx: ReadTx, owner: str) -> list[Check]:
    """Every try, oldest first."""
    asked = sa.select(checks).where(checks.c.owner == owner)
    rows = tx.execute(asked.order_by(checks.c.at_ms, checks.c.kind, checks.c.number))
    return [_check(row) for row in rows]


def newest_check(tx: ReadTx, owner: str, kind: CheckKind) -> tuple[Check, bytes, str] | None:
    """The last try with what is sealed of it, and under which owner it was."""
    mine = (checks.c.owner == owner, checks.c.kind == kind.value)
    row = tx.execute(
        sa.select(checks).where(*mine).order_by(checks.c.number.desc()).limit(1)
    ).one_or_none()
    return (_check(row), row.sealed, row.sealed_for) if row else None


def checks_sealed(tx: ReadTx, owner: str, kind: CheckKind) -> list[tuple[Check, bytes, str]]:
    """Tries with what is sealed of them, newest first."""
    mine = (checks.c.owner == owner, checks.c.kind == kind.value)
    rows = tx.execute(sa.select(checks).where(*mine).order_by(checks.c.number.desc()))
    return [(_check(row), row.sealed, row.sealed_for) for row in rows]


def void_checks(tx: Tx, owner: str, kind: CheckKind) -> None:
    """What was passed before has to be tried again."""
    mine = (checks.c.owner == owner, checks.c.kind == kind.value)
    tx.execute(checks.update().where(*mine).values(outcome=Outcome.AGAIN.value))


def count_checks(tx: ReadTx, owner: str, kind: CheckKind, since_ms: int = 0) -> int:
    mine = (checks.c.owner == owner, checks.c.kind == kind.value, checks.c.at_ms >= since_ms)
    return tx.execute(sa.select(sa.func.count()).where(*mine)).scalar_one()


def insert_challenge(tx: Tx, nonce: str, owner: str, body: str) -> None:
    values = {"nonce": nonce, "owner": owner, "body": body}
    values |= {"drawn_at_ms": tx.now_ms(), "used_at_ms": 0}
    tx.execute(challenges.insert().values(values))


def use_challenge(tx: Tx, nonce: str, owner: str) -> str | None:
    """Its body, once."""
    mine = (challenges.c.nonce == nonce, challenges.c.owner == owner)
    unused = challenges.update().where(*mine, challenges.c.used_at_ms == 0)
    if tx.execute(unused.values(used_at_ms=tx.now_ms())).rowcount != 1:
        return None
    return tx.execute(sa.select(challenges.c.body).where(*mine)).scalar_one()


def insert_clip(tx: Tx, owner: str, digest: bytes, voice: str) -> None:
    tx.execute(clips.insert().values(owner=owner, digest=digest, voice=voice))


def earlier_clips(tx: ReadTx) -> list[tuple[bytes, str]]:
    """Digests of films and voices handed in before, newest first."""
    asked = sa.select(clips.c.digest, clips.c.voice).order_by(clips.c.number.desc())
    return [(row.digest, row.voice) for row in tx.execute(asked.limit(CLIPS_MOST))]


def change_owner(tx: Tx, before: str, after: str) -> None:
    for table in (checks, challenges, clips):
        tx.execute(table.update().where(table.c.owner == before).values(owner=after))
