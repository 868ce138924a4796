"""The matching host: the members' orders, other people's orders, and the reports about them.

No clock, no socket, no disk: the moment comes in with each call, and what has changed is collected
in a batch that the caller makes durable before anybody hears of it. An order id is taken once for
each gateway; report indexes count from 1 for each gateway and never start again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from yunquan_world import rules
from yunquan_world.book import BUY, SELL, Book
from yunquan_world.hours import CONTINUOUS
from yunquan_world.messages import Cancel, NewOrder, Report, encode
from yunquan_world.tape import Tape

OPEN, FILLED, CANCELLED, REJECTED = "open", "filled", "cancelled", "rejected"

_SIDES = {"B": BUY, "S": SELL}
_LETTERS = {BUY: "B", SELL: "S"}


@dataclass(frozen=True)
class At:
    """When something reaches the host: its stamp for the report, and the phase of the day."""

    stamp: str
    phase: str


@dataclass(slots=True)
class MemberOrder:
    """A member's order. number: its place in the host's queue. filled: shares."""

    gateway: str
    number: int
    trading_day: str
    order: NewOrder
    state: str = OPEN
    filled: int = 0

    @property
    def symbol(self) -> str:
        return f"{self.order.security}.{self.order.market}"

    @property
    def leaves(self) -> int:
        return self.order.qty - self.filled if self.state == OPEN else 0


@dataclass(frozen=True)
class StoredReport:
    """A report as it is kept and sent. exec_number: the number inside its field `exec`."""

    gateway: str
    index: int
    order_id: str
    exec_number: int
    body: bytes


@dataclass(frozen=True)
class Print:
    """A trade on the tape. side: the letter of who came last. price in milli, qty in shares."""

    symbol: str
    seq: int
    stamp: str
    price_milli: int
    qty: int
    side: str


@dataclass
class Batch:
    """What changed since the last batch: reports in order, and the orders as they stand now."""

    reports: list[StoredReport] = field(default_factory=list)
    orders: dict[tuple[str, str], MemberOrder] = field(default_factory=dict)


@dataclass
class Counters:
    """The next number of each kind; report indexes by gateway."""

    order: int = 1
    exec: int = 1
    report: dict[str, int] = field(default_factory=dict)


class Exchange:
    """One trading day after the other on one matching host."""

    def __init__(self, counters: Counters, find: Callable[[str, str], MemberOrder | None]):
        """find: looks for an order of an earlier day by gateway and id."""
        self.counters = counters
        self._find_earlier = find
        self.instruments: dict[str, rules.Instrument] = {}
        self.books: dict[str, Book] = {}
        self.tapes: dict[str, Tape] = {}
        self._orders: dict[tuple[str, str], MemberOrder] = {}
        self._resting: dict[int, MemberOrder] = {}
        self._batch = Batch()
        self._prints: list[Print] = []
        self._changed: set[str] = set()

    def open_day(self, instruments: list[rules.Instrument], tapes: dict[str, Tape]) -> None:
        """Start a day with empty books. tapes: those of a day that goes on after a restart."""
        assert not self._resting
        self._orders.clear()
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self.books = {
            instrument.symbol: Book(
                instrument.limit_down_milli, instrument.limit_up_milli, instrument.rule.tick_milli
            )
            for instrument in instruments
        }
        self.tapes = {}
        for symbol, instrument in self.instruments.items():
            tape = tapes.get(symbol)
            if tape is None or tape.prev_close_milli != instrument.prev_close_milli:
                tape = Tape(symbol, instrument.trading_day, instrument.prev_close_milli)
            self.tapes[symbol] = tape

    def restore(self, orders: list[MemberOrder], at: At) -> None:
        """Put the open orders of the day back into the books, in their old priority."""
        for order in sorted(orders, key=lambda order: order.number):
            self._orders[order.gateway, order.order.id] = order
            if order.state != OPEN:
                continue
            self._resting[order.number] = order
            instrument = self.instruments.get(order.symbol)
            price_milli = order.order.price_milli
            if (
                instrument is None
                or order.trading_day != instrument.trading_day
                or not instrument.limit_down_milli <= price_milli <= instrument.limit_up_milli
            ):
                # The bars were changed under a running day: the order has no market any more.
                self._cancelled(order, order.leaves, "expired", at)
                continue
            side = _SIDES[order.order.side]
            self.books[order.symbol].add(order.number, side, price_milli, order.leaves)

    def find(self, gateway: str, order_id: str) -> MemberOrder | None:
        return self._orders.get((gateway, order_id)) or self._find_earlier(gateway, order_id)

    def place(self, gateway: str, order: NewOrder, at: At) -> bool:
        """Take or reject a member's order.

        Returns False for a repetition of one already known: nothing happens then, and the member
        should be sent the reports it has had.
        """
        known = self.find(gateway, order.id)
        if known is not None and known.order == order:
            return False
        symbol = f"{order.security}.{order.market}"
        placed = MemberOrder(gateway, self._next_number(), at.stamp[:10], order)
        if known is not None:
            # The first order under this id stands; only the second message is refused.
            self._report(placed, "rejected", order.price_milli, order.qty, "V106_duplicate", at)
            return True
        code = rules.refusal(
            self.instruments.get(symbol),
            at.phase,
            kind=order.kind,
            side=order.side,
            price_milli=order.price_milli,
            qty=order.qty,
        )
        self._orders[gateway, order.id] = placed
        self._touch(placed)
        if code:
            placed.state = REJECTED
            self._report(placed, "rejected", order.price_milli, order.qty, code, at)
            return True
        self._resting[placed.number] = placed
        self._report(placed, "accepted", order.price_milli, order.qty, "", at)
        side = _SIDES[order.side]
        self._match(symbol, placed.number, side, order.price_milli, order.qty, at)
        return True

    def cancel(self, gateway: str, cancel: Cancel, at: At) -> None:
        order = self.find(gateway, cancel.id)
        if order is None:
            nobody = NewOrder(cancel.id, "", "", "", "B", "", 0, 0)
            order = MemberOrder(gateway, 0, at.stamp[:10], nobody, REJECTED)
            self._report(order, "cancel_rejected", 0, 0, "V201_unknown_order", at)
            return
        if order.state != OPEN:
            self._report(order, "cancel_rejected", 0, 0, "V202_already_done", at)
            return
        if at.phase != CONTINUOUS:
            self._report(order, "cancel_rejected", 0, 0, "V203_no_cancel_now", at)
            return
        shares = self.books[order.symbol].cancel(order.number)
        self._changed.add(order.symbol)
        self._cancelled(order, shares, "user", at)

    def expire(self, at: At) -> None:
        """Cancel what is left of every member's order: they all are day orders."""
        for number in sorted(self._resting):
            order = self._resting[number]
            shares = self.books[order.symbol].cancel(number)
            self._cancelled(order, shares, "expired", at)

    def place_other(self, symbol: str, side: int, price_milli: int, qty: int, at: At) -> int:
        """Take an order of nobody in particular, which must be valid; returns its number."""
        number = self._next_number()
        self._match(symbol, number, side, price_milli, qty, at)
        return number

    def cancel_other(self, symbol: str, number: int) -> int:
        """Take such an order out again; returns the shares it had left."""
        self._changed.add(symbol)
        return self.books[symbol].cancel(number)

    def resting_count(self) -> int:
        return len(self._resting)

    def take_batch(self) -> Batch:
        batch, self._batch = self._batch, Batch()
        return batch

    def take_prints(self) -> list[Print]:
        prints, self._prints = self._prints, []
        return prints

    def changed(self) -> set[str]:
        """The symbols whose book has changed; the caller takes out those it has shown."""
        return self._changed

    def _match(
        self, symbol: str, number: int, side: int, price_milli: int, qty: int, at: At
    ) -> None:
        self._changed.add(symbol)
        fills = self.books[symbol].add(number, side, price_milli, qty)
        if not fills:
            return
        tape = self.tapes[symbol]
        taker = self._resting.get(number)
        printed: dict[int, int] = {}
        for maker_number, fill_milli, shares in fills:
            printed[fill_milli] = printed.get(fill_milli, 0) + shares
            if taker is not None:
                self._filled(taker, fill_milli, shares, at)
            maker = self._resting.get(maker_number)
            if maker is not None:
                self._filled(maker, fill_milli, shares, at)
        for fill_milli, shares in printed.items():
            tape.trade(fill_milli, shares)
            seq = tape.next_seq()
            self._prints.append(Print(symbol, seq, at.stamp, fill_milli, shares, _LETTERS[side]))

    def _filled(self, order: MemberOrder, price_milli: int, shares: int, at: At) -> None:
        order.filled += shares
        assert order.filled <= order.order.qty
        leaves = order.leaves
        if leaves == 0:
            order.state = FILLED
            del self._resting[order.number]
        self._touch(order)
        self._report(order, "filled", price_milli, shares, "", at)

    def _cancelled(self, order: MemberOrder, shares: int, code: str, at: At) -> None:
        assert shares == order.leaves
        order.state = CANCELLED
        del self._resting[order.number]
        self._touch(order)
        self._report(order, "cancelled", order.order.price_milli, shares, code, at)

    def _touch(self, order: MemberOrder) -> None:
        self._batch.orders[order.gateway, order.order.id] = order

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
        self._batch.reports.append(
            StoredReport(order.gateway, index, order.order.id, exec_number, encode(report))
        )

    def _next_number(self) -> int:
        number = self.counters.order
        self.counters.order = number + 1
        return number
