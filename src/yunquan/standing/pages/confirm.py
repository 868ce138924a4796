"""Showing who one is: a restriction of the house that its client lifts with the login password."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response

from yunquan.desk import Desk
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.scopes import CONFIRM
from yunquan.restrictions.types import Basis, BasisKind, RestrictionWish
from yunquan.standing.pages.parts import (
    CLIENT,
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    shell_facts,
)

PAGE: Final = "standing/confirm.html"
Doors = NamedDependency[Any]


@get("/confirm", opt=CLIENT)
async def confirm_page(
    desk: TheDesk, accounts: Accounts, locale: Locale, templates: Templates
) -> Response[str]:
    """Which accounts wait for it."""
    return templates.page(PAGE, **await _facts(desk, accounts, locale))


@post("/confirm", opt=CLIENT, status_code=200)
async def confirm(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    doors: Doors,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """The right password lifts it on every account of the client's; a wrong one counts as a failed
    login does.
    """
    form = await request.form()
    given, key = str(form.get("password", "")), str(form.get("key", ""))[:40]
    try:
        await doors.confirm_password(session, given)
        for account in await _waiting(desk, accounts):
            basis = Basis(BasisKind.CLIENT, desk.text("zh_CN")("ui.standing.confirm.basis"))
            wish = RestrictionWish("release", account, basis, CONFIRM)
            await desk.restrictions.impose(session.actor, f"confirm-{key}-{account}", wish)
    except YunquanError as error:
        shown = await _facts(desk, accounts, locale)
        shown["failed"] = desk.text(locale)(error.code, **error.facts)
        return templates.page(PAGE, status=error.status, **shown)
    return Redirect("/confirm", status_code=303)


async def _waiting(desk: Desk, accounts: tuple[str, ...]) -> list[str]:
    return [
        account
        for account in accounts
        if CONFIRM in (await desk.account_view(account)).restrictions
    ]


async def _facts(desk: Desk, accounts: tuple[str, ...], locale: str) -> dict[str, Any]:
    waiting = await _waiting(desk, accounts)
    shown = {"waiting": waiting, "failed": "", "key": secrets.token_hex(12)}
    return shown | await shell_facts(desk, accounts[0], locale)


handlers = [confirm_page, confirm]
