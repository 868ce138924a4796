"""One case on one page: what was seen, what happened, what was done, and what may be done now."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.cases.rules import CONFIDENTIAL
from yunquan.cases.types import Basis, Ground, MeasureKind, Outcome
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import YunquanError
from yunquan.riskdesk.pages.parts import ACT, LONGEST_ID, SEE, Here, TheHere, second

PATH: Final = "/staff/watch/{case:str}"
PAGE: Final = "riskdesk/case.html"
DONE: Final = ("take", "close", "measure", "undo", "proposed")


@get(PATH, opt=SEE | {"look": "risk_case"})
async def case_page(here: TheHere, case: FromPath[str]) -> Response[str]:
    """Raises NotFound cases.unknown."""
    shown = await asyncio.to_thread(case_facts, here, case[:LONGEST_ID])
    done = here.request.query_params.get("done", "")
    return here.templates.page(PAGE, **shown | {"done": done if done in DONE else ""})


def case_facts(here: Here, case: str) -> dict[str, Any]:
    """Everything the page shows."""
    file = here.cases.open_file(case)
    one = file.case
    around = here.alerts.recent(here.locale, account=one.account) if one.account else []
    return {
        "file": file,
        "alerts": here.alerts.named(file.alerts, here.locale),
        "around": [line for line in around if line.alert.id not in file.alerts],
        "kinds": [kind.value for kind in MeasureKind],
        "secret": one.kind in CONFIDENTIAL,
        "grounds": [ground.value for ground in Ground],
        "outcomes": [outcome.value for outcome in Outcome],
        "may_act": here.may_act,
        "mine": one.taken_by == here.session.actor,
        "names": here.names(),
        "now_ms": to_ms(here.desk.clock.now()),
        "second": second,
        "market": here.desk.market_status(),
        "key": secrets.token_hex(12),
        "failed": "",
        "failed_act": "",
        "given": {},
        "done": "",
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
        shown = await asyncio.to_thread(case_facts, here, case)
        shown |= {"failed": here.said(error), "failed_act": act, "given": form}
        return here.templates.page(PAGE, status=error.status, **shown)
    return Redirect(f"/staff/watch/{case}?done={done}", status_code=303)


async def _acted(here: Here, case: str, act: str, form: dict[str, str]) -> str:
    """What was done, as the page says it."""
    actor, key = here.session.actor, form.get("key", "")[:60] or secrets.token_hex(12)
    names = ("ground", "basis", "document", "authority")
    basis = Basis(*(form.get(name, "") for name in names))
    if act == "take":
        await asyncio.to_thread(here.cases.take, actor, case)
        return act
    if act == "close":
        close = partial(here.cases.close, outcome=form.get("outcome", ""))
        await asyncio.to_thread(close, actor, case, lesson=form.get("lesson", ""))
        return act
    if act == "undo":
        _, proposal = await here.cases.undo(actor, key, form.get("measure", ""), basis)
    else:
        kind, account = form.get("kind", ""), form.get("account", "")
        _, proposal = await here.cases.act(actor, key, case, kind, account, basis)
        act = "measure"
    return "proposed" if proposal is not None and proposal.state == "open" else act


handlers = [case_page, act_on_case]
