"""Corporate actions, what is due on them, and tax lots. Days are ISO; amounts fen; shares whole."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec


class ActionState(StrEnum):
    """Where an action stands: entered by one person, announced once another agreed, recorded when
    its record day closed, withdrawn before that, refused when agreement came too late.
    """

    ENTERED = "entered"
    ANNOUNCED = "announced"
    RECORDED = "recorded"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


def action_id(symbol: str, ex_day: str) -> str:
    """The id of what a security gives on an ex day: cash and shares of one day are one action."""
    return f"{symbol}:{ex_day}"


class Action(msgspec.Struct, frozen=True):
    """One corporate action 公司行为; every part is per 10 shares held at the record day's close.

    cash_e6: dividend before tax, 10^-6 CNY. bonus_e6 送股, capital_e6 转增, rights_e6 配股: shares,
    10^-6 of one. rights_price_milli: price of one share offered. from_premium: the capitalisation
    comes out of share premium and isn't taxed. pay_day: cash is paid. listing_day: new shares may
    be sold; "" where there are none. rights_from, rights_to: first and last day of the
    window 缴款期 in which rights are subscribed, under rights_code; "" where nobody could.
    """

    id: str
    symbol: str
    record_day: str
    ex_day: str
    pay_day: str = ""
    listing_day: str = ""
    cash_e6: int = 0
    bonus_e6: int = 0
    capital_e6: int = 0
    from_premium: bool = True
    rights_e6: int = 0
    rights_price_milli: int = 0
    rights_from: str = ""
    rights_to: str = ""
    rights_code: str = ""


class Due(msgspec.Struct, frozen=True):
    """What an account is due 权益: cash in fen, shares, and what rounding down lost of each part.

    lost_shares_e7: 10^-7 of a share of bonus and capitalisation together; the depository ranks
    fractions over all holders of the market, which a broker can't, so its figure may be one more.
    """

    account: str
    quantity: int
    cash_fen: int
    bonus: int
    capital: int
    rights: int
    lost_shares_e7: int


class Charge(msgspec.Struct, frozen=True):
    """Income on a lot not taxed yet: 10^-6 CNY per 10 shares, by the rates of its record day."""

    action: str
    record_day: str
    taxable_e6: int


class Lot(msgspec.Struct, frozen=True):
    """Shares acquired together 持股批次. cost_fen: of the whole lot."""

    acquired: str
    quantity: int
    cost_fen: int
    charges: tuple[Charge, ...] = ()


class TaxRate(msgspec.Struct, frozen=True):
    """A dated row of the tax on dividends 红利税率. percent of income for shares held at most a
    month, at most a year, and longer; for record days from from_day on.
    certainty: as in the rules of the market.
    """

    from_day: str
    month_percent: int
    year_percent: int
    longer_percent: int
    source: str
    certainty: str


class Disposal(msgspec.Struct, frozen=True):
    """What leaving shares did: the lots left, what left cost first in first out, and tax, fen."""

    lots: tuple[Lot, ...]
    quantity: int
    cost_fen: int
    tax_fen: int


class Traded:
    """What an account traded of a security on a day. cost_fen: what was bought cost, fees in."""

    __slots__ = ("bought", "cost_fen", "sold")

    def __init__(self, bought: int = 0, cost_fen: int = 0, sold: int = 0) -> None:
        self.bought = bought
        self.cost_fen = cost_fen
        self.sold = sold


class Entitlement(msgspec.Struct, frozen=True):
    """What an account is due on an action as its record day's close fixed it. cash_on, shares_on:
    the day whose end booked it, "" while that is to come.
    """

    action: str
    account: str
    counter: str
    symbol: str
    quantity: int
    cash_fen: int
    bonus: int
    capital: int
    rights: int
    lost_shares_e7: int
    pay_day: str
    listing_day: str
    cash_on: str = ""
    shares_on: str = ""

    @property
    def shares(self) -> int:
        """New shares that cost nothing."""
        return self.bonus + self.capital


class TaxTaken(msgspec.Struct, frozen=True):
    """Tax on earlier income of shares that left on a day, in fen."""

    day: str
    account: str
    symbol: str
    counter: str
    quantity: int
    tax_fen: int


class Version(msgspec.Struct, frozen=True):
    """An action as somebody entered it. wanted: announced or withdrawn; code: why it was refused.
    state: entered until another person agrees.
    """

    action: Action
    version: int
    batch: str
    wanted: ActionState
    state: ActionState
    source: str
    entered_by: str
    entered_at_ms: int
    agreed_by: str = ""
    code: str = ""


class Standing(msgspec.Struct, frozen=True):
    """An action in force, by its newest agreed version."""

    action: Action
    version: int
    state: ActionState
    source: str


class Quarantined(msgspec.Struct, frozen=True):
    """A row of a file that can't be believed, with the code of why."""

    line: int
    code: str
    text: str


class ActionLine(msgspec.Struct, frozen=True):
    """An action as people see it; parts are per 10 shares, in CNY and shares, "" for none."""

    id: str
    symbol: str
    name: str
    record_day: str
    ex_day: str
    pay_day: str
    listing_day: str
    cash: str
    bonus: str
    capital: str
    from_premium: bool
    rights: str
    rights_price: str
    rights_from: str
    rights_to: str
    rights_code: str
    state: str
    state_text: str
    version: int
    source: str


