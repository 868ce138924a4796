"""The messages of the venue and the bank protocol, as docs/venue-protocol.md describes them.

Each is one msgpack map whose `type` names it. Unknown fields are ignored; a missing field, a wrong
type or a number beyond 53 bits makes the frame malformed. Prices are in milli (0.001 CNY),
quantities in shares, amounts in fen.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Index = Annotated[int, Meta(ge=1, le=2**53)]
OrderRef = Annotated[str, Meta(pattern=r"^[!-~]{1,40}$")]
Word = Annotated[str, Meta(max_length=40)]
Label = Annotated[str, Meta(max_length=80)]


class Message(Struct, frozen=True, tag_field="type"):
    """Something that goes over a socket; its tag is the field `type`."""


# From a member or a feed's reader.


class Logon(Message, frozen=True, tag="logon"):
    role: Word
    member: Annotated[str, Meta(pattern=r"^[!-~]{0,16}$")] = ""
    gateway: Annotated[str, Meta(pattern=r"^[!-~]{0,40}$")] = ""
    next_report: Index = 1
    level: Literal[0, 1, 2] = 2


class NewOrder(Message, frozen=True, tag="order"):
    id: OrderRef
    account: Word
    security: Word
    market: Word
    side: Literal["B", "S"]
    kind: Word
    price_milli: Whole
    qty: Whole


class Cancel(Message, frozen=True, tag="cancel"):
    id: OrderRef


class Query(Message, frozen=True, tag="query"):
    id: OrderRef


class Resend(Message, frozen=True, tag="resend"):
    first: Index
    last: Index


class Subscribe(Message, frozen=True, tag="subscribe"):
    symbols: Annotated[list[Word], Meta(max_length=10_000)]


class History(Message, frozen=True, tag="history"):
    symbol: Word
    last: Annotated[int, Meta(ge=1, le=5_000)] = 250


class Heartbeat(Message, frozen=True, tag="heartbeat"):
    pass


MemberMessage = NewOrder | Cancel | Query | Resend | Heartbeat
FeedMessage = Subscribe | History | Heartbeat

# From the exchange.


class LogonOk(Message, frozen=True, tag="logon_ok"):
    next_report: int
    trading_day: str
    time: str
    phase: str
    speed: float
    orders_per_s: int = 0
    kind_of_day: str = "trading"


class LogonRefused(Message, frozen=True, tag="logon_refused"):
    code: str
    text: str


class Error(Message, frozen=True, tag="error"):
    code: str
    text: str


class InstrumentInfo(Message, frozen=True, tag="instrument"):
    symbol: str
    security: str
    market: str
    name: str
    name_en: str
    board: str
    trading_day: str
    prev_close_milli: int
    limit_up_milli: int
    limit_down_milli: int
    status: str
    risk_warned: bool
    simulated: str
    product: str
    listed_on: str
    listing_day: int
    delisting_day: int
    t0: bool
    issue_price_milli: int
    industry: str
    industry_name: str
    industry_name_en: str
    units: int


class TradingStatus(Message, frozen=True, tag="trading_status"):
    symbol: str
    market: str
    status: str
    until: str
    reason: str
    at: str


class Notice(Message, frozen=True, tag="notice"):
    id: str
    kind: str
    title_zh: str
    title_en: str
    at: str


class CorporateAction(Message, frozen=True, tag="corporate_action"):
    """Amounts are for ten shares: cash_e6 in 10^-6 CNY, new shares and rights in 10^-6 of one."""

    id: str
    version: int
    state: str
    symbol: str
    announced_on: str
    record_day: str
    ex_day: str
    pay_day: str
    listing_day: str
    cash_e6: int
    bonus_e6: int
    capital_e6: int
    rights_e6: int
    rights_price_milli: int
    rights_from: str
    rights_to: str
    rights_code: str
    taken_e4: int
    interest_e6: int


class Report(Message, frozen=True, tag="report"):
    index: int
    kind: str
    id: str
    exec: str
    security: str
    market: str
    side: str
    price_milli: int
    qty: int
    leaves: int
    code: str
    at: str


class Status(Message, frozen=True, tag="status"):
    id: str
    state: str
    filled: int
    leaves: int


class Market(Message, frozen=True, tag="market"):
    trading_day: str
    time: str
    phase: str
    speed: float
    last_report: int = 0
    kind_of_day: str = "trading"


class DayEnd(Message, frozen=True, tag="day_end"):
    trading_day: str
    last_report: int


class Quote(Message, frozen=True, tag="quote"):
    symbol: str
    seq: int
    at: str
    last_milli: int
    open_milli: int
    high_milli: int
    low_milli: int
    prev_close_milli: int
    volume: int
    turnover_fen: int
    bids: list[tuple[int, int]]
    asks: list[tuple[int, int]]
    indicative_milli: int = 0
    matched_qty: int = 0
    unmatched_qty: int = 0
    trades: int = 0


class BestPrices(Message, frozen=True, tag="bbo"):
    rows: list[tuple[str, int, int, int]]


MinuteBar = tuple[str, int, int, int, int, int, int]


class Minutes(Message, frozen=True, tag="minutes"):
    symbol: str
    trading_day: str
    bars: list[MinuteBar]


class Trade(Message, frozen=True, tag="trade"):
    symbol: str
    seq: int
    at: str
    price_milli: int
    qty: int
    side: str
    number: int


class Closes(Message, frozen=True, tag="closes"):
    symbol: str
    simulated: str
    days: list[tuple[str, int]]


# From a firm to the bank, and back.


class BankLogon(Message, frozen=True, tag="logon"):
    """bank: which of the banks behind this address. takes: what the bank begins comes here."""

    firm: Word
    bank: Word = "simbank"
    takes: bool = False


Serial = Annotated[str, Meta(pattern=r"^[!-~]{1,64}$")]


class Transfer(Message, frozen=True, tag="transfer"):
    """day: the bank's day it is meant for, "" for the present one. password: the holder's, sealed
    to the bank's key."""

    serial: Serial
    direction: Literal["to_broker", "to_bank"]
    bank_account: Word
    holder: Label
    amount_fen: Whole
    day: Word = ""
    password: bytes = b""


