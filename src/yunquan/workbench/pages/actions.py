"""Corporate actions: all of them, one with who is due what, entering, files, agreeing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from yunquan.actions import Action, CorporateActions
from yunquan.actions.types import EntryLine, action_id
from yunquan.desk import Desk
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.rights import RightsIssues
from yunquan.rights.types import NewOutcome
from yunquan.security.types import Role, Session
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

STAFF: Final = {"who": "staff"}
ACT: Final = {"who": "staff", "roles": ("operations",)}
TheOffice = NamedDependency[CorporateActions]
TheRights = NamedDependency[RightsIssues]
LONGEST_TEXT: Final = 300
LONGEST_PLACE: Final = 60
E6, MILLI = 10**6, 10**3
# One percent, in 10^-4 and in 10^-6.
PERCENT_E4, PERCENT_E6 = 10**2, 10**4


@get("/actions", opt=STAFF)
async def actions_page(
    desk: TheDesk,
    corporate: TheOffice,
    session: Member,
    locale: Locale,
    templates: Templates,
    before: FromQuery[str] = "",
    done: FromQuery[str] = "",
) -> Response[str]:
    """The list, what was entered, and the forms."""
    shown = await page_facts(desk, corporate, session, locale, before[:LONGEST_PLACE])
    shown["done"] = done[:10]
    return templates.page("workbench/actions.html", **shown)


async def page_facts(
    desk: Desk, corporate: CorporateActions, session: Session, locale: str, before: str = ""
) -> dict[str, Any]:
    """Everything the list's template needs."""
    return {
        "board": await asyncio.to_thread(corporate.board, session.actor, locale, before),
        "market": desk.market_status(),
        "moment": moment,
        "may_act": Role.OPERATIONS in session.roles,
        "key": secrets.token_hex(12),
        "given": {},
        "failed": "",
        "failed_form": "",
        "done": "",
    }


@get("/actions/{action:str}", opt=STAFF | {"look": "action"})
async def action_page(
    desk: TheDesk,
    corporate: TheOffice,
    session: Member,
    locale: Locale,
    templates: Templates,
    rights: TheRights,
    action: FromPath[str],
    done: FromQuery[str] = "",
) -> Response[str]:
    """One action and who is due what. Raises NotFound."""
    shown = await _case_facts(desk, corporate, rights, session, locale, action[:LONGEST_PLACE])
    shown["done"] = bool(done)
    return templates.page("workbench/action.html", **shown)


async def _case_facts(
    desk: Desk,
    corporate: CorporateActions,
    rights: RightsIssues,
    session: Session,
    locale: str,
    action: str,
) -> dict[str, Any]:
    return {
        "case": await asyncio.to_thread(corporate.case, action, locale),
        "rights": await asyncio.to_thread(rights.case, action),
        "market": desk.market_status(),
        "may_act": Role.OPERATIONS in session.roles,
        "key": secrets.token_hex(12),
        "failed": "",
        "done": False,
        "given": {},
    }


@post("/actions/{action:str}/outcome", opt=ACT, status_code=200)
async def propose_outcome(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    corporate: TheOffice,
    rights: TheRights,
    session: Member,
    locale: Locale,
    templates: Templates,
    action: FromPath[str],
) -> Response[Any]:
    """Propose how a rights issue ended; a refusal stands above the form."""
    form, name = await _texts(request), action[:LONGEST_PLACE]
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    try:
        outcome = NewOutcome(
            _scaled(form, "taken", PERCENT_E4),
            form.get("source", ""),
            form.get("basis", ""),
            _scaled(form, "interest", PERCENT_E6),
        )
        await asyncio.to_thread(rights.propose_outcome, session.actor, name, outcome, key)
    except (Invalid, Conflict) as error:
        shown = await _case_facts(desk, corporate, rights, session, locale, name)
        failed = desk.text(locale)(error.code, **error.facts)
        shown |= {"failed": failed, "given": form}
        return templates.page("workbench/action.html", status=error.status, **shown)
    return Redirect(f"/staff/actions/{quote(name)}?done=1", status_code=303)