class DueLine(msgspec.Struct, frozen=True):
    """What an account is due, or would be with what it holds now. cash in CNY; cash_on, shares_on:
    "" while that is to come.
    """

    account: str
    action: ActionLine
    quantity: int
    cash: str
    bonus: int
    capital: int
    rights: int
    cash_on: str
    shares_on: str


class TaxLine(msgspec.Struct, frozen=True):
    """Tax taken since shares left. tax in CNY."""

    day: str
    symbol: str
    name: str
    quantity: int
    tax: str


class OwnActions(msgspec.Struct, frozen=True):
    """Corporate actions of one account: to come for what it holds, past, taxes taken. day: the
    counter's; next: pass as `before` for older ones, None at the end.
    """

    account: str
    day: str
    upcoming: tuple[DueLine, ...]
    past: tuple[DueLine, ...]
    taxes: tuple[TaxLine, ...]
    next: str | None


class EntryLine(msgspec.Struct, frozen=True):
    """What somebody entered, as this member of staff sees it. outcome: why actions were refused,
    by id; aside: rows of the file that were put aside.
    """

    id: str
    wanted: str
    count: int
    source: str
    basis: str
    entered_by: str
    entered_at_ms: int
    state: str
    state_text: str
    decided_by: str
    own: bool
    may_decide: bool
    actions: tuple[ActionLine, ...]
    refused: dict[str, str]
    aside: tuple[Quarantined, ...]
    aside_count: int


class ActionBoard(msgspec.Struct, frozen=True):
    """Actions, newest ex day first, and what was entered lately."""

    actions: tuple[ActionLine, ...]
    entries: tuple[EntryLine, ...]
    next: str | None


class ActionCase(msgspec.Struct, frozen=True):
    """One action: who is due what. cash in CNY; more: accounts beyond those listed."""

    action: ActionLine
    accounts: int
    quantity: int
    cash: str
    shares: int
    rights: int
    entitled: tuple[DueLine, ...]
    more: int
    sources: tuple[str, ...]


DayText = Annotated[str, msgspec.Meta(max_length=10, examples=["2026-07-15"])]
Part = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
RightsCode = Annotated[str, msgspec.Meta(max_length=12, examples=["700519"])]
Source = Annotated[
    str, msgspec.Meta(min_length=1, max_length=100, examples=["Issuer's notice 2026-031"])
]


Reason = Annotated[
    str, msgspec.Meta(min_length=4, max_length=200, examples=["Notice read and compared"])
]


class NewAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A corporate action, per 10 shares. cash_e6: 10^-6 CNY; bonus_e6, capital_e6, rights_e6:
    10^-6 of a share. pay_day, listing_day: "" where there is none. Rights need the window's first
    and last day.
    """

    symbol: Annotated[str, msgspec.Meta(min_length=4, max_length=16)]
    record_day: DayText
    ex_day: DayText
    source: Source
    basis: Reason
    pay_day: DayText = ""
    listing_day: DayText = ""
    cash_e6: Part = 0
    bonus_e6: Part = 0
    capital_e6: Part = 0
    from_premium: bool = True
    rights_e6: Part = 0
    rights_price_milli: Part = 0
    rights_from: DayText = ""
    rights_to: DayText = ""
    rights_code: RightsCode = ""

    def action(self) -> Action:
        """The action that is meant."""
        return Action(
            action_id(self.symbol, self.ex_day),
            self.symbol,
            self.record_day,
            self.ex_day,
            self.pay_day,
            self.listing_day,
            self.cash_e6,
            self.bonus_e6,
            self.capital_e6,
            self.from_premium,
            self.rights_e6,
            self.rights_price_milli,
            self.rights_from,
            self.rights_to,
            self.rights_code,
        )


class NewActionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """text: the CSV file with its heading."""

    text: Annotated[str, msgspec.Meta(max_length=60_000)]
    source: Source
    basis: Reason


class NewActionWithdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """source: where the issuer says so."""

    source: Source
    basis: Reason


NoticeDay = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
NoticePart = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class CorporateNotice(msgspec.Struct, frozen=True):
    """A corporate action as the venue announces it 公司行为公告, for ten shares: cash_e6 in 10^-6
    CNY, shares and rights in 10^-6 of one. state: "announced", "ended" (the outcome of its rights
    is known: taken_e4, 10^-4 of them; interest_e6 on each CNY given back) or "withdrawn". A newer
    version of the same id takes its place.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9]+$")]
    version: Annotated[int, msgspec.Meta(ge=1, le=9_999)]
    state: Literal["announced", "ended", "withdrawn"]
    symbol: Annotated[str, msgspec.Meta(max_length=16)]
    record_day: NoticeDay
    ex_day: NoticeDay
    pay_day: NoticeDay = ""
    listing_day: NoticeDay = ""
    cash_e6: NoticePart = 0
    bonus_e6: NoticePart = 0
    capital_e6: NoticePart = 0
    rights_e6: NoticePart = 0
    rights_price_milli: NoticePart = 0
    rights_from: NoticeDay = ""
    rights_to: NoticeDay = ""
    rights_code: Annotated[str, msgspec.Meta(max_length=12)] = ""
    taken_e4: Annotated[int, msgspec.Meta(ge=-1, le=10_000)] = -1
    interest_e6: NoticePart = 0
