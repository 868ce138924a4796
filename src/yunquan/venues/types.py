"""What a venue says to a member. Prices in milli (0.001 CNY), quantities in shares."""

from __future__ import annotations

import msgspec


class Report(msgspec.Struct, frozen=True):
    """What became of an order. index: its number in the gateway's sequence, 1-based, never reset.

    kind: accepted, rejected, filled, cancelled, cancel_rejected, duplicate. qty: this fill's or the
    cancelled quantity. day: the trading day on which it happened.
    """

    index: int
    kind: str
    id: str
    execution: str
    price: int
    qty: int
    code: str
    day: str = ""


class OrderStatus(msgspec.Struct, frozen=True):
    """Answer to a query. state: unknown, open, filled, cancelled, rejected."""

    id: str
    state: str
    filled: int
    leaves: int
