"""Who asks: the session of a cookie or a bearer token, whether the route is theirs, and whether the
request is genuine.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.handlers import HTTPRouteHandler

from yunquan.app.web.looks import LookNotes, subject_of
from yunquan.kernel.errors import Forbidden, NotFound, Unauthorised
from yunquan.security import LoginDesk, authenticate, check_csrf, csrf_token, is_alive
from yunquan.security.types import PrincipalKind, Session

SESSION_COOKIE = "yq_session"
VISIT_COOKIE = "yq_visit"
# "nobody": pages that the framework brings and we don't show.
WHO = ("anyone", "member", "client", "staff", "nobody")
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


class Gate:
    """What every request to a route passes."""

    def __init__(self, login: LoginDesk) -> None:
        self._login = login
        self._looks = LookNotes(login.database)

    async def check(self, request: Request[Any, Any, Any]) -> None:
        """Put the session into the request's state and let it pass, or raise Unauthorised or
        Forbidden. Called before every handler; a guard would cost a copy of the handler each time.
        """
        opt = request.route_handler.opt
        who = opt.get("who")
        if who is None:
            # The framework's own answer to OPTIONS; every other route was checked at the start.
            return
        if opt.get("camera"):
            request.scope["state"]["camera"] = True
        if who == "nobody":
            raise NotFound("request.no_such_page")
        by_cookie = self._identify(request)
        state = request.scope["state"]
        session: Session | None = state["session"]
        if session is None and who != "anyone":
            raise Unauthorised(state.get("session_end", "session.needed"))
        if request.scope["method"] not in _SAFE:
            await self._check_genuine(request, session, by_cookie=by_cookie)
        if session is not None:
            check_allowed(session, who, opt.get("roles"))
            if what := opt.get("look"):
                subject = subject_of(request, opt.get("look_at", ""))
                if subject and session.kind is PrincipalKind.STAFF:
                    await self._looks.note(session.actor, subject, what)

    def _identify(self, connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
        """Find the session; True when it (or its absence) rests on cookies rather than on a bearer
        token.
        """
        state = connection.scope["state"]
        state["session"] = None
        bearer = bearer_token(connection.scope["headers"])
        token = bearer if bearer is not None else connection.cookies.get(SESSION_COOKIE, "")
        if token:
            try:
                state["session"] = authenticate(self._login, token)
            except Unauthorised as error:
                state["session_end"] = error.code
        return bearer is None

    def token_of(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
        """The session's token of a request that was let in."""
        bearer = bearer_token(connection.scope["headers"])
        return bearer if bearer is not None else connection.cookies.get(SESSION_COOKIE, "")

    def lives(self, token: str) -> bool:
        """Whether a session lives, without counting as its use."""
        return is_alive(self._login, token)

    async def _check_genuine(
        self,
        connection: ASGIConnection[Any, Any, Any, Any],
        session: Session | None,
        *,
        by_cookie: bool,
    ) -> None:
        if not by_cookie:
            return
        if connection.headers.get("sec-fetch-site") == "cross-site":
            raise Forbidden("request.cross_site")
        content_type = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
        # Without a session only a form can be sent by another site unasked: JSON would need a leave
        # we never give.
        if session is None and content_type and content_type not in _FORMS:
            return
        bound_to = session.id if session is not None else connection.cookies.get(VISIT_COOKIE, "")
        given = connection.headers.get("x-csrf-token", "")
        if not given and content_type in _FORMS[:2] and isinstance(connection, Request):
            given = str((await connection.form()).get("csrf", ""))
        # An empty cookie is nobody's: a token for it could be had by anyone.
        if not bound_to:
            raise Forbidden("session.forged_request")
        check_csrf(self._login, bound_to, given)


def bearer_token(headers: Any) -> str | None:
    """The token of `Authorization: Bearer`, None without that header."""
    for name, value in headers:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if kind.lower() == "bearer" else ""
    return None


def check_allowed(session: Session, who: str, roles: tuple[str, ...] | None) -> None:
    """Raise Forbidden when somebody is logged in who may not."""
    if who not in ("anyone", "member") and session.kind is not PrincipalKind(who):
        raise Forbidden("session.wrong_door", needed=who)
    if roles is not None and not any(role.value in roles for role in session.roles):
        raise Forbidden("staff.role_missing", roles=", ".join(roles))


def page_token(login: LoginDesk, session: Session | None, visit: str) -> str:
    """What forms of a page must carry. visit: the visit cookie's value, for pages before login."""
    return csrf_token(login, session.id if session is not None else visit)


def new_visit() -> str:
    """A value for the visit cookie: says nothing, opens nothing, only can't be guessed."""
    return secrets.token_urlsafe(18)


def check_declared(handlers: Iterable[HTTPRouteHandler]) -> None:
    """Stop the start when a route doesn't say who may use it, or has put something in the gate's
    place.
    """
    for handler in handlers:
        who = handler.opt.get("who")
        if who not in WHO:
            raise ValueError(f"route {sorted(handler.paths)}: opt who={who!r} is none of {WHO}")
        before = handler.resolve_before_request()
        if getattr(before, "__qualname__", "") != Gate.check.__qualname__:
            raise ValueError(f"route {sorted(handler.paths)}: its before_request hides the gate")
