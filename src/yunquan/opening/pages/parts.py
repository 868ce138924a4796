"""What every page of an applicant needs: whose it is, where they are, how a refusal is told."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.response import Redirect, Response

from yunquan.desk import Desk
from yunquan.kernel.errors import YunquanError
from yunquan.onboarding import Onboarding
from yunquan.onboarding.rules import steps
from yunquan.onboarding.types import Application, OpenedDoor, State, Step
from yunquan.opening.adapters.stage import Stage

ANYONE: Final = {"who": "anyone"}
CAMERA: Final = {"who": "anyone", "camera": True}
HOME: Final = "/open"
STATUS: Final = "/open/status"
COOKIE: Final = "yq_apply"
DEVICE_COOKIE: Final = "yq_device"
A_YEAR_S: Final = 365 * 86_400
IMAGE_BYTES: Final = 6 << 20
CLIP_BYTES: Final = 9 << 20
LONGEST_FIELD: Final = 400
AGAIN_S: Final = 60

TheDesk = NamedDependency[Desk]
TheOnboarding = NamedDependency[Onboarding]
TheStage = NamedDependency[Stage]
Locale = NamedDependency[str]
Templates = NamedDependency[Any]
AnyRequest = Request[Any, Any, Any]


async def applicant(request: AnyRequest, onboarding: Onboarding) -> Application:
    """Whose cookie this is. Raises Unauthorised onboarding.door_closed."""
    token = request.cookies.get(COOKIE, "")
    return await asyncio.to_thread(onboarding.doors.application_of, token)


def door_cookie(request: AnyRequest, token: str, seconds: int) -> Cookie:
    """seconds: 0 has the browser forget it."""
    return Cookie(
        key=COOKIE,
        value=token,
        path=HOME,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=request.scope["state"]["https"],
    )


def keep_door(
    request: AnyRequest, response: Response[Any], opened: OpenedDoor, seconds: int
) -> Response[Any]:
    """The response with the applicant's cookie."""
    response.set_cookie(door_cookie(request, opened.token, seconds))
    return response


def place_of(one: Application) -> str:
    """Where an application goes on."""
    ahead = steps.next_step(one.done)
    if one.state is not State.FILLING or ahead is None:
        return STATUS
    return f"{HOME}/{ahead.value}"


def is_open(one: Application, step: Step) -> bool:
    """Whether this step's page may be shown."""
    return steps.check_step(one, step) is None


async def step_facts(onboarding: Onboarding, one: Application, step: Step) -> dict[str, Any]:
    """What surrounds every step: which of how many, how long still, the way back."""

    def load() -> int:
        onboarding.filling.show(str(one.id), step)
        return onboarding.filling.seconds_left(one)

    seconds = await asyncio.to_thread(load)
    number = steps.ORDER.index(step) + 1
    before = [known for known in steps.ORDER[: number - 1] if known in one.done]
    return {
        "one": one,
        "step": step.value,
        "number": number,
        "count": len(steps.ORDER),
        "minutes": max(1, round(seconds / 60)),
        "order": [known.value for known in steps.ORDER],
        "done": [known.value for known in one.done],
        "before": before[-1].value if before else "",
        "again": step in one.done,
        "failed": "",
        "failed_at": "",
        "failed_code": "",
        "stops": "",
        "returned": one.code if one.code.startswith("onboarding.return.") else "",
    }


def wants_json(request: AnyRequest) -> bool:
    """Whether an island asks, which goes where `next` says."""
    return request.headers.get("accept", "").startswith("application/json")


def onward(request: AnyRequest, next_: str = HOME) -> Response[Any]:
    """The step is behind; on to whatever comes."""
    if wants_json(request):
        return Response({"next": next_}, media_type="application/json", status_code=200)
    return Redirect(next_, status_code=303)


def told(desk: Desk, locale: str, error: YunquanError) -> dict[str, Any]:
    """A refusal in words, and the field it is about."""
    facts = dict(error.facts)
    text = desk.text(locale)
    if "step" in facts:
        facts["step"] = text(f"ui.opening.step.{facts['step']}") if facts["step"] else ""
    at = str(facts.get("field", facts.get("consent", "")))
    # A field is called in a sentence what it is called on the page.
    label = f"ui.opening.field.{at}"
    if "field" in facts and (named := text(label)) != label:
        facts["field"] = named
    return {
        "failed": text(error.code, **facts),
        "failed_at": at,
        "failed_code": error.code,
    }


def refused_json(desk: Desk, locale: str, error: YunquanError) -> Response[Any]:
    """A refusal for an island. wait_s: for how long to wait, where that is what's missing;
    opens_at_ms: when a desk opens that is closed.
    """
    said = told(desk, locale, error)["failed"]
    body = {"code": error.code, "text": said}
    if error.code == "verification.code_too_soon":
        body["wait_s"] = error.facts.get("seconds", AGAIN_S)
    if opens_at_ms := error.facts.get("opens_at_ms"):
        body["opens_at_ms"] = opens_at_ms
    return Response(body, media_type="application/json", status_code=error.status)


def fields_of(form: Any) -> dict[str, str]:
    """What was typed, cut to what any field may hold."""
    return {
        name: str(value)[:LONGEST_FIELD] for name, value in form.items() if isinstance(value, str)
    }
