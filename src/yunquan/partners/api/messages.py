"""Messages to a client."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import Parameter

from yunquan.messages import Messages
from yunquan.messages.types import MessagePage
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import OwnAccount

TheMessages = NamedDependency[Messages]
Before = Annotated[str, Parameter(max_length=70, description="A message's id: older ones only.")]
Limit = Annotated[int, Parameter(ge=1, le=100, description="How many.")]


class ReadCount(msgspec.Struct, frozen=True):
    """How many were unread."""

    read: int


@get("/messages", summary="What happened to the account, newest first")
async def list_messages(
    caller: Calling,
    messages: TheMessages,
    account: OwnAccount = None,
    before: Before = "",
    limit: Limit = 50,
) -> MessagePage:
    """In the language of the request; of all the caller's accounts unless one is named."""
    accounts, locale = of(caller, account), caller.locale
    return await asyncio.to_thread(messages.page, accounts, locale, before=before, limit=limit)


@post(
    "/messages/read",
    status_code=200,
    opt={"idempotent": True},
    summary="Mark every message as read",
)
async def read_all(caller: Calling, messages: TheMessages, account: OwnAccount = None) -> ReadCount:
    """Again changes nothing, unless more has happened since."""
    caller.key()
    actor, accounts = caller.actor, of(caller, account)
    return ReadCount(await asyncio.to_thread(messages.read, actor, accounts))


def of(caller: Calling, account: str | None) -> tuple[str, ...]:
    """The account that is named, if it is the caller's, or all of theirs."""
    return caller.accounts() if account is None else (caller.own(account),)


router = Router(
    "/", route_handlers=[list_messages, read_all], opt={"who": "client"}, tags=["messages"]
)
