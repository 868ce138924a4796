"""Principals, sessions, limits. A principal is whoever can log in; what it stands for is another
room's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec

from yunquan.kernel.ids import Id


class PrincipalId(Id, prefix="prn"):
    """Whoever can log in."""


class StaffId(Id, prefix="stf"):
    """A member of staff."""


class SessionId(Id, prefix="ses"):
    """One login, for listing and revoking; it opens nothing by itself."""


class LookId(Id, prefix="look"):
    """One record of a look at sensitive data."""


class PrincipalKind(StrEnum):
    """Two doors: the same login name may exist behind each."""

    CLIENT = "client"
    STAFF = "staff"


class Role(StrEnum):
    """What a member of staff works on."""

    RISK = "risk"
    OPERATIONS = "operations"
    SERVICE = "service"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone who can log in.

    subject: the id of what it stands for in another room ("cli_..."), or the staff id. totp_sealed:
    the second factor's secret, encrypted; totp_last_step: the last 30-second step whose code was
    used (0 for none).
    """

    id: PrincipalId
    kind: PrincipalKind
    login_name: str
    display_name: str
    subject: str
    roles: frozenset[Role]
    is_active: bool
    password_hash: str = field(repr=False)
    totp_sealed: bytes | None = field(default=None, repr=False)
    totp_last_step: int = 0


@dataclass(frozen=True, slots=True)
class NewPrincipal:
    """What is needed to let someone log in; the password travels separately, as a hash."""

    kind: PrincipalKind
    login_name: str
    display_name: str
    subject: str
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Session:
    """A login that lasts. All *_at_ms in milliseconds since 1970 UTC; ends_at_ms is the absolute
    end."""

    id: SessionId
    principal: PrincipalId
    kind: PrincipalKind
    subject: str
    login_name: str
    display_name: str
    roles: frozenset[Role]
    device: str
    address: str
    started_at_ms: int
    last_seen_at_ms: int
    ends_at_ms: int

    @property
    def actor(self) -> str:
        """Who acts, as transactions and the audit trail name them ("client:cli_...")."""
        return f"{self.kind.value}:{self.subject}"


@dataclass(frozen=True, slots=True)
class PastLogin:
    """A login of the last 30 days. is_open: its session still stands."""

    session: Session
    is_open: bool


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A fresh session with its token, which exists only here and in the browser's cookie."""

    session: Session
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What the login page sends. totp_code: six digits, staff only. device: a label for people
    ("Chrome, macOS")."""

    kind: PrincipalKind
    login_name: str
    password: str = field(repr=False)
    totp_code: str = field(default="", repr=False)
    address: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failures so far of one login name. An admitted attempt counts as failed until it has
    succeeded."""

    failures: int = 0
    last_at_ms: int = 0
    locked_until_ms: int = 0


@dataclass(frozen=True, slots=True)
class AddressWindow:
    """Failures from one network address in the current window."""

    started_at_ms: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Challenge:
    """An admitted attempt, waiting for its password to be checked. principal is None for an unknown
    name."""

    attempts_key: str
    request: LoginRequest
    principal: Principal | None
    failures: int
    locked_until_ms: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a password check. fresh_hash: set when the stored hash used other parameters than
    now wanted."""

    matches: bool
    fresh_hash: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """Someone looked at something sensitive."""

    id: LookId
    at_ms: int
    actor: str
    subject: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class HashParameters:
    """Cost of argon2id: memory in KiB, passes over it, lanes. Default: one of OWASP's
    choices for one lane, about 25 ms; the small ones disturb the caches of orders least."""

    memory_kib: int = 9_216
    passes: int = 4
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class LockoutLimits:
    """After `allowed_failures` a login name waits `first_wait_s`; each further failure multiplies
    the wait by `growth`.

    Failures are forgotten `forget_after_s` after the last one or the end of the lock, whichever is
    later.
    """

    allowed_failures: int = 5
    first_wait_s: int = 60
    growth: int = 2
    longest_wait_s: int = 3_600
    forget_after_s: int = 86_400


@dataclass(frozen=True, slots=True)
class AddressLimits:
    """At most `allowed_failures` failed attempts from one address in `window_s`, give or take those
    being checked at the moment; successes don't count."""

    allowed_failures: int = 50
    window_s: int = 600


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """A session ends after `idle_s` without a request and `longest_s` after login; the oldest
    beyond `per_principal`."""

    idle_s: int
    longest_s: int
    per_principal: int = 20


@dataclass(frozen=True, slots=True)
class PasswordLimits:
    """Length in characters; `kinds` of lower, upper, digit, other that must appear."""

    shortest: int = 10
    longest: int = 128
    kinds: int = 2


def _session_limits() -> Mapping[PrincipalKind, SessionLimits]:
    return {
        PrincipalKind.CLIENT: SessionLimits(idle_s=30 * 60, longest_s=12 * 3_600),
        PrincipalKind.STAFF: SessionLimits(idle_s=15 * 60, longest_s=9 * 3_600),
    }


@dataclass(frozen=True, slots=True)
class SecurityLimits:
    """All limits of this room, handed in by settings."""

    lockout: LockoutLimits = LockoutLimits()
    address: AddressLimits = AddressLimits()
    password: PasswordLimits = PasswordLimits()
    sessions: Mapping[PrincipalKind, SessionLimits] = field(default_factory=_session_limits)


class SessionView(msgspec.Struct, frozen=True):
    """A login that lasts. current: the one this request came with."""

    id: str
    kind: str
    device: str
    address: str
    started_at_ms: int
    last_seen_at_ms: int
    ends_at_ms: int
    current: bool


class NewSession(msgspec.Struct, frozen=True):
    """token: for `Authorization: Bearer`, shown this once. csrf: only needed with the cookie in
    place of the token.
    """

    token: str
    csrf: str
    session: SessionView


class SessionList(msgspec.Struct, frozen=True):
    """Where somebody is logged in, newest first."""

    items: tuple[SessionView, ...]


@dataclass(frozen=True, slots=True)
class Relays:
    """Servers that help two browsers to a call. stun, turn: their addresses, as "turn:host:3478".
    key: shared with those of `turn`.
    """

    stun: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    key: str = ""


NO_RELAYS: Final = Relays()
