"""Who can log in, and who no longer."""

from __future__ import annotations

import base64
import secrets

from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.security import events, rules, store
from yunquan.security.ports import Vault
from yunquan.security.service.desk import LoginDesk
from yunquan.security.service.sessions import revoke_sessions
from yunquan.security.types import (
    NewPrincipal,
    Principal,
    PrincipalId,
    PrincipalKind,
    Role,
    SecurityLimits,
    StaffId,
)

_TOTP_BYTES = 20


def prepare_login(name: str, password: str, limits: SecurityLimits) -> str:
    """The login name in its stored form. Raises Invalid when name or password break a rule."""
    name = rules.normal_login_name(name)
    refused = rules.check_login_name(name) or rules.check_password(password, name, limits.password)
    if refused:
        raise Invalid(refused.code, **refused.facts)
    return name


def register_principal(tx: Tx, new: NewPrincipal, password_hash: str) -> Principal:
    """Let someone log in. Raises Conflict login.name_taken."""
    name = rules.normal_login_name(new.login_name)
    if refused := rules.check_login_name(name):
        raise Invalid(refused.code, **refused.facts)
    if store.find_principal(tx, new.kind, name):
        raise Conflict("login.name_taken", login_name=name)
    principal = Principal(
        id=tx.ids.new(PrincipalId),
        kind=new.kind,
        login_name=name,
        display_name=new.display_name,
        subject=new.subject,
        roles=new.roles,
        is_active=True,
        password_hash=password_hash,
    )
    store.insert_principal(tx, principal)
    roles = sorted(role.value for role in new.roles)
    tx.emit(
        events.PrincipalRegistered(
            str(principal.id), new.kind.value, str(new.subject), roles, tx.actor
        )
    )
    return principal


def register_staff(
    tx: Tx,
    login_name: str,
    display_name: str,
    roles: frozenset[Role],
    password_hash: str,
    vault: Vault,
) -> tuple[Principal, str]:
    """A member of staff, and the otpauth URI for their authenticator, shown this once."""
    if not roles:
        raise Invalid("staff.role_needed")
    subject = tx.ids.new(StaffId)
    new = NewPrincipal(PrincipalKind.STAFF, login_name, display_name, subject, roles)
    principal = register_principal(tx, new, password_hash)
    return principal, _new_second_factor(tx, principal, vault)


def enrol_second_factor(desk: LoginDesk, tx: Tx, principal_id: PrincipalId) -> str:
    """Replace the secret for one-time codes; its otpauth URI. Sessions of the principal end."""
    uri = _new_second_factor(tx, load_principal(tx, principal_id), desk.vault)
    revoke_sessions(desk, tx, principal_id, "session.second_factor_changed")
    return uri


def _new_second_factor(tx: Tx, principal: Principal, vault: Vault) -> str:
    secret = base64.b32encode(secrets.token_bytes(_TOTP_BYTES)).decode()
    sealed = vault.seal(secret, totp_context(principal.id))
    store.update_principal(tx, principal.id, totp_sealed=sealed, totp_last_step=0)
    tx.emit(events.SecondFactorEnrolled(str(principal.id), tx.actor))
    return rules.provisioning_uri(secret, principal.login_name)


def second_factor_uri(tx: ReadTx, principal_id: PrincipalId, vault: Vault) -> str:
    """The otpauth URI of a principal enrolled earlier. For demo logins only: it is half of
    someone's login."""
    principal = load_principal(tx, principal_id)
    if principal.totp_sealed is None:
        raise NotFound("login.no_second_factor")
    secret = vault.open(principal.totp_sealed, totp_context(principal_id))
    return rules.provisioning_uri(secret, principal.login_name)


def find_principal(tx: ReadTx, kind: PrincipalKind, login_name: str) -> Principal | None:
    """Whoever has this login name behind this door."""
    return store.find_principal(tx, kind, rules.normal_login_name(login_name))


def find_principal_of(tx: ReadTx, subject: str) -> Principal | None:
    """Who logs in for a client ("cli_...") or a member of staff."""
    return store.find_by_subject(tx, subject)


def list_staff(tx: ReadTx, limit: int = 200) -> list[Principal]:
    """Members of staff, in the order they came."""
    return store.list_principals(tx, PrincipalKind.STAFF, limit)


def disable_principal(desk: LoginDesk, tx: Tx, principal_id: PrincipalId) -> None:
    """No more logins; running sessions end."""
    load_principal(tx, principal_id)
    store.update_principal(tx, principal_id, is_active=False)
    tx.emit(events.PrincipalDisabled(str(principal_id), tx.actor))
    revoke_sessions(desk, tx, principal_id, "session.principal_disabled")


def unlock(tx: Tx, principal_id: PrincipalId) -> None:
    """Lift a lock: the next attempt is let in."""
    principal = load_principal(tx, principal_id)
    key = rules.attempts_key(principal.kind, principal.login_name)
    store.save_attempts(tx, key, rules.give_back(store.lock_attempts(tx, key)))
    tx.emit(events.Unlocked(str(principal_id), tx.actor))


def load_principal(tx: ReadTx, principal_id: PrincipalId) -> Principal:
    if principal := store.load_principal(tx, principal_id):
        return principal
    raise NotFound("login.unknown_principal", principal=principal_id)


def totp_context(principal_id: PrincipalId) -> str:
    return f"totp:{principal_id}"
