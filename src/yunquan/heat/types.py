"""Words of the heat map: numbers held against what is usual. Amounts in fen, prices in milli."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class HeatBase(StrEnum):
    """What a number is held against: the account's own days, the others of its kind this day, or
    nothing, where there are too few of either.
    """

    OWN = "own"
    PEERS = "peers"
    NONE = "none"


class HeatCell(msgspec.Struct, frozen=True, array_like=True):
    """One number of somebody. unit: as indicators have it. deviation: how far it lies from what is
    usual, in deviations, 0 where nothing tells.
    """

    kind: str
    value: float
    unit: str
    deviation: float
    base: HeatBase


class HeatLine(msgspec.Struct, frozen=True, array_like=True):
    """One account or instrument. most: its greatest deviation."""

    name: str
    most: float
    cells: tuple[HeatCell, ...]


class HeatStrip(msgspec.Struct, frozen=True, array_like=True):
    """Market and firm in a line, of the day so far. rising, falling, at_upper, at_lower: numbers of
    instruments; turnover_fen: of the market; active: accounts that did anything; the rest is our
    clients' together, amounts in fen.
    """

    instruments: int
    rising: int
    falling: int
    at_upper: int
    at_lower: int
    turnover_fen: int
    active: int
    orders: int
    order_fen: int
    fill_fen: int
    cancels: int
    refused: int
    cash_in_fen: int
    cash_out_fen: int


class HeatPicture(msgspec.Struct, frozen=True, array_like=True):
    """What stood out in a minute: those furthest from what is usual, first. minute_ms: its
    beginning.
    """

    minute_ms: int
    strip: HeatStrip
    accounts: tuple[HeatLine, ...]
    instruments: tuple[HeatLine, ...]
