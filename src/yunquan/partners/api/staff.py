"""What staff may see and do: clients (masked), their accounts, orders and postings, restrictions,
the counters' health.
"""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post
from litestar.params import JSONBody, Parameter
from msgspec.structs import asdict

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
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import Before, Limit, OrderName
from yunquan.partners.types import Done, NewFreeze, Restriction

ACT = {"who": "staff", "roles": ("risk", "operations"), "idempotent": True}
AccountName = Annotated[str, Parameter(max_length=40, description="Any client's account number.")]


@get("/accounts/{account:str}", summary="An account as its counter has it")
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


@get("/accounts/{account:str}/orders", summary="An account's orders, newest first")
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
    summary="Everything that happened to an order",
)
async def account_order_life(caller: Calling, account: AccountName, order: OrderName) -> OrderLife:
    """Every event with its place in the log."""
    return await caller.desk.order_life(account, order, caller.locale)


@get("/accounts/{account:str}/postings", summary="Postings from or to an account, newest first")
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
async def restrict(caller: Calling, account: AccountName, data: JSONBody[Restriction]) -> Done:
    """Takes effect with the answer; open orders stay, and can be cancelled."""
    await caller.desk.restrict(caller.actor, caller.key(), account, data.scope, data.basis)
    return Done()


@post("/accounts/{account:str}/release", status_code=200, opt=ACT, summary="Lift a restriction")
async def release(caller: Calling, account: AccountName, data: JSONBody[Restriction]) -> Done:
    """scope "judicial" lifts the freeze of the whole account."""
    await caller.desk.release(caller.actor, caller.key(), account, data.scope, data.basis)
    return Done()


@post(
    "/accounts/{account:str}/freeze",
    status_code=200,
    opt=ACT,
    summary="Judicial freeze of cash, shares or all",
)
async def freeze(caller: Calling, account: AccountName, data: JSONBody[NewFreeze]) -> Done:
    """Only what is settled and free can be frozen; the refusal says how much that is."""
    amount = amount_of(data.asset, data.amount)
    await caller.desk.freeze(caller.actor, caller.key(), account, data.asset, amount, data.basis)
    return Done()


@post(
    "/accounts/{account:str}/unfreeze", status_code=200, opt=ACT, summary="Lift (part of) a freeze"
)
async def unfreeze(caller: Calling, account: AccountName, data: JSONBody[NewFreeze]) -> Done:
    """Never more than is held."""
    amount = amount_of(data.asset, data.amount)
    await caller.desk.unfreeze(caller.actor, caller.key(), account, data.asset, amount, data.basis)
    return Done()


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
        counters,
    ],
    opt={"who": "staff"},
    tags=["staff"],
)
