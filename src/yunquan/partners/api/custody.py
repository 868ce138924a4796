"""Transfers in doubt, the banks' files and what they differ in, and reversals: for staff."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, Parameter

from yunquan.custody import Custody
from yunquan.custody.types import NewReversal, StaffTransfer, TransferBoard
from yunquan.partners.api.caller import Calling

ACT: Final = {"who": "staff", "roles": ("operations",), "idempotent": True}
TransferName = Annotated[str, Parameter(max_length=40, description="The transfer's id.")]


@get("/", summary="Banks, transfers in doubt, files and differences")
async def transfer_board(caller: Calling, custody: NamedDependency[Custody]) -> TransferBoard:
    """Doubts oldest first; files and differences newest first."""
    return await asyncio.to_thread(custody.board, caller.locale)


@post("/{transfer:str}/reversal", status_code=200, opt=ACT, summary="Take a doubt of ours back")
async def reverse(
    caller: Calling,
    custody: NamedDependency[Custody],
    transfer: TransferName,
    data: JSONBody[NewReversal],
) -> StaffTransfer:
    """Only what we began, and only while in doubt. Without an answer of the bank it stays in doubt,
    and the bank's file decides. The same again is the same reversal.
    """
    caller.key()
    return await custody.reverse(caller.actor, transfer, data.basis, caller.locale)


router = Router(
    "/custody",
    route_handlers=[transfer_board, reverse],
    opt={"who": "staff"},
    tags=["staff"],
)
