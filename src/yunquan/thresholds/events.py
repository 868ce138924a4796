"""What is over again. Times ms UTC."""

from __future__ import annotations

import msgspec


# Logs from before thresholds had a room hold this name.
class WatchEnded(msgspec.Struct, frozen=True, array_like=True, tag="surveillance.watch_ended@1"):
    """A figure that was beyond its line is back. rule: of the watch; about: what it is of; alert:
    the one it had raised.
    """

    rule: str
    about: str
    alert: str
    account: str
    since_ms: int


EVENTS = (WatchEnded,)
