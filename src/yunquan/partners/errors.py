"""What the API itself refuses; rules of trading and money belong to the rooms below."""

from __future__ import annotations

from yunquan.kernel.errors import Invalid, NotFound


def key_missing() -> Invalid:
    """The request changes something and names no Idempotency-Key."""
    return Invalid("request.key_missing")


def key_malformed(longest: int) -> Invalid:
    """The Idempotency-Key has other characters than letters, digits, dot, dash, underscore, or too
    many.
    """
    return Invalid("request.key_malformed", longest=longest)


def not_yours(account: str) -> NotFound:
    """No such account, or somebody else's: which, is not told."""
    return NotFound("account.not_yours", account=account[:40])
