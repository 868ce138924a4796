"""Facts of the counter. Each carries every value that was used and, where value moved, its
postings.

command, digest: the command that caused it and a digest of its body, so that a repeat is recognised
after a restart.
gateway, index: the report that caused it. Amounts in fen, prices in milli, quantities in shares.
"""

from __future__ import annotations

import msgspec

from yunquan.counter.types import Entry, FeeRate, SecuritiesAccount
from yunquan.kernel.events import EventCodec
from yunquan.ledger.types import Posting


class _Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    # No event can be part of a cycle, so the collector need not know of them.
    pass


class AccountOpened(_Event, frozen=True, tag="counter.account_opened@1"):
    command: str
    digest: int
    account: str
    client: str
    kind: str
    currency: str
    securities: tuple[SecuritiesAccount, ...]
    permissions: tuple[str, ...]
    id_expires_on: str


class CommandRefused(_Event, frozen=True, tag="counter.command_refused@1"):
    """Any command but a place, refused. kind: the command's tag."""

    command: str
    digest: int
    account: str
    kind: str
    code: str
    facts: dict[str, int | str]


class CashMoved(_Event, frozen=True, tag="counter.cash_moved@1"):
    """Money in (kind deposit) or out (withdraw) through a bank; or from one account of a client
    (moved_out) to another (moved_in), two events in a row. bank: the other account of a move.
    """

    command: str
    digest: int
    account: str
    kind: str
    amount: int
    bank: str
    postings: tuple[Posting, ...]


class SecuritiesMovedIn(_Event, frozen=True, tag="counter.securities_moved_in@1"):
    command: str
    digest: int
    account: str
    symbol: str
    qty: int
    source: str
    postings: tuple[Posting, ...]


class OrderPlaced(_Event, frozen=True, tag="counter.order_placed@1"):
    """An order passed every check; its cash or shares are frozen. state: UNSENT or SENDING.

    frozen: fen for a buy, shares for a sell. from_settling: the part of a buy's freeze taken from
    today's proceeds.
    Fee rates in parts per 10^8, as of placement: they hold for the order's whole life.
    price: the worst it may trade at. asked: the price its client named, 0 for none, -1 in records
    from before there were market orders: the same as price. clock_s: the exchange's time, seconds
    after midnight. t0: what it buys may be sold today. cap: shares of it that one investor may buy
    in a day, 0 for no cap.
    """

    command: str
    digest: int
    order: str
    account: str
    symbol: str
    side: int
    price: int
    qty: int
    state: int
    at_ms: int
    frozen: int
    from_settling: int
    commission_e8: int
    commission_min: int
    stamp_e8: int
    transfer_e8: int
    postings: tuple[Posting, ...]
    kind: str = "limit"
    asked: int = -1
    clock_s: int = 0
    gateway: str = ""
    t0: bool = False
    cap: int = 0


class OrderRefused(_Event, frozen=True, tag="counter.order_refused@1"):
    """An order that failed a check; it is kept as 废单 with the reason."""

    command: str
    digest: int
    order: str
    account: str
    symbol: str
    side: int
    price: int
    qty: int
    at_ms: int
    code: str
    facts: dict[str, int | str]
    kind: str = "limit"
    clock_s: int = 0


class OrdersRouted(_Event, frozen=True, tag="counter.orders_routed@1"):
    """未报 to 待报: the exchange takes them now, through this gateway."""

    command: str
    orders: tuple[str, ...]
    gateway: str = ""


class CancelRequested(_Event, frozen=True, tag="counter.cancel_requested@1"):
    command: str
    digest: int
    order: str
    account: str


class OrderAccepted(_Event, frozen=True, tag="counter.order_accepted@1"):
    gateway: str
    index: int
    order: str
    account: str


class OrderRejected(_Event, frozen=True, tag="counter.order_rejected@1"):
    """The exchange refused it: 废单."""

    gateway: str
    index: int
    order: str
    account: str
    code: str
    postings: tuple[Posting, ...]


class OrderFilled(_Event, frozen=True, tag="counter.order_filled@1"):
    """One execution 成交. commission: what this fill adds to the order's; unpaid: commission still
    due from this order.
    """

    gateway: str
    index: int
    order: str
    account: str
    symbol: str
    side: int
    execution: str
    price: int
    qty: int
    amount: int
    commission: int
    stamp: int
    transfer: int
    unpaid: int
    closes: bool
    at_ms: int
    postings: tuple[Posting, ...]


class OrderCancelled(_Event, frozen=True, tag="counter.order_cancelled@1"):
    """`qty` of the order will never trade. reason: user, expired, unsent. closes: nothing of it is
    left in the market.
    """

    gateway: str
    index: int
    command: str
    digest: int
    order: str
    account: str
    qty: int
    reason: str
    closes: bool
    postings: tuple[Posting, ...]


