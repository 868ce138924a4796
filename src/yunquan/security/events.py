"""What happened at the doors. No password, token, code or secret is ever in an event."""

from __future__ import annotations

import msgspec


class PrincipalRegistered(
    msgspec.Struct, frozen=True, array_like=True, tag="security.principal_registered@1"
):
    """Someone can log in from now on."""

    principal: str
    kind: str
    subject: str
    roles: list[str]
    by: str


class PrincipalDisabled(
    msgspec.Struct, frozen=True, array_like=True, tag="security.principal_disabled@1"
):
    """Someone can't log in any more; their sessions ended with it."""

    principal: str
    by: str


class LoggedIn(msgspec.Struct, frozen=True, array_like=True, tag="security.logged_in@1"):
    """A session began."""

    principal: str
    kind: str
    session: str
    address: str
    device: str


class LoginFailed(msgspec.Struct, frozen=True, array_like=True, tag="security.login_failed@1"):
    """An attempt failed. principal is None for a name nobody has; the name itself is not kept (it
    may be a password)."""

    principal: str | None
    kind: str
    address: str
    code: str
    failures: int


class LockedOut(msgspec.Struct, frozen=True, array_like=True, tag="security.locked_out@1"):
    """A login name is refused until `until_ms`, whatever the password."""

    principal: str | None
    kind: str
    failures: int
    until_ms: int


class Unlocked(msgspec.Struct, frozen=True, array_like=True, tag="security.unlocked@1"):
    """Staff lifted a lock."""

    principal: str
    by: str


class LoggedOut(msgspec.Struct, frozen=True, array_like=True, tag="security.logged_out@1"):
    """A session's owner ended it."""

    principal: str
    session: str


class SessionRevoked(
    msgspec.Struct, frozen=True, array_like=True, tag="security.session_revoked@1"
):
    """A session was ended from elsewhere; reason is a code."""

    principal: str
    session: str
    by: str
    reason: str


class PasswordChanged(
    msgspec.Struct, frozen=True, array_like=True, tag="security.password_changed@1"
):
    """A password was replaced; every other session of the principal ended."""

    principal: str
    by: str


class SecondFactorEnrolled(
    msgspec.Struct, frozen=True, array_like=True, tag="security.second_factor_enrolled@1"
):
    """A principal got a new secret for one-time codes."""

    principal: str
    by: str


class Looked(msgspec.Struct, frozen=True, array_like=True, tag="security.looked@1"):
    """Someone looked at sensitive data: who, at whose, at what, and the reason given."""

    look: str
    by: str
    subject: str
    what: str
    why: str


EVENTS = (
    PrincipalRegistered,
    PrincipalDisabled,
    LoggedIn,
    LoginFailed,
    LockedOut,
    Unlocked,
    LoggedOut,
    SessionRevoked,
    PasswordChanged,
    SecondFactorEnrolled,
    Looked,
)
