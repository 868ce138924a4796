"""Commands, answers and the vocabulary of orders. Amounts in fen, prices in 0.001 CNY (milli),
quantities in shares.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from yunquan.kernel.ids import Id
from yunquan.ledger.types import Entry


class OrderId(Id, prefix="ord"):
    """An order, named by its counter: trading day, counter number, sequence."""

    __slots__ = ()


class OrderState(IntEnum):
    """States of an order 委托状态; the numbers are the ones counters in the field use."""

    UNSENT = 0  # 未报: accepted, not yet handed to the exchange's link
    SENDING = 1  # 待报: handed over, not yet confirmed
    SENT = 2  # 已报: confirmed by the exchange
    CANCELLING = 3  # 已报待撤: cancel asked for
    PARTLY_CANCELLED = 5  # 部撤: part filled, the rest cancelled
    CANCELLED = 6  # 已撤
    PARTLY_FILLED = 7  # 部成
    FILLED = 8  # 已成
    REJECTED = 9  # 废单: refused here or by the exchange


class Side(IntEnum):
    """Direction of an order."""

    BUY = 1
    SELL = 2


class _Command(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """id: who asks and their idempotency key, "caller:key"; the same id takes effect once."""

    id: str


class SecuritiesAccount(msgspec.Struct, frozen=True, array_like=True):
    """An account at the depository. market: SH, SZ or FUND (BJ trades on the SZ kind).

    designated: SH only, 指定交易 with this firm. custody_unit: SZ only, 托管单元 of them."""

    market: str
    number: str
    designated: bool = False
    custody_unit: str = ""


class OpenAccount(_Command, frozen=True, tag="open_account"):
    """Open a cash account with its securities accounts. kind: ordinary, credit, option or
    auxiliary. id_expires_on: ISO day."""

    account: str
    client: str
    kind: str
    currency: str
    securities: tuple[SecuritiesAccount, ...]
    permissions: tuple[str, ...]
    id_expires_on: str


class Designate(_Command, frozen=True, tag="designate"):
    """The depository has confirmed that a Shanghai account is designated to this firm 指定交易."""

    account: str
    number: str


class Deposit(_Command, frozen=True, tag="deposit"):
    """Money arrived from the client's bank. amount in fen.

    day: the trading day it was first sent on. Ids are remembered for that day and the next; after
    them it is refused, so that a late repeat can't be done twice. "" from what never repeats."""

    account: str
    amount: int
    bank: str
    day: str = ""


class Withdraw(_Command, frozen=True, tag="withdraw"):
    """Money leaves to the client's bank; settled money only. amount in fen."""

    account: str
    amount: int
    bank: str
    day: str = ""


class MoveCash(_Command, frozen=True, tag="move_cash"):
    """Settled money goes from a cash account to another of the same client 主辅账户划转, at once.
    amount in fen."""

    account: str
    target: str
    amount: int
    day: str = ""


class TransferIn(_Command, frozen=True, tag="transfer_in"):
    """Securities arrive from another custodian 转托管转入, settled. qty in shares."""

    account: str
    symbol: str
    qty: int
    source: str
    day: str = ""


class PlaceOrder(_Command, frozen=True, tag="place"):
    """An order for the trading day named by the client: no retry outlives it. kind: one of
    `market.types.ORDER_KINDS`. price: its limit; of a market order the protection price 保护限价
    where the exchange wants one, else 0. origin: "program" for what a program sent, else ""."""

    account: str
    symbol: str
    side: int
    price: int
    qty: int
    day: str
    kind: str = "limit"
    origin: str = ""


class CancelOrder(_Command, frozen=True, tag="cancel"):
    """Take back what is not filled yet. Never blocked by risk."""

    account: str
    order: str


class Restrict(_Command, frozen=True, tag="restrict"):
    """Forbid what `scope` names, one of `kernel.scopes`. basis: the rule it rests on."""

    account: str
    scope: str
    basis: str


class Release(_Command, frozen=True, tag="release"):
    """Lift a restriction of this scope, or with "judicial" the freeze of the whole account."""

    account: str
    scope: str
    basis: str


class Freeze(_Command, frozen=True, tag="freeze"):
    """Judicial freeze 司法冻结 of an amount of one asset; asset "*", amount 0: of everything."""

    account: str
    asset: str
    amount: int
    basis: str


