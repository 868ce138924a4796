"""One case on one page: what was seen, what happened, what was done, and what may be done now."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.cases.rules import CONFIDENTIAL, TELLING
from yunquan.cases.types import Basis, Case, Ground, MeasureKind, Outcome
from yunquan.kernel.errors import NotFound, YunquanError
from yunquan.kernel.zone import day_of
from yunquan.letters.types import LetterKind, LetterWish
from yunquan.riskdesk.pages import forms
from yunquan.riskdesk.pages.account import MOMENTS, clock
from yunquan.riskdesk.pages.parts import ACT, LONGEST_ID, SEE, Here, TheHere, second
from yunquan.riskdesk.pages.watch import now_ms
from yunquan.surveillance.types import AlertLine

PATH: Final = "/staff/watch/{case:str}"
PAGE: Final = "riskdesk/case.html"
# Entries of the account's day that stand on the case's page: those nearest to its last alert.
NEAR: Final = 120
DONE: Final = ("take", "close", "measure", "undo", "proposed", "letter", "issue")


@get(PATH, opt=SEE | {"look": "risk_case"})
async def case_page(here: TheHere, case: FromPath[str]) -> Response[str]:
    """Raises NotFound cases.unknown."""
    fresh = forms.empty(here, DONE)
    shown = await asyncio.to_thread(case_facts, here, case[:LONGEST_ID], fresh)
    return here.templates.page(PAGE, **shown)


def case_facts(here: Here, case: str, filled: forms.Forms) -> dict[str, Any]:
    """Everything the page shows."""
    file = here.cases.open_file(case)
    one = file.case
    alerts = here.alerts.named(file.alerts, here.locale)
    return context_of(here, one, alerts) | {
        "file": file,
        "alerts": alerts,
        "letters": here.letters.of_case(one.id),
        "letter_kinds": [
            kind.value
            for kind in LetterKind
            if kind is LetterKind.EXCHANGE_REPORT or one.kind not in CONFIDENTIAL
        ],
        "kinds": [kind.value for kind in MeasureKind],
        "telling": [kind.value for kind in TELLING],
        "secret": one.kind in CONFIDENTIAL,
        "grounds": [ground.value for ground in Ground],
        "outcomes": [outcome.value for outcome in Outcome],
        "may_act": here.may_act,
        "mine": one.taken_by == here.session.actor,
        "names": here.names(),
        "now_ms": now_ms(here),
        "second": second,
        "market": here.desk.market_status(),
        "forms": filled,
    }


def context_of(here: Here, case: Case, alerts: list[AlertLine]) -> dict[str, Any]:
    """What is known around a case: the book at its alerts, its account's day, links, record, cases
    like it. Of a case without an account only the last.
    """
    moments = [
        {
            "account": one.alert.account,
            "symbol": one.alert.symbol,
            "at_ms": one.alert.at_ms,
            "title": f"{second(one.alert.at_ms)} {one.alert.symbol} {one.title}",
        }
        for one in alerts
        if one.alert.account and one.alert.symbol
    ]
    similar = here.dossier.similar(case, here.locale)
    told: dict[str, Any] = {"moments": moments[:MOMENTS], "similar": similar, "clock": clock}
    if not case.account:
        return told | {"shown": None}
    around_ms = alerts[0].alert.at_ms if alerts else case.opened_at_ms
    try:
        shown = here.dossier.day(case.account, day_of(around_ms), here.locale)
    except NotFound:
        # An alert of an account that is none of ours any more, or of a stream put back.
        return told | {"shown": None}
    entries = sorted(shown.entries, key=lambda one: abs(one.at_ms - around_ms))[:NEAR]
    return told | {
        "shown": shown,
        "entries": sorted(entries, key=lambda one: one.at_ms),
        "around_ms": around_ms,
        "links": here.dossier.links(case.account, here.locale),
        "record": here.dossier.record(case.account, case.id, now_ms(here), here.locale),
    }


@post(PATH + "/{act:str}", opt=ACT, status_code=200)
async def act_on_case(here: TheHere, case: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """Take, act, undo or close; a refusal stands beside its form."""
    form, case = await here.texts(), case[:LONGEST_ID]
    try:
        done = await _acted(here, case, act, form)
    except YunquanError as error:
        if error.code == "cases.unknown":
            raise
        refused = forms.refused(here, act, error, form)
        shown = await asyncio.to_thread(case_facts, here, case, refused)
        return here.templates.page(PAGE, status=error.status, **shown)
    return Redirect(f"/staff/watch/{case}?done={done}", status_code=303)


async def _acted(here: Here, case: str, act: str, form: dict[str, str]) -> str:
    """What was done, as the page says it."""
    actor, key = here.session.actor, forms.key_of(form)
    names = ("ground", "basis", "document", "authority")
    basis = Basis(*(form.get(name, "") for name in names))
    if act == "take":
        await asyncio.to_thread(here.cases.take, actor, case)
        return act
    if act == "close":
        close = partial(here.cases.close, outcome=form.get("outcome", ""))
        await asyncio.to_thread(close, actor, case, lesson=form.get("lesson", ""))
        return act
    if act == "letter":
        wish = LetterWish(case, form.get("kind", ""), basis.text, form.get("remarks", ""))
        await asyncio.to_thread(here.letters.draft, actor, key, wish)
        return act
    if act == "issue":
        await asyncio.to_thread(here.letters.propose, actor, key, form.get("letter", ""))
        return act
    if act == "undo":
        _, proposal = await here.cases.undo(actor, key, form.get("measure", ""), basis)
    else:
        kind, account = form.get("kind", ""), form.get("account", "")
        detail = form.get(f"detail_{kind[:20]}", "")[:20]
        _, proposal = await here.cases.act(actor, key, case, kind, account, basis, detail)
        act = "measure"
    return "proposed" if proposal is not None and proposal.state == "open" else act


@get("/staff/watch/letters/{letter:str}", opt=SEE | {"look": "risk_letter", "look_at": "*"})
async def letter_pdf(here: TheHere, letter: FromPath[str]) -> Response[bytes]:
    """The paper as PDF, in ?lang=zh or en; an issued one as it lies in the archive. Raises NotFound
    letters.unknown.
    """
    lang = "en" if here.request.query_params.get("lang") == "en" else "zh"
    one = await asyncio.to_thread(here.letters.load, letter[:LONGEST_ID])
    return pdf_answer(await here.letters.pdf(one, lang), f"{one.id}-{lang}.pdf")


def pdf_answer(body: bytes, name: str) -> Response[bytes]:
    """Shown in the browser, kept by nobody on the way."""
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "no-store"}
    return Response(body, media_type="application/pdf", headers=headers)


handlers = [letter_pdf, case_page, act_on_case]
