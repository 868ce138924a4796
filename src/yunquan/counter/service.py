"""The driver: takes the commands that have arrived, decides and applies them, makes them durable,
and only then answers.
"""

from __future__ import annotations

import gc
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import force_setattr as set_field

from yunquan.counter import types as c
from yunquan.counter.events import CancelRequested, OrderAccepted, OrderPlaced, OrdersRouted
from yunquan.counter.ports import OnCommit, OrderGateway, SnapshotStore
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.machine import take
from yunquan.counter.rules.reference import Reference, nothing_known
from yunquan.counter.rules.state import CANCELLING, SENDING, UNSENT, Order, State
from yunquan.counter.rules.views import stop_view
from yunquan.counter.store import Journal
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.recent import Recent
from yunquan.ledger.rules import negative, unbalanced

logger = logging.getLogger("yunquan.counter")

LARGEST_BATCH = 512
LONGEST_ID = 200
# Checking this many between two batches takes about 10 ms.
MOST_ACCOUNTS_CHECKED = 20_000


def restore(journal: Journal, snapshots: SnapshotStore, name: str) -> State:
    """The state after everything in the log: newest snapshot plus the records since."""
    found = snapshots.load(name)
    state, seq = found if found else (State(name), 0)
    if seq >= journal.next_seq:
        # The log has lost what a snapshot still shows. Going on from either would hide it.
        raise Conflict(
            "counter.log_behind_snapshot", snapshot_seq=seq, log_seq=journal.next_seq - 1
        )
    enabled = gc.isenabled()
    gc.disable()  # no cycle to find, and millions of objects to walk each time
    try:
        for events in journal.replay(seq + 1):
            for event in events:
                apply(state, event)
    finally:
        if enabled:
            gc.enable()
    return state


