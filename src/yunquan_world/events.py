"""What happens on the floor, in order, for whoever tells it to members and readers.

A StoredReport, of blotter.py, and a Print, of exchange.py, are events too. What concerns members
is on disk before its event exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunquan_world.blotter import StoredReport
from yunquan_world.corporate import Announcement
from yunquan_world.exchange import Print
from yunquan_world.hours import Moment
from yunquan_world.messages import MinuteBar, Notice
from yunquan_world.rules import Instrument
from yunquan_world.statuses import Status


@dataclass(frozen=True)
class DayOpened:
    """New instruments hold. The phase of the day is announced separately."""

    trading_day: str
    instruments: list[Instrument]


@dataclass(frozen=True)
class TimeAnnounced:
    """A phase began, or a second went by. last_reports: by gateway, those told before this."""

    trading_day: str
    moment: Moment
    last_reports: dict[str, int]
    kind_of_day: str = "trading"


@dataclass(frozen=True)
class DayEnded:
    """All day orders are gone. last_reports: index of the last report of each gateway."""

    trading_day: str
    last_reports: dict[str, int]


@dataclass(frozen=True)
class Repeated:
    """A member sent an order again that it had sent before."""

    gateway: str
    order_id: str


@dataclass(frozen=True)
class MinuteEnded:
    """bars: the bar of each symbol."""

    trading_day: str
    bars: dict[str, MinuteBar]


@dataclass(frozen=True)
class StatusChanged:
    """A security, or a whole exchange, trades again or does not."""

    status: Status


@dataclass(frozen=True)
class Noticed:
    """The exchange has something to say that is no market data."""

    notice: Notice


@dataclass(frozen=True)
class ActionsAnnounced:
    """What companies announced this morning, with the outcomes of rights issues."""

    trading_day: str
    announcements: list[Announcement]


Event = (
    DayOpened
    | TimeAnnounced
    | DayEnded
    | Repeated
    | MinuteEnded
    | StatusChanged
    | Noticed
    | ActionsAnnounced
    | StoredReport
    | Print
)
