"""What the client owns, and money in and out."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Response

from yunquan.clearing import list_dues
from yunquan.clearing.types import DueLine
from yunquan.custody import Custody
from yunquan.desk import Desk
from yunquan.funding.types import Secrets, TransferLine
from yunquan.investor.pages.figures import moment
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    asked_part,
    notice_facts,
    own_account,
    shell_facts,
)
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from yunquan.statements import Statements
from yunquan.statements.rules.costs import METHODS

TheCustody = NamedDependency[Custody]
CLIENT: Final = {"who": "client"}
PASSWORDS: Final = ("cash", "bank")
DIRECTIONS: Final = ("in", "out")
LONGEST_PAGE: Final = 30
METHOD_COOKIE: Final = "yq_cost"
A_YEAR_S: Final = 365 * 86_400
PARTS: Final = frozenset({"owned", "listed", "explained"})


@get("/assets", opt=CLIENT)
async def assets_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    custody: TheCustody,
    statements: NamedDependency[Statements],
    method: FromQuery[str] = "",
) -> Response[str]:
    """Total, cash by kind with reasons and days, positions, their costs by the chosen method."""
    chosen = method or request.cookies.get(METHOD_COOKIE, "")
    chosen = chosen if chosen in METHODS else METHODS[0]
    part = asked_part(request, PARTS)
    try:
        shown = await shell_facts(desk, accounts[0], locale)
        shown["cash"] = await custody.cash(accounts[0], locale)
        shown["dues"] = await asyncio.to_thread(dues_of, desk, accounts[0], locale)
        if not part:
            shown["by_method"] = await statements.positions(accounts[0], chosen, locale)
    except Unavailable:
        shown = {"assets": None, "market": desk.market_status()}
        shown |= await notice_facts(desk, accounts[0], locale, "")
    shown |= {"here": "assets", "method": chosen}
    answer = templates.page("investor/assets.html", part, **shown)
    if method == chosen:
        answer.set_cookie(
            METHOD_COOKIE, chosen, max_age=A_YEAR_S, path="/", samesite="lax", httponly=True
        )
    return answer


def dues_of(desk: Desk, account: str, locale: str) -> list[DueLine]:
    """What day ends could not take."""
    with desk.database.read() as tx:
        return list_dues(tx, account, desk.text(locale))


@get("/transfer", opt=CLIENT)
async def transfer_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    session: Member,
    custody: TheCustody,
    direction: FromQuery[str] = "in",
    before: FromQuery[str | None] = None,
    account: FromQuery[str] = "",
) -> Response[str]:
    """The form and where each transfer stands. account: the one whose bank it is about."""
    part, account = asked_part(request, PARTS), own_account(accounts, account)
    listed = desk.transfers(account, locale, before=before, limit=LONGEST_PAGE)
    shown: dict[str, Any] = {"here": "assets", "moment": moment}
    shown |= {"transfers": listed, "moved": None, "failed": ""}
    if not part:
        shown |= await shell_facts(desk, account, locale)
        shown["cash"] = await custody.cash(account, locale)
        shown["banks"] = await custody.bank_accounts(session.subject, locale)
        terms = {name: terms_of(desk, account, name, locale) for name in DIRECTIONS}
        shown |= {"terms": terms, "asks": {kind: asking(terms, kind) for kind in PASSWORDS}}
        shown |= {
            "key": secrets.token_hex(12),
            "direction": direction if direction in DIRECTIONS else "in",
            "changed": request.query_params.get("changed", "") == "1",
            "unchanged": "",
        }
    elif part == "explained":
        shown["cash"] = await custody.cash(account, locale)
    return templates.page("investor/transfer.html", part, **shown | {"account": account})


def terms_of(desk: Desk, account: str, direction: str, locale: str) -> Any:
    """What may be transferred today; None while no bank account is bound."""
    try:
        return desk.transfer_terms(account, direction, locale)
    except NotFound:
        return None


def asking(terms: dict[str, Any], password: str) -> list[str]:
    """In which directions a password is asked for."""
    return [name for name, found in terms.items() if found and password in found.passwords]


@post("/transfer", opt=CLIENT, status_code=200)
async def transfer(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Pay in or out; the outcome appears below the form, and in the list either way."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    key, amount = form.get("key", "")[:60], form.get("amount", "").replace(",", "").strip()
    moved: TransferLine | None = None
    failed, next_key = "", secrets.token_hex(12)
    direction = "out" if form.get("direction") == "out" else "in"
    try:
        secrets_typed = Secrets(form.get("cash_password", ""), form.get("bank_password", ""))
        account = own_account(accounts, form.get("account", ""))
        asked = (account, direction, amount, locale, secrets_typed)
        moved = await desk.pay(session.actor, key, *asked)
    except (Invalid, Conflict, NotFound, Forbidden) as error:
        failed = desk.text(locale)(error.code, **error.facts)
    except Unavailable as error:
        # Perhaps it isn't even written down: the same key makes a second tap the same transfer.
        failed, next_key = desk.text(locale)(error.code, **error.facts), ""
    if "hx-request" not in request.headers:
        return Redirect("/transfer", status_code=303)
    shown = {"moved": moved, "failed": failed, "key": next_key, "here": "assets"}
    return templates.page("investor/transfer.html", "result", **shown)


@post("/transfer/password", opt=CLIENT, status_code=200)
async def change_cash_password(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    custody: TheCustody,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Change the cash password; why not stands beside the form."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    shown: dict[str, Any] = {"changed": True, "unchanged": ""}
    try:
        old, new = form.get("old", "")[:128], form.get("new", "")[:128]
        await custody.change_cash_password(accounts[0], old, new)
    except (Invalid, Forbidden, Unavailable) as error:
        shown = {"changed": False, "unchanged": desk.text(locale)(error.code, **error.facts)}
    if "hx-request" not in request.headers:
        told = "1" if shown["changed"] else "0"
        return Redirect(f"/transfer?changed={told}#password", status_code=303)
    return templates.page("investor/transfer.html", "password_result", **shown)


handlers = [assets_page, transfer_page, transfer, change_cash_password]