class Unfreeze(_Command, frozen=True, tag="unfreeze"):
    """Lift (part of) a judicial freeze of one asset."""

    account: str
    asset: str
    amount: int
    basis: str


class VenueReport(_Command, frozen=True, tag="report"):
    """What the exchange says of an order. id is "gateway:index".

    kind: accepted, rejected, filled, cancelled, cancel_rejected. qty: this fill's or the cancelled
    quantity. day: the trading day on which it happened, "" when it isn't told."""

    gateway: str
    index: int
    kind: str
    order: str
    execution: str
    price: int
    qty: int
    code: str
    day: str = ""


class RouteUnsent(_Command, frozen=True, tag="route"):
    """The exchange may take orders that waited, since its link is up or a phase began: hand over
    those it takes now. markets: SH, SZ, BJ. most: so many at once, the oldest first.
    """

    markets: tuple[str, ...]
    most: int = 1_000


class StopTrading(_Command, frozen=True, tag="stop_trading"):
    """Take no new orders: of the whole firm (scope "all"), a market ("SH") or one symbol. Cancels
    go on. notice_zh, notice_en: what clients are told.
    """

    scope: str
    basis: str
    notice_zh: str
    notice_en: str


class ResumeTrading(_Command, frozen=True, tag="resume_trading"):
    """Take orders again in a scope that was stopped."""

    scope: str
    basis: str


class UseGateway(_Command, frozen=True, tag="use_gateway"):
    """Send new orders through this gateway 切换报盘网关; "" is the first one. Orders that are out
    stay where they are. notice_zh, notice_en: what clients are told until the day ends.
    """

    gateway: str
    basis: str
    notice_zh: str = ""
    notice_en: str = ""


class RollDay(_Command, frozen=True, tag="roll_day"):
    """Begin the trading day `day`: bought shares become sellable, proceeds withdrawable, what is
    left open expires.
    """

    day: str


class CloseDay(_Command, frozen=True, tag="close_day"):
    """End the trading day `day` 收市: what is open expires, no more orders; money still moves."""

    day: str


class BookEntries(_Command, frozen=True, tag="book_entries"):
    """What clearing moves 清算入账: dividends, tax, bonus shares, corrections, settlement.

    day: the trading day whose statement it belongs to. kind: one of `entries.KINDS`. basis: the
    rule or notice it rests on. sent: the counter's day on which it was first submitted; ids are
    remembered for that day and the next, so a later repeat is refused.
    """

    day: str
    kind: str
    basis: str
    entries: tuple[Entry, ...]
    sent: str = ""
    account: str = ""


class SubscribeRights(_Command, frozen=True, tag="subscribe_rights"):
    """Pay for shares of a rights issue 配股缴款: the money is frozen until the day end of the last
    day takes it. Counts towards what the account is entitled to; can't be taken back.

    action: its id; entitled: shares the account may subscribe in all; first_day, last_day: of the
    window. day: the trading day named by the client.
    """

    account: str
    action: str
    symbol: str
    qty: int
    price: int
    entitled: int
    first_day: str
    last_day: str
    day: str


class FeeRate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Commission of one product: parts per 10^8 of the amount; the least an order pays in fen."""

    product: str
    commission_e8: int
    commission_min_fen: int


class SetFeePlan(_Command, frozen=True, tag="set_fee_plan"):
    """Charge an account's orders by this plan from now on 费率方案; without rates, the house's."""

    account: str
    plan: str
    rates: tuple[FeeRate, ...]
    basis: str


class GrantPermission(_Command, frozen=True, tag="grant_permission"):
    """Let an account trade a board or product from now on 开通交易权限. Again changes nothing."""

    account: str
    permission: str
    basis: str


Command = (
    OpenAccount
    | Deposit
    | Withdraw
    | MoveCash
    | TransferIn
    | PlaceOrder
    | CancelOrder
    | Restrict
    | Release
    | Freeze
    | Unfreeze
    | VenueReport
    | RouteUnsent
    | StopTrading
    | ResumeTrading
    | UseGateway
    | RollDay
    | CloseDay
    | BookEntries
    | SetFeePlan
    | GrantPermission
    | SubscribeRights
    | Designate
)


class Answer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of a command. code: "" when accepted, else the refusal. seq: log position that
    holds it.

    order: the order concerned, if any. facts: what the refusal's sentence needs, and other figures
    of the answer.
    """

    command: str
    code: str = ""
    order: str = ""
    facts: dict[str, int | str] = msgspec.field(default_factory=dict)
    seq: int = 0

    @property
    def accepted(self) -> bool:
        return not self.code


