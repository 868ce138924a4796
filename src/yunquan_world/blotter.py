"""The members' orders and the reports about them.

No clock, no socket, no disk: what has changed is collected in a batch that the caller makes durable
before anybody hears of it. An order id is taken once for each gateway; report indexes count from 1
for each gateway and never start again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from yunquan_world.messages import NewOrder, Report, encode
from yunquan_world.statuses import Status

OPEN, FILLED, CANCELLED, REJECTED = "open", "filled", "cancelled", "rejected"


@dataclass(frozen=True)
class At:
    """When something reaches the host: its stamp for the report, the phase of the day, and the
    seconds since midnight."""

    stamp: str
    phase: str
    market_s: float = 0.0


@dataclass(slots=True)
class MemberOrder:
    """A member's order. number: its place in the host's queue. filled: shares. resting_milli: the
    price at which a market order rests in the book; 0 for the price it was given."""

    gateway: str
    number: int
    trading_day: str
    order: NewOrder
    state: str = OPEN
    filled: int = 0
    resting_milli: int = 0

    @property
    def symbol(self) -> str:
        return f"{self.order.security}.{self.order.market}"

    @property
    def leaves(self) -> int:
        return self.order.qty - self.filled if self.state == OPEN else 0

    @property
    def price_milli(self) -> int:
        """The price at which it rests."""
        return self.resting_milli or self.order.price_milli


@dataclass(frozen=True)
class StoredReport:
    """A report as it is kept and sent. exec_number: the number inside its field `exec`."""

    gateway: str
    index: int
    order_id: str
    exec_number: int
    body: bytes


@dataclass
class Batch:
    """What changed since the last batch: reports in order, and orders and statuses as they stand
    now."""

    reports: list[StoredReport] = field(default_factory=list)
    orders: dict[tuple[str, str], MemberOrder] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.reports or self.orders or self.statuses)


@dataclass
class Counters:
    """The next number of each kind; report indexes by gateway."""

    order: int = 1
    exec: int = 1
    report: dict[str, int] = field(default_factory=dict)


class Blotter:
    """All members' orders of a day, and what is told about them."""

    def __init__(self, counters: Counters, find: Callable[[str, str], MemberOrder | None]):
        """find: looks for an order of an earlier day by gateway and id."""
        self.counters = counters
        self.batch = Batch()
        self._find_earlier = find
        self._orders: dict[tuple[str, str], MemberOrder] = {}
        self._open: dict[int, MemberOrder] = {}

    def open_day(self) -> None:
        assert not self._open
        self._orders.clear()

    def find(self, gateway: str, order_id: str) -> MemberOrder | None:
        return self._orders.get((gateway, order_id)) or self._find_earlier(gateway, order_id)

    def open_order(self, number: int) -> MemberOrder | None:
        """The member's order that has this number and is open; None for anybody else's."""
        return self._open.get(number)

    def open_orders(self) -> Iterator[MemberOrder]:
        """Every open order, oldest first."""
        for number in sorted(self._open):
            yield self._open[number]

    def open_count(self) -> int:
        return len(self._open)

    def next_number(self) -> int:
        number = self.counters.order
        self.counters.order = number + 1
        return number

    def take_batch(self) -> Batch:
        batch, self.batch = self.batch, Batch()
        return batch

    def restore(self, order: MemberOrder) -> None:
        """Take back an order of the day from the disk."""
        self._orders[order.gateway, order.order.id] = order
        if order.state == OPEN:
            self._open[order.number] = order

    # What happens to an order, each with its report.

    def accept(self, order: MemberOrder, at: At) -> None:
        self._orders[order.gateway, order.order.id] = order
        self._open[order.number] = order
        self._touch(order)
        self._report(order, "accepted", order.order.price_milli, order.order.qty, "", at)

    def reject(self, order: MemberOrder, code: str, at: At) -> None:
        """Refuse an order. Under a used id the first order stands; only this one is refused."""
        if code != "V106_duplicate":
            order.state = REJECTED
            self._orders[order.gateway, order.order.id] = order
            self._touch(order)
        self._report(order, "rejected", order.order.price_milli, order.order.qty, code, at)

    def rests(self, order: MemberOrder, price_milli: int) -> None:
        """Note the price at which a market order stays in the book."""
        order.resting_milli = price_milli
        self._touch(order)

    def fill(self, number: int, price_milli: int, shares: int, at: At) -> None:
        """Report a fill, if the order with this number is a member's."""
        order = self._open.get(number)
        if order is None:
            return
        order.filled += shares
        assert order.filled <= order.order.qty
        if order.leaves == 0:
            order.state = FILLED
            del self._open[number]
        self._touch(order)
        self._report(order, "filled", price_milli, shares, "", at)

    def cancel(self, order: MemberOrder, code: str, at: At) -> None:
        """Report that what is left of an order is out of the market."""
        shares = order.leaves
        order.state = CANCELLED
        del self._open[order.number]
        self._touch(order)
        self._report(order, "cancelled", order.price_milli, shares, code, at)

    def refuse_cancel(self, gateway: str, order_id: str, code: str, at: At) -> None:
        order = self.find(gateway, order_id)
        if order is None:
            nobody = NewOrder(order_id, "", "", "", "B", "", 0, 0)
            order = MemberOrder(gateway, 0, at.stamp[:10], nobody, REJECTED)
        self._report(order, "cancel_rejected", 0, 0, code, at)

    def _touch(self, order: MemberOrder) -> None:
        self.batch.orders[order.gateway, order.order.id] = order

    def _report(
        self, order: MemberOrder, kind: str, price_milli: int, qty: int, code: str, at: At
    ) -> None:
        counters = self.counters
        index = counters.report.get(order.gateway, 1)
        counters.report[order.gateway] = index + 1
        exec_number = counters.exec
        counters.exec += 1
        report = Report(
            index=index,
            kind=kind,
            id=order.order.id,
            exec=f"E{exec_number:010d}",
            security=order.order.security,
            market=order.order.market,
            side=order.order.side if order.number else "",
            price_milli=price_milli,
            qty=qty,
            leaves=order.leaves if kind != "rejected" else 0,
            code=code,
            at=at.stamp,
        )
        self.batch.reports.append(
            StoredReport(order.gateway, index, order.order.id, exec_number, encode(report))
        )
