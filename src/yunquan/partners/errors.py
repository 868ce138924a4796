"""What the API itself refuses; rules of trading and money belong to the rooms below."""

from __future__ import annotations

from yunquan.kernel.errors import NotFound


def not_yours(account: str) -> NotFound:
    """No such account, or somebody else's: which, is not told."""
    return NotFound("account.not_yours", account=account[:40])
