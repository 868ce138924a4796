"""An exchange that answers the counter's orders in a fixed pattern: what becomes of each, and
when.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from random import Random
from typing import Any

from benchmarks.scene import GATEWAY
from yunquan.counter import types as c

# Of a hundred orders in the mixed life: filled at once, filled in two parts, cancelled by their
# client; the rest stay in the book until the day ends.
FILLED, IN_PARTS, CANCELLED = 60, 15, 15
# How many orders later an open order's next message comes, at most.
LATEST = 2000


class Venue:
    """Turns accepted places into the reports, and the cancels, that follow them."""

    def __init__(self, seed: int = 19) -> None:
        self._dice = Random(seed)
        self._indexes = itertools.count(1)
        self._cancels = itertools.count(1)
        self._sent: dict[str, c.PlaceOrder] = {}

    def report(self, kind: str, place: c.PlaceOrder, order: str, qty: int = 0) -> c.VenueReport:
        """One report with the next index. Fills are at the limit price."""
        index = next(self._indexes)
        execution = f"E{index:011d}" if kind == "filled" else ""
        price = place.price if kind == "filled" else 0
        key = f"{GATEWAY}:{index}"
        return c.VenueReport(key, GATEWAY, index, kind, order, execution, price, qty, "")

    def acceptances(self, places: Sequence[Any], answers: Sequence[c.Answer]) -> list[Any]:
        """Reports that the places which passed the checks are in the exchange's book."""
        reports: list[Any] = []
        for place, answer in zip(places, answers[: len(places)], strict=True):
            if answer.accepted:
                self._sent[answer.order] = place
                reports.append(self.report("accepted", place, answer.order))
        return reports

    def fills(self, acceptances: Sequence[c.VenueReport]) -> list[Any]:
        """Fills of the whole of what was accepted."""
        return [self._fill(known.order) for known in acceptances]

    def _fill(self, order: str) -> c.VenueReport:
        place = self._sent.pop(order)
        return self.report("filled", place, order, place.qty)

    def fate(self, place: c.PlaceOrder, order: str) -> list[Any]:
        """Everything that will happen to an order in the mixed life, in order."""
        draw = int(self._dice.random() * 100)
        fate: list[Any] = [("accepted", 0)]
        if draw < FILLED or (draw < FILLED + IN_PARTS and place.qty == 100):
            fate.append(("filled", place.qty))
        elif draw < FILLED + IN_PARTS:
            fate += [("filled", 100), ("filled", place.qty - 100)]
        elif draw < FILLED + IN_PARTS + CANCELLED:
            fate += [("cancel", 0), ("cancelled", place.qty)]
        return fate

    def command(self, place: c.PlaceOrder, order: str, kind: str, qty: int) -> Any:
        """A step of a fate as a command: the client's cancel or the exchange's report."""
        if kind == "cancel":
            return c.CancelOrder(f"app:c{next(self._cancels):x}", place.account, order)
        return self.report(kind, place, order, qty)


class MixedLife:
    """A trading day: places mixed with what becomes of earlier ones, some resting to its end."""

    def __init__(self, venue: Venue, seed: int = 23) -> None:
        self._venue = venue
        self._dice = Random(seed)
        # What is due after so many more orders; a slot holds the steps that come due together.
        self._slots: deque[list[Any]] = deque([] for _ in range(LATEST + 1))

    def due(self) -> list[Any]:
        """Commands due now; moves on by one order."""
        ready = self._slots.popleft()
        self._slots.append([])
        commands: list[Any] = []
        for place, order, fate in ready:
            kind, qty = fate[0]
            commands.append(self._venue.command(place, order, kind, qty))
            if len(fate) > 1:
                self._later(place, order, fate[1:])
        return commands

    def placed(self, commands: Sequence[Any], answers: Sequence[c.Answer]) -> None:
        """Decide the fate of each place among these commands that was accepted."""
        for command, answer in zip(commands, answers, strict=True):
            if type(command) is c.PlaceOrder and answer.accepted:
                self._later(command, answer.order, self._venue.fate(command, answer.order))

    def _later(self, place: c.PlaceOrder, order: str, fate: list[Any]) -> None:
        # Squared, so that most come soon and a few late. Steps of one order stay in their order.
        share = self._dice.random()
        self._slots[1 + int(share * share * (LATEST - 1))].append((place, order, fate))
