"""One application: what is known, what others hold, and what may be done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.acceptance.pages.facts import case_facts, documents_of, one_way_open, pictures_of
from yunquan.acceptance.pages.parts import (
    LONGEST_ID,
    REVIEW,
    SEE,
    Here,
    TheHere,
    second,
    texts_of,
    ticked,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.zone import minute_of
from yunquan.onboarding.types import Verdict
from yunquan.screening.types import Reason
from yunquan.security import record_look

DONE: Final = ("taken", "approve", "return", "refuse", "hit", "witness", "opened")
HIT_ACTS: Final = ("clear", "confirm")
PATH: Final = "/staff/openings/{application:str}"
PAGE: Final = "acceptance/application.html"


# As for a camera: only such pages play films.
@get(PATH, opt=SEE | {"look": "application", "camera": True})
async def application_page(
    here: TheHere,
    application: FromPath[str],
) -> Response[str]:
    """Everything of one. Raises NotFound."""
    done = here.request.query_params.get("done", "")
    shown = await page_facts(here, application)
    shown["done"] = done if done in DONE else ""
    return here.templates.page(PAGE, **shown)


async def page_facts(here: Here, application: str, *, bare: bool = False) -> dict[str, Any]:
    """Everything the template needs."""
    onboarding, locale, one = here.onboarding, here.locale, application[:LONGEST_ID]
    load = partial(case_facts, onboarding, here.session, locale, one, bare=bare)
    return {
        **(await asyncio.to_thread(load)),
        "reason": partial(reason_text, here.desk.text(locale)),
        "papers_sentence": partial(onboarding.parts.papers.sentence, locale=locale),
        "market": here.desk.market_status(),
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


async def attempt(
    here: Here,
    application: str,
    act: str,
    do: Callable[[], object],
    form: dict[str, str] | None = None,
    codes: tuple[str, ...] = (),
) -> Response[Any] | None:
    """Do something in a thread. Refused: the page, the refusal beside what was tried, what was
    typed kept; None once it is done.
    """
    try:
        await asyncio.to_thread(do)
    except (Invalid, Conflict) as error:
        shown = await page_facts(here, application)
        shown |= {
            "failed": here.said(error),
            "failed_act": act,
            "given": form or {},
            "given_codes": codes,
        }
        return here.templates.page(PAGE, status=error.status, **shown)
    return None


def back(application: str, done: str) -> Redirect:
    """The page anew, saying what was done."""
    return Redirect(f"/staff/openings/{application[:LONGEST_ID]}?done={done}", status_code=303)


@post(f"{PATH}/take", opt=REVIEW, status_code=200)
async def take_application(
    here: TheHere,
    application: FromPath[str],
) -> Response[Any]:
    """Work on it for a while; others see that."""
    one = application[:LONGEST_ID]
    take = partial(here.onboarding.reviewing.take, here.session.actor, one)
    refused = await attempt(here, application, "take", take)
    return refused or back(application, "taken")


@post(f"{PATH}/opinion", opt=REVIEW, status_code=200)
async def give_opinion(
    here: TheHere,
    application: FromPath[str],
) -> Response[Any]:
    """Approve, return or refuse; the second who agrees decides."""
    form, codes = await texts_of(here.request), await ticked(here.request, "code")
    said, version = form.get("verdict", ""), form.get("version", "")

    def opine() -> None:
        if said not in tuple(Verdict):
            raise Invalid("onboarding.reason_unknown")
        if not version.isascii() or not version.isdigit():
            raise Conflict("onboarding.changed")
        here.onboarding.reviewing.opine(
            here.session.actor,
            application[:LONGEST_ID],
            Verdict(said),
            codes,
            form.get("note", ""),
            version=int(version[:12]),
        )

    refused = await attempt(here, application, said, opine, form, codes)
    return refused or back(application, said)


@post(f"{PATH}/identity", opt=SEE, status_code=200)
async def reveal_applicant(
    here: TheHere,
    application: FromPath[str],
) -> Response[Any]:
    """Who it is, once, in the answer to this request; who looked, at whom and why is recorded."""
    form = await texts_of(here.request)

    def look() -> None:
        with here.onboarding.parts.database.transaction(actor=here.session.actor) as tx:
            one = here.onboarding.load(tx, application[:LONGEST_ID])
            record_look(tx, one.owner, "identity", form.get("reason", ""))

    if refused := await attempt(here, application, "identity", look, form):
        return refused
    return here.templates.page(PAGE, **(await page_facts(here, application, bare=True)))


@post(f"{PATH}/pictures", opt=SEE, status_code=200)
async def open_pictures(
    here: TheHere,
    application: FromPath[str],
) -> Response[Any]:
    """The pictures side by side, and the film, for a quarter of an hour: each look recorded."""
    form = await texts_of(here.request)
    what, archive = form.get("what", ""), here.onboarding.parts.archive

    def open_them() -> None:
        with here.onboarding.parts.database.read() as tx:
            one = here.onboarding.load(tx, application[:LONGEST_ID])
            owner = one.owner
            film = here.onboarding.parts.witness.standing(tx, owner).document
        wanted = [film]
        if what != "film":
            documents = documents_of(archive, owner, here.locale)
            wanted = [one.document for one in pictures_of(archive, here.session.actor, documents)]
        for document in filter(None, wanted):
            archive.open(here.session.actor, document, form.get("reason", ""), here.locale)

    act = "film" if what == "film" else "pictures"
    refused = await attempt(here, application, act, open_them, form)
    return refused or back(application, "opened")


@post(f"{PATH}/hits/{{hit:str}}/{{act:str}}", opt=REVIEW, status_code=200)
async def decide_hit(
    here: TheHere,
    application: FromPath[str],
    hit: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """Somebody on a list is them, or isn't; with why. Raises NotFound for another's hit."""
    form, screening = await texts_of(here.request), here.onboarding.parts.screening

    def decide() -> None:
        with here.onboarding.parts.database.transaction(actor=here.session.actor) as tx:
            one = here.onboarding.load(tx, application[:LONGEST_ID])
            hits = screening.load(tx, one.owner).hits
            if act not in HIT_ACTS or hit not in {str(found.id) for found in hits}:
                raise NotFound("screening.hit_unknown", hit=hit[:LONGEST_ID])
            choose = screening.clear_hit if act == "clear" else screening.confirm_hit
            choose(tx, hit, form.get("why", ""))

    refused = await attempt(here, application, f"hit-{hit}", decide, form)
    return refused or back(application, "hit")


@post(f"{PATH}/witness", opt=REVIEW, status_code=200)
async def judge_recording(
    here: TheHere,
    application: FromPath[str],
) -> Response[Any]:
    """A one-way recording passes, or fails for reasons; the machine has looked before."""
    form, reasons = await texts_of(here.request), await ticked(here.request, "code")
    one_way = here.onboarding.parts.witness.one_way

    def judge() -> None:
        database = here.onboarding.parts.database
        with database.read() as tx:
            one = here.onboarding.load(tx, application[:LONGEST_ID])
            script = one_way.newest(tx, one.owner)
            film = here.onboarding.parts.witness.standing(tx, one.owner).document
        if script is None:
            raise NotFound("witness.script_unknown")
        if one_way_open(script):
            one_way.check(str(script.id))
        verdict = form.get("verdict", "")
        if verdict == "passed":
            # Nobody passes a film that they haven't open: a reason was given for that.
            here.onboarding.parts.archive.reopen(here.session.actor, film, here.locale)
        with database.transaction(actor=here.session.actor) as tx:
            one_way.review(tx, str(script.id), verdict, reasons if verdict == "failed" else ())

    refused = await attempt(here, application, "witness", judge, form, reasons)
    return refused or back(application, "witness")


handlers = [
    application_page,
    take_application,
    give_opinion,
    reveal_applicant,
    open_pictures,
    decide_hit,
    judge_recording,
]
