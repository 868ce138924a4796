"""Orders: placing, cancelling, looking; executions; checking a ticket without placing it."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.params import FromQuery, JSONBody, Parameter
from litestar.response import Response

from yunquan.desk.types import (
    CancelTally,
    Estimate,
    FillPage,
    NoticeList,
    OrderFilter,
    OrderLife,
    OrderLine,
    OrderPage,
    TicketFields,
)
from yunquan.partners.api.caller import Caller, Calling
from yunquan.partners.types import NewOrder, OrderKind, Side

Limit = Annotated[int, Parameter(ge=1, le=200, description="At most this many.")]
Before = Annotated[str | None, Parameter(max_length=40, description="`next` of the page before.")]
OwnAccount = Annotated[
    str | None, Parameter(max_length=40, description="One of the caller's; their first without it.")
]
Symbol = Annotated[str, Parameter(max_length=16, description="Of one instrument only.")]
Day = Annotated[str, Parameter(max_length=10, description="A trading day, included.")]
STATES_PATTERN = "^(open|partly_filled|filled|cancelled|rejected)?$"
OrderName = Annotated[str, Parameter(max_length=40, description="The order's id.")]


@post("/orders", opt={"idempotent": True}, summary="Place an order")
async def place_order(caller: Calling, data: JSONBody[NewOrder]) -> OrderLine:
    """Answered once the counter has decided and made it durable. A refused order comes back as
    state "rejected" with its reason. The same key and body give the same order; a key used with
    another body gives 409 command.reused. After a 503 the outcome is unknown: repeat with the
    same key.
    """
    account = caller.own(data.account)
    return await caller.desk.place(
        caller.actor,
        caller.key(),
        account,
        TicketFields(data.symbol, data.side, data.price, data.qty, data.day, data.kind),
        caller.locale,
        caller.origin,
    )


@get("/orders", summary="Orders, newest first")
async def list_orders(
    caller: Calling,
    account: OwnAccount = None,
    day: Annotated[str | None, Parameter(pattern="^(today|history)$")] = None,
    before: Before = None,
    limit: Limit = 50,
    symbol: Symbol = "",
    side: Annotated[str, Parameter(pattern="^(buy|sell)?$")] = "",
    status: Annotated[str, Parameter(pattern=STATES_PATTERN)] = "",
    from_day: Day = "",
    to_day: Day = "",
) -> OrderPage:
    """day=today: as they stand in the counter; otherwise all days. The rest narrows the list."""
    asked = OrderFilter(symbol, side, status, from_day, to_day)
    page = await caller.desk.orders(
        caller.own(account), caller.locale, day=day, before=before, limit=limit, asked=asked
    )
    return OrderPage(page.items, page.next, page.stale)


@get("/orders.csv", media_type="text/csv", summary="Orders of a period as CSV")
async def orders_csv(
    caller: Calling, from_day: Day = "", to_day: Day = "", account: OwnAccount = None
) -> Response[str]:
    """UTF-8 with its mark, at most 366 days and 10,000 rows; nothing in it runs as a formula."""
    return await _csv(caller, "orders", caller.own(account), from_day, to_day)


@get("/fills.csv", media_type="text/csv", summary="Executions of a period as CSV")
async def fills_csv(
    caller: Calling, from_day: Day = "", to_day: Day = "", account: OwnAccount = None
) -> Response[str]:
    """As orders.csv, each with what it cost."""
    return await _csv(caller, "fills", caller.own(account), from_day, to_day)


async def _csv(
    caller: Caller, what: str, account: str, from_day: str, to_day: str
) -> Response[str]:
    text = await caller.desk.export(account, what, from_day, to_day, caller.locale)
    disposition = f'attachment; filename="{what}_{from_day}_{to_day}.csv"'
    return Response(text, media_type="text/csv", headers={"Content-Disposition": disposition})


@delete("/orders", status_code=200, opt={"idempotent": True}, summary="Ask for many cancels")
async def cancel_all(
    caller: Calling, symbol: Symbol = "", account: OwnAccount = None
) -> CancelTally:
    """Every open order of today, or of one symbol. Repeated with the same key it asks for the same
    cancels again, which does nothing.
    """
    return await caller.desk.cancel_all(
        caller.actor, caller.key(), caller.own(account), symbol, caller.locale
    )


@get("/orders/{order:str}", summary="One order as it stands")
async def one_order(caller: Calling, order: OrderName, account: OwnAccount = None) -> OrderLine:
    """The order, in whichever state it is."""
    return (await caller.desk.order_life(caller.own(account), order, caller.locale)).order


@get("/orders/{order:str}/life", summary="Everything that happened to an order")
async def order_life(caller: Calling, order: OrderName, account: OwnAccount = None) -> OrderLife:
    """The order with its executions and every event, each with its place in the log."""
    return await caller.desk.order_life(caller.own(account), order, caller.locale)


@delete(
    "/orders/{order:str}", status_code=200, opt={"idempotent": True}, summary="Ask for a cancel"
)
async def cancel_order(caller: Calling, order: OrderName, account: OwnAccount = None) -> OrderLine:
    """The order as it stands now. Cancelled it is once the exchange says so; it may fill before. A
    refusal is 409.
    """
    return await caller.desk.cancel(
        caller.actor, caller.key(), caller.own(account), order, caller.locale
    )


@get("/estimate", summary="Check a ticket without placing it")
async def estimate(
    caller: Calling,
    symbol: Annotated[str, Parameter(max_length=16)],
    side: FromQuery[Side],
    qty: Annotated[int, Parameter(ge=0, le=10**12)],
    price: Annotated[str, Parameter(max_length=24, description="Empty if it names none.")] = "",
    kind: FromQuery[OrderKind] = "limit",
    account: OwnAccount = None,
) -> Estimate:
    """The counter's own checks and fees. `reason` says why it would be refused now; null when it
    would pass.
    """
    ticket = TicketFields(symbol, side, price, qty, kind=kind)
    return await caller.desk.estimate(caller.own(account), ticket, caller.locale)


@get("/notices", summary="What keeps orders out now, or is told to clients")
async def list_notices(
    caller: Calling,
    symbol: Annotated[str, Parameter(max_length=16, description="Of one security too.")] = "",
    account: OwnAccount = None,
) -> NoticeList:
    """Our own stops, the exchange's halts, a change of the gateway."""
    return await caller.desk.notices(caller.own(account), caller.locale, symbol)


@get("/fills", summary="Executions, newest first")
async def list_fills(
    caller: Calling,
    account: OwnAccount = None,
    before: Before = None,
    limit: Limit = 50,
    symbol: Symbol = "",
    side: Annotated[str, Parameter(pattern="^(buy|sell)?$")] = "",
    from_day: Day = "",
    to_day: Day = "",
) -> FillPage:
    """Each with what it cost."""
    asked = OrderFilter(symbol, side, "", from_day, to_day)
    page = await caller.desk.fills(
        caller.own(account), caller.locale, before=before, limit=limit, asked=asked
    )
    return FillPage(page.items, page.next, page.stale)


router = Router(
    "/",
    route_handlers=[
        place_order,
        list_orders,
        one_order,
        order_life,
        cancel_order,
        cancel_all,
        orders_csv,
        fills_csv,
        estimate,
        list_notices,
        list_fills,
    ],
    opt={"who": "client"},
    tags=["orders"],
)
