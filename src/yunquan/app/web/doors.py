"""Logging in and out over HTTP: what /login, /staff/login and the API's sessions share."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from litestar.connection import Request
from litestar.datastructures import Cookie
from litestar.response import Response

from yunquan.app.web.gate import SESSION_COOKIE
from yunquan.kernel.errors import Forbidden, Refused, Unauthorised
from yunquan.security import (
    LoginDesk,
    change_password,
    confirm_password,
    csrf_token,
    list_logins,
    list_sessions,
    log_in,
    log_out,
    revoke_others,
    revoke_session,
)
from yunquan.security.types import (
    LoginRequest,
    OpenedSession,
    PastLogin,
    PrincipalKind,
    Session,
    SessionId,
)

_LONGEST_FIELD = 200
_BROWSERS = (
    ("Edg/", "Edge"),
    ("MicroMessenger/", "WeChat"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class Doors:
    """The two doors, client and staff. One a process."""

    def __init__(self, login: LoginDesk) -> None:
        self._login = login

    async def log_in(
        self,
        request: Request[Any, Any, Any],
        kind: str,
        login_name: str,
        password: str,
        totp_code: str = "",
    ) -> OpenedSession:
        """A new session. kind: "client" or "staff". Raises Unauthorised, or Forbidden while locked,
        with the refusal's code.
        """
        asked = LoginRequest(
            PrincipalKind(kind),
            login_name[:_LONGEST_FIELD],
            password[:_LONGEST_FIELD],
            totp_code[:_LONGEST_FIELD],
            address=request.scope["state"]["address"],
            device=device_label(request.headers.get("user-agent", "")),
        )
        opened = await log_in(self._login, asked)
        if isinstance(opened, Refused):
            raise refusal(opened)
        # A session the browser had before is over: whoever knew its token must not come along.
        before = request.scope["state"].get("session")
        if before is not None and before.principal == opened.session.principal:
            await self.log_out(before)
        return opened

    def keep(
        self, request: Request[Any, Any, Any], response: Response[Any], opened: OpenedSession
    ) -> Response[Any]:
        """The response with the session's cookie, dropped when the session must end."""
        started_ms, ends_ms = opened.session.started_at_ms, opened.session.ends_at_ms
        response.set_cookie(
            session_cookie(
                opened.token, (ends_ms - started_ms) // 1000, secure=request.scope["state"]["https"]
            )
        )
        return response

    async def leave(
        self, request: Request[Any, Any, Any], response: Response[Any]
    ) -> Response[Any]:
        """End this request's session, and have the browser forget its cookie."""
        session = request.scope["state"].get("session")
        if session is not None:
            await self.log_out(session)
        response.set_cookie(session_cookie("", 0, secure=request.scope["state"]["https"]))
        return response

    async def log_out(self, session: Session) -> None:
        """End a session of one's own, at once."""
        await asyncio.to_thread(log_out, self._login, session)

    async def sessions(self, session: Session) -> list[Session]:
        """Where this principal is logged in, newest first."""
        return await asyncio.to_thread(self._list, session)

    def _list(self, session: Session) -> list[Session]:
        with self._login.database.read() as tx:
            return list_sessions(tx, session.principal)

    async def revoke(self, session: Session, which: str) -> None:
        """End another session of one's own. Raises NotFound session.unknown for anyone else's."""
        await asyncio.to_thread(revoke_session, self._login, session, SessionId(which))

    async def revoke_others(self, session: Session) -> int:
        """End every other session of one's own; how many there were."""
        return await asyncio.to_thread(revoke_others, self._login, session)

    async def logins(self, session: Session) -> list[PastLogin]:
        """This principal's logins of the last 30 days, newest first."""
        return await asyncio.to_thread(self._list_logins, session)

    def _list_logins(self, session: Session) -> list[PastLogin]:
        with self._login.database.read() as tx:
            return list_logins(tx, session.principal)

    async def change_password(self, session: Session, old: str, new: str) -> None:
        """Replace one's own password; every other session ends. Raises Forbidden with why not."""
        given = old[:_LONGEST_FIELD], new[: _LONGEST_FIELD + 1]
        if refused := await change_password(self._login, session, *given):
            raise Forbidden(refused.code, **refused.facts)

    async def confirm_password(self, session: Session, password: str) -> None:
        """It is still who logged in. Raises Forbidden with why not."""
        if refused := await confirm_password(self._login, session, password[:_LONGEST_FIELD]):
            raise Forbidden(refused.code, **refused.facts)

    def csrf(self, session: Session) -> str:
        """The token that unsafe requests under this session's cookie must carry."""
        return csrf_token(self._login, session.id)


def refusal(refused: Refused) -> Unauthorised | Forbidden:
    """A refused login as an error: wrong credentials 401, a lock or a disabled login 403."""
    kind = Unauthorised if refused.code.startswith(("login.wrong_", "login.code_")) else Forbidden
    return kind(refused.code, **refused.facts)


def session_cookie(token: str, seconds: int, *, secure: bool) -> Cookie:
    """seconds: 0 has the browser forget it."""
    return Cookie(
        key=SESSION_COOKIE,
        value=token,
        path="/",
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def device_label(user_agent: str) -> str:
    """What people recognise a device by: "Chrome, macOS"."""
    found = [
        next((label for mark, label in marks if mark in user_agent), "")
        for marks in (_BROWSERS, _SYSTEMS)
    ]
    known = ", ".join(label for label in found if label)
    program = re.match(r"[A-Za-z][A-Za-z0-9._-]{0,30}", user_agent)
    return known or (program[0] if program else "")
