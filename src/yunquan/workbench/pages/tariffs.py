"""Fee plans: what they charge, who pays by them, where a counter charges otherwise; proposals."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response

from yunquan.desk import Desk
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable, YunquanError
from yunquan.kernel.money import parse_fen
from yunquan.market.types import PRODUCTS
from yunquan.security.types import Role, Session
from yunquan.tariffs import Tariffs
from yunquan.tariffs.rules import parse_rate
from yunquan.tariffs.types import NewPlanVersion, PlanRate
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

TheTariffs = NamedDependency[Tariffs]
STAFF: Final = {"who": "staff"}
ACT: Final = {"who": "staff", "roles": ("risk", "operations")}
ACTING: Final = frozenset({Role.RISK, Role.OPERATIONS})
LONGEST_TEXT: Final = 200
PROPOSED: Final = "/staff/approvals?done=proposed"


@get("/tariffs", opt=STAFF)
async def tariffs_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    tariffs: TheTariffs,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Plans and accounts."""
    after = request.query_params.get("after", "")[:40]
    shown = await page_facts(desk, tariffs, session, locale, after)
    given = request.query_params.get("account", "")[:40]
    return templates.page("workbench/tariffs.html", **shown | {"given": {"account": given}})


async def page_facts(
    desk: Desk, tariffs: Tariffs, session: Session, locale: str, after: str = ""
) -> dict[str, Any]:
    """Everything the template needs."""
    return {
        "board": await tariffs.board(locale, after=after),
        "market": desk.market_status(),
        "moment": moment,
        "may_act": bool(session.roles & ACTING),
        "failed": "",
        "failed_act": "",
        "given": {},
        "key": secrets.token_hex(8),
    }


@post("/tariffs/plans", opt=ACT, status_code=200)
async def propose_version(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    tariffs: TheTariffs,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """A plan, or a version of one; a refusal stands beside the form."""
    form = await read_form(request)
    try:
        new = read_version(form)
        await asyncio.to_thread(
            tariffs.propose_version, session.actor, form["key"], new, form.get("basis", "")
        )
    except (Invalid, Conflict) as error:
        return await refused(desk, tariffs, session, locale, templates, "plan", form, error)
    return Redirect(PROPOSED, status_code=303)


@post("/tariffs/assignments", opt=ACT, status_code=200)
async def propose_assignment(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    tariffs: TheTariffs,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """By which plan an account shall pay; a refusal stands beside the form."""
    form = await read_form(request)
    wish = (form.get("account", ""), form.get("plan", ""), form.get("basis", ""))
    try:
        await tariffs.propose_assignment(session.actor, form["key"], *wish)
    except (Invalid, Conflict, NotFound, Unavailable) as error:
        return await refused(desk, tariffs, session, locale, templates, "assign", form, error)
    return Redirect(PROPOSED, status_code=303)


async def read_form(request: Request[Any, Any, Any]) -> dict[str, str]:
    """What was typed, cut to what can mean something; the page's own key makes a repeat the
    same.
    """
    form = await request.form()
    given = {name: str(value).strip()[:LONGEST_TEXT] for name, value in form.items()}
    if not 0 < len(given.get("key", "")) <= 64:
        given["key"] = secrets.token_hex(12)
    return given


def read_version(form: dict[str, str]) -> NewPlanVersion:
    """Rates as typed, in percent and CNY; a product without a rate pays the house's. Raises Invalid
    tariff.rate_text, money.malformed.
    """
    rates: list[PlanRate] = []
    for product in PRODUCTS:
        typed = form.get(f"rate-{product}", "")
        if not typed:
            continue
        rate = parse_rate(typed)
        if rate is None:
            raise Invalid("tariff.rate_text", text=typed[:20])
        rates.append(PlanRate(product, rate, parse_fen(form.get(f"min-{product}", "") or "0")))
    names = (form.get("name_zh", ""), form.get("name_en", ""))
    return NewPlanVersion(form.get("plan", ""), *names, form.get("day", ""), tuple(rates))


async def refused(
    desk: Desk,
    tariffs: Tariffs,
    session: Session,
    locale: str,
    templates: Any,
    act: str,
    form: dict[str, str],
    error: YunquanError,
) -> Response[Any]:
    """The page with what was typed and why not."""
    shown = await page_facts(desk, tariffs, session, locale)
    failed = desk.text(locale)(error.code, **error.facts)
    shown |= {"failed": failed, "failed_act": act, "given": form}
    return templates.page("workbench/tariffs.html", status=error.status, **shown)


handlers = [tariffs_page, propose_version, propose_assignment]
