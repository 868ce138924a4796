"""What is signed: read in full, ticked, confirmed by a code; signing hands the application in."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.kernel.errors import Conflict, Unauthorised, YunquanError
from yunquan.onboarding import shown_of
from yunquan.onboarding.types import Application, State, Step
from yunquan.opening.pages.here import CLOSED, Facts, Here, TheHere, in_thread
from yunquan.opening.pages.parts import (
    ANYONE,
    is_open,
    onward,
    place_of,
    refused_json,
    told,
    wants_json,
)

REFUSED: Final = "/open/refused"


async def agreement_facts(here: Here, one: Application) -> Facts:
    """papers: each with its words and digest. warning: for whom shares don't suit, "" else.
    forbidden: why nothing can be signed at all, "" else.
    """

    def load() -> Facts:
        submitting = here.onboarding.submitting
        warning, digest, forbidden = "", "", ""
        try:
            warning, digest = submitting.mismatch(str(one.id), here.locale)
        except Conflict as error:
            forbidden = here.say(error.code, **error.facts)
        papers = submitting.papers(str(one.id), here.locale)
        with here.onboarding.parts.database.read() as tx:
            mobile = here.onboarding.own(tx, str(one.id)).mobile
        return {
            "papers": papers,
            "warning": warning,
            "warned": digest,
            "forbidden": forbidden,
            # Only a simulated phone is asked for its texts by the page itself.
            "mobile": mobile if here.stage.is_open else "",
        }

    found = await asyncio.to_thread(load)
    return found | {"given": {}, "key": secrets.token_hex(12), "stage": here.stage.is_open}


@get("/open/agreements", opt=ANYONE)
async def agreements_page(here: TheHere) -> Response[object]:
    """Everything to be read, one after the other."""
    return await here.show(Step.AGREEMENTS, agreement_facts)


@get("/open/agreements/{code:str}/paper", opt=ANYONE)
async def paper(here: TheHere, code: FromPath[str]) -> Response[object]:
    """One of them as the PDF that will be signed."""
    try:
        one = await here.applicant()
    except Unauthorised:
        return Redirect(CLOSED, status_code=303)
    if not is_open(one, Step.AGREEMENTS):
        return Redirect(place_of(one), status_code=303)
    preview = here.onboarding.submitting.preview
    pdf, _ = await asyncio.to_thread(preview, str(one.id), code[:40], here.locale)
    name = {"content-disposition": f'inline; filename="{code[:40]}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=name)


@post("/open/agreements/code", opt=ANYONE, status_code=200)
async def send_code(here: TheHere) -> Response[object]:
    """The code that confirms the signature."""
    network = here.request.scope["state"]["address"]

    def act(one: Application) -> object:
        sent = here.onboarding.submitting.send_code(str(one.id), here.locale, network)
        text = here.say("ui.opening.code_sent", mobile=sent.mobile_masked, minutes=sent.minutes)
        return {"text": text, "again_in_s": sent.again_in_s}

    return await here.answer(in_thread(act))


@post("/open/agreements", opt=ANYONE, status_code=200)
async def sign(here: TheHere) -> Response[object]:
    """Sign everything and hand in."""
    form = dict(await here.request.form())
    text = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    try:
        one = await here.applicant()
    except Unauthorised as error:
        return here.nobody(error)

    def act() -> Application:
        return here.onboarding.submitting.sign(
            str(one.id),
            text.get("key", "")[:60],
            here.locale,
            shown_of(text.get("seen", "[]")),
            text.get("code", "")[:12],
            text.get("warned", "")[:80] if text.get("insist") == "yes" else "",
            own_initiative=text.get("own") == "yes",
        )

    try:
        now = await asyncio.to_thread(act)
    except YunquanError as error:
        if wants_json(here.request):
            return refused_json(here.desk, here.locale, error)
        said = told(here.desk, here.locale, error)
        if not is_open(one, Step.AGREEMENTS):
            return here.trouble(said["failed"], error.status)
        facts = await agreement_facts(here, one) | said
        return await here.page(one, Step.AGREEMENTS, facts, error.status)
    return onward(here.request, REFUSED if now.state is State.REFUSED else "/open/status")


@get(REFUSED, opt=ANYONE)
async def refused_page(here: TheHere) -> Response[object]:
    """The one sentence that is told to whom the firm can't take; the visit has ended."""
    return here.trouble(here.say("screening.told.declined"), 200)


handlers = [agreements_page, paper, send_code, sign, refused_page]
