"""Logging in and out, where one is logged in, who one is."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Router, delete, get, post, put
from litestar.datastructures import State
from litestar.params import JSONBody, Parameter

from yunquan.partners.api.caller import Calling
from yunquan.partners.ports import Doors
from yunquan.partners.types import Login, Me
from yunquan.security.types import NewSession, Session, SessionList, SessionView


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The old password and the one to use from now on."""

    old: Annotated[str, msgspec.Meta(max_length=200)]
    new: Annotated[str, msgspec.Meta(max_length=200)]


class EndedSessions(msgspec.Struct, frozen=True):
    """How many sessions ended."""

    ended: int


class PastLoginView(msgspec.Struct, frozen=True):
    """A login of the last 30 days. is_open: its session still stands."""

    session: SessionView
    is_open: bool


class LoginHistory(msgspec.Struct, frozen=True):
    """Logins of the last 30 days, newest first."""

    items: tuple[PastLoginView, ...]


def session_view(session: Session, current: Session) -> SessionView:
    """A session as its owner sees it."""
    return SessionView(
        session.id,
        session.kind.value,
        session.device,
        session.address,
        session.started_at_ms,
        session.last_seen_at_ms,
        session.ends_at_ms,
        current=session.id == current.id,
    )


@post("/sessions", opt={"who": "anyone"}, summary="Log in")
async def log_in(
    request: Request[Any, Any, Any], state: State, data: JSONBody[Login]
) -> NewSession:
    """Send the token as `Authorization: Bearer`. Wrong credentials: 401 with the attempts left; too
    many: 403 with the time when the next may come, also in Retry-After.
    """
    doors: Doors = state.doors
    opened = await doors.log_in(request, data.kind, data.login_name, data.password, data.totp_code)
    return NewSession(
        opened.token, doors.csrf(opened.session), session_view(opened.session, opened.session)
    )


@get("/sessions", summary="Where one is logged in")
async def list_sessions(caller: Calling, state: State) -> SessionList:
    """Newest first."""
    found = await state.doors.sessions(caller.member)
    return SessionList(tuple(session_view(session, caller.member) for session in found))


@delete("/sessions/current", summary="Log out")
async def log_out(caller: Calling, state: State) -> None:
    """The token opens nothing any more, at once."""
    await state.doors.log_out(caller.member)


@delete("/sessions/others", status_code=200, summary="End all one's other sessions")
async def revoke_others(caller: Calling, state: State) -> EndedSessions:
    """Only the caller's own stays."""
    return EndedSessions(await state.doors.revoke_others(caller.member))


@get("/sessions/history", summary="One's logins of the last 30 days")
async def login_history(caller: Calling, state: State) -> LoginHistory:
    """Newest first, those whose session ended too."""
    found = await state.doors.logins(caller.member)
    return LoginHistory(
        tuple(PastLoginView(session_view(one.session, caller.member), one.is_open) for one in found)
    )


@put("/me/password", status_code=204, summary="Change one's password")
async def change_password(caller: Calling, state: State, data: JSONBody[NewPassword]) -> None:
    """Every other session ends. A wrong old password counts as a failed login does: 403."""
    await state.doors.change_password(caller.member, data.old, data.new)


@delete("/sessions/{session_id:str}", summary="End another session of one's own")
async def revoke(
    caller: Calling, state: State, session_id: Annotated[str, Parameter(max_length=40)]
) -> None:
    """For a lost phone. Somebody else's session: 404."""
    await state.doors.revoke(caller.member, session_id)


@get("/me", summary="Who one is")
async def me(caller: Calling) -> Me:
    """The caller, with their account numbers when they are a client."""
    session = caller.member
    return Me(
        session.kind.value,
        session.subject,
        session.login_name,
        session.display_name,
        tuple(sorted(role.value for role in session.roles)),
        caller.accounts(),
        caller.locale,
        simulated=caller.desk.simulated,
    )


router = Router(
    "/",
    route_handlers=[
        log_in,
        list_sessions,
        log_out,
        revoke_others,
        login_history,
        change_password,
        revoke,
        me,
    ],
    opt={"who": "member"},
    tags=["sessions"],
)
