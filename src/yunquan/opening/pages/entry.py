"""The way in: a phone's number, the code it got, and from there to wherever one was."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

from litestar import get, post
from litestar.response import Redirect, Response

from yunquan.kernel.errors import Unauthorised, YunquanError
from yunquan.onboarding import Onboarding
from yunquan.onboarding.types import OpenedDoor, Visitor
from yunquan.opening.adapters.stage import Stage
from yunquan.opening.pages.parts import (
    A_YEAR_S,
    ANYONE,
    DEVICE_COOKIE,
    HOME,
    AnyRequest,
    Locale,
    Templates,
    TheDesk,
    TheOnboarding,
    TheStage,
    applicant,
    door_cookie,
    fields_of,
    keep_door,
    place_of,
    told,
)

PAGE: Final = "opening/entry.html"
MOST_POINTS: Final = 99


@get(HOME, opt=ANYONE)
async def entry_page(
    request: AnyRequest, onboarding: TheOnboarding, templates: Templates, stage: TheStage
) -> Response[Any]:
    """Where an applicant left off; the phone's number for everybody else."""
    try:
        one = await applicant(request, onboarding)
    except Unauthorised:
        mobile = str(request.query_params.get("mobile", ""))[:11] if stage.is_open else ""
        closed = bool(request.query_params.get("closed"))
        return templates.page(PAGE, **entry_facts(stage, mobile=mobile, closed=closed))
    return Redirect(place_of(one), status_code=303)


def entry_facts(stage: Stage, **known: Any) -> dict[str, Any]:
    """sent: of the code that is under way, None before one is. closed: a visit has ended."""
    empty = {"mobile": "", "sent": None, "failed": "", "failed_at": "", "closed": False}
    return empty | {"stage": stage.is_open, "texts": (), "key": ""} | known


@post("/open/code", opt=ANYONE, status_code=200)
async def send_code(
    request: AnyRequest,
    desk: TheDesk,
    onboarding: TheOnboarding,
    locale: Locale,
    templates: Templates,
    stage: TheStage,
) -> Response[Any]:
    """A code to this phone, and the page with the field for it."""
    form = fields_of(await request.form())
    mobile = form.get("mobile", "").replace(" ", "").replace("-", "")
    network = request.scope["state"]["address"]
    shown = entry_facts(stage, mobile=mobile)
    status = 200
    try:
        sent = await asyncio.to_thread(onboarding.doors.send_code, mobile, locale, network)
        shown["sent"] = {"again_in_s": sent.again_in_s, "minutes": sent.minutes}
    except YunquanError as error:
        status = error.status
        shown |= told(desk, locale, error) | {"failed_at": "mobile"}
        # Too soon: the one before is still good.
        if error.code == "verification.code_too_soon":
            wait = int(error.facts.get("seconds", 60))
            shown["sent"] = {"again_in_s": wait, "minutes": 0}
    return templates.page(PAGE, status=status, **shown)


@post("/open/enter", opt=ANYONE, status_code=200)
async def enter(
    request: AnyRequest,
    desk: TheDesk,
    onboarding: TheOnboarding,
    locale: Locale,
    templates: Templates,
    stage: TheStage,
) -> Response[Any]:
    """The code was right: a new application, or the one that lives under this phone."""
    form = fields_of(await request.form())
    mobile, code = form.get("mobile", ""), form.get("code", "")
    device = request.cookies.get(DEVICE_COOKIE, "")[:60] or secrets.token_urlsafe(18)
    visitor = visitor_of(request, form, locale, device)

    def come_in() -> tuple[OpenedDoor, int]:
        opened = onboarding.doors.enter(mobile, code, visitor)
        return opened, door_seconds(onboarding)

    try:
        opened, seconds = await asyncio.to_thread(come_in)
    except YunquanError as error:
        shown = entry_facts(stage, mobile=mobile, sent={"again_in_s": 0, "minutes": 0})
        shown |= told(desk, locale, error) | {"failed_at": "code"}
        return templates.page(PAGE, status=error.status, **shown)
    answer: Response[Any] = Redirect(place_of(opened.application), status_code=303)
    secure = request.scope["state"]["https"]
    answer.set_cookie(
        DEVICE_COOKIE,
        device,
        max_age=A_YEAR_S,
        path=HOME,
        samesite="lax",
        httponly=True,
        secure=secure,
    )
    return keep_door(request, answer, opened, seconds)


def door_seconds(onboarding: Onboarding) -> int:
    """How long a visit may last."""
    return onboarding.doors.seconds()


def visitor_of(request: AnyRequest, form: dict[str, str], locale: str, device: str) -> Visitor:
    """What a device says of itself."""
    agent = request.headers.get("user-agent", "")
    points = form.get("touch_points", "")
    is_phone = any(mark in agent for mark in ("Mobi", "Android", "iPhone"))
    known = points.isascii() and points.isdigit() and len(points) <= 3
    return Visitor(
        locale=locale,
        channel="web",
        kind="phone" if is_phone else "desktop",
        device=device,
        network=request.scope["state"]["address"],
        user_agent=agent,
        touch_points=min(int(points), MOST_POINTS) if known else -1,
        automated=form.get("automated") == "1",
    )


@post("/open/phone", opt=ANYONE, status_code=200)
async def simulated_phone(
    request: AnyRequest, templates: Templates, stage: TheStage
) -> Response[Any]:
    """The texts of a simulated phone; nothing outside a demonstration."""
    mobile = fields_of(await request.form()).get("mobile", "")
    texts = await asyncio.to_thread(stage.texts, mobile) if stage.is_open else ()
    return templates.page("opening/phone.html", mobile=mobile, texts=texts, stage=stage.is_open)


@post("/open/leave", opt=ANYONE, status_code=303)
async def leave(request: AnyRequest) -> Response[Any]:
    """Forget this browser; the application stays for the phone's holder."""
    answer = Redirect(HOME, status_code=303)
    answer.set_cookie(door_cookie(request, "", 0))
    return answer


handlers = [entry_page, send_code, enter, simulated_phone, leave]