class Reverse(Message, frozen=True, tag="reverse"):
    serial: Serial
    day: Word


class OpenAccount(Message, frozen=True, tag="open"):
    bank_account: Annotated[str, Meta(min_length=1, max_length=40)]
    holder: Label
    balance_fen: Annotated[int, Meta(ge=0, le=2**53)]
    password: Word = ""


class Sign(Message, frozen=True, tag="sign"):
    """A customer lets a firm's account be bound to theirs 签约. password: sealed to the account."""

    bank_account: Annotated[str, Meta(min_length=1, max_length=40)]
    holder: Label
    password: Annotated[bytes, Meta(max_length=256)] = b""


class ListFiles(Message, frozen=True, tag="list_files"):
    pass


class FetchFile(Message, frozen=True, tag="fetch_file"):
    day: Word
    version: Index
    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0


class BegunAnswer(Message, frozen=True, tag="begun_answer"):
    """A firm's word on what the bank began: done, refused, or, asked to take it back, reversed."""

    bank_serial: Serial
    result: Literal["done", "refused", "reversed"]
    code: Label = ""


BankMessage = (
    Transfer | Reverse | OpenAccount | Sign | ListFiles | FetchFile | BegunAnswer | Heartbeat
)


class BankLogonOk(Message, frozen=True, tag="logon_ok"):
    """password_key: the public key (X25519) to which holders' passwords are sealed."""

    bank: str
    name: str
    name_en: str
    day: str = ""
    is_open: bool = True
    password_key: bytes = b""


class BankDay(Message, frozen=True, tag="bank_day"):
    """What the bank books under now, and whether it takes transfers."""

    day: str
    is_open: bool


class TransferResult(Message, frozen=True, tag="transfer_result"):
    serial: str
    result: str
    code: str = ""
    bank_serial: str = ""
    balance_fen: int = 0
    fee_fen: int = 0


class Begun(Message, frozen=True, tag="begun"):
    """A customer began a transfer at the bank; repeated until it is answered. undoes: the bank
    takes it back 冲正, whether the firm has heard of it or not."""

    bank_serial: str
    day: str
    direction: str
    bank_account: str
    holder: str
    amount_fen: int
    fee_fen: int = 0
    undoes: bool = False


class Files(Message, frozen=True, tag="files"):
    """days: [day, newest version] of the files that are ready, newest first."""

    days: list[tuple[str, int]]


class FilePart(Message, frozen=True, tag="file_part"):
    """total: bytes of the whole file, -1 if there is none."""

    day: str
    version: int
    offset: int
    total: int
    data: bytes


class Opened(Message, frozen=True, tag="opened"):
    bank_account: str


class Signed(Message, frozen=True, tag="signed"):
    """code: why not, "" when agreed."""

    bank_account: str
    code: str = ""


class OpenRefused(Message, frozen=True, tag="open_refused"):
    bank_account: str
    code: str


encode = msgspec.msgpack.Encoder().encode
