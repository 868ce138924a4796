"""What a client owns."""

from __future__ import annotations

from litestar import Router, get

from yunquan.clearing import list_dues
from yunquan.clearing.types import DueLine
from yunquan.desk.types import Assets, PositionLine
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import OwnAccount


@get("/assets", summary="Cash and positions, valued at the latest quotes")
async def assets(caller: Calling, account: OwnAccount = None) -> Assets:
    """usable 可用 can buy; withdrawable 可取 is settled; settling becomes withdrawable tomorrow."""
    return await caller.desk.assets(caller.own(account), caller.locale)


@get("/positions", summary="Positions alone")
async def positions(caller: Calling, account: OwnAccount = None) -> list[PositionLine]:
    """sellable: now; settling: bought today, sellable tomorrow (T+1)."""
    return list((await caller.desk.assets(caller.own(account), caller.locale)).positions)


@get("/dues", summary="What the account could not pay at a day end", sync_to_thread=True)
def dues(caller: Calling, account: OwnAccount = None) -> list[DueLine]:
    """Oldest first, only what is still owed; each day end takes it again, as far as cash goes."""
    with caller.desk.database.read() as tx:
        return list_dues(tx, caller.own(account), caller.desk.text(caller.locale))


router = Router(
    "/", route_handlers=[assets, positions, dues], opt={"who": "client"}, tags=["assets"]
)
