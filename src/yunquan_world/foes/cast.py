"""Who plays whom on a day, where, how strong and how disguised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from yunquan_world.foes.flow import Flow, continuous

STRENGTHS: Final = {"weak": 0.35, "medium": 1.0, "strong": 3.0}
DISGUISES: Final = ("plain", "smaller", "slower", "split", "mixed", "habit")


@dataclass(frozen=True, slots=True)
class Way:
    """How something is done. size: of amounts, 1.0 about where the published numbers lie; gap: of
    waits; heads: accounts among which it is split; mixed: with honest trading between. Whose
    disguise is their habit have honestly done much of the like on the days before.
    """

    strength: str
    disguise: str
    size: float
    gap: float
    heads: int
    mixed: bool


def make_way(rng: np.random.Generator, strength: str = "", disguise: str = "") -> Way:
    """As given, or drawn."""
    strength = strength or str(rng.choice(list(STRENGTHS)))
    disguise = disguise or str(rng.choice(DISGUISES))
    size = STRENGTHS[strength] * (0.5 if disguise == "smaller" else 1.0) * rng.lognormal(0, 0.2)
    gap = 3.0 if disguise == "slower" else 1.0
    heads = int(rng.integers(2, 5)) if disguise == "split" else 1
    return Way(strength, disguise, float(size), gap, heads, disguise == "mixed")


class Cast:
    """Accounts and instruments that are free for a part, each played once a day."""

    def __init__(self, flow: Flow, rng: np.random.Generator, free: Any) -> None:
        self.flow, self.rng = flow, rng
        self._free = list(rng.permutation(free))
        self._used = set[int]()
        # Whose turn comes first: those with a habit that hides the scheme at hand.
        self.first: list[int] = []

    def account(self) -> int:
        return int(self.first.pop() if self.first else self._free.pop())

    def linked(self, heads: int, *, seen: float = 0.7) -> list[int]:
        """Accounts of one hand; with a chance of `seen` they come from one device."""
        accounts = [self.account() for _ in range(heads)]
        if heads > 1 and self.rng.random() < seen:
            self.share(accounts)
        return accounts

    def share(self, accounts: list[int]) -> int:
        """They come from one device, the first one's, and are a group from now on."""
        device = int(self.flow.devices[accounts[0]])
        for one in accounts:
            self.flow.devices[one] = device
            self.flow.groups[one] = min(accounts)
        return device

    def symbol(self, turnover: float, spread: float = 2.0) -> int:
        """An instrument of about this turnover (yuan a day) that nothing happens in yet."""
        far = np.abs(np.log(self.flow.ground.turnover / turnover))
        near = [int(one) for one in np.argsort(far) if int(one) not in self._used]
        within = [one for one in near if far[one] < np.log(spread)]
        chosen = int(self.rng.choice(within if len(within) >= 4 else near[:4]))
        self._used.add(chosen)
        return chosen

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def count(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def when(self, room_ms: float = 0) -> int:
        return continuous(self.rng, int(room_ms))

    def honest(self, account: int, orders: int) -> None:
        """Trading like anybody's, as cover."""
        for _ in range(orders):
            symbol = int(self.rng.integers(len(self.flow.ground.closes)))
            at = self.when(60_000)
            side = 1 if self.rng.random() < 0.5 else -1
            yuan = self.between(20_000, 400_000)
            if self.rng.random() < 0.2:
                self.flow.order(account, symbol, side, yuan, at, cancelled=at + 60_000)
            else:
                self.flow.order(account, symbol, side, yuan, at, filled=at + self.count(50, 9_000))
