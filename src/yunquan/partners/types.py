"""Shapes of the API that no other room has. Amounts and prices: text in CNY; quantities: integers;
times: UTC ms.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Symbol = Annotated[str, msgspec.Meta(examples=["600519.SH"], min_length=4, max_length=16)]
PriceText = Annotated[
    str,
    msgspec.Meta(examples=["1261.50"], max_length=24, description="CNY, at most three decimals."),
]
AmountText = Annotated[
    str,
    msgspec.Meta(examples=["50000.00"], max_length=24, description="CNY, at most two decimals."),
]
Account = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Side = Literal["buy", "sell"]
OrderKind = Literal[
    "limit",
    "best5_cancel",
    "best5_limit",
    "own_best",
    "counter_best",
    "immediate_cancel",
    "fill_or_kill",
    "after_hours",
]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-07-13"])]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=10**12, examples=[100], description="Shares.")]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request's body: unknown fields are refused."""


class Problem(msgspec.Struct, frozen=True):
    """Why a request wasn't done. code: stable; message: in the reader's language; facts: the
    figures in it.
    """

    code: str
    message: str
    status: int
    facts: dict[str, Any]
    request_id: str


class Login(_Body, frozen=True):
    """kind: which door. totp_code: staff only, six digits."""

    login_name: Annotated[str, msgspec.Meta(max_length=64, examples=["demo"])]
    password: Annotated[str, msgspec.Meta(max_length=128)]
    kind: Literal["client", "staff"] = "client"
    totp_code: Annotated[str, msgspec.Meta(max_length=16)] = ""


class Me(msgspec.Struct, frozen=True):
    """Who asks. accounts: own account numbers, ordinary cash account first; empty for staff."""

    kind: str
    subject: str
    login_name: str
    display_name: str
    roles: tuple[str, ...]
    accounts: tuple[str, ...]
    locale: str
    simulated: bool


class NewOrder(_Body, frozen=True):
    """An order. day: the trading day it is meant for; without it, today's. Send it, so that no
    retry outlives it. price: the limit; of a market order in Shanghai and Beijing its protection
    price, in Shenzhen none.
    """

    account: Account
    symbol: Symbol
    side: Side
    qty: Quantity
    price: PriceText | Literal[""] = ""
    day: Day | None = None
    kind: OrderKind = "limit"


TransferPassword = Annotated[str, msgspec.Meta(max_length=128)]


class NewTransfer(_Body, frozen=True):
    """direction: "in" from the bound bank account, "out" to it. Passwords: those that the terms of
    the direction name; the bank's is handed on sealed and kept nowhere.
    """

    account: Account
    direction: Literal["in", "out"]
    amount: AmountText
    cash_password: TransferPassword = ""
    bank_password: TransferPassword = ""


class NewCashPassword(_Body, frozen=True):
    """new: six digits, no run and no repetition."""

    account: Account
    old: TransferPassword
    new: TransferPassword


class MarketView(msgspec.Struct, frozen=True):
    """Where the market stands. time: its own clock. speed: market seconds per real second, above 1
    only when simulated.
    """

    trading_day: str
    time: str
    phase: str
    phase_text: str
    speed: float
    stale_since_ms: int | None
    simulated: bool


class LookReason(_Body, frozen=True):
    """Why somebody looks at sensitive data; kept with who and when."""

    reason: Annotated[
        str, msgspec.Meta(max_length=200, examples=["Client called about a transfer"])
    ]


class Done(msgspec.Struct, frozen=True):
    """It was done, or had been done under the same key."""

    done: bool = True


class Watchlist(_Body, frozen=True):
    """Symbols in the order shown."""

    symbols: Annotated[tuple[Symbol, ...], msgspec.Meta(max_length=200)]
