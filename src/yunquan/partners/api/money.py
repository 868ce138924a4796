"""Money in from the bank and out to it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from litestar import Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter

from yunquan.custody import Custody
from yunquan.custody.types import (
    BankAccountLine,
    CashLineView,
    NewAuxiliary,
    NewAuxiliaryAccount,
    NewMove,
    TransferPage,
)
from yunquan.funding.types import Secrets, TransferLine, TransferTerms
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import Before, Limit, OwnAccount
from yunquan.partners.types import NewCashPassword, NewTransfer

TransferName = Annotated[str, Parameter(max_length=40, description="The transfer's id.")]


@post("/transfers", opt={"idempotent": True}, summary="Pay in from the bank, or out to it")
async def pay(caller: Calling, data: JSONBody[NewTransfer]) -> TransferLine:
    """Answered once it is posted, refused or in doubt: `state` and `reason` say which. What is in
    doubt is decided by the bank's file after its cut-off; don't pay again, ask for the transfer
    again. The same key and body give the same transfer.
    """
    account, secrets = caller.own(data.account), Secrets(data.cash_password, data.bank_password)
    asked = (account, data.direction, data.amount, caller.locale, secrets)
    return await caller.desk.pay(caller.actor, caller.key(), *asked)


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


@get("/cash", summary="What the cash is, and from when it can be used or taken out")
async def cash(
    caller: Calling, custody: NamedDependency[Custody], account: OwnAccount = None
) -> tuple[CashLineView, ...]:
    """Each part with its reason: usable, withdrawable, settling with the day it becomes so, frozen,
    held, and what is on its way to or from the bank.
    """
    return await custody.cash(caller.own(account), caller.locale)


@get("/bank-accounts", summary="At which banks the client's money is, the main one first")
async def bank_accounts(
    caller: Calling, custody: NamedDependency[Custody]
) -> tuple[BankAccountLine, ...]:
    """One cash account a bank. Name it as `account` to pay in and out there."""
    return await custody.bank_accounts(caller.member.subject, caller.locale)


@post("/bank-accounts", opt={"idempotent": True}, summary="Bind another bank")
async def bind_bank(
    caller: Calling, custody: NamedDependency[Custody], data: JSONBody[NewAuxiliary]
) -> NewAuxiliaryAccount:
    """Opens an auxiliary cash account for money at that bank, once the bank agrees. The same bank
    account again is the same account.
    """
    caller.key()
    asked = (data.bank, data.bank_account, data.bank_password)
    account = await custody.bind_auxiliary(caller.member.subject, *asked)
    caller.opened()
    return NewAuxiliaryAccount(account)


@post("/moves", opt={"idempotent": True}, status_code=204, summary="Move cash between accounts")
async def move_cash(
    caller: Calling, custody: NamedDependency[Custody], data: JSONBody[NewMove]
) -> None:
    """Settled money only, at once; between two accounts of the client."""
    account, target = caller.own(data.account), caller.own(data.target)
    await custody.move_cash(caller.actor, caller.key(), account, target, data.amount)


@put("/cash-password", status_code=204, summary="Change the cash password")
async def change_cash_password(
    caller: Calling, custody: NamedDependency[Custody], data: JSONBody[NewCashPassword]
) -> None:
    """Five wrong ones lock it for a while."""
    await custody.change_cash_password(caller.own(data.account), data.old, data.new)


router = Router(
    "/",
    route_handlers=[
        pay,
        list_transfers,
        one_transfer,
        terms,
        cash,
        bank_accounts,
        bind_bank,
        move_cash,
        change_cash_password,
    ],
    opt={"who": "client"},
    tags=["money"],
)
