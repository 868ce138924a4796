"""What was found. Times ms UTC."""

from __future__ import annotations

import msgspec


class AlertRaised(msgspec.Struct, frozen=True, array_like=True, tag="surveillance.alert_raised@1"):
    """A rule holds. subject: the family it is about; account, symbol, other, device: of the event
    that did it, "" for none; began_ms: of a sequence its first step. values: code and number of
    each indicator the rule looks at, as they were, not a number left out. flood: the last of its
    rule for a minute.
    """

    alert: str
    rule: str
    version: int
    kind: str
    grade: int
    subject: str
    account: str
    symbol: str
    other: str
    device: str
    at_ms: int
    began_ms: int
    flood: bool
    values: dict[str, float]


EVENTS = (AlertRaised,)
