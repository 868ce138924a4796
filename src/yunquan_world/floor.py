"""The trading floor: days, time, the crowd, the members' inbox and the disk, without any socket.

Whoever runs it calls `advance` with the real seconds that have passed and then takes the events
that happened, in order. What is told to members is on disk before the event exists.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field

from yunquan_world.chance import dice
from yunquan_world.crowd import Crowd
from yunquan_world.events import (
    DayEnded,
    DayOpened,
    Event,
    MinuteEnded,
    Repeated,
    TimeAnnounced,
)
from yunquan_world.exchange import At, Exchange, MemberOrder
from yunquan_world.hours import CLOSED, CONTINUOUS, OPEN_S, PRE_OPEN, Moment, Timetable
from yunquan_world.messages import Cancel, MinuteBar, NewOrder
from yunquan_world.prices import DayPlan, Prices
from yunquan_world.rules import Instrument
from yunquan_world.settings import Settings
from yunquan_world.store import SavedClock, Store
from yunquan_world.tape import Tape

log = logging.getLogger(__name__)

_LONGEST_STEP_S = 1.0
_CROWD_STEP_S = 0.05
_SHORTEST_STEP_S = 1e-6
_SAVE_EVERY_S = 1.0
# Numbers of quotes skipped at a restart: more than could have been sent since the last save.
_SEQ_MARGIN = 10_000


@dataclass
class _Inbox:
    """A gateway's messages on their way to the host, each with the time at which it arrives."""

    waiting: deque[tuple[float, NewOrder | Cancel]] = field(default_factory=deque)
    last_due_s: float = 0.0


