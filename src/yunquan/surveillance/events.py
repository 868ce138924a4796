"""What surveillance found, and how its rules changed. Times ms UTC."""

from __future__ import annotations

import msgspec

from yunquan.surveillance.types import RuleText


class RuleStateSet(
    msgspec.Struct, frozen=True, array_like=True, tag="surveillance.rule_state_set@1"
):
    """A version of a rule is in this state from here on in the stream. number: its place in the
    kernel's memory.
    """

    code: str
    version: int
    state: str
    number: int
    text: RuleText
    basis: str
    by: str


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


class WatchEnded(msgspec.Struct, frozen=True, array_like=True, tag="surveillance.watch_ended@1"):
    """A figure that was beyond its line is back. rule: of the watch; about: what it is of; alert:
    the one it had raised.
    """

    rule: str
    about: str
    alert: str
    account: str
    since_ms: int


EVENTS = (RuleStateSet, AlertRaised, WatchEnded)
