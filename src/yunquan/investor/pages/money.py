"""What the client owns, and money in and out."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromQuery
from litestar.response import Redirect, Response

from yunquan.desk import Desk
from yunquan.funding.types import TransferLine
from yunquan.investor.pages.figures import moment
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    asked_part,
    notice_facts,
    shell_facts,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable

CLIENT: Final = {"who": "client"}
DIRECTIONS: Final = ("in", "out")
LONGEST_PAGE: Final = 30
PARTS: Final = frozenset({"owned", "listed"})


@get("/assets", opt=CLIENT)
async def assets_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Total, cash by kind, positions."""
    try:
        shown = await shell_facts(desk, accounts[0], locale)
    except Unavailable:
        shown = {"assets": None, "market": desk.market_status()}
        shown |= await notice_facts(desk, accounts[0], locale, "")
    shown["here"] = "assets"
    return templates.page("investor/assets.html", asked_part(request, PARTS), **shown)


@get("/transfer", opt=CLIENT)
async def transfer_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    direction: FromQuery[str] = "in",
    before: FromQuery[str | None] = None,
) -> Response[str]:
    """The form and where each transfer stands."""
    part = asked_part(request, PARTS)
    listed = desk.transfers(accounts[0], locale, before=before, limit=LONGEST_PAGE)
    shown: dict[str, Any] = {"here": "assets", "account": accounts[0], "moment": moment}
    shown |= {"transfers": listed, "moved": None, "failed": ""}
    if not part:
        shown |= await shell_facts(desk, accounts[0], locale)
        shown |= {"terms": {name: terms_of(desk, accounts[0], name, locale) for name in DIRECTIONS}}
        shown |= {
            "key": secrets.token_hex(12),
            "direction": direction if direction in DIRECTIONS else "in",
        }
    return templates.page("investor/transfer.html", part, **shown)


def terms_of(desk: Desk, account: str, direction: str, locale: str) -> Any:
    """What may be transferred today; None while no bank account is bound."""
    try:
        return desk.transfer_terms(account, direction, locale)
    except NotFound:
        return None


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
        moved = await desk.pay(session.actor, key, accounts[0], direction, amount, locale)
    except (Invalid, Conflict, NotFound) as error:
        failed = desk.text(locale)(error.code, **error.facts)
    except Unavailable as error:
        # Perhaps it isn't even written down: the same key makes a second tap the same transfer.
        failed, next_key = desk.text(locale)(error.code, **error.facts), ""
    if "hx-request" not in request.headers:
        return Redirect("/transfer", status_code=303)
    shown = {"moved": moved, "failed": failed, "key": next_key, "here": "assets"}
    return templates.page("investor/transfer.html", "result", **shown)


handlers = [assets_page, transfer_page, transfer]
