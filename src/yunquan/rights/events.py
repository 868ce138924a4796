"""What became known of rights issues."""

from __future__ import annotations

import msgspec


class RightsReminded(msgspec.Struct, frozen=True, array_like=True, tag="rights.reminded@1"):
    """What holders of rights need to hear before it is too late, and after. what: opens (the window
    begins with the next trading day), last_day (it ends with it), lapsed (it is over); lines:
    account and rights it hasn't subscribed.
    """

    action: str
    symbol: str
    what: str
    day: str
    counter: str
    first_day: str
    last_day: str
    price_milli: int
    lines: tuple[tuple[str, int], ...]


class RightsEnded(msgspec.Struct, frozen=True, array_like=True, tag="rights.ended@1"):
    """How a rights issue ended. taken_e4: 10^-4 of what was offered; failed: money goes back."""

    action: str
    taken_e4: int
    failed: bool
    interest_e6: int
    source: str
    by: str


EVENTS = (RightsReminded, RightsEnded)
