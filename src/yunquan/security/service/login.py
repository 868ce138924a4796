"""Logging in, and changing a password.

Steps that take `tx` are short transactions; `log_in` and `change_password` take the desk instead,
as the slow hash runs between two transactions and never inside one.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from yunquan.kernel.errors import Refused
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.security import events, rules, store
from yunquan.security.ports import Vault
from yunquan.security.service.desk import LoginDesk
from yunquan.security.service.principals import totp_context
from yunquan.security.service.sessions import list_sessions, open_session, revoke_listed
from yunquan.security.types import (
    Challenge,
    LoginRequest,
    OpenedSession,
    Principal,
    PrincipalKind,
    SecurityLimits,
    Session,
    Verdict,
)

_ADDRESS_CHARS = 64
_WRONG = {
    PrincipalKind.CLIENT: "login.wrong_client_credentials",
    PrincipalKind.STAFF: "login.wrong_staff_credentials",
}


async def log_in(desk: LoginDesk, request: LoginRequest) -> OpenedSession | Refused:
    """Admit, check the password away from the event loop, then open a session or say why not."""
    challenge = await asyncio.to_thread(_begin, desk, request)
    if isinstance(challenge, Refused):
        return challenge
    stored = challenge.principal.password_hash if challenge.principal else None
    verdict = await desk.passwords.verify(stored, request.password)
    return await asyncio.to_thread(_finish, desk, challenge, verdict)


def _begin(desk: LoginDesk, request: LoginRequest) -> Challenge | Refused:
    with desk.database.read() as tx:
        # Without this look a flood of attempts on a locked name would make the disk write for each.
        refused = _admission(tx, request, desk.limits)
    if isinstance(refused, Refused):
        return refused
    with desk.database.transaction(actor="visitor") as tx:
        return begin_login(tx, request, desk.limits)


def _finish(desk: LoginDesk, challenge: Challenge, verdict: Verdict) -> OpenedSession | Refused:
    actor = f"login:{challenge.principal.id}" if challenge.principal else "visitor"
    with desk.database.transaction(actor=actor) as tx:
        return finish_login(desk, tx, challenge, verdict)


def _admission(tx: ReadTx, request: LoginRequest, limits: SecurityLimits) -> Refused | None:
    key = rules.attempts_key(request.kind, rules.normal_login_name(request.login_name))
    window = store.read_address(tx, request.address[:_ADDRESS_CHARS])
    now_ms = tx.now_ms()
    admitted = rules.admit(
        store.read_attempts(tx, key), window, now_ms, limits.lockout, limits.address
    )
    return admitted if isinstance(admitted, Refused) else None


def begin_login(tx: Tx, request: LoginRequest, limits: SecurityLimits) -> Challenge | Refused:
    """Count the attempt as failed and hand back what to check; or refuse it."""
    name = rules.normal_login_name(request.login_name)
    request = replace(request, login_name=name, address=request.address[:_ADDRESS_CHARS])
    key = rules.attempts_key(request.kind, name)
    attempts = store.lock_attempts(tx, key)
    window = store.read_address(tx, request.address)
    admitted = rules.admit(attempts, window, tx.now_ms(), limits.lockout, limits.address)
    if isinstance(admitted, Refused):
        return admitted
    store.save_attempts(tx, key, admitted)
    principal = store.find_principal(tx, request.kind, name)
    return Challenge(key, request, principal, admitted.failures, admitted.locked_until_ms)


def finish_login(
    desk: LoginDesk, tx: Tx, challenge: Challenge, verdict: Verdict
) -> OpenedSession | Refused:
    """Open a session when password and, for staff, one-time code are right."""
    # Rows are locked in one order everywhere: attempts, principal, address.
    store.lock_attempts(tx, challenge.attempts_key)
    principal = _proven(tx, challenge, verdict, desk.vault)
    if isinstance(principal, Refused):
        return _fail(tx, challenge, principal, desk.limits)
    _give_back(tx, challenge.attempts_key)
    if verdict.fresh_hash:
        store.update_principal(tx, principal.id, password_hash=verdict.fresh_hash)
    return open_session(desk, tx, principal, challenge.request)


def _proven(tx: Tx, challenge: Challenge, verdict: Verdict, vault: Vault) -> Principal | Refused:
    wrong = Refused(_WRONG[challenge.request.kind])
    # Loaded again: it may have been disabled, or its password changed, while the hash was being
    # checked.
    known = challenge.principal and store.load_principal(tx, challenge.principal.id)
    if not known or not verdict.matches or not challenge.principal:
        return wrong
    if known.password_hash != challenge.principal.password_hash:
        return wrong
    if not known.is_active:
        return Refused("login.disabled")
    if known.kind is PrincipalKind.CLIENT and known.totp_sealed is None:
        return known
    return _prove_second_factor(tx, known, challenge.request.totp_code, vault, wrong)


def _prove_second_factor(
    tx: Tx, principal: Principal, code: str, vault: Vault, wrong: Refused
) -> Principal | Refused:
    if principal.totp_sealed is None:
        return Refused("login.no_second_factor")
    secret = vault.open(principal.totp_sealed, totp_context(principal.id))
    step = rules.match_step(secret, code, tx.now_ms() // 1000)
    if step is None:
        return wrong
    if not store.advance_totp_step(tx, principal.id, step):
        return Refused("login.code_already_used", {"wait_s": rules.SECOND_FACTOR_STEP_S})
    return principal


def _fail(tx: Tx, challenge: Challenge, refused: Refused, limits: SecurityLimits) -> Refused:
    who = str(challenge.principal.id) if challenge.principal else None
    kind, failures = challenge.request.kind.value, challenge.failures
    address = challenge.request.address
    window = store.lock_address(tx, address)
    store.save_address(tx, address, rules.count_address(window, tx.now_ms(), limits.address))
    tx.emit(events.LoginFailed(who, kind, address, refused.code, failures))
    if challenge.locked_until_ms:
        tx.emit(events.LockedOut(who, kind, failures, challenge.locked_until_ms))
    if refused.code in ("login.disabled", "login.no_second_factor", "login.code_already_used"):
        return refused
    return rules.settle_failure(
        failures, challenge.locked_until_ms, tx.now_ms(), limits.lockout, refused.code
    )


def _give_back(tx: Tx, key: str) -> None:
    store.save_attempts(tx, key, rules.give_back(store.lock_attempts(tx, key)))


async def change_password(desk: LoginDesk, session: Session, old: str, new: str) -> Refused | None:
    """Replace one's own password; every other session ends. Guessing the old one counts as failed
    logins do."""
    if refused := rules.check_password(new, session.login_name, desk.limits.password):
        return refused
    request = LoginRequest(session.kind, session.login_name, old, address=session.address)
    challenge = await asyncio.to_thread(_begin, desk, request)
    if isinstance(challenge, Refused):
        return challenge
    stored = challenge.principal.password_hash if challenge.principal else None
    verdict = await desk.passwords.verify(stored, old)
    fresh = await desk.passwords.hash(new) if verdict.matches else ""
    return await asyncio.to_thread(_replace_password, desk, session, challenge, fresh)


async def confirm_password(desk: LoginDesk, session: Session, password: str) -> Refused | None:
    """Whether it is still who logged in. Guessing counts as failed logins do."""
    request = LoginRequest(session.kind, session.login_name, password, address=session.address)
    challenge = await asyncio.to_thread(_begin, desk, request)
    if isinstance(challenge, Refused):
        return challenge
    stored = challenge.principal.password_hash if challenge.principal else None
    verdict = await desk.passwords.verify(stored, password)

    def settle() -> Refused | None:
        with desk.database.transaction(actor=session.actor) as tx:
            if not verdict.matches:
                return _fail(tx, challenge, Refused("password.old_wrong"), desk.limits)
            _give_back(tx, challenge.attempts_key)
            return None

    return await asyncio.to_thread(settle)


def _replace_password(
    desk: LoginDesk, session: Session, challenge: Challenge, fresh_hash: str
) -> Refused | None:
    with desk.database.transaction(actor=session.actor) as tx:
        if not fresh_hash:
            return _fail(tx, challenge, Refused("password.old_wrong"), desk.limits)
        _give_back(tx, challenge.attempts_key)
        store.update_principal(tx, session.principal, password_hash=fresh_hash)
        tx.emit(events.PasswordChanged(str(session.principal), tx.actor))
        others = list_sessions(tx, session.principal, limit=1000)
        gone = [other for other in others if other.id != session.id]
        revoke_listed(desk, tx, gone, "session.password_changed")
    return None
