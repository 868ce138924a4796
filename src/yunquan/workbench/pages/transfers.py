"""Transfers in doubt, the banks' files, what they differ in, and reversals."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.custody import Custody
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.kernel.money import fen_to_text
from yunquan.security.types import Role, Session
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

TheCustody = NamedDependency[Custody]
STAFF: Final = {"who": "staff"}
ACT: Final = {"who": "staff", "roles": ("operations",)}
PARTS: Final = {"board"}
LONGEST_TEXT: Final = 300


@get("/transfers", opt=STAFF)
async def transfers_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    custody: TheCustody,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The whole page, or what changes by itself."""
    shown = await page_facts(custody, session, locale)
    shown["market"] = desk.market_status()
    shown["done"] = request.query_params.get("done", "")[:40]
    part = request.query_params.get("part", "")
    return templates.page("workbench/transfers.html", part if part in PARTS else "", **shown)


async def page_facts(custody: Custody, session: Session, locale: str) -> dict[str, Any]:
    """Everything the template needs."""
    return {
        "board": await asyncio.to_thread(custody.board, locale),
        "moment": moment,
        "fen": fen_to_text,
        "waited": waited,
        "may_act": Role.OPERATIONS in session.roles,
        "failed": "",
        "failed_of": "",
        "done": "",
        "given": "",
    }


def waited(seconds: int) -> str:
    """How long, as a clock: hours, minutes, seconds."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@post("/transfers/{transfer:str}/reversal", opt=ACT, status_code=200)
async def reverse(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    custody: TheCustody,
    session: Member,
    locale: Locale,
    templates: Templates,
    transfer: FromPath[str],
) -> Response[Any]:
    """Take a transfer of ours back; a refusal stands beside it."""
    basis = str((await request.form()).get("basis", ""))[:LONGEST_TEXT]
    try:
        found = await custody.reverse(session.actor, transfer[:40], basis, locale)
    except (Invalid, Conflict, NotFound, Unavailable) as error:
        shown = await page_facts(custody, session, locale)
        shown["market"] = desk.market_status()
        failed = desk.text(locale)(error.code, **error.facts)
        shown |= {"failed": failed, "failed_of": transfer, "given": basis}
        return templates.page("workbench/transfers.html", status=error.status, **shown)
    return Redirect(f"/staff/transfers?done={found.line.state}", status_code=303)


handlers = [transfers_page, reverse]
