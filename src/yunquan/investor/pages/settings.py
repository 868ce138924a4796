"""One's own: the hub of everything, settings, devices and passwords, what one may trade."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.clients import load_preferences, save_preferences
from yunquan.clients.types import Preferences
from yunquan.desk import Desk
from yunquan.investor.pages.entrance import keep_looks, load_taste, looks_of
from yunquan.investor.pages.figures import moment
from yunquan.investor.pages.parts import (
    Accounts,
    Doors,
    Locale,
    Member,
    Templates,
    TheDesk,
    has_page,
    shell_facts,
)
from yunquan.kernel.errors import Forbidden, Invalid
from yunquan.security.types import Session

CLIENT: Final = {"who": "client"}
# The hub: group, address, name of its text and icon. A page that isn't there has no entry.
ENTRIES: Final = (
    ("trade", "/orders", "orders"),
    ("trade", "/conditions", "conditions"),
    ("trade", "/watchlists", "watchlists"),
    ("trade", "/suitability", "suitability"),
    ("trade", "/permissions", "permissions"),
    ("money", "/assets", "assets"),
    ("money", "/transfer", "transfer"),
    ("money", "/cash", "cash"),
    ("money", "/fees", "fees"),
    ("money", "/actions", "actions"),
    ("money", "/statements", "statements"),
    ("money", "/clear-money", "clear_money"),
    ("talk", "/messages", "messages"),
    ("talk", "/complaints", "complaints"),
    ("talk", "/help", "help"),
    ("own", "/settings", "settings"),
    ("own", "/devices", "devices"),
)
GROUPS: Final = ("trade", "money", "talk", "own")
CHOICES: Final = {
    "lang": ("zh_CN", "en"),
    "theme": ("system", "light", "dark"),
    "colours": ("red-up", "green-up"),
    "elder": ("off", "on"),
    "confirms": ("on", "off"),
}


@get("/me", opt=CLIENT)
async def me_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Who is logged in, and the way to everything that is theirs."""
    shown = [entry for entry in ENTRIES if has_page(request, entry[1])]
    groups = [(group, [one for one in shown if one[0] == group]) for group in GROUPS]
    facts = await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/me.html", here="me", groups=groups, **facts)


@get("/settings", opt=CLIENT)
async def settings_page(
    desk: TheDesk, session: Member, accounts: Accounts, locale: Locale, templates: Templates
) -> Response[str]:
    """Looks, and how one trades."""
    chosen = await asyncio.to_thread(load_taste, desk, session.subject)
    shown = await shell_facts(desk, accounts[0], locale)
    return templates.page(
        "investor/settings.html", here="me", chosen=chosen, choices=CHOICES, failed="", **shown
    )


@post("/settings", opt=CLIENT, status_code=303)
async def change_settings(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Keep one choice or several, with the client and in the browser."""
    given = {name: str(value) for name, value in (await request.form()).items()}
    try:
        chosen = await asyncio.to_thread(keep_choice, desk, session, given)
    except Invalid as error:
        shown = await shell_facts(desk, accounts[0], locale)
        shown["chosen"] = await asyncio.to_thread(load_taste, desk, session.subject)
        failed = desk.text(locale)(error.code, **error.facts)
        return templates.page(
            "investor/settings.html", "", 400, here="me", choices=CHOICES, failed=failed, **shown
        )
    looks = looks_of(chosen)
    asked = {name: value for name, value in looks.items() if name in given}
    return keep_looks(Redirect("/settings", status_code=303), asked)


def keep_choice(desk: Desk, session: Session, given: dict[str, str]) -> Preferences:
    """Save what the form says and is known; the rest stays. Raises Invalid."""
    for name, values in CHOICES.items():
        if name in given and given[name] not in values:
            raise Invalid("client.preference_unknown")
    with desk.database.transaction(actor=session.actor) as tx:
        chosen = load_preferences(tx, session.subject)
        told: dict[str, Any] = {}
        if "lang" in given:
            told["locale"] = given["lang"]
        if "theme" in given:
            told["theme"] = given["theme"].replace("system", "")
        if "colours" in given:
            told["colours"] = given["colours"]
        told |= {name: given[name] == "on" for name in ("elder", "confirms") if name in given}
        if "default_qty" in given:
            told["default_qty"] = whole_number(given["default_qty"])
        chosen = replace(chosen, **told)
        save_preferences(tx, session.subject, chosen)
    return chosen


def whole_number(text: str) -> int:
    """A count as typed; nothing typed is 0. Raises Invalid."""
    text = text.replace(",", "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Invalid("client.preference_unknown")
    return int(text or 0)


@get("/devices", opt=CLIENT)
async def devices_page(
    desk: TheDesk,
    doors: Doors,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Where this login is open, its logins of the last 30 days, its password."""
    shown = await device_facts(desk, doors, session, accounts[0], locale)
    return templates.page("investor/devices.html", failed="", changed=False, **shown)


async def device_facts(
    desk: Desk, doors: Any, session: Session, account: str, locale: str
) -> dict[str, Any]:
    shown = await shell_facts(desk, account, locale)
    shown |= {"here": "me", "moment": moment}
    return shown | {
        "sessions": await doors.sessions(session),
        "logins": await doors.logins(session),
    }


@post("/devices/{session_id:str}/end", opt=CLIENT, status_code=303)
async def end_session(doors: Doors, session: Member, session_id: FromPath[str]) -> Response[Any]:
    """Log another device out; "others" for all but this one."""
    if session_id == "others":
        await doors.revoke_others(session)
    else:
        await doors.revoke(session, session_id)
    return Redirect("/devices", status_code=303)


@post("/devices/password", opt=CLIENT, status_code=200)
async def change_password(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    doors: Doors,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Replace the password; every other session ends. Why not is said beside the fields."""
    form = await request.form()
    text, failed = desk.text(locale), ""
    if form.get("new") != form.get("again"):
        failed = text("ui.investor.password.differ")
    else:
        try:
            given = str(form.get("old", "")), str(form.get("new", ""))
            await doors.change_password(session, *given)
        except Forbidden as error:
            failed = text(error.code, **error.facts)
    shown = await device_facts(desk, doors, session, accounts[0], locale)
    status = 400 if failed else 200
    return templates.page(
        "investor/devices.html", "", status, failed=failed, changed=not failed, **shown
    )


@get("/help", opt=CLIENT)
async def help_page(
    desk: TheDesk, accounts: Accounts, locale: Locale, templates: Templates
) -> Response[str]:
    """The way through a day, the keys, what to do when something fails."""
    shown = await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/help.html", here="me", **shown)


@get("/simple", opt=CLIENT)
async def simple_page(
    desk: TheDesk, accounts: Accounts, locale: Locale, templates: Templates
) -> Response[str]:
    """The simple home: my money, buy, sell, orders, help."""
    shown = await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/simple.html", here="simple", **shown)


handlers = [
    me_page,
    settings_page,
    change_settings,
    devices_page,
    end_session,
    change_password,
    help_page,
    simple_page,
]
