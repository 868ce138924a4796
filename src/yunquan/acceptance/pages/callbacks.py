"""Calling new clients back: who is due, the script to read aloud, what it came to."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.acceptance.pages.parts import (
    CALL,
    CALLING,
    LONGEST_ID,
    SEE_CALLS,
    Here,
    Templates,
    TheDesk,
    TheHere,
    TheOnboarding,
    names_in,
    place_of,
    texts_of,
)
from yunquan.clients.rules import mask_middle
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid, YunquanError
from yunquan.kernel.zone import minute_of
from yunquan.onboarding.rules.calls import OUTCOMES, QUESTIONS
from yunquan.onboarding.types import State
from yunquan.security import record_look

PATH: Final = "/staff/callbacks/{application:str}"
PAGE: Final = "acceptance/callback.html"


@get("/staff/callbacks", opt=SEE_CALLS)
async def callbacks_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    templates: Templates,
) -> Response[str]:
    """Who is to be called, the oldest promise first."""
    after = place_of(request.query_params.get("after", ""))
    done = request.query_params.get("done", "")
    return templates.page(
        "acceptance/callbacks.html",
        page=await asyncio.to_thread(onboarding.calling.due, after),
        after=after,
        done=done if done in OUTCOMES else "",
        now_ms=to_ms(desk.clock.now()),
        moment=minute_of,
        market=desk.market_status(),
    )


@get(PATH, opt=SEE_CALLS | {"look": "application"})
async def callback_page(
    here: TheHere,
    application: FromPath[str],
) -> Response[str]:
    """The script for one. Raises NotFound."""
    return here.templates.page(PAGE, **(await call_facts(here, application)))


async def refused_page(
    here: Here, application: str, error: YunquanError, act: str, form: dict[str, str]
) -> Response[Any]:
    """The script with the refusal beside what was tried, what was ticked kept."""
    shown = await call_facts(here, application)
    shown |= {"failed": here.said(error), "failed_act": act, "given": form}
    return here.templates.page(PAGE, status=error.status, **shown)


async def call_facts(here: Here, application: str) -> dict[str, Any]:
    """Everything the script's template needs."""

    onboarding = here.onboarding

    def load() -> dict[str, Any]:
        with onboarding.parts.database.read() as tx:
            one = onboarding.load(tx, application[:LONGEST_ID])
            own = onboarding.own(tx, str(one.id))
            return {
                "one": one,
                "mobile": mask_middle(own.mobile, 3, 4),
                "calls": onboarding.calling.calls(tx, str(one.id)),
                "staff": names_in(tx),
            }

    shown = await asyncio.to_thread(load)
    return shown | {
        "questions": QUESTIONS,
        "outcomes": OUTCOMES,
        "may_call": bool(here.session.roles & CALLING),
        "opened": shown["one"].state in (State.OPENED, State.ACTIVE),
        "bare": False,
        "moment": minute_of,
        "market": here.desk.market_status(),
        "failed": "",
        "failed_act": "",
        "given": {},
    }


@post(f"{PATH}/number", opt=CALL, status_code=200)
async def reveal_number(
    here: TheHere,
    application: FromPath[str],
) -> Response[str]:
    """The number to dial, once, in the answer to this request; the look is recorded."""
    form = await texts_of(here.request)

    def look() -> str:
        database = here.onboarding.parts.database
        with database.transaction(actor=here.session.actor) as tx:
            one = here.onboarding.load(tx, application[:LONGEST_ID])
            record_look(tx, one.owner, "identity", form.get("reason", ""))
            return here.onboarding.own(tx, str(one.id)).mobile

    try:
        mobile = await asyncio.to_thread(look)
    except Invalid as error:
        return await refused_page(here, application, error, "number", {})
    shown = await call_facts(here, application)
    return here.templates.page(PAGE, **{**shown, "mobile": mobile, "bare": True})


@post(f"{PATH}/call", opt=CALL, status_code=200)
async def record_call(
    here: TheHere,
    application: FromPath[str],
) -> Response[Any]:
    """What a call came to, with every answer; a refusal keeps what was ticked."""
    form = await texts_of(here.request)
    outcome = form.get("outcome", "")
    answers = {
        name: form[f"q-{name}"] == "yes"
        for name in QUESTIONS
        if form.get(f"q-{name}") in ("yes", "no")
    }
    record = partial(
        here.onboarding.calling.record,
        here.session.actor,
        application[:LONGEST_ID],
        outcome,
        answers,
        form.get("note", ""),
    )
    try:
        await asyncio.to_thread(record)
    except (Invalid, Conflict) as error:
        return await refused_page(here, application, error, "call", form)
    return Redirect(f"/staff/callbacks?done={outcome}", status_code=303)


handlers = [callbacks_page, callback_page, reveal_number, record_call]
