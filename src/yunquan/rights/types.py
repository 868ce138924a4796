"""Words of rights issues. Days are ISO; amounts fen; shares whole."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from yunquan.actions.types import ActionLine, DayText, Reason, Source


class RightsState(StrEnum):
    """Where one's rights stand: the window is to come, open, over and unpaid for the most part;
    paid; listed; given back; lapsed whole.
    """

    COMING = "coming"
    OPEN = "open"
    PAID = "paid"
    BOOKED = "booked"
    REFUNDED = "refunded"
    LAPSED = "lapsed"
    CALLED_OFF = "called_off"


class SuccessRule(msgspec.Struct, frozen=True):
    """A dated row: from from_day on a rights issue succeeds with this part of it taken, 10^-4.
    certainty: as in the rules of the market.
    """

    from_day: str
    least_e4: int
    source: str
    certainty: str


class Outcome(msgspec.Struct, frozen=True):
    """How a rights issue ended 配股发行结果. taken_e4: the part of what was offered that was
    subscribed, 10^-4. failed: fewer than the rule asks for, so that the issuer gives the money
    back with interest_e6, 10^-6 CNY for each CNY. by: who said so.
    """

    action: str
    taken_e4: int
    failed: bool
    interest_e6: int
    source: str
    by: str
    at_ms: int


class Subscription(msgspec.Struct, frozen=True):
    """Rights that an account subscribed at one time 配股缴款. amount: fen frozen for them."""

    stream: str
    seq: int
    action: str
    account: str
    qty: int
    amount: int
    at_ms: int


class Payment(msgspec.Struct, frozen=True):
    """What an account paid for rights at the end of the window's last day, and which day's end
    booked its shares or its money back, "" while that is to come.
    """

    action: str
    account: str
    counter: str
    symbol: str
    qty: int
    paid_fen: int
    listing_day: str
    paid_on: str
    shares_on: str = ""
    refund_on: str = ""


class Totals(msgspec.Struct, frozen=True):
    """All rights of an action here, in shares and fen. subscribers: accounts that subscribed."""

    subscribed: int
    subscribers: int
    paid: int
    paid_fen: int


class NewShares(msgspec.Struct, frozen=True):
    """Shares an account is due and can't sell yet as a day ended. kind: bonus or rights; booked:
    they are in the books already; paid_fen: what was paid for them; ex: prices no longer contain
    them.
    """

    action: str
    symbol: str
    kind: str
    qty: int
    paid_fen: int
    listing_day: str
    booked: bool
    ex: bool


class RightsLine(msgspec.Struct, frozen=True):
    """A rights issue as one of those it was offered to sees it. price, frozen, left_cost, paid in
    CNY; left: what may be subscribed still; lapsed: what can't any more; last_day: today is it.
    """

    account: str
    action: ActionLine
    state: str
    state_text: str
    entitled: int
    subscribed: int
    left: int
    lapsed: int
    price: str
    left_cost: str
    frozen: str
    paid: str
    shares_on: str
    refund_on: str
    last_day: bool


class RightsCase(msgspec.Struct, frozen=True):
    """A rights issue as staff see it: rights offered here, subscribed by how many accounts, paid
    for, lapsed once the window is over. paid in CNY; taken: of the whole issue in percent, "" until
    it is known.
    """

    offered: int
    subscribed: int
    subscribers: int
    paid_shares: int
    paid: str
    lapsed: int
    window_over: bool
    taken: str
    failed: bool
    source: str


class NewOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a rights issue ended. taken_e4: the part that was subscribed, 10^-4; interest_e6: added
    to each CNY given back if too little was, 10^-6.
    """

    taken_e4: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    source: Source
    basis: Reason
    interest_e6: Annotated[int, msgspec.Meta(ge=0, le=10**6)] = 0


class NewSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rights to pay for. account: the caller's first without one; day: today's without one."""

    qty: Annotated[int, msgspec.Meta(gt=0, le=10**9)]
    account: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    day: DayText = ""


class ProposalMade(msgspec.Struct, frozen=True):
    """A proposal that waits for another person, or what became of it. state: open, agreed, ..."""

    id: str
    state: str
