"""What a client owns."""

from __future__ import annotations

from litestar import Router, get

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


router = Router("/", route_handlers=[assets, positions], opt={"who": "client"}, tags=["assets"])
