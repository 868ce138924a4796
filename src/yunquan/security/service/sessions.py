"""Sessions: opened, found again in memory, listed, ended; and what one may do."""

from __future__ import annotations

import secrets

from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Forbidden, NotFound, Unauthorised
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.security import events, rules, store
from yunquan.security.service.desk import LoginDesk
from yunquan.security.types import (
    LoginRequest,
    OpenedSession,
    PastLogin,
    Principal,
    PrincipalId,
    PrincipalKind,
    Role,
    Session,
    SessionId,
)

_TOKEN_BYTES = 32
_KEEP_ENDED_MS = 30 * 86_400_000
_LABEL_CHARS = 120


def open_session(
    desk: LoginDesk, tx: Tx, principal: Principal, request: LoginRequest
) -> OpenedSession:
    allowed = desk.limits.sessions[principal.kind]
    now_ms = tx.now_ms()
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session = Session(
        id=tx.ids.new(SessionId),
        principal=principal.id,
        kind=principal.kind,
        subject=principal.subject,
        login_name=principal.login_name,
        display_name=principal.display_name,
        roles=principal.roles,
        device=request.device[:_LABEL_CHARS],
        address=request.address,
        started_at_ms=now_ms,
        last_seen_at_ms=now_ms,
        ends_at_ms=now_ms + allowed.longest_s * 1000,
    )
    running = store.list_sessions(tx, principal.id, now_ms, allowed.per_principal + 1)
    revoke_listed(desk, tx, running[allowed.per_principal - 1 :], "session.too_many")
    store.insert_session(tx, rules.token_hash(token), session)
    who, kind = str(principal.id), principal.kind.value
    tx.emit(events.LoggedIn(who, kind, str(session.id), session.address, session.device))
    return OpenedSession(session, token)


def authenticate(desk: LoginDesk, token: str) -> Session:
    """The session of a token, from memory nearly always. Raises Unauthorised with why it has
    ended."""
    clock, cache = desk.database.clock, desk.cache
    if cache.is_stale(clock.monotonic()):
        _catch_up(desk)
    key = rules.token_hash(token)
    now_ms = to_ms(clock.now())
    if kept := cache.get(key):
        session, last_seen_at_ms = kept
        limits = desk.limits.sessions[session.kind]
        if rules.session_end(session, last_seen_at_ms, now_ms, limits) is None:
            cache.touch(key, now_ms)
            return session
        # Another process may have seen this session since: ask the database before turning it away.
        cache.drop(key)
    return _load_session(desk, key, now_ms)


def count_sessions(tx: ReadTx, now_ms: int) -> int:
    """How many sessions live: begun, not revoked, not at their end."""
    return store.count_sessions(tx, now_ms)


def is_alive(desk: LoginDesk, token: str) -> bool:
    """Whether a session lives, without counting as its use: a page that is only left open must not
    keep it alive."""
    clock, cache = desk.database.clock, desk.cache
    if cache.is_stale(clock.monotonic()):
        _catch_up(desk)
    key, now_ms = rules.token_hash(token), to_ms(clock.now())
    if kept := cache.get(key):
        session, last_seen_at_ms = kept
        limits = desk.limits.sessions[session.kind]
        if rules.session_end(session, last_seen_at_ms, now_ms, limits) is None:
            return True
    with desk.database.read() as tx:
        found = store.find_session(tx, key)
    if found is None:
        return False
    limits = desk.limits.sessions[found.kind]
    return rules.session_end(found, found.last_seen_at_ms, now_ms, limits) is None


def _load_session(desk: LoginDesk, key: bytes, now_ms: int) -> Session:
    epoch = desk.cache.epoch
    with desk.database.read() as tx:
        session = store.find_session(tx, key)
    if session is None:
        raise Unauthorised("session.unknown")
    limits = desk.limits.sessions[session.kind]
    if ended := rules.session_end(session, session.last_seen_at_ms, now_ms, limits):
        raise Unauthorised(ended)
    desk.cache.put(key, session, epoch)
    desk.cache.touch(key, now_ms)
    return session


