"""What must hold: after every commit, at every midnight, and at the end (architecture 6)."""

from __future__ import annotations

import asyncio
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.counter.invariants import check_order, check_same, check_state
from tests.sim import depository, exchange_record
from tests.sim.houses import GATEWAYS, MEMBER, NAME, STREAM, CounterHouse
from yunquan.app.locale import catalogue
from yunquan.app.migrations import migrate
from yunquan.counter import events as e
from yunquan.counter import restore
from yunquan.counter import types as c
from yunquan.counter.events import codec
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.state import BUY, Order, State
from yunquan.counter.rules.views import account_orders
from yunquan.counter.store import Journal
from yunquan.history import store as tables
from yunquan.history.readers import PROJECTION
from yunquan.kernel import log
from yunquan.kernel.i18n import LOCALES
from yunquan.kernel.proof import Verified, verify
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import Database
from yunquan.ledger.rules import negative, unbalanced

# Between two looks at the whole state, each commit is looked at where it changed something.
WHOLE_EVERY = 25


def check_touched(state: State, events: list[Any]) -> None:
    """Balanced, nothing negative; and what these accounts have frozen is what their open orders
    hold.
    """
    assert unbalanced(state.books) == {}
    assert negative(state.books) == []
    accounts = {getattr(event, "account", "") for event in events} & state.accounts.keys()
    for name in accounts:
        account, book = state.accounts[name], state.books.clients[name]
        frozen: Counter[str] = Counter()
        for order in account_orders(state, account.id, len(state.orders)):
            check_order(order)
            if order.open:
                frozen[book.currency if order.side == BUY else order.symbol] += order.frozen
        assert book.cash.frozen == frozen.pop(book.currency, 0), f"{name} cash"
        held = {
            symbol: position.frozen
            for symbol, position in book.positions.items()
            if position.frozen
        }
        assert held == dict(frozen), f"{name} shares"


