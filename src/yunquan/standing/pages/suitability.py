"""What a client can bear: the class, what goes with it, the questionnaire."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

import msgspec
from litestar import Request, get, post
from litestar.response import Redirect, Response

from yunquan.kernel.errors import Conflict, Invalid, YunquanError
from yunquan.kernel.transaction import ReadTx
from yunquan.standing.pages.parts import (
    CLIENT,
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    TheSuitability,
    shell_facts,
)
from yunquan.suitability import Suitability
from yunquan.suitability.rules import timing
from yunquan.suitability.types import AskAgain, Known, QuestionnaireView, Trace

QUESTIONS: Final = "standing/questions.html"
LONGEST_TRACE: Final = 40_000


@get("/suitability", opt=CLIENT)
async def suitability_page(
    desk: TheDesk,
    suitability: TheSuitability,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The class, until when it holds, what it means for each product."""

    def load() -> dict[str, Any]:
        with suitability.database.read() as tx:
            return standing_of(suitability, tx, session.subject)

    facts = await asyncio.to_thread(load)
    facts |= await shell_facts(desk, accounts[0], locale)
    return templates.page("standing/suitability.html", **facts)


def standing_of(office: Suitability, tx: ReadTx, client: str) -> dict[str, Any]:
    """state: "none", "valid", "ending" or "expired"."""
    newest, current = office.newest(tx, client), office.current(tx, client)
    state = "none" if newest is None else "expired"
    if current:
        ending = timing.ends_soon(current, office.today(), office.firm)
        state = "ending" if ending else "valid"
    return {
        "one": newest,
        "state": state,
        "retake": office.retake(tx, client),
        "matches": office.match_all(current) if current else (),
        "insisted": office.list_mismatches(tx, client) if current else [],
    }


@get("/suitability/questions", opt=CLIENT)
async def questions_page(
    desk: TheDesk,
    suitability: TheSuitability,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """The questionnaire; back to the class while it may not be answered."""

    def load() -> bool:
        with suitability.database.read() as tx:
            return not suitability.retake(tx, session.subject).code

    if not await asyncio.to_thread(load):
        return Redirect("/suitability", status_code=303)
    shown = question_facts(suitability.questionnaire(locale))
    shown |= await shell_facts(desk, accounts[0], locale)
    return templates.page(QUESTIONS, **shown)


def question_facts(view: QuestionnaireView) -> dict[str, Any]:
    """An empty form."""
    return {
        "form": view,
        "key": secrets.token_hex(12),
        "given": {},
        "failed": "",
        "failed_at": (),
        "again": (),
    }


@post("/suitability/questions", opt=CLIENT, status_code=200)
async def answer_questions(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    suitability: TheSuitability,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Score the answers; what contradicts itself or is missing is asked again, nothing is lost."""
    form = await request.form()
    view = suitability.questionnaire(locale)
    given = {one.code: tuple(map(str, form.getall(one.code, []))) for one in view.questions}
    given = {code: ticks for code, ticks in given.items() if ticks}
    stands = frozenset(map(str, form.getall("stands", [])))
    key = str(form.get("key", ""))[:60] or secrets.token_hex(12)
    trace = trace_of(str(form.get("trace", "")), request.headers.get("user-agent", ""))
    shown = question_facts(view) | {"given": given}

    def answer() -> Any:
        with suitability.database.transaction(actor=session.actor) as tx:
            digest = str(form.get("shown", ""))[:64]
            known = Known(stands=stands)
            return suitability.assess(
                tx, session.subject, given, digest, key, trace=trace, known=known
            )

    status = 200
    try:
        outcome = await asyncio.to_thread(answer)
    except (Invalid, Conflict) as error:
        shown |= failure(desk.text(locale)(error.code, **error.facts), error)
        status = error.status
    else:
        if not isinstance(outcome, AskAgain):
            return Redirect("/suitability", status_code=303)
        places = [code for one in outcome.contradictions for code in one.questions]
        shown |= {"again": outcome.contradictions, "failed_at": tuple(places)}
    shown |= await shell_facts(desk, accounts[0], locale)
    return templates.page(QUESTIONS, "", status, **shown)


def failure(said: str, error: YunquanError) -> dict[str, Any]:
    """A refusal, and the question it is about, if it is about one."""
    at = error.facts.get("question")
    return {"failed": said, "failed_at": (at,) if at else ()}


def trace_of(text: str, agent: str) -> Trace:
    """What the page saw of the answering; one that can't be read is kept as none at all."""
    device = agent[:120]
    try:
        seen = msgspec.json.decode(text[:LONGEST_TRACE] or "{}", type=Trace)
    except msgspec.MsgspecError:
        return Trace(device=device)
    return msgspec.structs.replace(seen, device=device)


handlers = [suitability_page, questions_page, answer_questions]