def _catch_up(desk: LoginDesk) -> None:
    seen = desk.cache.generation
    with desk.database.read() as tx:
        generation = store.read_generation(tx)
        news = store.list_revoked(tx, seen, generation) if seen not in (None, generation) else []
    desk.cache.catch_up(seen, generation, news, desk.database.clock.monotonic())


def save_touches(desk: LoginDesk) -> int:
    """Save when sessions were last used, in one transaction: call every half minute and before
    stopping."""
    if touches := desk.cache.take_touches():
        with desk.database.transaction() as tx:
            store.save_touches(tx, touches)
    return len(touches)


def forget_ended(tx: Tx) -> int:
    """Delete sessions ended more than 30 days ago and counts as old. The log keeps what
    happened."""
    return store.delete_before(tx, tx.now_ms() - _KEEP_ENDED_MS)


def list_sessions(tx: ReadTx, principal_id: PrincipalId, limit: int = 50) -> list[Session]:
    """Where a principal is logged in, newest first."""
    return store.list_sessions(tx, principal_id, tx.now_ms(), limit)


def list_logins(tx: ReadTx, principal_id: PrincipalId, limit: int = 50) -> list[PastLogin]:
    """The logins of the last 30 days, newest first."""
    return store.list_logins(tx, principal_id, tx.now_ms(), limit)


def revoke_others(desk: LoginDesk, by: Session) -> int:
    """End every session of one's own but this one; how many there were."""
    with desk.database.transaction(actor=by.actor) as tx:
        running = list_sessions(tx, by.principal, limit=1000)
        others = [session for session in running if session.id != by.id]
        revoke_listed(desk, tx, others, "session.revoked_by_owner")
    return len(others)


def log_out(desk: LoginDesk, session: Session) -> None:
    """End one's own session, at once."""
    with desk.database.transaction(actor=session.actor) as tx:
        store.revoke(tx, [session.id])
        tx.emit(events.LoggedOut(str(session.principal), str(session.id)))
        tx.after_commit(lambda: desk.cache.forget([session.id]))


def revoke_session(desk: LoginDesk, by: Session, which: SessionId) -> None:
    """End another session of one's own (a lost phone). Raises NotFound session.unknown for anyone
    else's."""
    with desk.database.transaction(actor=by.actor) as tx:
        mine = [s for s in list_sessions(tx, by.principal, limit=1000) if s.id == which]
        if not mine:
            raise NotFound("session.unknown")
        revoke_listed(desk, tx, mine, "session.revoked_by_owner")


def revoke_sessions(desk: LoginDesk, tx: Tx, principal_id: PrincipalId, reason: str) -> None:
    """End all sessions of a principal: here with the commit, in other processes within the cache's
    two seconds."""
    revoke_listed(desk, tx, list_sessions(tx, principal_id, limit=1000), reason)


def revoke_listed(desk: LoginDesk, tx: Tx, gone: list[Session], reason: str) -> None:
    if not gone:
        return
    ids = [session.id for session in gone]
    store.revoke(tx, ids)
    for session in gone:
        who, which = str(session.principal), str(session.id)
        tx.emit(events.SessionRevoked(who, which, tx.actor, reason))
    tx.after_commit(lambda: desk.cache.forget(ids))


def csrf_token(desk: LoginDesk, bound_to: str) -> str:
    """The token for forms of a session (its id) or of a visit before login (its cookie's value)."""
    return rules.csrf_token(desk.csrf_key, bound_to)


def check_csrf(desk: LoginDesk, bound_to: str, token: str) -> None:
    """Raises Forbidden session.forged_request unless the token is the one bound to this session or
    visit."""
    if not rules.is_genuine(desk.csrf_key, bound_to, token):
        raise Forbidden("session.forged_request")


def require_role(session: Session, *roles: Role) -> None:
    """Raises Forbidden staff.role_missing unless this is staff with one of the roles."""
    if session.kind is not PrincipalKind.STAFF or not session.roles & set(roles):
        raise Forbidden("staff.role_missing", roles=", ".join(role.value for role in roles))
