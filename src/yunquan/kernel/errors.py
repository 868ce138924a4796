"""Errors with stable codes. A refusal is a value (the customer's business); a breakdown is an
exception (ours).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


class YunquanError(Exception):
    """An error with a stable code ("room.reason") and the facts its sentence needs. Faces map
    `status` to HTTP.
    """

    status: ClassVar[int] = 500

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        facts = " ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code} {facts}".strip()


class Invalid(YunquanError):
    """The request itself is malformed or breaks a rule that needs no state."""

    status = 400


class Unauthorised(YunquanError):
    """Nobody is logged in, or the credentials are wrong."""

    status = 401


class Forbidden(YunquanError):
    """Somebody is logged in, and may not do this."""

    status = 403


class NotFound(YunquanError):
    """There is no such thing, or it isn't yours to see."""

    status = 404


class Conflict(YunquanError):
    """The request contradicts something already done (a reused key with another body, a second
    writer).
    """

    status = 409


class Unavailable(YunquanError):
    """The outcome is unknown or the part is down; retry with the same id."""

    status = 503


@dataclass(frozen=True, slots=True)
class Refused:
    """A decision against the customer: stored, shown, counted. `facts` fill the sentence of
    `code`.
    """

    code: str
    facts: dict[str, Any] = field(default_factory=dict)
