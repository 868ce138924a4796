"""What can be set about the world, with defaults for a living market on a laptop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from yunquan_world.faults import BankFaults, Faults, OfficeFaults

UNIVERSES = ("none", "small", "full")


@dataclass(frozen=True)
class Settings:
    """One world. data: its folder. venue, bank: addresses, "unix:/path" or "tcp:host:port".

    speed: market seconds in a real second. hours: "day" has pauses between the sessions, "always"
    has none. first_day: the day of the first start, or the next trading day. bars: a file of daily
    bars in place of the shipped samples. universe: the generated securities beside them: "full",
    "small", "none", or "" for full beside the samples and none beside a file. orders_per_s: other
    people's orders in a real second over all symbols; 0 leaves the books to the members. pauses_s:
    real seconds of the phases between the sessions, where they differ from PAUSES_S of hours.py.
    gateway_orders_per_s: the quota of each gateway, 0 for none. control: the operator's address, ""
    for none. offices: the address of police, depository, carrier and lists, "" for none. demo: the
    people and their phones may be looked at. order_latency_ms: least and most milliseconds from a
    member to the host. clock: "real", or "manual" where only World.advance moves time. sync: "full"
    survives a power cut, "normal" a kill.
    """

    data: Path
    venue: str
    bank: str
    seed: int = 7
    speed: float = 10.0
    hours: str = "day"
    first_day: str = "2026-07-13"
    bars: Path | None = None
    universe: str = ""
    orders_per_s: float = 300.0
    pauses_s: Mapping[str, float] = field(default_factory=dict)
    gateway_orders_per_s: int = 0
    control: str = ""
    offices: str = ""
    demo: bool = False
    order_latency_ms: tuple[float, float] = (20.0, 120.0)
    faults: Faults = field(default_factory=Faults)
    bank_faults: BankFaults = field(default_factory=BankFaults)
    office_faults: OfficeFaults = field(default_factory=OfficeFaults)
    clock: str = "real"
    sync: str = "full"

    def __post_init__(self) -> None:
        date.fromisoformat(self.first_day)
        if not 0.01 <= self.speed <= 10_000:
            raise ValueError(f"speed must be between 0.01 and 10000, found {self.speed}")
        if not 0 <= self.gateway_orders_per_s <= 1_000_000:
            raise ValueError(f"a quota is 0 to 1000000, found {self.gateway_orders_per_s}")
        if self.control and not self.control.startswith("unix:"):
            raise ValueError("the operator's address must be local: unix:/path")
        if not 0 <= self.orders_per_s <= 20_000:
            raise ValueError(f"orders_per_s must be between 0 and 20000, found {self.orders_per_s}")
        for name, known in (
            ("hours", ("day", "always")),
            ("clock", ("real", "manual")),
            ("sync", ("full", "normal")),
            ("universe", ("", *UNIVERSES)),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}")

    @property
    def universe_size(self) -> str:
        return self.universe or ("full" if self.bars is None else "none")