class Floor:
    """One exchange over many days."""

    def __init__(self, settings: Settings, store: Store, prices: Prices):
        self.settings = settings
        self.store = store
        self.prices = prices
        self.exchange = Exchange(store.counters(), store.find_order)
        self.timetable = Timetable(settings.speed, settings.hours)
        self.trading_day = ""
        self.moment = Moment(PRE_OPEN, 0.0)
        self.now_s = 0.0
        self._elapsed_s = 0.0
        self._ended = False
        self._plans: list[DayPlan] = []
        self._crowd = Crowd(self.exchange, [], settings.seed, 0.0, "")
        self._inboxes: dict[str, _Inbox] = {}
        self._latency = dice(settings.seed, "latency")
        self._events: list[Event] = []
        self._unsaved_bars: list[tuple[str, int, MinuteBar]] = []
        self._saved_at_s = 0.0
        self._announced_at_s = 0.0
        self.crowd_orders = 0

    # Starting and stopping.

    def open(self) -> None:
        """Continue where the disk says, or begin with the first day."""
        clock = self.store.load_clock()
        if clock is None:
            # Whoever comes first finds the market open: nobody waits for a bell at a first start.
            first_day = self.prices.calendar.from_day(self.settings.first_day)
            self._open_day(first_day, from_s=self.timetable.elapsed(OPEN_S))
            return
        self._ended = clock.ended
        self.trading_day = clock.trading_day
        self._elapsed_s = self.timetable.elapsed(clock.market_s)
        self.moment = self.timetable.moment(self._elapsed_s)
        if clock.ended:
            self.moment = Moment(CLOSED, max(self.moment.market_s, clock.market_s))
        tapes = {
            symbol: tape
            for symbol, tape in self.store.load_tapes().items()
            if tape.trading_day == clock.trading_day
        }
        for tape in tapes.values():
            tape.seq += _SEQ_MARGIN
        self._plan_day(tapes, run=f"from {clock.market_s}")
        orders = self.store.load_orders(clock.trading_day)
        self.exchange.restore(orders, self._at())
        self._flush()
        if self.moment.phase == CONTINUOUS:
            self._crowd.open_books(self.moment.share_of_day, self._at())
            self._flush()
        elif self.moment.phase == CLOSED and not self._ended:
            self._end_day()
        log.info(
            "exchange continues day=%s time=%s open_orders=%d",
            self.trading_day,
            self.moment.text,
            self.exchange.resting_count(),
        )

    def save(self) -> None:
        """Write time, tapes and minutes; what members were told is on disk already."""
        self.store.save_market(
            self._clock(), list(self.exchange.tapes.values()), self._unsaved_bars
        )
        self._unsaved_bars = []
        self._saved_at_s = self.now_s

    def keep_time(self) -> None:
        """Write the time before a member is told it: after a kill it never runs back."""
        self.store.save_clock(self._clock())

    # Members.

    def submit(self, gateway: str, message: NewOrder | Cancel) -> None:
        """Send a message on its way to the host; it arrives after the network's delay."""
        inbox = self._inboxes.setdefault(gateway, _Inbox())
        least, most = self.settings.order_latency_ms
        due_s = self.now_s + self._latency.uniform(least, most) / 1000
        inbox.last_due_s = max(inbox.last_due_s, due_s)
        inbox.waiting.append((inbox.last_due_s, message))

    def waiting(self, gateway: str) -> int:
        """Messages of a gateway that have not arrived yet."""
        inbox = self._inboxes.get(gateway)
        return len(inbox.waiting) if inbox else 0

    def deliver(self, gateway: str) -> None:
        """Let everything a gateway has sent arrive now."""
        inbox = self._inboxes.get(gateway)
        while inbox and inbox.waiting:
            self._arrive(gateway, inbox.waiting.popleft()[1])
        self._flush()

    def deliver_all(self) -> None:
        """Let everything that is on its way arrive now."""
        for gateway in self._inboxes:
            self.deliver(gateway)

    def deliver_due(self) -> None:
        """Let arrive whatever is due by now."""
        for gateway, inbox in self._inboxes.items():
            while inbox.waiting and inbox.waiting[0][0] <= self.now_s:
                self._arrive(gateway, inbox.waiting.popleft()[1])
        self._flush()

    def order(self, gateway: str, order_id: str) -> MemberOrder | None:
        return self.exchange.find(gateway, order_id)

    def next_report(self, gateway: str) -> int:
        return self.exchange.counters.report.get(gateway, 1)

    def place_other(self, symbol: str, side: int, price_milli: int, qty: int) -> int:
        """An order of somebody else, for tests and demonstrations; returns its number."""
        number = self.exchange.place_other(symbol, side, price_milli, qty, self._at())
        self._flush()
        return number

    # Readers of the market.

    @property
    def instruments(self) -> dict[str, Instrument]:
        return self.exchange.instruments

    def tape(self, symbol: str) -> Tape:
        return self.exchange.tapes[symbol]

    def minutes(self, symbol: str) -> list[MinuteBar]:
        """The complete minute bars of the day."""
        unsaved = [bar for name, _, bar in self._unsaved_bars if name == symbol]
        return self.store.load_minutes(symbol) + unsaved

    def history(self, symbol: str) -> list[tuple[str, int]]:
        """Days before today and their closes (milli): bars first, then the days played here."""
        played = self.store.load_closes(symbol, self.trading_day)
        first_played = played[0][0] if played else self.trading_day
        return self.prices.history(symbol, first_played) + played

    def stamp(self) -> str:
        return self.moment.stamp(self.trading_day)

    # Time.

    def advance(self, real_s: float) -> None:
        """Let real time pass: phases, minutes, the crowd, arriving messages, a new day."""
        while real_s > 0:
            longest_s = _CROWD_STEP_S if self.settings.orders_per_s else _LONGEST_STEP_S
            boundary_s = self.timetable.to_next_boundary(self._elapsed_s)
            step_s = max(min(real_s, longest_s, boundary_s or longest_s), _SHORTEST_STEP_S)
            real_s -= step_s
            self._step(step_s)
        if self.now_s - self._saved_at_s >= _SAVE_EVERY_S:
            self.save()

    def take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _step(self, real_s: float) -> None:
        self.now_s += real_s
        self._elapsed_s += real_s
        before = self.moment
        self.moment = self.timetable.moment(self._elapsed_s)
        if before.phase == CONTINUOUS and self.moment.phase != CLOSED:
            self._end_minutes()
        if self.moment.phase != before.phase:
            self._begin_phase()
        if self.moment.phase == CONTINUOUS:
            share = self.moment.share_of_day
            self.crowd_orders += self._crowd.act(real_s, share, self._at())
        self.deliver_due()
        if self._elapsed_s >= self.timetable.day_s:
            self._open_day(self.prices.calendar.next_day(self.trading_day))
        elif self.now_s - self._announced_at_s >= 1.0:
            self._announce()

    def _begin_phase(self) -> None:
        if self.moment.phase == CONTINUOUS:
            self._crowd.open_books(self.moment.share_of_day, self._at())
        elif self.moment.phase == CLOSED and not self._ended:
            self._end_day()
        log.info(
            "phase day=%s time=%s phase=%s", self.trading_day, self.moment.text, self.moment.phase
        )
        self._announce()

    def _end_minutes(self) -> None:
        """Close the minute bars that are over, before anything of the next minute trades."""
        tapes = self.exchange.tapes
        done = next((tape.minutes_done for tape in tapes.values()), 0)
        for minute in range(done, self.moment.minute):
            bars = {symbol: tape.end_minute() for symbol, tape in tapes.items()}
            self._unsaved_bars += [(symbol, minute, bar) for symbol, bar in bars.items()]
            self._events.append(MinuteEnded(self.trading_day, bars))

    def _open_day(self, day: str, from_s: float = 0.0) -> None:
        self.trading_day = day
        self._elapsed_s = from_s
        self._ended = False
        self.moment = self.timetable.moment(from_s)
        self.store.open_day(SavedClock(day, self.moment.market_s, ended=False))
        self._plan_day({}, run="from the start")
        if not self._plans:
            # Before the second bar nothing has a previous close, so there is nothing to trade.
            self._open_day(self.prices.calendar.next_day(day), from_s)
            return
        self._events.append(DayOpened(day, list(self.instruments.values())))
        if self.moment.phase == CONTINUOUS:
            self._crowd.open_books(0.0, self._at())
            self._flush()
        self._announce()
        log.info("day opens day=%s instruments=%d", day, len(self._plans))

    def _plan_day(self, tapes: dict[str, Tape], run: str) -> None:
        closes = self.store.load_last_closes(self.trading_day)
        plans = (
            self.prices.plan(symbol, self.trading_day, closes.get(symbol))
            for symbol in self.prices.bars
        )
        self._plans = [plan for plan in plans if plan is not None]
        self.exchange.open_day([plan.instrument for plan in self._plans], tapes)
        self._crowd = Crowd(
            self.exchange, self._plans, self.settings.seed, self.settings.orders_per_s, run
        )

    def _end_day(self) -> None:
        """Trade to the close, expire what is left, and make the end known."""
        at = At(Moment(CLOSED, self.timetable.segments[-1].from_s).stamp(self.trading_day), CLOSED)
        self._crowd.close(at)
        self._end_minutes()
        self.exchange.expire(at)
        self._ended = True
        batch = self.exchange.take_batch()
        last_reports = self._last_reports()
        closes = {plan.instrument.symbol: plan.close_milli for plan in self._plans}
        clock = SavedClock(self.trading_day, self.moment.market_s, ended=True)
        self.store.end_day(batch, clock, closes, last_reports)
        self._events += batch.reports
        self._events += self.exchange.take_prints()
        self._events.append(DayEnded(self.trading_day, last_reports))
        self.save()
        log.info("day ends day=%s reports=%s", self.trading_day, last_reports)

    def _arrive(self, gateway: str, message: NewOrder | Cancel) -> None:
        if isinstance(message, Cancel):
            self.exchange.cancel(gateway, message, self._at())
        elif not self.exchange.place(gateway, message, self._at()):
            self._flush()
            self._events.append(Repeated(gateway, message.id))

    def _flush(self) -> None:
        """Make what has changed durable, then let it be known."""
        batch = self.exchange.take_batch()
        if batch.reports or batch.orders:
            self.store.write_batch(batch, self._clock())
            self._events += batch.reports
        self._events += self.exchange.take_prints()

    def _announce(self) -> None:
        self._announced_at_s = self.now_s
        self._flush()
        self.keep_time()
        last_reports = self._last_reports()
        self._events.append(TimeAnnounced(self.trading_day, self.moment, last_reports))

    def _last_reports(self) -> dict[str, int]:
        counters = self.exchange.counters.report
        return {gateway: following - 1 for gateway, following in counters.items()}

    def _clock(self) -> SavedClock:
        return SavedClock(self.trading_day, self.moment.market_s, self._ended)

    def _at(self) -> At:
        return At(self.stamp(), self.moment.phase)
