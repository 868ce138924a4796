"""Messages: what happened, newest first, read or not."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Response

from yunquan.investor.pages.figures import moment
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    asked_part,
    shell_facts,
)
from yunquan.messages import Messages

CLIENT: Final = {"who": "client"}
KINDS: Final = ("", "orders", "money", "rights", "account", "complaints")
PARTS: Final = frozenset({"listed"})
TheMessages = NamedDependency[Messages]


@get("/messages", opt=CLIENT)
async def messages_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    messages: TheMessages,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    kind: FromQuery[str] = "",
    before: FromQuery[str] = "",
) -> Response[str]:
    """A page of them; older ones follow by link."""
    part = asked_part(request, PARTS)
    kind = kind if kind in KINDS else ""
    listed = await asyncio.to_thread(messages.page, accounts, locale, before=before[:70], kind=kind)
    shown: dict[str, Any] = {
        "here": "me",
        "account": accounts[0],
        "listed": listed,
        "kind": kind,
        "kinds": KINDS,
        "moment": moment,
    }
    if not part:
        shown |= await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/messages.html", part, **shown)


@post("/messages/read", opt=CLIENT, status_code=303)
async def read_messages(
    request: Request[Any, Any, Any],
    messages: TheMessages,
    session: Member,
    accounts: Accounts,
) -> Response[Any]:
    """Mark all of them as read."""
    message = str((await request.form()).get("message", ""))[:70]
    await asyncio.to_thread(messages.read, session.actor, accounts, message)
    return Redirect("/messages", status_code=303)


handlers = [messages_page, read_messages]