class Audit:
    """Looks on from outside. The first thing it finds wrong ends the simulation.

    closing: people go home. days: trading days that were checked at their end.
    """

    def __init__(self, house: CounterHouse, record: Path, rooms: Database) -> None:
        self.house = house
        self.record = record
        self.rooms = rooms
        self.failed = asyncio.Event()
        self.failure = ""
        self.closing = False
        self.days: list[str] = []
        self.tries = 0
        self.repeats = 0
        self.codes: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self._texts = catalogue()
        self._answers: dict[str, c.Answer] = {}
        self._fresh: dict[str, c.Answer] = {}
        self._replica = State(NAME)
        self._seq = 0
        self._commits = 0
        self._last_at_ms = 0
        self.logged: dict[str, tuple[str, str]] = {}
        self.books = depository.Books()
        self.conduct = exchange_record.Conduct()
        self.on_event: Callable[[Any], None] = lambda _event: None
        house.on_commit = self.on_commit
        migrate(rooms.engine)

    def fail(self, what: str) -> None:
        """Keep the first failure and stop everything."""
        if not self.failed.is_set():
            self.failure = what
            self.failed.set()

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.fail(what)

    # What people saw.

    def acknowledged(self, command: Any, answer: c.Answer) -> None:
        """An answer was given: it stays the answer, and it can be read."""
        first = self._answers.get(command.id)
        if first is not None:
            self.repeats += 1
            same = (answer.code, answer.order, answer.facts) == (
                first.code,
                first.order,
                first.facts,
            )
            self.expect(same, f"{command} was answered {first}, then {answer}")
            return
        self._answers[command.id] = self._fresh[command.id] = answer
        if answer.code:
            self.codes[answer.code] += 1
            self.readable(answer.code, answer.facts)

    def readable(self, code: str, facts: Mapping[str, Any]) -> None:
        """A refusal can be read in every language."""
        for locale in LOCALES:
            known = bool(self._texts.messages[locale].get(code))
            self.expect(known, f"{code} has no text in {locale}")
            shown = self._texts.text(code, locale, **facts)
            self.expect("{" not in shown, f"text of {code} in {locale}, given {facts}: {shown}")

    def look(self, view: c.AccountView) -> None:
        """A view between two batches adds up."""
        for balance in (view.cash, *view.positions):
            whole = min(balance.available, balance.settling, balance.frozen, balance.held) >= 0
            self.expect(whole, f"{view.account} {balance}")

    # After every commit.

    def on_commit(self, _first_seq: int, _body: bytes, events: list[Any]) -> None:
        try:
            for event in events:
                self._event(event)
            self._commits += 1
            if self._commits % WHOLE_EVERY:
                check_touched(self.house.driver.state, events)
            else:
                check_state(self.house.driver.state)
            if any(type(event) is e.DayRolled for event in events):
                self.midnight(filled_since=type(events[-1]) is not e.DayRolled)
        except Exception:
            self.fail(traceback.format_exc())

    def _event(self, event: Any) -> None:
        self.on_event(event)
        self.kinds[type(event).__name__] += 1
        if type(event) is e.ReportUnmatched:
            # The answer to a cancel may come when its order, long decided, is gone with its day.
            before = event.order[4:12] < self.house.driver.state.day.replace("-", "")
            assert event.kind == "cancel_rejected", event
            assert before, event
        if type(event) is e.OrderPlaced:
            self.kinds[f"placed {event.kind}"] += 1
        if type(event) is e.DayRolled:
            assert event.day not in self.conduct.test_days, f"{event.day} is a rehearsal"
        if type(event) in (e.OrderRejected, e.CancelRejected):
            self.readable(f"venue.{event.code}", {})

    # At midnight.

    def midnight(self, *, filled_since: bool) -> None:
        """The day is over and another has begun: everything of it must be settled."""
        state = self.house.driver.state
        seq = self.house.driver.journal.next_seq - 1
        self.read_log()
        check_same(state, self._replica, seq)
        self._check_restart(state, seq)
        self._check_acknowledged()
        theirs = exchange_record.load_orders(self.record, GATEWAYS.values())
        self._check_orders(state, dict(theirs))
        self.books.book(self._new_reports(state, theirs), theirs)
        self.books.check(state, settled=not filled_since)
        self._check_history(state)
        self.days.append(state.day)

    def _new_reports(
        self, state: State, theirs: dict[str, exchange_record.TheirOrder]
    ) -> list[dict[str, Any]]:
        """What the exchange told either gateway since the last midnight, as it stands on its disk;
        of the days before, the counter has taken all of it."""
        closes = exchange_record.load_closes(self.record)
        found: list[dict[str, Any]] = []
        for gateway in GATEWAYS.values():
            mark = state.marks.get(gateway.removeprefix(f"{MEMBER}."))
            taken = mark.next - 1 if mark else 0
            told = exchange_record.last_report_of_days_before(self.record, gateway, state.day)
            assert told <= taken, f"{state.day} began before report {told} was taken"
            first = self.books.next_report(gateway)
            reports = exchange_record.load_reports(self.record, gateway, first)
            new = self.books.take_new(gateway, reports, taken, set(mark.ahead) if mark else set())
            self.conduct.check(new, theirs, closes)
            found += new
        return found

    def read_log(self) -> None:
        """The records since the last look, into a state of our own and into the books."""
        reader = codec()
        with self.house.database.read() as tx:
            for record in log.each_record(tx.connection, STREAM, self._seq + 1):
                assert record.at_ms >= self._last_at_ms, "time went back in the log"
                self._last_at_ms = record.at_ms
                for event in reader.decode(record.body):
                    if command := getattr(event, "command", ""):
                        assert command not in self.logged or type(event) is e.OrdersRouted, (
                            f"{command} twice"
                        )
                        self.logged[command] = (
                            getattr(event, "code", ""),
                            getattr(event, "order", ""),
                        )
                    self.books.hear(event)
                    apply(self._replica, event)
                self._seq = record.next_seq - 1

    def _check_restart(self, state: State, seq: int) -> None:
        """A counter that starts now, from the newest snapshot and the rest of the log, knows the
        same.
        """
        journal = Journal(self.house.database, NAME)
        with self.house.database.read() as tx:
            journal._head = log.read_head(tx.connection, STREAM)
        check_same(state, restore(journal, self.house.snapshots, NAME), seq)

    def _check_acknowledged(self) -> None:
        """Every answer is in the log, as it was given."""
        for command, answer in self._fresh.items():
            if answer.code == "command.id":
                continue
            assert command in self.logged, f"{command} was acknowledged and is lost"
            code, order = self.logged[command]
            assert code == answer.code, f"{command}: answered {answer}, logged {code}"
            assert order in ("", answer.order), f"{command}: answered {answer}, logged {order}"
        self._fresh.clear()

    def _check_orders(self, state: State, theirs: dict[str, exchange_record.TheirOrder]) -> None:
        """Nothing of yesterday is undecided; the exchange and we tell the same story."""
        today = f"ord_{state.day.replace('-', '')}"
        assert [o.id for o in state.orders.values() if not o.id.startswith(today)] == []
        for name, order in self.books.take_finished(today):
            assert order.decided, f"{name} is undecided: {order}"
            known = theirs.pop(name, None)
            if known is None:
                assert not order.filled, f"{name} was filled here, and the exchange never had it"
                continue
            assert not order.waited or order.routed, f"{name} waited, and went out unnoticed"
            assert order.is_the_same_as(known), f"{name}: {order} here, {known} there"
            assert known.state != "open", f"{name} is still open at the exchange"
            assert known.filled == order.filled, (
                f"{name}: filled {order.filled} here, {known.filled} there"
            )
            assert (known.state == "rejected") == order.rejected, (
                f"{name} is {known.state} there, {order} here"
            )
        strangers = [name for name in theirs if name not in self.books.known]
        assert strangers == [], f"the exchange has orders that nobody placed: {strangers}"

    def _check_history(self, state: State) -> None:
        """The tables that pages read were made from every event, and say what the counter says."""
        catch_up(PROJECTION, STREAM, self.house.database, self.rooms, codec())
        with self.rooms.read() as tx:
            known = {o.id: o for o in state.answered_before.values() if isinstance(o, Order)}
            known.update((order.id, order) for order in state.orders.values())
            filled: dict[str, int] = defaultdict(int)
            for row in tx.execute(tables.fills.select()):
                filled[row.order_id] += row.qty
            for row in tx.execute(tables.orders.select()):
                assert row.filled == filled[row.id], f"{row.id} in history"
                ours = known.get(row.id)
                if ours is not None:
                    there = (
                        row.state,
                        row.filled,
                        row.cancelled,
                        row.amount,
                        row.is_open,
                        row.cancel_wanted,
                    )
                    here = (
                        ours.state,
                        ours.filled,
                        ours.cancelled,
                        ours.amount,
                        ours.open,
                        ours.cancel_wanted,
                    )
                    assert there == here, f"{row.id}: {there} in history, {here} at the counter"

    # At the end.

    def close(self) -> str:
        """The whole log once more, from its first byte; the hash of its head, which is over all of
        it.
        """
        driver = self.house.driver
        with self.house.database.read() as tx:
            found = verify(tx.connection, STREAM)
        assert isinstance(found, Verified), found
        state = State(NAME)
        for events in Journal(self.house.database, NAME).replay(1):
            for event in events:
                apply(state, event)
        check_same(driver.state, state, driver.journal.next_seq - 1)
        assert found.events == driver.journal.next_seq - 1
        return found.head.hash.hex()
