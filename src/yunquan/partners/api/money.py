"""Money in from the bank and out to it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, Parameter

from yunquan.funding.types import TransferLine, TransferTerms
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import Before, Limit, OwnAccount
from yunquan.partners.types import NewTransfer, TransferPage

TransferName = Annotated[str, Parameter(max_length=40, description="The transfer's id.")]


@post("/transfers", opt={"idempotent": True}, summary="Pay in from the bank, or out to it")
async def pay(caller: Calling, data: JSONBody[NewTransfer]) -> TransferLine:
    """Answered once it is posted, refused or in doubt: `state` and `reason` say which. What is in
    doubt is settled with the bank by itself; ask for the transfer again. The same key and body give
    the same transfer.
    """
    account = caller.own(data.account)
    return await caller.desk.pay(
        caller.actor, caller.key(), account, data.direction, data.amount, caller.locale
    )


@get("/transfers", summary="Transfers, newest first")
async def list_transfers(
    caller: Calling, account: OwnAccount = None, before: Before = None, limit: Limit = 50
) -> TransferPage:
    """Each with its steps and, when refused, why."""
    own = caller.own(account)
    page = await asyncio.to_thread(
        caller.desk.transfers, own, caller.locale, before=before, limit=limit
    )
    return TransferPage(page.items, page.next)


@get("/transfers/{transfer:str}", summary="One transfer as it stands")
async def one_transfer(
    caller: Calling, transfer: TransferName, account: OwnAccount = None
) -> TransferLine:
    """The transfer, in whichever state it is."""
    own = caller.own(account)
    return await asyncio.to_thread(caller.desk.transfer, own, transfer, caller.locale)


@get("/transfer-terms/{direction:str}", summary="Bank, limits and hours of one direction")
async def terms(
    caller: Calling, direction: FromPath[Literal["in", "out"]], account: OwnAccount = None
) -> TransferTerms:
    """What may be transferred today, before a limit is hit."""
    own = caller.own(account)
    return await asyncio.to_thread(caller.desk.transfer_terms, own, direction, caller.locale)


router = Router(
    "/",
    route_handlers=[pay, list_transfers, one_transfer, terms],
    opt={"who": "client"},
    tags=["money"],
)
