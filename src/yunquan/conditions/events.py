"""What became of conditional orders. Ids, days and codes only."""

from __future__ import annotations

import msgspec


class ConditionCreated(msgspec.Struct, frozen=True, array_like=True, tag="conditions.created@1"):
    """A client confirmed a condition. digest: SM3 of what they confirmed, hex."""

    condition: str
    account: str
    digest: str


class ConditionChanged(msgspec.Struct, frozen=True, array_like=True, tag="conditions.changed@1"):
    """It was paused or goes on, or a grid is done. reason: code, "" when its client wished it."""

    condition: str
    account: str
    state: str
    reason: str
    by: str


class ConditionTriggered(
    msgspec.Struct, frozen=True, array_like=True, tag="conditions.triggered@1"
):
    """It triggered for the `turn`-th time; its order goes to the counter under `command`."""

    condition: str
    account: str
    day: str
    turn: int
    command: str


class ConditionPlaced(msgspec.Struct, frozen=True, array_like=True, tag="conditions.placed@1"):
    """The counter took the order of a trigger."""

    condition: str
    account: str
    day: str
    turn: int
    order: str


class ConditionFailed(msgspec.Struct, frozen=True, array_like=True, tag="conditions.failed@1"):
    """The counter refused the order of a trigger. order: the refused one's id, "" without one."""

    condition: str
    account: str
    day: str
    turn: int
    order: str
    code: str


class ConditionExpired(msgspec.Struct, frozen=True, array_like=True, tag="conditions.expired@1"):
    """Its last day was over. day: the trading day that began."""

    condition: str
    account: str
    day: str


class ConditionCancelled(
    msgspec.Struct, frozen=True, array_like=True, tag="conditions.cancelled@1"
):
    """Its client took it back."""

    condition: str
    account: str
    by: str


EVENTS = (
    ConditionCreated,
    ConditionChanged,
    ConditionTriggered,
    ConditionPlaced,
    ConditionFailed,
    ConditionExpired,
    ConditionCancelled,
)
