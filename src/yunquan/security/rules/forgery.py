"""Tokens against forged requests: bound to one session (or one visit before login) by a keyed
hash."""

from __future__ import annotations

import hashlib
import hmac


def csrf_token(key: bytes, bound_to: str) -> str:
    """The token a form must carry. bound_to: the session id, or the value of the visit's cookie
    before login."""
    return hmac.new(key, f"csrf:{bound_to}".encode(), hashlib.sha256).hexdigest()


def is_genuine(key: bytes, bound_to: str, token: str) -> bool:
    """Whether the token is that of this session; takes the same time however wrong it is."""
    return hmac.compare_digest(csrf_token(key, bound_to).encode(), token.encode())
