"""Words of surveillance: alerts, and what was left out of the stream."""

from __future__ import annotations

import msgspec

from yunquan.kernel.ids import Id


class AlertId(Id, prefix="alt"):
    """An alert."""


class AlertView(msgspec.Struct, frozen=True):
    """An alert as it is kept. values: code and number of what its rule looks at; a number that was
    undefined is left out. shadow: of a rule that only runs along.
    """

    id: str
    at_ms: int
    rule: str
    version: int
    kind: str
    grade: int
    shadow: bool
    subject: str
    account: str
    symbol: str
    other: str
    device: str
    began_ms: int
    flood: bool
    values: dict[str, float]


class AlertReason(msgspec.Struct, frozen=True):
    """One number an alert rests on, in words."""

    name: str
    value: str


class AlertLine(msgspec.Struct, frozen=True):
    """An alert as people read it."""

    alert: AlertView
    title: str
    reasons: tuple[AlertReason, ...]


class ToldAlert(msgspec.Struct, frozen=True):
    """An alert as it is pushed to whoever shows it. raised_at_ms: when it was written."""

    alert: AlertView
    raised_at_ms: int
    title_zh: str
    title_en: str


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """What stands in the log and can't be read: its name, "" when not even that can be, why, and
    how many events it is.
    """

    what: str
    why: str
    count: int


class Skipped(msgspec.Struct, frozen=True):
    """A piece of the stream that surveillance left out. count: events; why: as the reader said."""

    source: str
    seq: int
    at_ms: int
    count: int
    what: str
    why: str