Act = Callable[[dict[str, str], str], EntryLine]


async def _acted(
    request: Request[Any, Any, Any],
    shown: Callable[[], Any],
    desk: Desk,
    locale: str,
    templates: Any,
    act: Act,
) -> Response[Any]:
    """Do what a form asks; the list either way, a refusal stands above its form."""
    form = await _texts(request)
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    try:
        line = await asyncio.to_thread(act, form, key)
    except (Invalid, NotFound, Conflict) as error:
        facts = await shown()
        failed = desk.text(locale)(error.code, **error.facts)
        facts |= {"failed": failed, "failed_form": form.get("form", ""), "given": form}
        return templates.page("workbench/actions.html", status=error.status, **facts)
    return Redirect(f"/staff/actions?done={line.state}", status_code=303)


async def _texts(request: Request[Any, Any, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in (await request.form()).items():
        if isinstance(value, UploadFile):
            found[name] = (await value.read()).decode("utf-8", "replace")
        else:
            found[name] = str(value).strip()[:LONGEST_TEXT]
    return found


@post("/actions", opt=ACT, status_code=200)
async def enter(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    corporate: TheOffice,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Propose one action, its withdrawal, or those of a file."""

    def act(form: dict[str, str], key: str) -> EntryLine:
        said = (form.get("source", ""), form.get("basis", ""), key, locale)
        if form.get("form") == "file":
            return corporate.take_file(session.actor, form.get("file", ""), *said)
        if form.get("form") == "withdrawal":
            return corporate.withdraw(session.actor, form.get("action", ""), *said)
        return corporate.enter(session.actor, action_of(form), *said)

    shown = lambda: page_facts(desk, corporate, session, locale)  # noqa: E731
    return await _acted(request, shown, desk, locale, templates, act)


@post("/actions/entries/{entry:str}/{verdict:str}", opt=ACT, status_code=200)
async def decide(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    corporate: TheOffice,
    session: Member,
    locale: Locale,
    templates: Templates,
    entry: FromPath[str],
    verdict: FromPath[str],
) -> Response[Any]:
    """Agree to an entry, decline it, or take it back."""

    def act(_form: dict[str, str], _key: str) -> EntryLine:
        do = {"agree": corporate.agree, "decline": corporate.decline}.get(verdict)
        if do is None:
            raise NotFound("request.no_such_page")
        return do(session.actor, entry[:40], locale)

    shown = lambda: page_facts(desk, corporate, session, locale)  # noqa: E731
    return await _acted(request, shown, desk, locale, templates, act)


def action_of(form: dict[str, str]) -> Action:
    """The action of a filled form, per 10 shares. Raises Invalid actions.bad_number."""
    symbol, ex_day = form.get("symbol", "").upper(), form.get("ex_day", "")
    return Action(
        action_id(symbol, ex_day)[:40],
        symbol,
        form.get("record_day", ""),
        ex_day,
        form.get("pay_day", ""),
        form.get("listing_day", ""),
        _scaled(form, "cash", E6),
        _scaled(form, "bonus", E6),
        _scaled(form, "capital", E6),
        form.get("from_premium", "") == "yes",
        _scaled(form, "rights", E6),
        _scaled(form, "rights_price", MILLI),
        form.get("rights_from", ""),
        form.get("rights_to", ""),
        form.get("rights_code", "")[:12],
    )


def _scaled(form: dict[str, str], name: str, scale: int) -> int:
    """A number typed, times the scale. Raises Invalid actions.bad_number."""
    try:
        number = Decimal(form.get(name, "").replace(",", "") or "0")
    except InvalidOperation as error:
        raise Invalid("actions.bad_number") from error
    if not number.is_finite() or not 0 <= number <= E6:
        raise Invalid("actions.bad_number")
    whole = number * scale
    if whole != whole.to_integral_value():
        raise Invalid("actions.bad_number")
    return int(whole)


handlers = [actions_page, action_page, enter, decide, propose_outcome]
