"""After the signature: where it stands, in plain words; taking it back."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get, post
from litestar.response import Redirect, Response

from yunquan.clients import load_client
from yunquan.clients.types import ClientId
from yunquan.kernel.errors import Unauthorised, YunquanError
from yunquan.kernel.zone import minute_of
from yunquan.onboarding.types import Application, State
from yunquan.opening.pages.here import CLOSED, Facts, Here, TheHere
from yunquan.opening.pages.parts import (
    ANYONE,
    HOME,
    STATUS,
    door_cookie,
    place_of,
    told,
)

PAGE: Final = "opening/status.html"
STILL_MOVING: Final = (State.REVIEW, State.OPENING, State.OPENED)
MAY_WITHDRAW: Final = (State.FILLING, State.REVIEW)


def line_of(one: Application) -> list[tuple[str, int, str]]:
    """(what, when, "done" | "now" | "ahead") from handing in to trading everywhere."""
    times = {
        "submitted": one.submitted_at_ms,
        "reviewed": one.decided_at_ms if one.state is not State.REVIEW else 0,
        "opened": one.opened_at_ms,
        "active": one.active_at_ms,
    }
    line, now = list[tuple[str, int, str]](), True
    for what, at_ms in times.items():
        state = "done" if at_ms else "now" if now else "ahead"
        now = now and bool(at_ms)
        line.append((what, at_ms, state))
    return line


async def status_facts(here: Here, one: Application) -> Facts:
    """customer: the name to log in with, once there is one."""

    def load() -> str:
        if not one.client:
            return ""
        with here.onboarding.parts.database.read() as tx:
            return load_client(tx, ClientId(one.client)).login_name

    told_state = one.state.value
    if one.state is State.OPENING and one.day:
        told_state = "opening_day"
    return {
        "one": one,
        "customer": await asyncio.to_thread(load),
        "told_state": told_state,
        "line": line_of(one),
        "moving": one.state in STILL_MOVING,
        "may_withdraw": one.state in MAY_WITHDRAW,
        "moment": minute_of,
        "failed": "",
    }


@get(STATUS, opt=ANYONE)
async def status_page(here: TheHere) -> Response[Any]:
    """Where it stands; asked again by the page itself while it moves."""
    try:
        one = await here.applicant()
    except Unauthorised:
        return Redirect(CLOSED, status_code=303)
    if (place := place_of(one)) != STATUS:
        return Redirect(place, status_code=303)
    return here.templates.page(PAGE, "state", **await status_facts(here, one))


@post("/open/withdraw", opt=ANYONE, status_code=200)
async def withdraw(here: TheHere) -> Response[Any]:
    """Take everything back; said twice by whoever does."""
    try:
        one = await here.applicant()
    except Unauthorised as error:
        return here.nobody(error)
    form = await here.fields()
    if form.get("sure") != "yes":
        return Redirect(HOME, status_code=303)
    try:
        await asyncio.to_thread(here.onboarding.doors.withdraw, str(one.id))
    except YunquanError as error:
        failed = told(here.desk, here.locale, error)["failed"]
        return here.trouble(failed, error.status)
    answer = here.trouble(here.say("onboarding.withdrawn"), 200)
    answer.set_cookie(door_cookie(here.request, "", 0))
    return answer


handlers = [status_page, withdraw]
