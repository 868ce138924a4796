"""One application: what is known, what others hold, and what may be done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.acceptance.pages.facts import case_facts, documents_of, one_way_open, pictures_of
from yunquan.acceptance.pages.parts import (
    LONGEST_ID,
    REVIEW,
    SEE,
    Locale,
    Member,
    Templates,
    TheDesk,
    TheOnboarding,
    second,
    texts_of,
    ticked,
)
from yunquan.desk import Desk
from yunquan.kernel.errors import Conflict, Invalid, NotFound, YunquanError
from yunquan.kernel.zone import minute_of
from yunquan.onboarding import Onboarding
from yunquan.onboarding.types import Verdict
from yunquan.screening.types import Reason
from yunquan.security import record_look
from yunquan.security.types import Session

DONE: Final = ("taken", "approve", "return", "refuse", "hit", "witness", "opened")
HIT_ACTS: Final = ("clear", "confirm")
PATH: Final = "/staff/openings/{application:str}"


# As for a camera: only such pages play films.
@get(PATH, opt=SEE | {"look": "application", "camera": True})
async def application_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    templates: Templates,
    application: FromPath[str],
) -> Response[str]:
    """Everything of one. Raises NotFound."""
    done = request.query_params.get("done", "")
    shown = await page_facts(desk, onboarding, session, locale, application)
    shown["done"] = done if done in DONE else ""
    return templates.page("acceptance/application.html", **shown)


async def page_facts(
    desk: Desk,
    onboarding: Onboarding,
    session: Session,
    locale: str,
    application: str,
    *,
    bare: bool = False,
) -> dict[str, Any]:
    """Everything the template needs."""
    load = partial(case_facts, onboarding, session, locale, application[:LONGEST_ID], bare=bare)
    return {
        **(await asyncio.to_thread(load)),
        "reason": partial(reason_text, desk.text(locale)),
        "papers_sentence": partial(onboarding.parts.papers.sentence, locale=locale),
        "market": desk.market_status(),
        "moment": minute_of,
        "second": second,
        "failed": "",
        "failed_act": "",
        "given": {},
        "given_codes": (),
        "done": "",
    }


def reason_text(text: Callable[..., str], why: Reason) -> str:
    """Why a score is what it is, its value in words where there is a word."""
    code = f"screening.value.{why.facts.get('value', '')}"
    said = text(code)
    facts = dict(why.facts) if said == code else {**why.facts, "value": said}
    return text(why.code, **facts)


async def refused_page(
    error: YunquanError,
    act: str,
    desk: Desk,
    onboarding: Onboarding,
    session: Session,
    locale: str,
    templates: Any,
    application: str,
    form: dict[str, str],
    codes: tuple[str, ...] = (),
) -> Response[str]:
    """The page as it stands now, the refusal beside what was tried, what was typed kept."""
    if error.code == "onboarding.unknown":
        raise error
    shown = await page_facts(desk, onboarding, session, locale, application)
    shown |= {
        "failed": desk.text(locale)(error.code, **error.facts),
        "failed_act": act,
        "given": form,
        "given_codes": codes,
    }
    return templates.page("acceptance/application.html", status=error.status, **shown)


def back(application: str, done: str) -> Redirect:
    """The page anew, saying what was done."""
    return Redirect(f"/staff/openings/{application[:LONGEST_ID]}?done={done}", status_code=303)


@post(f"{PATH}/take", opt=REVIEW, status_code=200)
async def take_application(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    templates: Templates,
    application: FromPath[str],
) -> Response[Any]:
    """Work on it for a while; others see that."""
    try:
        await asyncio.to_thread(onboarding.reviewing.take, session.actor, application[:LONGEST_ID])
    except (Invalid, Conflict) as error:
        facts = (desk, onboarding, session, locale, templates, application)
        return await refused_page(error, "take", *facts, {})
    return back(application, "taken")


@post(f"{PATH}/opinion", opt=REVIEW, status_code=200)
async def give_opinion(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    templates: Templates,
    application: FromPath[str],
) -> Response[Any]:
    """Approve, return or refuse; the second who agrees decides."""
    form, codes = await texts_of(request), await ticked(request, "code")
    said, version = form.get("verdict", ""), form.get("version", "")
    try:
        if said not in tuple(Verdict):
            raise Invalid("onboarding.reason_unknown")
        if not version.isascii() or not version.isdigit():
            raise Conflict("onboarding.changed")
        opine = partial(
            onboarding.reviewing.opine,
            session.actor,
            application[:LONGEST_ID],
            Verdict(said),
            codes,
            form.get("note", ""),
            version=int(version[:12]),
        )
        await asyncio.to_thread(opine)
    except (Invalid, Conflict) as error:
        facts = (desk, onboarding, session, locale, templates, application)
        return await refused_page(error, said, *facts, form, codes)
    return back(application, said)


@post(f"{PATH}/identity", opt=SEE, status_code=200)
async def reveal_applicant(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    templates: Templates,
    application: FromPath[str],
) -> Response[Any]:
    """Who it is, once, in the answer to this request; who looked, at whom and why is recorded."""
    form = await texts_of(request)

    def look() -> None:
        with onboarding.parts.database.transaction(actor=session.actor) as tx:
            one = onboarding.load(tx, application[:LONGEST_ID])
            record_look(tx, one.client or str(one.id), "identity", form.get("reason", ""))

    try:
        await asyncio.to_thread(look)
    except (Invalid, Conflict) as error:
        facts = (desk, onboarding, session, locale, templates, application)
        return await refused_page(error, "identity", *facts, form)
    shown = await page_facts(desk, onboarding, session, locale, application, bare=True)
    return templates.page("acceptance/application.html", **shown)


@post(f"{PATH}/pictures", opt=SEE, status_code=200)
async def open_pictures(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    templates: Templates,
    application: FromPath[str],
) -> Response[Any]:
    """The pictures side by side, and the film, for a quarter of an hour: each look recorded."""
    form = await texts_of(request)
    what, archive = form.get("what", ""), onboarding.parts.archive

    def open_them() -> None:
        with onboarding.parts.database.read() as tx:
            one = onboarding.load(tx, application[:LONGEST_ID])
            owner = one.client or str(one.id)
            film = onboarding.parts.witness.standing(tx, owner).document
        wanted = [film]
        if what != "film":
            documents = documents_of(archive, owner, locale)
            wanted = [one.document for one in pictures_of(archive, session.actor, documents)]
        for document in filter(None, wanted):
            archive.open(session.actor, document, form.get("reason", ""), locale)

    try:
        await asyncio.to_thread(open_them)
    except (Invalid, Conflict) as error:
        act = "film" if what == "film" else "pictures"
        facts = (desk, onboarding, session, locale, templates, application)
        return await refused_page(error, act, *facts, form)
    return back(application, "opened")


@post(f"{PATH}/hits/{{hit:str}}/{{act:str}}", opt=REVIEW, status_code=200)
async def decide_hit(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    templates: Templates,
    application: FromPath[str],
    hit: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """Somebody on a list is them, or isn't; with why. Raises NotFound for another's hit."""
    form, screening = await texts_of(request), onboarding.parts.screening

    def decide() -> None:
        with onboarding.parts.database.transaction(actor=session.actor) as tx:
            one = onboarding.load(tx, application[:LONGEST_ID])
            hits = screening.load(tx, one.client or str(one.id)).hits
            if act not in HIT_ACTS or hit not in {str(found.id) for found in hits}:
                raise NotFound("screening.hit_unknown", hit=hit[:LONGEST_ID])
            choose = screening.clear_hit if act == "clear" else screening.confirm_hit
            choose(tx, hit, form.get("why", ""))

    try:
        await asyncio.to_thread(decide)
    except (Invalid, Conflict) as error:
        facts = (desk, onboarding, session, locale, templates, application)
        return await refused_page(error, f"hit-{hit}", *facts, form)
    return back(application, "hit")


@post(f"{PATH}/witness", opt=REVIEW, status_code=200)
async def judge_recording(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    templates: Templates,
    application: FromPath[str],
) -> Response[Any]:
    """A one-way recording passes, or fails for reasons; the machine has looked before."""
    form, reasons = await texts_of(request), await ticked(request, "code")
    one_way = onboarding.parts.witness.one_way

    def judge() -> None:
        database = onboarding.parts.database
        with database.read() as tx:
            one = onboarding.load(tx, application[:LONGEST_ID])
            script = one_way.newest(tx, one.client or str(one.id))
        if script is None:
            raise NotFound("witness.script_unknown")
        if one_way_open(script):
            one_way.check(str(script.id))
        verdict = form.get("verdict", "")
        with database.transaction(actor=session.actor) as tx:
            one_way.review(tx, str(script.id), verdict, reasons if verdict == "failed" else ())

    try:
        await asyncio.to_thread(judge)
    except (Invalid, Conflict) as error:
        facts = (desk, onboarding, session, locale, templates, application)
        return await refused_page(error, "witness", *facts, form, reasons)
    return back(application, "witness")


handlers = [
    application_page,
    take_application,
    give_opinion,
    reveal_applicant,
    open_pictures,
    decide_hit,
    judge_recording,
]