class AskAccount(msgspec.Struct, frozen=True, array_like=True, tag="account"):
    """Query: one account's balances, positions and newest orders of today, at most `orders`."""

    account: str
    orders: int = 100


class AskOrder(msgspec.Struct, frozen=True, array_like=True, tag="order"):
    """Query: one order of today."""

    order: str


class AskHealth(msgspec.Struct, frozen=True, array_like=True, tag="health"):
    """Query: how the counter is."""


class AskCheck(msgspec.Struct, frozen=True, array_like=True, tag="check"):
    """Query: what would become of this order, and the most that could be ordered."""

    order: PlaceOrder


class AskNotices(msgspec.Struct, frozen=True, array_like=True, tag="notices"):
    """Query: what keeps orders out, or is told to clients."""


Query = AskAccount | AskOrder | AskHealth | AskCheck | AskNotices


class BalanceView(msgspec.Struct, frozen=True, array_like=True):
    """Buckets of one asset: fen or shares."""

    asset: str
    available: int
    settling: int
    frozen: int
    held: int

    @property
    def owned(self) -> int:
        return self.available + self.settling + self.frozen + self.held

    @property
    def usable(self) -> int:
        """Cash that can buy 可用."""
        return self.available + self.settling


class OrderView(msgspec.Struct, frozen=True, array_like=True):
    """An order as it stands. amount, commission in fen; frozen in fen (buy) or shares (sell).

    price: the worst it may trade at; asked: the price its client named, 0 for none. clock_s: the
    exchange's time when it was placed, in seconds after midnight.
    """

    id: str
    account: str
    symbol: str
    side: int
    price: int
    qty: int
    state: int
    at_ms: int
    filled: int
    cancelled: int
    amount: int
    commission: int
    frozen: int
    cancel_wanted: bool
    open: bool
    reason: str
    facts: dict[str, int | str]
    kind: str = "limit"
    asked: int = 0
    clock_s: int = 0


class AccountView(msgspec.Struct, frozen=True, array_like=True):
    """An account as it stands. seq: the log position this view includes; day: the counter's trading
    day; day_ended: it takes no orders any more. plan, rates: the fee plan, if it has one. rights:
    shares of rights issues subscribed and fen frozen for them, by action.
    """

    account: str
    client: str
    kind: str
    day: str
    seq: int
    cash: BalanceView
    positions: tuple[BalanceView, ...]
    orders: tuple[OrderView, ...]
    permissions: tuple[str, ...]
    restrictions: dict[str, str]
    judicial: str
    id_expires_on: str
    plan: str = ""
    rates: tuple[FeeRate, ...] = ()
    day_ended: bool = False
    rights: dict[str, tuple[int, int]] = {}


class StopView(msgspec.Struct, frozen=True, array_like=True):
    """A stop that is in force. scope: "all", a market or a symbol; of a change of the gateway its
    label. command: the id of the command that said so, "caller:key"."""

    scope: str
    basis: str
    notice_zh: str
    notice_en: str
    since_ms: int
    command: str = ""


class NoticesView(msgspec.Struct, frozen=True, array_like=True):
    """What keeps orders out. halts: what the exchange has stopped, as the reference has it.
    changed: the last change of the gateway, its notice empty once its day is over."""

    day: str
    stops: tuple[StopView, ...]
    halts: dict[str, str]
    changed: StopView | None


class HealthView(msgspec.Struct, frozen=True, array_like=True):
    """How a counter is. unbalanced, negative: sampled invariants, empty when well. links: markets
    connected. waiting: kept for a later phase. gateway: where orders go, "" the first; changed: why
    and when. ack_ms: p50, p99 from arrival to answer of orders accepted in the last minute."""

    name: str
    day: str
    seq: int
    processed: int
    refusals: dict[str, int]
    accounts: int
    orders: int
    open_orders: int
    unmatched: int
    reloads: int
    links: tuple[str, ...]
    unbalanced: dict[str, int]
    negative: tuple[str, ...]
    batch_p99_ms: float
    waiting: int = 0
    gateway: str = ""
    stops: tuple[StopView, ...] = ()
    changed: StopView | None = None
    gateways: tuple[str, ...] = ()
    day_ended: bool = False
    ack_ms: tuple[float, ...] = ()
