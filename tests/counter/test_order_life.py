"""Orders between a counter and an exchange whose reports come in any order, late, repeated, while
cancels race.

The exchange here is a few lines that know nothing of the counter's rules: it says what it did, once
and for all, and
the test decides when each word arrives. When all has arrived, both must agree on every order, share
and fen.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.counter.desk import (
    ACCOUNT,
    BSE,
    BUY,
    LOCKED,
    MAIN,
    NIGHT,
    OPEN,
    OTHER,
    SELL,
    SHUT,
    STAR,
    Desk,
)
from tests.counter.invariants import END_STATES, check_same, check_state, check_thaw
from yunquan import _core
from yunquan.counter import types as c
from yunquan.counter.events import EVENTS
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.reference import Session
from yunquan.counter.rules.state import State
from yunquan.counter.types import OrderState
from yunquan.kernel.errors import Unavailable

GATEWAY = "counter-0"
SYMBOLS = (MAIN, STAR, BSE)


@dataclass
class VenueOrder:
    """What the exchange knows of one order."""

    side: int
    price: int
    qty: int
    filled: int = 0
    cancelled: int = 0
    rejected: bool = False
    cancel_came: bool = False
    accepted: bool = False

    @property
    def leaves(self) -> int:
        return 0 if self.rejected else self.qty - self.filled - self.cancelled


@dataclass
class Venue:
    """The exchange: orders by id, and everything it ever reported, by index."""

    orders: dict[str, VenueOrder] = field(default_factory=dict)
    reports: list[c.VenueReport] = field(default_factory=list)
    read: int = 0
    # While slow, it answers a cancel as if the order had not arrived yet: the cancel overtook it.
    slow: bool = True
    overtaken: set[str] = field(default_factory=set)

    def say(
        self, kind: str, order: str, price: int = 0, qty: int = 0, code: str = ""
    ) -> c.VenueReport:
        index = len(self.reports) + 1
        execution = f"E{index}" if kind == "filled" else ""
        report = c.VenueReport(
            f"{GATEWAY}:{index}", GATEWAY, index, kind, order, execution, price, qty, code
        )
        self.reports.append(report)
        return report

    def hear(self, desk: Desk) -> list[c.VenueReport]:
        """Take what the counter sent since the last time; an order sent again is known already."""
        sent, self.read = desk.gateway.sent[self.read :], len(desk.gateway.sent)
        details = {row[0]: row for row in desk.gateway.details}
        said: list[c.VenueReport] = []
        for what, order in sent:
            known = self.orders.get(order)
            if what == "order" and known is None:
                _, _, _, side, price, qty = details[order]
                self.orders[order] = VenueOrder(side, price or 10_000, qty)
            elif what == "cancel":
                if known is None or (self.slow and not known.accepted):
                    self.overtaken.add(order)
                    said.append(self.say("cancel_rejected", order, code="V201_unknown_order"))
                elif not known.leaves:
                    said.append(self.say("cancel_rejected", order, code="V202_already_done"))
                else:
                    known.cancel_came = True
        return said


class OrderLife(RuleBasedStateMachine):
    """Everything that can happen to orders of two accounts over a few days."""

    @initialize()
    def begin(self) -> None:
        self.desk = Desk()
        self.venue = Venue()
        self.follower = State("0")
        self.followed = 0
        self.steps = 0
        self.ended: dict[str, int] = {}
        self.undelivered: dict[int, c.VenueReport] = {}
        self.bogus = 0
        self.late = 0
        self.date = date(2026, 7, 13)
        self.desk.instruments[STAR] = msgspec.structs.replace(
            self.desk.instruments[STAR], t0=True, daily_buy_cap=900
        )
        self.desk.begin()
        for account in (ACCOUNT, OTHER):
            self.desk.open_account(account)
            self.desk.deposit(3_000_000, account)
            for symbol in SYMBOLS:
                self.desk.give(symbol, 950, account)

    def listen(self) -> None:
        """The exchange takes what was sent to it and answers cancels of orders it doesn't have."""
        for report in self.venue.hear(self.desk):
            self.undelivered[report.index] = report

    def speak(self, report: c.VenueReport) -> c.VenueReport:
        self.undelivered[report.index] = report
        return report

    # What clients do.

    @rule(
        account=st.sampled_from([ACCOUNT, ACCOUNT, OTHER]),
        symbol=st.sampled_from(SYMBOLS),
        side=st.sampled_from([BUY, SELL]),
        away=st.integers(-10, 100),
        qtys=st.lists(st.sampled_from([100, 200, 201, 300, 700, 950]), min_size=1, max_size=3),
        kind=st.sampled_from(["limit", "limit", "limit", "best5_cancel", "after_hours"]),
        cancel_too=st.booleans(),
    )
    def place(
        self,
        account: str,
        symbol: str,
        side: int,
        away: int,
        qtys: list[int],
        kind: str,
        cancel_too: bool,
    ) -> None:
        """One batch of orders; perhaps the first is taken back in the same batch, as a nervous hand
        would.
        """
        price = 10_000 - 10 * away if side == BUY else 10_000 + 10 * away
        if kind == "best5_cancel" and symbol == BSE:
            price = 0  # there a market order names no price
        day = self.desk.state.day
        batch: list[object] = [
            c.PlaceOrder(self.desk.next_id(), account, symbol, side, price, qty, day, kind)
            for qty in qtys
        ]
        if cancel_too:
            batch.append(c.CancelOrder(self.desk.next_id(), account, self.next_order()))
        self.desk.do(*batch)
        self.listen()

    def next_order(self) -> str:
        state = self.desk.state
        return f"ord_{state.day.replace('-', '')}0{state.orders_today + 1:07d}"

    @precondition(lambda self: any(order.open for order in self.desk.state.orders.values()))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order = data.draw(
            st.sampled_from(sorted(o.id for o in self.desk.state.orders.values() if o.open))
        )
        self.desk.cancel(order, self.desk.order(order).account)
        self.listen()

    @rule(
        kind=st.sampled_from([c.Deposit, c.Withdraw, c.Freeze, c.Unfreeze]),
        account=st.sampled_from([ACCOUNT, OTHER]),
        asset=st.sampled_from(["CNY", MAIN]),
        amount=st.integers(-1, 1_000_000),
    )
    def money(self, kind: type, account: str, asset: str, amount: int) -> None:
        if kind in (c.Deposit, c.Withdraw):
            self.desk.one(kind(self.desk.next_id(), account, amount, "icbc"))
        else:
            self.desk.one(kind(self.desk.next_id(), account, asset, amount % 1000, "case"))

    @rule(qty=st.sampled_from([100, 300]), side=st.sampled_from([BUY, SELL]))
    def place_through_a_failed_commit(self, qty: int, side: int) -> None:
        """The first try fails; memory is rebuilt; the same id is sent again, and once more after
        its answer was lost.
        """
        price = 9_900 if side == BUY else 10_100
        command = c.PlaceOrder(
            self.desk.next_id(), ACCOUNT, MAIN, side, price, qty, self.desk.state.day
        )
        self.desk.journal.fail_next.append(Unavailable("storage.failed"))
        with pytest.raises(Unavailable):
            self.desk.do(command)
        first = self.desk.one(command)
        again = self.desk.one(command)
        assert (again.code, again.order, again.facts) == (first.code, first.order, first.facts)
        self.listen()

    # What the exchange does, and says once.

    def at_venue(self) -> list[str]:
        return sorted(name for name, order in self.venue.orders.items() if order.leaves)

    def taken(self, name: str) -> VenueOrder:
        """The order, accepted if it wasn't yet."""
        order = self.venue.orders[name]
        if not order.accepted:
            order.accepted = True
            self.speak(self.venue.say("accepted", name, qty=order.qty))
        return order

    @precondition(
        lambda self: any(
            not order.accepted and order.leaves for order in self.venue.orders.values()
        )
    )
    @rule(data=st.data(), code=st.sampled_from(["", "", "V101_price_limit"]))
    def venue_takes_or_rejects(self, data: st.DataObject, code: str) -> None:
        name = data.draw(
            st.sampled_from([n for n in self.at_venue() if not self.venue.orders[n].accepted])
        )
        if not code:
            self.taken(name)
            return
        self.venue.orders[name].rejected = True
        self.speak(self.venue.say("rejected", name, qty=self.venue.orders[name].qty, code=code))

    @precondition(lambda self: self.at_venue())
    @rule(
        data=st.data(),
        better=st.integers(0, 5),
        shares=st.lists(st.integers(1, 100), min_size=1, max_size=3),
    )
    def venue_fills(self, data: st.DataObject, better: int, shares: list[int]) -> None:
        name = data.draw(st.sampled_from(self.at_venue()))
        order = self.taken(name)
        for share in shares:
            if not order.leaves:
                return
            qty = max(order.leaves * share // 100, 1)
            order.filled += qty
            price = order.price - 10 * better if order.side == BUY else order.price + 10 * better
            self.speak(self.venue.say("filled", name, price, qty))

    @precondition(lambda self: any(self.venue.orders[name].cancel_came for name in self.at_venue()))
    @rule(data=st.data())
    def venue_cancels(self, data: st.DataObject) -> None:
        name = data.draw(
            st.sampled_from([n for n in self.at_venue() if self.venue.orders[n].cancel_came])
        )
        order = self.taken(name)
        qty, order.cancelled = order.leaves, order.leaves
        self.speak(self.venue.say("cancelled", name, qty=qty, code="user"))

    @precondition(lambda self: self.at_venue())
    @rule(data=st.data(), share=st.integers(0, 100))
    def a_cancel_races_with_fills(self, data: st.DataObject, share: int) -> None:
        """What just trades is taken back: a fill and the cancel of the rest are on their way."""
        name = data.draw(st.sampled_from(self.at_venue()))
        known = self.desk.state.orders.get(name)
        if known is not None and known.open:
            self.desk.cancel(name, known.account)
            self.listen()
        order = self.taken(name)
        if qty := order.leaves * share // 100:
            order.filled += qty
            self.speak(self.venue.say("filled", name, order.price, qty))
        if order.leaves and order.cancel_came:
            qty, order.cancelled = order.leaves, order.leaves
            self.speak(self.venue.say("cancelled", name, qty=qty, code="user"))

    # When its words arrive.

    @precondition(lambda self: self.undelivered)
    @rule(data=st.data(), count=st.integers(1, 8), newest_first=st.booleans())
    def some_reports_arrive(self, data: st.DataObject, count: int, newest_first: bool) -> None:
        for _ in range(min(count, len(self.undelivered))):
            left = sorted(self.undelivered)
            index = left[-1] if newest_first else data.draw(st.sampled_from(left))
            self.deliver(self.undelivered.pop(index))

    def deliver(self, report: c.VenueReport) -> None:
        if report.order not in self.desk.state.orders:
            self.late += 1
        self.desk.do(report)
        self.listen()

    @precondition(lambda self: self.venue.reports)
    @rule(data=st.data())
    def a_report_comes_again(self, data: st.DataObject) -> None:
        report = data.draw(st.sampled_from(self.venue.reports))
        if report.index not in self.undelivered:
            seq = self.desk.journal.next_seq
            self.desk.do(report, report)
            assert self.desk.journal.next_seq == seq

    @rule(
        data=st.data(),
        kind=st.sampled_from(["filled", "rejected", "cancelled", "cancel_rejected", "hello"]),
        qty=st.sampled_from([-100, 0, 10**6 + 1, 2**62]),
    )
    def another_gateway_talks_nonsense(self, data: st.DataObject, kind: str, qty: int) -> None:
        order = data.draw(
            st.sampled_from(["ord_x", "", *[o.id for o in self.desk.state.orders.values()][:3]])
        )
        known = self.desk.state.orders.get(order)
        if kind == "cancel_rejected" or (kind == "rejected" and known is not None):
            order = "ord_x"  # these two would be believed, whoever says them
        self.bogus += 1
        self.desk.do(c.VenueReport("x", "ghost", self.bogus, kind, order, "E0", 10_000, qty, ""))

    # What happens around.

    @rule(up=st.booleans())
    def link(self, up: bool) -> None:
        self.desk.links.clear()
        if up:
            self.desk.links.update({"SH", "SZ", "BJ"})
            self.route(1_000)

    def route(self, most: int) -> None:
        self.desk.one(c.RouteUnsent(self.desk.next_id(), ("SH", "SZ", "BJ"), most))
        self.listen()

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        session=st.sampled_from([OPEN, OPEN, NIGHT, LOCKED, SHUT]),
        most=st.sampled_from([1, 1_000]),
    )
    def the_phase_changes(self, symbol: str, session: Session, most: int) -> None:
        """What waited for this phase goes out, as much of it as may at once."""
        self.desk.set_session(symbol, session)
        self.route(most)

    @rule(scope=st.sampled_from(["all", "SH", STAR]), stops=st.booleans())
    def staff_stop_or_resume(self, scope: str, stops: bool) -> None:
        if stops:
            self.desk.one(c.StopTrading(self.desk.next_id(), scope, "drill", "演练", "A drill"))
        elif scope in self.desk.state.stops:
            self.desk.one(c.ResumeTrading(self.desk.next_id(), scope, "over"))
        self.route(1_000)

    @rule(gateway=st.sampled_from(["", "b"]))
    def staff_change_the_gateway(self, gateway: str) -> None:
        self.desk.one(c.UseGateway(self.desk.next_id(), gateway, "drill"))

    @rule(fresh=st.booleans())
    def restart(self, fresh: bool) -> None:
        """Another process takes over, from the log or from a snapshot of now."""
        before = self.desk.state
        seq = self.desk.journal.next_seq - 1
        self.desk.driver = self.desk.new_driver()
        self.desk.driver.open()
        check_same(before, self.desk.state, seq)
        if fresh:
            self.desk.driver.state = self.desk.thawed()
            check_same(before, self.desk.state, seq)
        self.desk.driver.query_doubtful()
        for order in list(self.desk.state.orders.values()):
            if (
                order.open
                and order.state == OrderState.SENDING
                and order.id not in self.venue.orders
            ):
                self.desk.driver.settle_doubt(order.id)
        self.listen()

    @precondition(lambda self: self.date < date(2026, 7, 16) and len(self.desk.state.orders) > 3)
    @rule(place_in_same_batch=st.booleans())
    def the_day_rolls(self, place_in_same_batch: bool) -> None:
        """The exchange expires what is left and says so; the counter may roll before it hears."""
        for name, order in sorted(self.venue.orders.items()):
            if order.leaves:
                qty, order.cancelled = order.leaves, order.cancelled + order.leaves
                self.speak(self.venue.say("cancelled", name, qty=qty, code="expired"))
        today = self.desk.state.day
        self.date += timedelta(days=1)
        batch: list[object] = []
        if place_in_same_batch:
            batch.append(c.PlaceOrder(self.desk.next_id(), ACCOUNT, MAIN, BUY, 9_000, 100, today))
        self.desk.do(*batch, c.RollDay(f"day:{self.date}", str(self.date)))
        self.desk.day = str(self.date)
        assert self.desk.state.day == str(self.date)
        assert self.desk.state.books.settling == []
        self.listen()

    @rule()
    def the_exchange_is_slow_or_quick(self) -> None:
        self.venue.slow = not self.venue.slow

    # What must hold.

    @invariant()
    def the_state_is_sound(self) -> None:
        check_state(self.desk.state)

    @invariant()
    def an_end_is_an_end(self) -> None:
        for order in self.desk.state.orders.values():
            if order.id in self.ended:
                assert order.state == self.ended[order.id]
            elif order.state in END_STATES:
                self.ended[order.id] = order.state

    @invariant()
    def the_follower_is_the_same_byte_for_byte(self) -> None:
        journal = self.desk.journal
        for body in journal.bodies[self.followed :]:
            for event in journal.codec.decode(body):
                assert type(event) in EVENTS
                apply(self.follower, event)
        self.followed = len(journal.bodies)
        check_same(self.desk.state, self.follower, journal.next_seq - 1)
        self.steps += 1
        if self.steps % 5 == 0:
            check_thaw(self.desk.state, journal.next_seq - 1)

    @invariant()
    def nothing_is_unmatched_but_nonsense_and_the_late(self) -> None:
        assert self.desk.state.unmatched <= self.bogus + self.late

    def teardown(self) -> None:
        """In the end everything arrives, and both sides agree."""
        if not hasattr(self, "desk"):
            return
        while self.undelivered:
            self.deliver(self.undelivered.pop(max(self.undelivered)))
        check_state(self.desk.state)
        check_same(self.desk.state, self.desk.replayed(), self.desk.journal.next_seq - 1)
        for order in self.desk.state.orders.values():
            theirs = self.venue.orders.get(order.id)
            if theirs is None:
                assert order.filled == 0
                assert order.state in (
                    OrderState.UNSENT,
                    OrderState.SENDING,
                    OrderState.CANCELLED,
                    OrderState.REJECTED,
                )
                continue
            assert (order.filled, order.cancelled) == (theirs.filled, theirs.cancelled)
            assert order.open == bool(theirs.leaves)
            assert (order.state == OrderState.REJECTED) == theirs.rejected
            if order.open and theirs.accepted and order.id in self.venue.overtaken:
                assert theirs.cancel_came, "a cancel that overtook its order is asked again"
            if order.cancel_wanted and order.open and theirs.accepted:
                assert theirs.cancel_came, "a cancel that was asked for has reached the exchange"


OrderLifeTest = OrderLife.TestCase
OrderLifeTest.settings = settings(max_examples=50, stateful_step_count=50, deadline=None)


@pytest.mark.skipif(
    not _core.is_in_use(), reason="the core isn't compiled here: the machine above ran interpreted"
)
def test_the_same_interpreted() -> None:
    """Where the compiled core is in use, the machine above ran on it; here once more on the
    sources.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    environment = {**os.environ, "YUNQUAN_INTERPRETED": "1"}
    result = subprocess.run(
        command,
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:]
