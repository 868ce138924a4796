"""What the depository answered oddly: as it came, what it says now, and two people settle it."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.acceptance.pages.parts import (
    REVIEW,
    REVIEWING,
    SEE,
    Here,
    TheHere,
    TheSettling,
    names_in,
    second,
    texts_of,
)
from yunquan.approvals.rules import standing
from yunquan.approvals.types import ProposalState
from yunquan.depository import Settling
from yunquan.depository.types import (
    DepositoryAccount,
    FoundAccounts,
    OpeningState,
    RequestKind,
    Settlement,
)
from yunquan.kernel.errors import Conflict, Invalid, Unavailable, YunquanError
from yunquan.kernel.zone import minute_of

PATH: Final = "/staff/depository"
PAGE: Final = "acceptance/depository.html"
LONGEST_SERIAL: Final = 64
LONGEST_KEY: Final = 80
DONE: Final = ("proposed",)
OUTCOMES: Final = ("done", "not_done")


@get(PATH, opt=SEE)
async def odd_answers_page(here: TheHere, settling: TheSettling) -> Response[str]:
    """Everything that waits, the longest first."""
    done = here.request.query_params.get("done", "")
    shown = await page_facts(here, settling)
    return here.templates.page(PAGE, **(shown | {"done": done if done in DONE else ""}))


async def page_facts(here: Here, settling: Settling) -> dict[str, Any]:
    """Everything the template needs."""

    def load() -> dict[str, Any]:
        parts = here.onboarding.parts
        with parts.database.read() as tx:
            now_ms = tx.now_ms()
            open_ones = {
                one.wish["serial"]: one
                for one in settling.proposals(tx)
                if standing(one, now_ms) is ProposalState.OPEN
            }
            return {
                "odd": parts.depository.odd_requests(tx),
                "proposed": open_ones,
                "staff": names_in(tx),
            }

    return {
        **(await asyncio.to_thread(load)),
        "may_settle": bool(here.session.roles & REVIEWING),
        "market": here.desk.market_status(),
        "moment": minute_of,
        "second": second,
        "key": secrets.token_urlsafe(12),
        "at": "",
        "found": None,
        "given": {},
        "failed": "",
        "done": "",
    }


async def page_about(here: Here, settling: Settling, serial: str, **shown: Any) -> Response[Any]:
    """The page with something to say beside one request."""
    status = shown.pop("status", 200)
    facts = await page_facts(here, settling)
    return here.templates.page(PAGE, status=status, **(facts | {"at": serial} | shown))


@post(f"{PATH}/{{serial:str}}/look", opt=REVIEW, status_code=200)
async def look_up(here: TheHere, settling: TheSettling, serial: FromPath[str]) -> Response[Any]:
    """What the depository has of that person now, in the answer to this request; recorded."""
    depository, one = here.onboarding.parts.depository, serial[:LONGEST_SERIAL]
    try:
        found = await asyncio.to_thread(depository.look_up, here.session.actor, one)
    except Unavailable as error:
        said = here.said(error)
        return await page_about(here, settling, one, failed=said, status=error.status)
    return await page_about(here, settling, one, found=found, given=filled_in(found))


def filled_in(found: FoundAccounts) -> dict[str, str]:
    """The form as the depository's answer would have it; staff compare it with its paper."""
    numbers = {f"number-{one.market}": one.number for one in reversed(found.accounts)}
    return {"ymt": found.ymt, **numbers}


@post(f"{PATH}/{{serial:str}}/settle", opt=REVIEW, status_code=200)
async def propose_settlement(
    here: TheHere, settling: TheSettling, serial: FromPath[str]
) -> Response[Any]:
    """What it has come to, with reason and evidence; another person must agree."""
    form, one = await texts_of(here.request), serial[:LONGEST_SERIAL]

    def propose() -> None:
        parts = here.onboarding.parts
        with parts.database.read() as tx:
            state = parts.depository.load(tx, one)
        told = settlement_in(form, state)
        key = form.get("key", "")[:LONGEST_KEY]
        settling.propose(here.session.actor, key, told, form.get("reason", ""))

    try:
        await asyncio.to_thread(propose)
    except (Invalid, Conflict) as error:
        return await refused(here, settling, one, error, form)
    return Redirect(f"{PATH}?done=proposed", status_code=303)


async def refused(
    here: Here, settling: Settling, serial: str, error: YunquanError, form: dict[str, str]
) -> Response[Any]:
    """The refusal beside the form, what was typed kept."""
    said = here.said(error)
    return await page_about(here, settling, serial, failed=said, given=form, status=error.status)


def settlement_in(form: dict[str, str], state: OpeningState) -> Settlement:
    """What a form says of a request. Raises Invalid depository.outcome."""
    outcome, evidence = form.get("outcome", ""), form.get("evidence", "")
    if outcome not in OUTCOMES:
        raise Invalid("depository.outcome")
    if outcome != "done":
        return Settlement(state.serial, False, "", (), evidence)
    accounts = tuple(
        DepositoryAccount(one.market, one.kind, number)
        for one in state.wanted
        if (number := form.get(f"number-{one.market}", "") or one.number)
    )
    if state.kind is RequestKind.UPDATE:
        accounts = ()
    return Settlement(state.serial, True, form.get("ymt", ""), accounts, evidence)


handlers = [odd_answers_page, look_up, propose_settlement]
