"""Tables of this room. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.security.types import (
    AddressWindow,
    Attempts,
    Look,
    LookId,
    PastLogin,
    Principal,
    PrincipalId,
    PrincipalKind,
    Role,
    Session,
    SessionId,
)

principals = sa.Table(
    "security_principal",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("login_name", sa.String(32), nullable=False),
    sa.Column("display_name", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("roles", sa.String(120), nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("totp_sealed", sa.LargeBinary),
    sa.Column("totp_last_step", sa.BigInteger, nullable=False),
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("kind", "login_name", name="security_principal_login"),
    sa.UniqueConstraint("subject", name="security_principal_subject"),
)
attempts = sa.Table(
    "security_attempts",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("failures", sa.BigInteger, nullable=False),
    sa.Column("last_at_ms", sa.BigInteger, nullable=False),
    sa.Column("locked_until_ms", sa.BigInteger, nullable=False),
)
addresses = sa.Table(
    "security_address",
    metadata,
    sa.Column("address", sa.String(64), primary_key=True),
    sa.Column("started_at_ms", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.BigInteger, nullable=False),
)
sessions = sa.Table(
    "security_session",
    metadata,
    sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    sa.Column("principal_id", sa.String(40), nullable=False),
    sa.Column("device", sa.String(120), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("started_at_ms", sa.BigInteger, nullable=False),
    sa.Column("last_seen_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ends_at_ms", sa.BigInteger, nullable=False),
    # The number of the revocation that ended it; null while it lives.
    sa.Column("revoked_generation", sa.BigInteger),
    sa.Index("security_session_principal", "principal_id", "started_at_ms"),
    sa.Index("security_session_revoked", "revoked_generation"),
    sa.Index("security_session_ends", "ends_at_ms"),
)
generations = sa.Table(
    "security_generation",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revocations", sa.BigInteger, nullable=False),
)
looks = sa.Table(
    "security_look",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(60), nullable=False),
    sa.Column("what", sa.String(60), nullable=False),
    sa.Column("why", sa.String(200), nullable=False),
    sa.Index("security_look_subject", "subject", "at_ms"),
    sa.Index("security_look_at", "at_ms"),
    sa.Index("security_look_again", "actor", "subject", "what", "at_ms"),
)


def _insert_missing(tx: Tx, table: sa.Table, **values: Any) -> None:
    # A row must exist before it can be locked; two writers may both try to make it.
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    tx.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())


# --- principals


def insert_principal(tx: Tx, principal: Principal) -> None:
    tx.execute(
        principals.insert().values(
            id=principal.id,
            kind=principal.kind.value,
            login_name=principal.login_name,
            display_name=principal.display_name,
            subject=principal.subject,
            roles=",".join(sorted(principal.roles)),
            is_active=principal.is_active,
            password_hash=principal.password_hash,
            totp_sealed=principal.totp_sealed,
            totp_last_step=principal.totp_last_step,
            created_at_ms=tx.now_ms(),
        )
    )


def _roles(text: str) -> frozenset[Role]:
    return frozenset(Role(role) for role in text.split(",") if role)


def _principal(row: Any) -> Principal:
    return Principal(
        id=PrincipalId(row.id),
        kind=PrincipalKind(row.kind),
        login_name=row.login_name,
        display_name=row.display_name,
        subject=row.subject,
        roles=_roles(row.roles),
        is_active=row.is_active,
        password_hash=row.password_hash,
        totp_sealed=bytes(row.totp_sealed) if row.totp_sealed else None,
        totp_last_step=row.totp_last_step,
    )


def find_principal(tx: ReadTx, kind: PrincipalKind, login_name: str) -> Principal | None:
    query = sa.select(principals).where(
        principals.c.kind == kind.value, principals.c.login_name == login_name
    )
    row = tx.execute(query).one_or_none()
    return _principal(row) if row else None


def load_principal(tx: ReadTx, principal: PrincipalId) -> Principal | None:
    row = tx.execute(sa.select(principals).where(principals.c.id == principal)).one_or_none()
    return _principal(row) if row else None


def find_by_subject(tx: ReadTx, subject: str) -> Principal | None:
    row = tx.execute(sa.select(principals).where(principals.c.subject == subject)).one_or_none()
    return _principal(row) if row else None


def list_principals(tx: ReadTx, kind: PrincipalKind, limit: int) -> list[Principal]:
    query = sa.select(principals).where(principals.c.kind == kind.value)
    return [_principal(row) for row in tx.execute(query.order_by(principals.c.id).limit(limit))]


def update_principal(tx: Tx, principal: PrincipalId, **values: Any) -> None:
    tx.execute(principals.update().where(principals.c.id == principal).values(**values))


def advance_totp_step(tx: Tx, principal: PrincipalId, step: int) -> bool:
    """Use up a code; False when this step or a later one was used already (perhaps a moment
    ago)."""
    unused = sa.and_(principals.c.id == principal, principals.c.totp_last_step < step)
    return tx.execute(principals.update().where(unused).values(totp_last_step=step)).rowcount == 1


# --- attempts


def lock_attempts(tx: Tx, key: str) -> Attempts:
    """The count of this login name, its row locked until the commit."""
    _insert_missing(tx, attempts, key=key, failures=0, last_at_ms=0, locked_until_ms=0)
    row = tx.execute(sa.select(attempts).where(attempts.c.key == key).with_for_update()).one()
    return Attempts(row.failures, row.last_at_ms, row.locked_until_ms)


def save_attempts(tx: Tx, key: str, now: Attempts) -> None:
    tx.execute(
        attempts.update()
        .where(attempts.c.key == key)
        .values(
            failures=now.failures, last_at_ms=now.last_at_ms, locked_until_ms=now.locked_until_ms
        )
    )


def read_attempts(tx: ReadTx, key: str) -> Attempts:
    row = tx.execute(sa.select(attempts).where(attempts.c.key == key)).one_or_none()
    return Attempts(row.failures, row.last_at_ms, row.locked_until_ms) if row else Attempts()


def lock_address(tx: Tx, address: str) -> AddressWindow:
    """The window of this address, its row locked until the commit. Always locked
    last."""
    _insert_missing(tx, addresses, address=address, started_at_ms=0, failures=0)
    query = sa.select(addresses).where(addresses.c.address == address).with_for_update()
    row = tx.execute(query).one()
    return AddressWindow(row.started_at_ms, row.failures)


def read_address(tx: ReadTx, address: str) -> AddressWindow:
    row = tx.execute(sa.select(addresses).where(addresses.c.address == address)).one_or_none()
    return AddressWindow(row.started_at_ms, row.failures) if row else AddressWindow()


def save_address(tx: Tx, address: str, window: AddressWindow) -> None:
    where = addresses.c.address == address
    values = {"started_at_ms": window.started_at_ms, "failures": window.failures}
    tx.execute(addresses.update().where(where).values(**values))


# --- sessions


def insert_session(tx: Tx, token_hash: bytes, session: Session) -> None:
    tx.execute(
        sessions.insert().values(
            token_hash=token_hash,
            id=session.id,
            principal_id=session.principal,
            device=session.device,
            address=session.address,
            started_at_ms=session.started_at_ms,
            last_seen_at_ms=session.last_seen_at_ms,
            ends_at_ms=session.ends_at_ms,
        )
    )


_session_rows = sa.select(
    sessions,
    principals.c.kind,
    principals.c.subject,
    principals.c.login_name,
    principals.c.display_name,
    principals.c.roles,
).join(principals, principals.c.id == sessions.c.principal_id)
_by_token = _session_rows.where(
    sessions.c.token_hash == sa.bindparam("token_hash"),
    sessions.c.revoked_generation.is_(None),
    principals.c.is_active,
)


def _session(row: Any) -> Session:
    return Session(
        id=SessionId(row.id),
        principal=PrincipalId(row.principal_id),
        kind=PrincipalKind(row.kind),
        subject=row.subject,
        login_name=row.login_name,
        display_name=row.display_name,
        roles=_roles(row.roles),
        device=row.device,
        address=row.address,
        started_at_ms=row.started_at_ms,
        last_seen_at_ms=row.last_seen_at_ms,
        ends_at_ms=row.ends_at_ms,
    )


def find_session(tx: ReadTx, token_hash: bytes) -> Session | None:
    """The session of a token, unless it was revoked or its principal disabled."""
    row = tx.execute(_by_token, {"token_hash": token_hash}).one_or_none()
    return _session(row) if row else None


def list_sessions(tx: ReadTx, principal: PrincipalId, now_ms: int, limit: int) -> list[Session]:
    """Sessions neither revoked nor past their absolute end, newest first."""
    query = _session_rows.where(
        sessions.c.principal_id == principal,
        sessions.c.revoked_generation.is_(None),
        sessions.c.ends_at_ms > now_ms,
    ).order_by(sessions.c.started_at_ms.desc(), sessions.c.id.desc())
    return [_session(row) for row in tx.execute(query.limit(limit))]


def list_logins(tx: ReadTx, principal: PrincipalId, now_ms: int, limit: int) -> list[PastLogin]:
    """Sessions that are kept, whether they stand or not, newest first."""
    query = _session_rows.where(sessions.c.principal_id == principal)
    rows = query.order_by(sessions.c.started_at_ms.desc(), sessions.c.id.desc()).limit(limit)
    return [
        PastLogin(_session(row), row.revoked_generation is None and row.ends_at_ms > now_ms)
        for row in tx.execute(rows)
    ]


def revoke(tx: Tx, which: Sequence[SessionId]) -> None:
    """Mark sessions revoked under the next number. The number's row stays locked until the commit,
    so numbers become visible in their order and a reader that has seen one has seen all before
    it."""
    _insert_missing(tx, generations, id=1, revocations=0)
    tx.execute(generations.update().values(revocations=generations.c.revocations + 1))
    number = read_generation(tx)
    tx.execute(
        sessions.update()
        .where(sessions.c.id.in_(which), sessions.c.revoked_generation.is_(None))
        .values(revoked_generation=number)
    )


def read_generation(tx: ReadTx) -> int:
    """How many revocations there have been."""
    return tx.execute(sa.select(generations.c.revocations)).scalar() or 0


def list_revoked(tx: ReadTx, after: int, up_to: int) -> list[SessionId]:
    number = sessions.c.revoked_generation
    query = sa.select(sessions.c.id).where(number > after, number <= up_to)
    return [SessionId(row.id) for row in tx.execute(query)]


_touch = (
    sessions.update()
    .where(sessions.c.id == sa.bindparam("of"), sessions.c.last_seen_at_ms < sa.bindparam("seen"))
    .values(last_seen_at_ms=sa.bindparam("seen"))
)


def save_touches(tx: Tx, touches: Iterable[tuple[SessionId, int]]) -> None:
    if rows := [{"of": session, "seen": seen} for session, seen in touches]:
        tx.execute(_touch, rows)


def delete_before(tx: Tx, ended_before_ms: int) -> int:
    """Sessions whose absolute end is long past, and counts nobody will ask for; how many rows."""
    gone = tx.execute(sessions.delete().where(sessions.c.ends_at_ms < ended_before_ms)).rowcount
    quiet = sa.and_(
        attempts.c.last_at_ms < ended_before_ms, attempts.c.locked_until_ms < ended_before_ms
    )
    gone += tx.execute(attempts.delete().where(quiet)).rowcount
    old = addresses.c.started_at_ms < ended_before_ms
    return gone + tx.execute(addresses.delete().where(old)).rowcount


# --- looks


def insert_look(tx: Tx, look: Look) -> None:
    tx.execute(
        looks.insert().values(
            id=look.id,
            at_ms=look.at_ms,
            actor=look.actor,
            subject=look.subject,
            what=look.what,
            why=look.why,
        )
    )


def has_look_since(tx: ReadTx, actor: str, subject: str, what: str, since_ms: int) -> bool:
    """Whether this person looked at this of them after a moment."""
    c = looks.c
    same = (c.actor == actor, c.subject == subject, c.what == what, c.at_ms > since_ms)
    return tx.execute(sa.select(c.id).where(*same).limit(1)).first() is not None


def list_looks(tx: ReadTx, subject: str | None, limit: int) -> list[Look]:
    """Newest first; of one subject, or of all."""
    query = sa.select(looks).order_by(looks.c.at_ms.desc(), looks.c.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(looks.c.subject == subject)
    return [
        Look(LookId(row.id), row.at_ms, row.actor, row.subject, row.what, row.why)
        for row in tx.execute(query)
    ]


def count_sessions(tx: ReadTx, now_ms: int) -> int:
    living = sa.and_(sessions.c.ends_at_ms > now_ms, sessions.c.revoked_generation.is_(None))
    return tx.execute(sa.select(sa.func.count()).where(living)).scalar_one()
