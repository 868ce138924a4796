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

TheMessages = NamedDependency[Messages]
Before = Annotated[str, Parameter(max_length=70, description="A message's id: older ones only.")]
Limit = Annotated[int, Parameter(ge=1, le=100, description="How many.")]


class ReadCount(msgspec.Struct, frozen=True):
    """How many were unread."""

    read: int


@get("/messages", summary="What happened to the account, newest first")
async def list_messages(
    caller: Calling, messages: TheMessages, before: Before = "", limit: Limit = 50
) -> MessagePage:
    """In the language of the request."""
    accounts, locale = caller.accounts(), caller.locale
    return await asyncio.to_thread(messages.page, accounts, locale, before=before, limit=limit)


@post("/messages/read", status_code=200, summary="Mark every message as read")
async def read_all(caller: Calling, messages: TheMessages) -> ReadCount:
    """Again changes nothing."""
    actor, accounts = caller.actor, caller.accounts()
    return ReadCount(await asyncio.to_thread(messages.read, actor, accounts))


router = Router(
    "/", route_handlers=[list_messages, read_all], opt={"who": "client"}, tags=["messages"]
)
