"""What staff may see and do: clients (masked), their accounts, orders and postings, restrictions,
the counters' health.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, Parameter
from msgspec.structs import asdict

from yunquan.approvals import ApprovalQueue
from yunquan.approvals.types import QueueLine
from yunquan.counter.types import BalanceView
from yunquan.desk.types import (
    AccountState,
    Balance,
    CounterList,
    CounterView,
    OrderLife,
    OrderPage,
    PostingPage,
)
from yunquan.kernel.errors import Invalid
from yunquan.kernel.money import fen_to_text, parse_fen
from yunquan.partners.api.caller import Caller, Calling
from yunquan.partners.api.orders import Before, Limit, OrderName
from yunquan.restrictions.types import (
    NewFreeze,
    NewRestriction,
    RestrictionBoard,
    RestrictionWish,
    StandingLine,
)

ACT = {"who": "staff", "roles": ("risk", "operations"), "idempotent": True}
TheQueue = NamedDependency[ApprovalQueue]
After = Annotated[str, Parameter(max_length=60, description="`next` of the page before.")]
BoardLimit = Annotated[int, Parameter(ge=1, le=50, description="How many.")]
AccountName = Annotated[str, Parameter(max_length=40, description="Any client's account number.")]


@get("/accounts/{account:str}", opt={"look": "account"}, summary="An account as its counter has it")
async def account_state(caller: Calling, account: AccountName) -> AccountState:
    """Balances by bucket, permissions, restrictions, freezes."""
    view = await caller.desk.account_view(account)
    return AccountState(
        view.account,
        view.client,
        view.kind,
        view.day,
        view.seq,
        _balance(view.cash, is_cash=True),
        tuple(_balance(position, is_cash=False) for position in view.positions),
        view.permissions,
        view.restrictions,
        view.judicial,
        view.id_expires_on,
    )


def _balance(view: BalanceView, *, is_cash: bool) -> Balance:
    text = fen_to_text if is_cash else str
    return Balance(
        view.asset, text(view.available), text(view.settling), text(view.frozen), text(view.held)
    )


@get(
    "/accounts/{account:str}/orders",
    opt={"look": "orders"},
    summary="An account's orders, newest first",
)
async def account_orders(
    caller: Calling,
    account: AccountName,
    day: Annotated[str | None, Parameter(pattern="^(today|history)$")] = None,
    before: Before = None,
    limit: Limit = 50,
) -> OrderPage:
    """day=today: as they stand in the counter; otherwise all days."""
    page = await caller.desk.orders(account, caller.locale, day=day, before=before, limit=limit)
    return OrderPage(page.items, page.next, page.stale)


@get(
    "/accounts/{account:str}/orders/{order:str}/life",
    opt={"look": "orders"},
    summary="Everything that happened to an order",
)
async def account_order_life(caller: Calling, account: AccountName, order: OrderName) -> OrderLife:
    """Every event with its place in the log."""
    return await caller.desk.order_life(account, order, caller.locale)


@get(
    "/accounts/{account:str}/postings",
    opt={"look": "ledger"},
    summary="Postings from or to an account, newest first",
)
async def postings(
    caller: Calling, account: AccountName, before: Before = None, limit: Limit = 50
) -> PostingPage:
    """Each moves an amount of one asset from one bucket to another."""
    page = await caller.desk.postings(account, before=before, limit=limit)
    return PostingPage(page.items, page.next, page.stale)


@post(
    "/accounts/{account:str}/restrict",
    status_code=200,
    opt=ACT,
    summary="Forbid buying, selling, withdrawing or all",
)
async def restrict(
    caller: Calling, approvals: TheQueue, account: AccountName, data: JSONBody[NewRestriction]
) -> QueueLine:
    """Takes effect with the answer unless `needs_second`; open orders stay, and can be
    cancelled.
    """
    wish = RestrictionWish("restrict", account, data.grounds(), scope=data.scope)
    return await _acted(caller, approvals, wish)


@post("/accounts/{account:str}/release", status_code=200, opt=ACT, summary="Lift a restriction")
async def release(
    caller: Calling, approvals: TheQueue, account: AccountName, data: JSONBody[NewRestriction]
) -> QueueLine:
    """Another person agrees under /staff/approvals. scope "judicial" lifts the freeze of the whole
    account.
    """
    wish = RestrictionWish("release", account, data.grounds(), scope=data.scope)
    return await _acted(caller, approvals, wish)


@post(
    "/accounts/{account:str}/freeze",
    status_code=200,
    opt=ACT,
    summary="Judicial freeze of cash, shares or all",
)
async def freeze(
    caller: Calling, approvals: TheQueue, account: AccountName, data: JSONBody[NewFreeze]
) -> QueueLine:
    """Another person agrees under /staff/approvals. Only what is settled and free can be frozen;
    the refusal says how much that is.
    """
    amount = amount_of(data.asset, data.amount)
    wish = RestrictionWish("freeze", account, data.grounds(), asset=data.asset, amount=amount)
    return await _acted(caller, approvals, wish)


@post(
    "/accounts/{account:str}/unfreeze", status_code=200, opt=ACT, summary="Lift (part of) a freeze"
)
async def unfreeze(
    caller: Calling, approvals: TheQueue, account: AccountName, data: JSONBody[NewFreeze]
) -> QueueLine:
    """Another person agrees under /staff/approvals. Never more than is held."""
    amount = amount_of(data.asset, data.amount)
    wish = RestrictionWish("unfreeze", account, data.grounds(), asset=data.asset, amount=amount)
    return await _acted(caller, approvals, wish)


async def _acted(caller: Caller, approvals: ApprovalQueue, wish: RestrictionWish) -> QueueLine:
    proposal = await caller.desk.restrictions.act(caller.actor, caller.key(), wish)
    return await asyncio.to_thread(approvals.line, caller.actor, proposal, caller.locale)


@get(
    "/accounts/{account:str}/restrictions",
    opt={"look": "account"},
    summary="Restrictions in force, with their bases",
)
async def account_restrictions(caller: Calling, account: AccountName) -> tuple[StandingLine, ...]:
    """Oldest first; `expired`: its last day is over, and nobody has lifted it yet."""
    return await asyncio.to_thread(caller.desk.restrictions.of_account, account, caller.locale)


@get("/restrictions", summary="Restrictions in force at all accounts, and who must agree to what")
async def restriction_board(
    caller: Calling, after: After = "", limit: BoardLimit = 50
) -> RestrictionBoard:
    """Those whose basis runs out first on top."""
    return await asyncio.to_thread(
        partial(caller.desk.restrictions.board, caller.locale, after=after, limit=limit)
    )


def amount_of(asset: str, text: str) -> int:
    """Fen for cash, shares for a symbol, 0 for the whole account."""
    if asset == "CNY":
        return parse_fen(text)
    if not text.isascii() or not text.isdigit() or len(text) > 13:
        raise Invalid("money.malformed", text=text)
    return int(text)


@get("/counters", summary="How the counters are")
async def counters(caller: Calling) -> CounterList:
    """Throughput, slowest batches, refusals by code, links, invariants, and how far behind the
    readers are.
    """
    views = await caller.desk.health()
    lags = await caller.desk.reader_lags()
    return CounterList(
        tuple(
            CounterView(**asdict(view), reader_lag=lags.get(f"counter-{view.name}", 0))
            for view in views
        )
    )


router = Router(
    "/staff",
    route_handlers=[
        account_state,
        account_orders,
        account_order_life,
        postings,
        restrict,
        release,
        freeze,
        unfreeze,
        account_restrictions,
        restriction_board,
        counters,
    ],
    opt={"who": "staff"},
    tags=["staff"],
)
