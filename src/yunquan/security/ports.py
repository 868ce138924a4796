"""What this room needs from outside: a slow hash for passwords, and a place to seal secrets."""

from __future__ import annotations

from typing import Protocol

from yunquan.security.types import Verdict


class Passwords(Protocol):
    """Hashes and checks passwords away from the caller's event loop."""

    async def hash(self, password: str) -> str:
        """A salted hash that names its own parameters."""
        ...

    async def verify(self, stored_hash: str | None, password: str) -> Verdict:
        """Whether the password is the one hashed. None (nobody has that name) takes as long and
        never matches."""
        ...


class Vault(Protocol):
    """Encrypts small secrets at rest. `context` binds a sealed value to its place: moved elsewhere
    it won't open."""

    def seal(self, secret: str, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> str: ...
