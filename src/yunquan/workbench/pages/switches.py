"""Exceptional days: what is in force, what is proposed, and the switches themselves."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.desk import Desk
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.security.types import Role, Session
from yunquan.switches import rules
from yunquan.switches.types import ProposalLine, SwitchWish
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

STAFF: Final = {"who": "staff"}
ACT: Final = {"who": "staff", "roles": ("risk", "operations")}
ACTING: Final = frozenset({Role.RISK, Role.OPERATIONS})
LONGEST_TEXT: Final = 300
PARTS: Final = {"board"}
# What became of the last act, as the page it leads to says it.
SAID: Final = ("proposed", "done", "partly", "declined")
KINDS: Final = {"stop": rules.STOP, "resume": rules.RESUME, "gateway": rules.GATEWAY}


@get("/switches", opt=STAFF)
async def switches_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The whole page, or what is in force and proposed alone."""
    said = request.query_params.get("said", "")
    shown = await page_facts(
        desk,
        session,
        locale,
        said=said if said in SAID else "",
        resume=request.query_params.get("resume", "")[:20],
    )
    part = request.query_params.get("part", "")
    return templates.page("workbench/switches.html", part if part in PARTS else "", **shown)


async def page_facts(desk: Desk, session: Session, locale: str, **more: Any) -> dict[str, Any]:
    """Everything the template needs. more: the outcome of an act, or why there was none."""
    shown: dict[str, Any] = {
        "board": await desk.switch_board(session.actor, locale),
        "market": desk.market_status(),
        "moment": moment,
        "now_ms": to_ms(desk.clock.now()),
        "markets": rules.MARKETS,
        "may_act": bool(session.roles & ACTING),
        "suggested": {
            kind: {
                language: desk.text(language)(f"switch.default.{kind}")
                for language in ("zh_CN", "en")
            }
            for kind in (rules.STOP, rules.GATEWAY)
        },
        "key": secrets.token_hex(12),
        "given": {},
        "failed": "",
        "failed_act": "",
        "said": "",
        "resume": "",
    }
    return shown | more


@post("/switches/{act:str}", opt=ACT, status_code=200)
async def throw_switch(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
    act: FromPath[str],
) -> Response[Any]:
    """Stop, resume or change the gateway; a refusal stands beside its form."""
    form = {
        name: str(value).strip()[:LONGEST_TEXT] for name, value in (await request.form()).items()
    }
    if act not in KINDS:
        raise NotFound("request.no_such_page")
    wish = SwitchWish(
        KINDS[act],
        form.get("basis", ""),
        form.get("symbol", "").upper() if form.get("scope") == "symbol" else form.get("scope", ""),
        form.get("gateway", ""),
        form.get("notice_zh", ""),
        form.get("notice_en", ""),
    )
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    return await answer(
        desk, session, locale, templates, desk.switch(session.actor, key, wish, locale), act, form
    )


@post("/switches/proposals/{proposal:str}/{act:str}", opt=ACT, status_code=200)
async def decide(
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
    proposal: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """The second person's yes (or a repeat of what didn't arrive), or a no."""
    if act not in ("agree", "decline"):
        raise NotFound("request.no_such_page")
    verb = desk.agree if act == "agree" else desk.decline
    done = verb(session.actor, proposal, locale)
    return await answer(desk, session, locale, templates, done, "decide", {"proposal": proposal})


async def answer(
    desk: Desk,
    session: Session,
    locale: str,
    templates: Any,
    act: Awaitable[ProposalLine],
    name: str,
    form: dict[str, str],
) -> Response[Any]:
    """Where an act leads: back to the page that says what became of it, or why not."""
    try:
        line = await act
    except (Invalid, Conflict, NotFound, Unavailable) as error:
        failed = desk.text(locale)(error.code, **error.facts)
        shown = await page_facts(desk, session, locale, failed=failed, failed_act=name, given=form)
        return templates.page("workbench/switches.html", status=error.status, **shown)
    query = urlencode({"said": said_of(line)})
    return Redirect(f"/staff/switches?{query}", status_code=303)


def said_of(line: ProposalLine) -> str:
    """What the page says of a proposal that was just acted on."""
    if line.state == "agreed":
        return "done" if line.whole else "partly"
    return "declined" if line.state == "declined" else "proposed"


handlers = [switches_page, throw_switch, decide]
