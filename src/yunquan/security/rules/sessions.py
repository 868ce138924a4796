"""When a session has ended, what its token is stored as, and what counts as a reason for a look."""

from __future__ import annotations

import hashlib

from yunquan.kernel.errors import Refused
from yunquan.security.types import Session, SessionLimits

_SHORTEST_REASON = 4
_LONGEST_REASON = 200


def token_hash(token: str) -> bytes:
    """What is stored of a token. A plain hash is enough: tokens are 256 random bits, not words."""
    return hashlib.sha256(token.encode()).digest()


def session_end(
    session: Session, last_seen_at_ms: int, now_ms: int, limits: SessionLimits
) -> str | None:
    """The code of why the session has ended; None while it lives."""
    if now_ms >= session.ends_at_ms:
        return "session.expired"
    if now_ms - last_seen_at_ms >= limits.idle_s * 1000:
        return "session.idle"
    return None


def check_reason(why: str) -> Refused | None:
    """A look at sensitive data needs a reason that a reviewer can read."""
    fits = _SHORTEST_REASON <= len(why.strip()) <= _LONGEST_REASON
    return (
        None
        if fits
        else Refused(
            "look.reason_needed", {"shortest": _SHORTEST_REASON, "longest": _LONGEST_REASON}
        )
    )
