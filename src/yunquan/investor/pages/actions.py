"""Corporate actions of what the client holds: to come, past, and the tax on them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Response

from yunquan.actions import CorporateActions, load_tax_rates
from yunquan.desk import Desk
from yunquan.evidence.types import NewShown
from yunquan.investor.pages.market import whole_shares
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    TheEvidence,
    notice_facts,
    shell_facts,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.rights import RightsIssues
from yunquan.rights.types import NewSubscription
from yunquan.security.types import Session

CLIENT: Final = {"who": "client"}
LONGEST_PLACE: Final = 60
LONGEST_QTY, LONGEST_DAY, LONGEST_SHOWN = 12, 10, 400
TheRights = NamedDependency[RightsIssues]


@get("/actions", opt=CLIENT)
async def actions_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    corporate: NamedDependency[CorporateActions],
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    rights: TheRights,
    before: FromQuery[str] = "",
    done: FromQuery[str] = "",
) -> Response[str]:
    """The page; while the counter is away it says so."""
    offices = Offices(desk, corporate, rights)
    shown = await _facts(offices, accounts[0], locale, before[:LONGEST_PLACE])
    shown["done"] = int(done) if done.isdecimal() and len(done) <= LONGEST_QTY else 0
    return templates.page("investor/actions.html", "", **shown)


@dataclass(frozen=True, slots=True)
class Offices:
    """Whom the page asks."""

    desk: Desk
    corporate: CorporateActions
    rights: RightsIssues


async def _facts(offices: Offices, account: str, locale: str, before: str = "") -> dict[str, Any]:
    """Everything the page's template needs."""
    desk = offices.desk
    shown: dict[str, Any] = {"own": None, "assets": None, "market": desk.market_status()}
    shown |= {"rights": (), "done": 0, "failed": "", "failed_action": "", "given": ""}
    shown |= {"here": "assets", "older": bool(before), "tax": load_tax_rates()[-1]}
    shown["key"] = secrets.token_hex(12)
    try:
        shown |= await shell_facts(desk, account, locale)
        shown["own"] = await offices.corporate.own(account, locale, before)
        shown["rights"] = await offices.rights.own(account, locale)
    except Unavailable:
        shown |= await notice_facts(desk, account, locale, "")
    return shown


@post("/actions/subscriptions", opt=CLIENT, status_code=200)
async def subscribe(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    corporate: NamedDependency[CorporateActions],
    rights: TheRights,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    evidence: TheEvidence,
) -> Response[Any]:
    """Pay for rights; what stood before the client is kept first, a refusal stands at its form."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    action, key = form.get("action", "")[:LONGEST_PLACE], form.get("key", "")[:LONGEST_PLACE]
    typed = form.get("qty", "").replace(",", "")[:LONGEST_QTY]
    try:
        qty = whole_shares(typed)
        await evidence.keep(_screen_of(request, session, accounts[0], locale, form))
        wanted = NewSubscription(qty, day=form.get("day", "")[:LONGEST_DAY])
        await rights.subscribe(session.actor, key, accounts[0], action, wanted, locale)
    except (Invalid, NotFound, Conflict, Unavailable) as error:
        shown = await _facts(Offices(desk, corporate, rights), accounts[0], locale)
        shown |= {"failed": desk.text(locale)(error.code, **error.facts), "given": typed}
        shown["failed_action"] = action
        if isinstance(error, Unavailable):
            # Whether it took effect is unknown: under the same key a second tap is the same one.
            shown["key"] = key
        return templates.page("investor/actions.html", "", status=error.status, **shown)
    return Redirect(f"/actions?done={qty}#rights", status_code=303)


def _screen_of(
    request: Request[Any, Any, Any],
    session: Session,
    account: str,
    locale: str,
    form: dict[str, str],
) -> NewShown:
    """What stood before the client as their browser tells it."""
    return NewShown(
        session.subject,
        account,
        "rights",
        f"{session.actor}:{form.get('key', '')[:LONGEST_PLACE]}",
        str(session.id),
        str(request.scope["state"].get("address", ""))[:LONGEST_PLACE],
        locale,
        {name: form.get(name, "")[:LONGEST_SHOWN] for name in ("action", "qty", "day", "shown")},
        ("confirmed",) if form.get("ticked") == "confirmed" else (),
    )


handlers = [actions_page, subscribe]
