"""What waits for a second person, whatever it is about."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.approvals import ApprovalQueue
from yunquan.desk import Desk
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.security.types import Role, Session
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

TheQueue = NamedDependency[ApprovalQueue]
STAFF: Final = {"who": "staff"}
DECIDE: Final = {"who": "staff", "roles": ("risk", "operations")}
DECIDING: Final = frozenset({Role.RISK, Role.OPERATIONS})
PARTS: Final = {"queue"}
LONGEST_LIST: Final = 50


@get("/approvals", opt=STAFF)
async def approvals_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    approvals: TheQueue,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The whole page, or the queue alone."""
    shown = await page_facts(desk, approvals, session, locale)
    shown["done"] = request.query_params.get("done", "")[:20]
    part = request.query_params.get("part", "")
    return templates.page("workbench/approvals.html", part if part in PARTS else "", **shown)


async def page_facts(
    desk: Desk, approvals: ApprovalQueue, session: Session, locale: str
) -> dict[str, Any]:
    """Everything the template needs."""
    found = await asyncio.to_thread(approvals.board, session.actor, locale, limit=LONGEST_LIST)
    return {
        "queue": found,
        "market": desk.market_status(),
        "moment": moment,
        "now_ms": to_ms(desk.clock.now()),
        "may_act": bool(session.roles & DECIDING),
        "failed": "",
        "failed_of": "",
        "done": "",
    }


@post("/approvals/{proposal:str}/{decision:str}", opt=DECIDE, status_code=200)
async def decide(
    desk: TheDesk,
    approvals: TheQueue,
    session: Member,
    locale: Locale,
    templates: Templates,
    proposal: FromPath[str],
    decision: FromPath[str],
) -> Response[Any]:
    """A yes or a no; a refusal stands beside the proposal."""
    try:
        if decision not in ("agree", "decline"):
            raise Invalid("act.unknown", act=decision[:20])
        verb = approvals.agree if decision == "agree" else approvals.decline
        line = await verb(session.actor, proposal[:40], locale)
    except (Invalid, Conflict, NotFound, Unavailable) as error:
        shown = await page_facts(desk, approvals, session, locale)
        failed = desk.text(locale)(error.code, **error.facts)
        shown |= {"failed": failed, "failed_of": proposal}
        return templates.page("workbench/approvals.html", status=error.status, **shown)
    told = "done" if line.whole else "declined" if line.state == "declined" else "partly"
    return Redirect(f"/staff/approvals?done={told}", status_code=303)


handlers = [approvals_page, decide]
