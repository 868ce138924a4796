"""Words of conditional orders. Prices are integers of 0.001 CNY (`_milli`), quantities shares,
days ISO trading days, times of the day the exchange's "HH:MM:SS".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from yunquan.kernel.ids import Id

_PriceText = Annotated[str, msgspec.Meta(max_length=24, examples=["12.50"])]


class ConditionId(Id, prefix="cnd"):
    """One conditional order."""

    __slots__ = ()


class ConditionKind(StrEnum):
    """What a condition waits for: a price, a time of day, or the next lines of a grid."""

    STOP = "stop"
    TIMED = "timed"
    GRID = "grid"


class ConditionState(StrEnum):
    """Where a condition stands. TRIGGERED: its order is decided and durable, and not answered yet.

    PLACED, FAILED: the one order of a stop or timed condition was taken or refused. COMPLETED: a
    grid has placed all its rounds. A grid whose order was refused is PAUSED.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    TRIGGERED = "triggered"
    PLACED = "placed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Crossing(StrEnum):
    """Which side of its threshold a condition waits for; the threshold itself counts."""

    AT_OR_ABOVE = "at_or_above"
    AT_OR_BELOW = "at_or_below"


class Attention(StrEnum):
    """What a quote is good for: it may trigger, it must be waited out, or an ex-right gap makes
    thresholds set before it meaningless.
    """

    ACT = "act"
    WAIT = "wait"
    EX_RIGHT = "ex_right"


@dataclass(frozen=True, slots=True)
class Watch:
    """A condition on the last price of one symbol. A grid has two, told apart by what follows the
    colon in `condition`.
    """

    condition: str
    symbol: str
    crossing: Crossing
    threshold_milli: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of a symbol as one quote arrives. last_milli: 0 before its first trade.

    closed_milli: yesterday's close as we knew it, 0 when unknown; prev_close_milli: what the
    venue calls it today.
    """

    symbol: str
    last_milli: int
    prev_close_milli: int
    closed_milli: int
    is_continuous: bool
    is_halted: bool
    is_stale: bool


class Terms(msgspec.Struct, frozen=True):
    """What a client agreed to. Prices in milli; what its kind has no use for is 0 or "".

    side: "buy", "sell", or "both" of a grid. qty: shares of each order. price_milli: the order's
    limit, 0 for the price at the trigger moved by offset_milli against the client (up for a buy).
    crossing, threshold_milli: of a stop. day, at: of a timed one. base_milli, step_milli,
    low_milli, high_milli, rounds: of a grid; it places at most `rounds` orders. expires_on: the
    last trading day on which it may trigger. origin: "program" for one that a program confirmed:
    its orders are a program's.
    """

    kind: ConditionKind
    symbol: str
    side: str
    qty: int
    expires_on: str
    price_milli: int = 0
    offset_milli: int = 0
    crossing: str = ""
    threshold_milli: int = 0
    day: str = ""
    at: str = ""
    base_milli: int = 0
    step_milli: int = 0
    low_milli: int = 0
    high_milli: int = 0
    rounds: int = 0
    origin: str = ""


class ConditionFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition as its client writes it. Prices in CNY; leave out what its kind has no use for.

    side: "both" of a grid. price: the order's limit; without one it is the price at the trigger,
    moved by offset. expires_on: the last day on which it may trigger, of a timed one its day. at:
    the exchange's time, "14:30" or "14:30:00". rounds: how many orders a grid may place.
    """

    kind: Annotated[str, msgspec.Meta(pattern="^(stop|timed|grid)$")]
    symbol: Annotated[str, msgspec.Meta(examples=["600519.SH"], min_length=4, max_length=16)]
    side: Annotated[str, msgspec.Meta(pattern="^(buy|sell|both)$")]
    qty: Annotated[int, msgspec.Meta(gt=0, le=10**12)]
    expires_on: Annotated[
        str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-07-13"])
    ]
    price: _PriceText = ""
    offset: _PriceText = ""
    crossing: Annotated[str, msgspec.Meta(pattern="^(at_or_above|at_or_below)?$")] = ""
    threshold: _PriceText = ""
    at: Annotated[str, msgspec.Meta(max_length=8)] = ""
    base: _PriceText = ""
    step: _PriceText = ""
    low: _PriceText = ""
    high: _PriceText = ""
    rounds: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0


class NewCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition its client confirms. digest: of the preview they were shown; risk_read: they
    ticked the notice of risks.
    """

    terms: ConditionFields
    digest: Annotated[str, msgspec.Meta(max_length=64)]
    risk_read: bool


class ConditionPreview(msgspec.Struct, frozen=True):
    """What is put before the client: the terms in one plain sentence, the notice of risks, and the
    digest (SM3, hex) of both that the confirmation repeats. note: what to know before, or "".
    """

    sentence: str
    risk: str
    digest: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as it stands. version: counts its changes. turn: how often it has triggered.

    base_milli: the grid's line now. set_on: the trading day on which its prices were last agreed
    to. sentence, risk, digest: what the client confirmed, in their words. reason, facts: why it is
    paused or failed. request: the caller's key.
    """

    id: ConditionId
    account: str
    client: str
    symbol: str
    state: ConditionState
    version: int
    turn: int
    base_milli: int
    terms: Terms
    set_on: str
    expires_on: str
    sentence: str
    risk: str
    digest: str
    reason: str
    facts: dict[str, Any]
    request: str
    created_at_ms: int
    changed_at_ms: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The evidence of a trigger 触发依据: the quote as it was heard, in milli.

    quote_seq, quote_at: the venue's number and stamp; market_time: its clock; threshold_milli: the
    line that was crossed, 0 of a timed one.
    """

    quote_seq: int
    quote_at: str
    market_time: str
    last_milli: int
    prev_close_milli: int
    bid_milli: int
    ask_milli: int
    crossing: str
    threshold_milli: int


@dataclass(frozen=True, slots=True)
class NewTrigger:
    """A trigger about to be written down: which condition in which version, what was seen, and the
    order that follows. base_milli: the grid's line once it is placed.
    """

    condition: str
    version: int
    day: str
    seen: Seen
    side: str
    price_milli: int
    base_milli: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: the n-th turn of a condition, the order it decided and what became of it.

    base_milli: the grid's line once the order is placed. state: "triggered", "placed" or "failed".
    order: its id once placed. code, facts: the counter's refusal.
    """

    condition: str
    day: str
    turn: int
    account: str
    symbol: str
    side: str
    price_milli: int
    qty: int
    base_milli: int
    seen: Seen
    state: str
    order: str
    code: str
    facts: dict[str, Any]
    at_ms: int
    answered_at_ms: int


class TriggerLine(msgspec.Struct, frozen=True):
    """A trigger as people read it. Prices in CNY; a price that isn't known is None. command: the id
    under which its order went to the counter.
    """

    day: str
    turn: int
    at_ms: int
    quote_seq: int
    quote_at: str
    market_time: str
    last: str | None
    prev_close: str | None
    bid: str | None
    ask: str | None
    threshold: str | None
    side: str
    price: str
    qty: int
    state: str
    state_text: str
    order: str
    reason: str
    command: str
    answered_at_ms: int


class ConditionLine(msgspec.Struct, frozen=True):
    """A condition as people read it. summary: what it waits for now; sentence, risk, digest: what
    was confirmed; reason: why it is paused or failed, "" otherwise. actions: what its client may
    do now ("pause", "resume", "cancel").
    """

    id: str
    account: str
    kind: str
    kind_text: str
    symbol: str
    name: str
    side: str
    qty: int
    state: str
    state_text: str
    summary: str
    sentence: str
    risk: str
    digest: str
    reason: str
    turn: int
    rounds: int
    expires_on: str
    created_at_ms: int
    changed_at_ms: int
    actions: tuple[str, ...]


class ConditionPage(msgspec.Struct, frozen=True):
    """Conditions, newest first. next: pass as `before`; None at the end."""

    items: tuple[ConditionLine, ...]
    next: str | None


class ConditionDetail(msgspec.Struct, frozen=True):
    """A condition with each of its triggers, newest first."""

    condition: ConditionLine
    triggers: tuple[TriggerLine, ...]
