"""The several gateways of one counter to one exchange: new orders go out by the one in use, each
order's cancel and query by the one it went out by.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from yunquan.venues.adapters.exchange import ExchangeGateway
from yunquan.venues.ports import VenueListener

logger = logging.getLogger("yunquan.venues")


class ExchangeGateways:
    """All sessions of a counter. labels: "" is the first gateway, others get theirs appended to
    its name: "counter-0", "counter-0-b".
    """

    def __init__(
        self,
        address: str,
        member: str,
        first: str,
        labels: Sequence[str],
        listener_of: Callable[[str, str], VenueListener],
    ) -> None:
        """listener_of: makes the listener of a gateway from its label and its name."""
        self.by_label: dict[str, ExchangeGateway] = {}
        for label in labels:
            name = f"{first}-{label}" if label else first
            self.by_label[label] = ExchangeGateway(address, member, name, listener_of(label, name))

    def start(self) -> None:
        """Connect all of them and keep them connected until `stop`."""
        for gateway in self.by_label.values():
            gateway.start()

    async def stop(self) -> None:
        for gateway in self.by_label.values():
            await gateway.stop()

    def caught_up(self, day: str, needed: Collection[str]) -> bool:
        """Whether every report of the days before `day` is durable on our side.

        needed: labels of those that still have open orders of ours. These must have heard of the
        day themselves: one whose line is down knows nothing of what happened since.
        """
        return all(
            gateway.caught_up() and (gateway.heard_day >= day or label not in needed)
            for label, gateway in self.by_label.items()
        )

    def is_up(self, label: str) -> bool:
        return label in self.by_label and self.by_label[label].is_up

    def orders_per_s(self, label: str) -> int:
        """The quota of a gateway, 0 for none."""
        return self.by_label[label].orders_per_s if label in self.by_label else 0

    def send_order(
        self,
        gateway: str,
        order: str,
        account: str,
        symbol: str,
        side: int,
        kind: str,
        price: int,
        qty: int,
    ) -> None:
        if found := self._of(gateway, order):
            found.send_order(order, account, symbol, side, kind, price, qty)

    def send_cancel(self, gateway: str, order: str) -> None:
        if found := self._of(gateway, order):
            found.send_cancel(order)

    def query(self, gateway: str, order: str) -> None:
        if found := self._of(gateway, order):
            found.query(order)

    def _of(self, label: str, order: str) -> ExchangeGateway | None:
        """None for a gateway that was taken out of the settings while its orders were open."""
        found = self.by_label.get(label)
        if found is None:
            logger.error("no such gateway", extra={"gateway": label, "order": order})
        return found
