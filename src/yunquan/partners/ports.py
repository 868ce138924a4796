"""What the API needs of the shell around it."""

from __future__ import annotations

from typing import Any, Protocol

from yunquan.security.types import OpenedSession, PastLogin, Session


class Doors(Protocol):
    """Logging in and out over HTTP."""

    async def log_in(
        self, request: Any, kind: str, login_name: str, password: str, totp_code: str = ""
    ) -> OpenedSession: ...

    async def log_out(self, session: Session) -> None: ...

    async def sessions(self, session: Session) -> list[Session]: ...

    async def revoke(self, session: Session, which: str) -> None: ...

    async def revoke_others(self, session: Session) -> int: ...

    async def logins(self, session: Session) -> list[PastLogin]: ...

    async def change_password(self, session: Session, old: str, new: str) -> None: ...

    def csrf(self, session: Session) -> str: ...


class OwnAccounts(Protocol):
    """Account numbers by client, ordinary cash account first."""

    def of(self, client: str) -> tuple[str, ...]: ...

    def forget(self, client: str) -> None: ...
