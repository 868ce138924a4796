"""What a client still owes from day ends."""

from __future__ import annotations

import asyncio

from litestar import Router, get

from yunquan.clearing import list_dues
from yunquan.clearing.types import DueLine
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import OwnAccount


@get("/dues", summary="What the account could not pay at a day end")
async def dues(caller: Calling, account: OwnAccount = None) -> list[DueLine]:
    """Oldest first, only what is still owed; it is taken again at each day end, as far as the
    account's cash goes.
    """
    own, text = caller.own(account), caller.desk.text(caller.locale)

    def load() -> list[DueLine]:
        with caller.desk.database.read() as tx:
            return list_dues(tx, own, text)

    return await asyncio.to_thread(load)


router = Router("/", route_handlers=[dues], opt={"who": "client"}, tags=["assets"])
