"""The questionnaire; what contradicts itself is asked again and nothing is lost."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

import msgspec
from litestar import get, post
from litestar.response import Redirect, Response

from yunquan.kernel.errors import Unauthorised, YunquanError
from yunquan.onboarding.types import Application, Step
from yunquan.opening.pages.here import ELSEWHERE, Facts, Here, TheHere
from yunquan.opening.pages.parts import ANYONE, HOME, told
from yunquan.suitability.rules.questionnaire import settle_prefilled
from yunquan.suitability.types import AskAgain, QuestionnaireView, Trace

LONGEST_TRACE: Final = 40_000
LONGEST_DEVICE: Final = 120


async def question_facts(here: Here, one: Application) -> Facts:
    """What is known already stands on the form, marked whence; the rest is empty."""

    def load() -> Facts:
        known = here.onboarding.filling.prefilled(str(one.id))
        view = here.onboarding.parts.suitability.questionnaire(here.locale)
        given = {at.question: (at.option,) for at in known}
        marked = {at.question: at.source for at in known}
        return form_facts(view) | {"given": given, "prefilled": marked}

    return await asyncio.to_thread(load)


def form_facts(view: QuestionnaireView) -> Facts:
    """given: ticks by question. prefilled: whence an answer is known that nobody ticked. again_at:
    contradictions. places: questions to look at.
    """
    return {
        "form": view,
        "key": secrets.token_hex(12),
        "given": {},
        "prefilled": {},
        "places": (),
        "again_at": (),
    }


@get("/open/questions", opt=ANYONE)
async def questions_page(here: TheHere) -> Response[object]:
    """Every question at once."""
    return await here.show(Step.QUESTIONS, question_facts)


@post("/open/questions", opt=ANYONE, status_code=200)
async def answer_questions(here: TheHere) -> Response[object]:
    """Score the answers, or ask again."""
    try:
        one = await here.applicant()
    except Unauthorised as error:
        return here.nobody(error)
    form = await here.request.form()
    view = here.onboarding.parts.suitability.questionnaire(here.locale)
    ticked = {known.code: tuple(map(str, form.getall(known.code, []))) for known in view.questions}
    given = {code: ticks for code, ticks in ticked.items() if ticks}
    stands = frozenset(map(str, form.getall("stands", [])))
    stood = frozenset(map(str, form.getall("prefilled", [])))
    key = str(form.get("key", ""))[:60] or secrets.token_hex(12)
    agent = here.request.headers.get("user-agent", "")
    trace = trace_of(str(form.get("trace", "")), agent)
    marked = await asyncio.to_thread(still_standing, here, one, stood, given, trace)
    shown, status = form_facts(view) | {"given": given, "prefilled": marked}, 200

    def answer() -> Any:
        digest = str(form.get("shown", ""))[:64]
        return here.onboarding.filling.answer(
            str(one.id), given, digest, key, trace, stands, prefilled=stood
        )

    try:
        outcome = await asyncio.to_thread(answer)
    except YunquanError as error:
        said, status = told(here.desk, here.locale, error), error.status
        if error.code in ELSEWHERE:
            return here.trouble(said["failed"], status)
        at = error.facts.get("question")
        shown |= said | {"places": (at,) if at else ()}
    else:
        if not isinstance(outcome, AskAgain):
            return Redirect(HOME, status_code=303)
        places = [code for known in outcome.contradictions for code in known.questions]
        shown |= {"again_at": outcome.contradictions, "places": tuple(places)}
    return await here.page(one, Step.QUESTIONS, shown, status)


def still_standing(
    here: Here,
    one: Application,
    stood: frozenset[str],
    given: dict[str, tuple[str, ...]],
    trace: Trace,
) -> dict[str, str]:
    """Whence the answers are known that stood on the page that was sent, and weren't touched."""
    known = (at for at in here.onboarding.filling.prefilled(str(one.id)) if at.question in stood)
    settled = settle_prefilled(known, given, trace)
    return {at.question: at.source for at in settled if not at.touched}


def trace_of(text: str, agent: str) -> Trace:
    """What the page saw of the answering; one that can't be read is kept as none at all."""
    device = agent[:LONGEST_DEVICE]
    try:
        seen = msgspec.json.decode(text[:LONGEST_TRACE] or "{}", type=Trace)
    except msgspec.MsgspecError:
        return Trace(device=device)
    return msgspec.structs.replace(seen, device=device)


handlers = [questions_page, answer_questions]
