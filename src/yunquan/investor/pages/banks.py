"""At which banks a client's money is: another bank bound, money moved between the accounts."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response

from yunquan.custody import Custody
from yunquan.desk import Desk
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    own_account,
    shell_facts,
)
from yunquan.kernel.errors import YunquanError

TheCustody = NamedDependency[Custody]
CLIENT: Final = {"who": "client"}
NOTHING: Final = dict.fromkeys(("account", "target", "amount", "bank", "bank_account"), "")
ACTS: Final = {"bind": "bound", "move": "moved"}


@get("/banks", opt=CLIENT)
async def banks_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    custody: TheCustody,
) -> Response[str]:
    """Each bank with what is there, and two forms: move, and bind another."""
    done = request.query_params.get("done", "")
    shown = await facts(desk, custody, session.subject, accounts[0], locale)
    shown["done"] = done if done in ACTS.values() else ""
    return templates.page("investor/banks.html", **shown)


async def facts(
    desk: Desk, custody: Custody, client: str, account: str, locale: str
) -> dict[str, Any]:
    """What the page shows but for what has just been done."""
    shown = await shell_facts(desk, account, locale)
    shown["banks"] = await custody.bank_accounts(client, locale)
    shown["free"] = custody.other_banks(client)
    shown |= {"failed": dict.fromkeys(ACTS, ""), "given": NOTHING, "done": ""}
    return shown | {"here": "assets", "key": secrets.token_hex(12)}


@post("/banks", opt=CLIENT, status_code=303)
async def act(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    custody: TheCustody,
) -> Response[Any]:
    """Bind a bank or move money; a refusal stands beside its form, with what was typed but for the
    password.
    """
    given = {name: str(value)[:128] for name, value in (await request.form()).items()}
    act = "bind" if given.get("act") == "bind" else "move"
    try:
        if act == "bind":
            asked = (given.get("bank", ""), given.get("bank_account", "").replace(" ", ""))
            await custody.bind_auxiliary(session.subject, *asked, given.pop("bank_password", ""))
            request.app.state.accounts.forget(session.subject)
        else:
            source, target = (
                own_account(accounts, given.get(name, "")) for name in ("account", "target")
            )
            amount = given.get("amount", "").replace(",", "").strip()
            key = given.get("key", "")[:60]
            await custody.move_cash(session.actor, key, source, target, amount)
    except YunquanError as error:
        given.pop("bank_password", None)
        shown = await facts(desk, custody, session.subject, accounts[0], locale)
        shown["failed"] |= {act: desk.text(locale)(error.code, **error.facts)}
        shown["given"] = NOTHING | given
        if error.status >= 500:
            shown["key"] = given.get("key", "")
        return templates.page("investor/banks.html", "", error.status, **shown)
    return Redirect(f"/banks?done={ACTS[act]}", status_code=303)


handlers = [banks_page, act]