class CancelRejected(_Event, frozen=True, tag="counter.cancel_rejected@1"):
    """The exchange did not cancel. stands: the wish stands, since the cancel overtook its order."""

    gateway: str
    index: int
    order: str
    account: str
    code: str
    stands: bool


class ReportUnmatched(_Event, frozen=True, tag="counter.report_unmatched@1"):
    """A report that fits no open order (unknown, archived, more than ordered): kept for
    reconciliation, books untouched.
    """

    gateway: str
    index: int
    kind: str
    order: str
    execution: str
    price: int
    qty: int
    code: str
    why: str


class Restricted(_Event, frozen=True, tag="counter.restricted@1"):
    command: str
    digest: int
    account: str
    scope: str
    basis: str


class Released(_Event, frozen=True, tag="counter.released@1"):
    command: str
    digest: int
    account: str
    scope: str
    basis: str


class AssetFrozen(_Event, frozen=True, tag="counter.asset_frozen@1"):
    command: str
    digest: int
    account: str
    asset: str
    amount: int
    basis: str
    postings: tuple[Posting, ...]


class AssetReleased(_Event, frozen=True, tag="counter.asset_released@1"):
    command: str
    digest: int
    account: str
    asset: str
    amount: int
    basis: str
    postings: tuple[Posting, ...]


class TradingStopped(_Event, frozen=True, tag="counter.trading_stopped@1"):
    command: str
    digest: int
    scope: str
    basis: str
    notice_zh: str
    notice_en: str
    at_ms: int


class TradingResumed(_Event, frozen=True, tag="counter.trading_resumed@1"):
    command: str
    digest: int
    scope: str
    basis: str
    at_ms: int


class GatewayChanged(_Event, frozen=True, tag="counter.gateway_changed@1"):
    command: str
    digest: int
    gateway: str
    basis: str
    at_ms: int
    notice_zh: str = ""
    notice_en: str = ""


class BalancesSettled(_Event, frozen=True, tag="counter.balances_settled@1"):
    """What was bought or earned the day before becomes sellable or withdrawable, for some
    accounts.
    """

    day: str
    postings: tuple[Posting, ...]


class DayRolled(_Event, frozen=True, tag="counter.day_rolled@1"):
    """A trading day began at this counter. Follows its BalancesSettled."""

    command: str
    digest: int
    day: str


class DayEnded(_Event, frozen=True, tag="counter.day_ended@1"):
    """The trading day takes no more orders at this counter, and none is open."""

    command: str
    digest: int
    day: str


class EntriesBooked(_Event, frozen=True, tag="counter.entries_booked@1"):
    """What clearing moved. unpaid: what each entry could not take, 0 for all of it taken."""

    command: str
    digest: int
    day: str
    kind: str
    basis: str
    entries: tuple[Entry, ...]
    unpaid: tuple[int, ...]
    postings: tuple[Posting, ...]


class FeePlanSet(_Event, frozen=True, tag="counter.fee_plan_set@1"):
    """Orders of this account are charged by these rates from now on."""

    command: str
    digest: int
    account: str
    plan: str
    rates: tuple[FeeRate, ...]
    basis: str


class PermissionGranted(_Event, frozen=True, tag="counter.permission_granted@1"):
    """This account may trade a board or product. basis: the application it rests on."""

    command: str
    digest: int
    account: str
    permission: str
    basis: str


class RightsSubscribed(_Event, frozen=True, tag="counter.rights_subscribed@1"):
    """Shares of a rights issue were subscribed and their price frozen. amount: fen; entitled:
    shares the account may subscribe in all, as it was told.
    """

    command: str
    digest: int
    account: str
    action: str
    symbol: str
    qty: int
    price: int
    amount: int
    entitled: int
    at_ms: int
    postings: tuple[Posting, ...]


class Designated(_Event, frozen=True, tag="counter.designated@1"):
    """Orders in Shanghai may go out for this account: the depository confirmed its `number`."""

    command: str
    digest: int
    account: str
    number: str


EVENTS = (
    AccountOpened,
    CommandRefused,
    CashMoved,
    SecuritiesMovedIn,
    OrderPlaced,
    OrderRefused,
    OrdersRouted,
    CancelRequested,
    OrderAccepted,
    OrderRejected,
    OrderFilled,
    OrderCancelled,
    CancelRejected,
    ReportUnmatched,
    Restricted,
    Released,
    AssetFrozen,
    AssetReleased,
    BalancesSettled,
    DayRolled,
    TradingStopped,
    TradingResumed,
    GatewayChanged,
    DayEnded,
    EntriesBooked,
    FeePlanSet,
    PermissionGranted,
    RightsSubscribed,
    Designated,
)


def codec() -> EventCodec:
    """Reads and writes the counter's stream, whatever version its records are."""
    return EventCodec(EVENTS)
