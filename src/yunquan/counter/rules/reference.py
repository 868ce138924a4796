"""What a decision may look at besides state and command: the day's instruments, what each product
does now, prices, halts and links. Handed in by the driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yunquan.market.rules.sessions import CONTINUOUS, phase_announced, phase_taking
from yunquan.market.types import AFTER_HOURS, LIMIT, InstrumentDay, Phase

# An order with a price of its own may wait for its phase; a market order says "now".
WAITING_KINDS: Final = (LIMIT, AFTER_HOURS)


class Session:
    """What a product does now. takes, cancels: kinds of orders it takes and gives back. waits:
    kinds that a later phase of the day takes, so that we keep them till then. continuous: orders
    trade as they come, so that the price cage holds.
    """

    __slots__ = ("cancels", "continuous", "name", "takes", "waits")

    def __init__(
        self,
        name: str,
        takes: tuple[str, ...],
        cancels: tuple[str, ...],
        waits: tuple[str, ...],
        continuous: bool,
    ) -> None:
        self.name: str = name
        self.takes: tuple[str, ...] = takes
        self.cancels: tuple[str, ...] = cancels
        self.waits: tuple[str, ...] = waits
        self.continuous: bool = continuous


def session_now(day: Sequence[Phase], announced: str, second: int) -> Session:
    """What a product with these phases does while the venue is in the phase it announced."""
    now = phase_announced(day, announced, second)
    waits = tuple(
        kind
        for kind in WAITING_KINDS
        if kind not in now.takes and phase_taking(day, kind, now) is not None
    )
    return Session(now.name, now.takes, now.cancels, waits, now.name == CONTINUOUS)


def session_key(market: str, board: str, product: str) -> str:
    """The name under which a product's session stands in the reference."""
    return f"{market}/{board}/{product}"


Prices = tuple[int, int, int]


class Reference:
    """Immutable for a batch. sessions: by `session_key`. links: markets whose gateway is up.
    prices: best bid, best ask and last trade in milli by symbol, 0 for none. halts: what the
    exchange has stopped, "halted", "volatility_halt" or "exchange_halt" by symbol, market or "*".
    clock_s: the exchange's time in seconds after midnight. gateways: labels of those there are.
    rehearsal: the exchange plays a network test 全网测试: nothing of it is real.
    """

    __slots__ = (
        "clock_s",
        "day",
        "gateways",
        "halts",
        "instruments",
        "links",
        "now_ms",
        "prices",
        "rehearsal",
        "sessions",
    )

    def __init__(
        self,
        day: str,
        now_ms: int,
        instruments: dict[str, InstrumentDay],
        sessions: dict[str, Session],
        links: frozenset[str],
        prices: dict[str, Prices],
        halts: dict[str, str],
        clock_s: int,
        gateways: tuple[str, ...] = ("",),
        rehearsal: bool = False,
    ) -> None:
        self.day: str = day
        self.now_ms: int = now_ms
        self.instruments: dict[str, InstrumentDay] = instruments
        self.sessions: dict[str, Session] = sessions
        self.links: frozenset[str] = links
        self.prices: dict[str, Prices] = prices
        self.halts: dict[str, str] = halts
        self.clock_s: int = clock_s
        self.gateways: tuple[str, ...] = gateways
        self.rehearsal: bool = rehearsal


def nothing_known(now_ms: int) -> Reference:
    """Before the exchange has said anything: no day, nothing that trades."""
    return Reference("", now_ms, {}, {}, frozenset(), {}, {}, 0)