class Driver:
    """One counter: its state, its journal, and what follows a commit. Single-threaded; `process` is
    the only way in.

    After a failed commit or a fault while applying, memory is discarded and rebuilt from snapshot
    and log before the
    next batch; callers got Unavailable and repeat the same ids.
    """

    def __init__(self, name: str, journal: Journal, snapshots: SnapshotStore, clock: Clock) -> None:
        self.name = name
        self.journal = journal
        self.snapshots = snapshots
        self.clock = clock
        self.gateway: OrderGateway | None = None
        self.on_commit: list[OnCommit] = []
        self.refusals: dict[str, int] = {}
        self.broken: dict[str, bool] = {}
        self.processed = 0
        self.reloads = 0
        self.batch_s: deque[float] = deque(maxlen=1000)
        self.acks = Recent()
        self.state = State(name)
        self.sound = False
        self.reference_parts: Callable[[int], Reference] = nothing_known

    def open(self) -> None:
        """Take the stream over, rebuild the state, and ask the exchange about orders in doubt."""
        self.journal.open()
        self.state = restore(self.journal, self.snapshots, self.name)
        self.sound = True

    def process(self, commands: Sequence[Any]) -> list[c.Answer]:
        """Answers in the order of the commands, all of them durable.

        Raises Unavailable when nothing is known to be durable, Conflict log.fenced when another
        writer took over.
        """
        began = self.clock.monotonic()
        if not self.sound:
            self._reload()
        reference = self.reference()
        events: list[Any] = []
        answers: list[c.Answer] = []
        # Memory runs ahead of the log from here to the commit: whatever interrupts leaves it
        # unsound.
        self.sound = False
        first_seq, body = self.journal.next_seq, b""
        try:
            for command in commands:
                answers.append(self._one(command, reference, events))
            if events:
                body = self.journal.append(events, reference.now_ms)
        except Conflict:
            raise
        except Exception as error:
            logger.exception("batch discarded", extra={"commands": len(commands)})
            raise Unavailable("counter.commit_failed") from error
        self.sound = True
        if events:
            self._after_commit(first_seq, body, events)
        self.processed += len(commands)
        self.batch_s.append(self.clock.monotonic() - began)
        seq = self.journal.next_seq - 1
        for answer in answers:
            # Each was made here and nobody else has it yet.
            set_field(answer, "seq", seq)
        return answers

    def reference(self) -> Reference:
        """What a decision taken now may look at. Time never goes back within the stream."""
        return self.reference_parts(max(to_ms(self.clock.now()), self.journal.last_at_ms))

    def _one(self, command: Any, reference: Reference, events: list[Any]) -> c.Answer:
        if type(command) is not c.VenueReport and not 0 < len(command.id) <= LONGEST_ID:
            # Without an id a repeat can't be told from a second wish.
            return c.Answer(command.id[:LONGEST_ID], "command.id")
        if self.broken and command.id in self.broken:
            self._count("command.failed")
            return c.Answer(command.id, "command.failed")
        before = len(events)
        try:
            answer = take(self.state, command, reference, events)
        except Exception:
            # Our own bug. Tried again it would take the next batch down too, and the one after.
            self.broken[command.id] = True
            raise
        if answer.code and len(events) > before:
            self._count(answer.code)
        return answer

    def _count(self, refusal: str) -> None:
        self.refusals[refusal] = self.refusals.get(refusal, 0) + 1

    def _reload(self) -> None:
        self.reloads += 1
        try:
            self.journal.reopen()
            self.state = restore(self.journal, self.snapshots, self.name)
        except Conflict:
            raise
        except Exception as error:
            logger.exception("can't reload")
            raise Unavailable("counter.reloading") from error
        self.sound = True
        self.query_doubtful()

    def now_ms(self) -> int:
        """The clock's milliseconds."""
        return to_ms(self.clock.now())

    def query_doubtful(self, gateway: str | None = None) -> None:
        """Orders handed over but never confirmed may or may not have reached the exchange: ask,
        don't send again. A cancel may be asked for twice, so one that may be lost is.

        gateway: only those that went out by it; None for all.
        """
        if self.gateway is None or not self.sound:
            # Unsound memory may hold orders that were never made durable; a reload asks.
            return
        for order in self.state.orders.values():
            asked = gateway is None or order.gateway == gateway
            if asked and order.open and order.state != UNSENT:
                self.gateway.query(order.gateway, order.id)
                if order.state == CANCELLING:
                    self.gateway.send_cancel(order.gateway, order.id)

    def settle_doubt(self, order_id: str) -> None:
        """The exchange has never heard of this order: it was lost on the way, so it goes out now
        under the same id. Not on another trading day: there it would be a new order, and here it
        is about to expire.
        """
        order = self.state.orders.get(order_id)
        if not self.sound or order is None or not order.open or order.state != SENDING:
            return
        if self.reference().day == self.state.day:
            self._send(order)

    def _send(self, order: Order) -> None:
        if self.gateway is None:
            return
        account = self.state.accounts[order.account]
        market = "SZ" if order.symbol.endswith("BJ") else order.symbol[-2:]
        number = next((s.number for s in account.securities if s.market == market), "")
        self.gateway.send_order(
            order.gateway,
            order.id,
            number,
            order.symbol,
            order.side,
            order.kind,
            order.asked,
            order.qty,
        )
        if order.cancel_wanted:
            self.gateway.send_cancel(order.gateway, order.id)

    def _send_if_open(self, order_id: str) -> None:
        """The same batch may have ended the order again: the day rolled over it."""
        order = self.state.orders.get(order_id)
        if order is not None and order.open:
            self._send(order)

    def _after_commit(self, first_seq: int, body: bytes, events: list[Any]) -> None:
        try:
            if self.gateway is not None:
                for event in events:
                    self._tell_venue(event)
            for callback in self.on_commit:
                callback(first_seq, body, events)
        except Exception:
            # The events are durable, so their callers must hear it whatever a listener does.
            logger.exception("after the commit", extra={"first_seq": first_seq})

    def _tell_venue(self, event: Any) -> None:
        kind = type(event)
        if kind is OrderPlaced:
            if event.state == SENDING:
                self._send_if_open(event.order)
        elif kind is OrdersRouted:
            for order_id in event.orders:
                self._send_if_open(order_id)
        elif kind is CancelRequested:
            order = self.state.orders.get(event.order)
            # The same batch may have begun another day, in which it is gone.
            if order is not None:
                assert self.gateway is not None
                self.gateway.send_cancel(order.gateway, order.id)
        elif kind is OrderAccepted:
            order = self.state.orders.get(event.order)
            # A cancel asked for before the exchange knew the order is asked again now that it does.
            if order is not None and order.open and order.cancel_wanted:
                assert self.gateway is not None
                self.gateway.send_cancel(order.gateway, order.id)

    def health(self) -> c.HealthView:
        """How the counter is. Books small enough are checked whole; of large ones the follower
        proves the whole.
        """
        state = self.state
        provable = len(state.accounts) <= MOST_ACCOUNTS_CHECKED
        slowest = sorted(self.batch_s)
        now = self.reference_parts(0)
        return c.HealthView(
            self.name,
            state.day,
            self.journal.next_seq - 1,
            self.processed,
            dict(self.refusals),
            len(state.accounts),
            len(state.orders),
            state.open_orders,
            state.unmatched,
            self.reloads,
            tuple(sorted(now.links)),
            unbalanced(state.books) if provable else {},
            tuple(negative(state.books)) if provable else (),
            slowest[int(len(slowest) * 0.99)] * 1000 if slowest else 0.0,
            len(state.waiting),
            state.gateway,
            tuple(stop_view(scope, stop) for scope, stop in state.stops.items()),
            stop_view(state.gateway, state.changed) if state.changed else None,
            now.gateways,
            state.day_ended,
            self.acks.percentiles_ms(self.clock.monotonic(), 0.5, 0.99),
        )
