"""Many random orders through both readings, and what came of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.proofs.differences import named
from tests.proofs.readings import Case, Scene
from yunquan.market import load_rule_book

ORDERS_A_SCENE = 400
MOST_SHOWN = 20


@dataclass
class Tally:
    """pairs: (our word, their word) of all orders. explained: by the name of the difference."""

    orders: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)
    limits_differ: list[str] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """Orders that were sent and taken."""
        return self.pairs["sent", ""]

    @property
    def waited(self) -> int:
        return sum(count for (ours, _), count in self.pairs.items() if ours == "waits")

    @property
    def our_codes(self) -> set[str]:
        return {ours for ours, _ in self.pairs}

    @property
    def their_codes(self) -> set[str]:
        return {theirs for _, theirs in self.pairs}

    def add(self, case: Case) -> None:
        self.orders += 1
        self.pairs[case.ours, case.theirs] += 1
        if case.is_alike:
            return
        if name := named(case):
            self.explained[name] += 1
        elif len(self.unexplained) < MOST_SHOWN:
            self.unexplained.append(str(case))


def compare(orders: int, seed: str) -> Tally:
    """So many orders, in scenes of a few hundred."""
    book, tally, number = load_rule_book(), Tally(), 0
    while tally.orders < orders:
        scene = Scene(Random(f"{seed}:{number}"), book)
        number += 1
        for instrument in scene.instruments:
            ours, theirs = scene.days[instrument.symbol], instrument
            if (ours.limit_up_milli, ours.limit_down_milli) != (
                theirs.limit_up_milli,
                theirs.limit_down_milli,
            ):
                tally.limits_differ.append(f"{ours} against {theirs}")
        for case in scene.cases(min(ORDERS_A_SCENE, orders - tally.orders)):
            tally.add(case)
    return tally
