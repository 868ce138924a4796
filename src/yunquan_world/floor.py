"""The trading floor: days, time, the crowd, the members' inbox and the disk, without any socket.

Whoever runs it calls `advance` with the real seconds that have passed and then takes the events
that happened, in order. What is told to members is on disk before the event exists.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from yunquan_world.blotter import At, Batch, MemberOrder
from yunquan_world.chance import dice
from yunquan_world.corporate import Announcement
from yunquan_world.crowd import Crowd
from yunquan_world.events import (
    ActionsAnnounced,
    DayEnded,
    DayOpened,
    Event,
    MinuteEnded,
    Noticed,
    Repeated,
    StatusChanged,
    TimeAnnounced,
)
from yunquan_world.exchange import Exchange
from yunquan_world.hours import (
    AFTER_HOURS,
    AFTER_HOURS_ENTRY,
    CLOSED,
    CLOSING_CALL,
    CONTINUOUS,
    OPEN_S,
    OPENING_CALL,
    OPENING_CALL_LOCKED,
    PRE_OPEN,
    Moment,
    Timetable,
)
from yunquan_world.inbox import Inboxes
from yunquan_world.latecomers import Latecomers
from yunquan_world.messages import Cancel, MinuteBar, NewOrder, Notice
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
_LAST_MINUTE = 239
# In these other people place orders.
_LATE = (AFTER_HOURS_ENTRY, AFTER_HOURS)
_BUSY = (OPENING_CALL, OPENING_CALL_LOCKED, CONTINUOUS, CLOSING_CALL)


class Floor:
    """One exchange over many days."""

    def __init__(self, settings: Settings, store: Store, prices: Prices):
        self.settings = settings
        self.store = store
        self.prices = prices
        self.exchange = Exchange(store.counters(), store.find_order)
        self.timetable = Timetable(settings.speed, settings.hours, settings.pauses_s)
        self.inboxes = Inboxes(
            settings.order_latency_ms,
            dice(settings.seed, "latency"),
            settings.gateway_orders_per_s,
        )
        self.trading_day = ""
        self.kind_of_day = "trading"
        self.moment = Moment(PRE_OPEN, 0.0)
        self.now_s = 0.0
        self._elapsed_s = 0.0
        # The number of the day's segment that runs.
        self._place = 0
        self._ended = False
        self._plans: list[DayPlan] = []
        self._crowd = Crowd(self.exchange, [], settings.seed, 0.0, "")
        self._latecomers = Latecomers(self.exchange, [], settings.seed, 0.0, "")
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
        self.kind_of_day = self._kind_of(clock.trading_day)
        segments = self.timetable.segments
        if clock.ended:
            self._place = len(segments) - 1
            market_s = max(clock.market_s, segments[-1].from_s)
        else:
            self._place = self.timetable.place_at(clock.market_s)
            market_s = clock.market_s
        self._elapsed_s = self.timetable.elapsed(market_s)
        self.moment = Moment(segments[self._place].phase, market_s)
        tapes = {
            symbol: tape
            for symbol, tape in self.store.load_tapes().items()
            if tape.trading_day == clock.trading_day
        }
        for tape in tapes.values():
            tape.seq += _SEQ_MARGIN
        self._plan_day(tapes, run=f"from {clock.market_s}")
        orders = self.store.load_orders(clock.trading_day)
        self.exchange.restore(orders, self._at(), self.store.load_statuses())
        self._flush()
        if self.moment.phase in _BUSY:
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
        self.inboxes.submit(gateway, message, self.now_s)

    def waiting(self, gateway: str) -> int:
        """Messages of a gateway that have not arrived yet."""
        return self.inboxes.waiting(gateway)

    def deliver(self, gateway: str) -> None:
        """Let everything a gateway has sent arrive now."""
        for message in self.inboxes.arriving(gateway, float("inf")):
            self._arrive(gateway, message)
        self._flush()

    def deliver_all(self) -> None:
        """Let everything that is on its way arrive now."""
        for gateway in self.inboxes.gateways():
            self.deliver(gateway)

    def deliver_due(self) -> None:
        """Let arrive whatever is due by now."""
        for gateway in self.inboxes.gateways():
            for message in self.inboxes.arriving(gateway, self.now_s):
                self._arrive(gateway, message)
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

    # Exceptional days.

    def halt_exchange(self, market: str, reason: str) -> None:
        """Halt a whole exchange until it is resumed."""
        self.exchange.halt_exchange(market, reason, self._at())
        self._flush()
        self.notice("exchange_halt", f"{market} 全市场临时停市", f"{market}: trading is halted")

    def resume_exchange(self, market: str) -> None:
        self.exchange.resume_exchange(market, self._at())
        self._flush()
        self.notice("exchange_resume", f"{market} 恢复交易", f"{market}: trading goes on")

    def halt(self, symbol: str, reason: str) -> None:
        """Halt one security until it is resumed."""
        self.exchange.halt(symbol, reason, self._at())
        self._flush()

    def resume(self, symbol: str) -> None:
        self.exchange.resume(symbol, self._at())
        self._flush()

    def plan_test_day(self, day: str) -> None:
        """Hold a network test on a day that is no trading day, after the trading day before it."""
        self.store.add_test_day(day)
        self.notice("network_test", f"{day} 全网测试", f"Network test on {day}")

    def notice(self, kind: str, title_zh: str, title_en: str) -> None:
        """Tell everybody something that is no market data; whoever logs on later today hears it
        too."""
        number = self.store.count_notices() + 1
        notice = Notice(f"N{number:06d}", kind, title_zh, title_en, self.stamp())
        self.store.write_notice(notice, self.trading_day)
        self._events.append(Noticed(notice))

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

    def announcements(self) -> list[Announcement]:
        """What companies have announced and isn't over."""
        return self.prices.levels.announcements(self.trading_day)

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
        self._pass_to(self.timetable.place(self._elapsed_s))
        if self._elapsed_s >= self.timetable.day_s:
            self._open_day(self._next_day())
            return
        self.moment = self.timetable.moment(self._elapsed_s)
        phase = self.moment.phase
        if phase in (CONTINUOUS, CLOSING_CALL):
            self._end_minutes(min(self.moment.minute, _LAST_MINUTE))
            self.exchange.end_halts(self._at())
        if phase in _BUSY:
            share = self.moment.share_of_day
            self.crowd_orders += self._crowd.act(real_s, share, self._at())
        elif phase in _LATE:
            self.crowd_orders += self._latecomers.act(real_s, self._at())
        self.deliver_due()
        if self.now_s - self._announced_at_s >= 1.0:
            self._announce()

    def _pass_to(self, place: int) -> None:
        """End the segments that are over and begin the following ones, also those without any
        length: their auctions are held all the same."""
        segments = self.timetable.segments
        while self._place < place:
            over = segments[self._place]
            self.moment = Moment(over.phase, float(over.to_s))
            self._leave()
            self._place += 1
            self._enter()

    def _leave(self) -> None:
        """What the end of a phase brings."""
        phase = self.moment.phase
        if phase == CONTINUOUS:
            self._end_minutes(self.moment.minute)
        elif phase == OPENING_CALL_LOCKED:
            self.exchange.end_call(self._at())
            self._flush()
        elif phase == CLOSING_CALL:
            self._end_session()

    def _enter(self) -> None:
        """What the beginning of a phase brings."""
        segment = self.timetable.segments[self._place]
        self.moment = Moment(segment.phase, float(segment.from_s))
        at = self._at()
        match segment.phase:
            case "opening_call":
                self._crowd.open_books(0.0, at)
            case "continuous":
                self.exchange.begin_continuous(at)
                self._crowd.open_books(self.moment.share_of_day, at)
            case "closing_call":
                self.exchange.end_halts(at)
            case "after_hours":
                self.exchange.begin_after_hours(at)
            case "closed" if not self._ended:
                self._end_day()
            case _:
                pass
        self._flush()
        if segment.real_s:
            log.info(
                "phase day=%s time=%s phase=%s",
                self.trading_day,
                self.moment.text,
                self.moment.phase,
            )
            self._announce()

    def _end_minutes(self, until: int) -> None:
        """Close the minute bars that are over, before anything of the next minute trades."""
        tapes = self.exchange.tapes
        done = next((tape.minutes_done for tape in tapes.values()), 0)
        for minute in range(done, until):
            bars = {symbol: tape.end_minute() for symbol, tape in tapes.items()}
            self._unsaved_bars += [(symbol, minute, bar) for symbol, bar in bars.items()]
            self._events.append(MinuteEnded(self.trading_day, bars))

    def _open_day(self, day: str, from_s: float = 0.0) -> None:
        """Begin a day; from_s: real seconds after its start, whose auctions are then left out."""
        self.trading_day = day
        self.kind_of_day = self._kind_of(day)
        self._elapsed_s = from_s
        self._ended = False
        self._place = self.timetable.place(from_s) if from_s else 0
        segment = self.timetable.segments[self._place]
        self.moment = Moment(segment.phase, float(segment.from_s))
        self.store.open_day(SavedClock(day, self.moment.market_s, ended=False))
        self._plan_day({}, run="from the start")
        if not self._plans:
            # Before the second bar nothing has a previous close, so there is nothing to trade.
            self._open_day(self._next_day(), from_s)
            return
        self._events.append(DayOpened(day, list(self.instruments.values())))
        self._tell_actions()
        log.info("day opens day=%s instruments=%d", day, len(self._plans))
        self._enter()
        self._pass_to(self.timetable.place(from_s))

    def _tell_actions(self) -> None:
        """A day of test is none on which anything is announced."""
        if self.kind_of_day == "test":
            return
        found = [one for one in self.announcements() if one.news_on(self.trading_day)]
        if found:
            self._events.append(ActionsAnnounced(self.trading_day, found))

    def _next_day(self) -> str:
        """The next trading day, or a day of test before it."""
        following = self.prices.calendar.next_day(self.trading_day)
        tests = self.store.load_test_days()
        return min(day for day in {*tests, following} if self.trading_day < day <= following)

    def _kind_of(self, day: str) -> str:
        trades = self.prices.calendar.from_day(day) == day
        return "test" if not trades and day in self.store.load_test_days() else "trading"

    def _plan_day(self, tapes: dict[str, Tape], run: str) -> None:
        closes = self.store.load_last_closes(self.trading_day)
        self._plans = self.prices.plans(self.trading_day, closes)
        if self.kind_of_day == "test":
            self._plans = [
                replace(plan, instrument=replace(plan.instrument, halted=False))
                for plan in self._plans
            ]
        instruments = [plan.instrument for plan in self._plans]
        self.exchange.open_day(instruments, tapes, self.kind_of_day)
        self._crowd = Crowd(
            self.exchange,
            self._plans,
            self.settings.seed,
            self.settings.orders_per_s,
            run,
            self.prices.levels,
        )
        self._latecomers = Latecomers(
            self.exchange, self._plans, self.settings.seed, self.settings.orders_per_s, run
        )

    def _end_session(self) -> None:
        """Hold the closing call, which other people bring to the day's close; set the closes."""
        self._end_minutes(_LAST_MINUTE)
        at = self._at()
        self._crowd.close(at)
        auction_milli = self.exchange.end_call(at)
        self._crowd.settle()
        self._end_minutes(_LAST_MINUTE + 1)
        official = self.exchange.end_session(auction_milli, at)
        tapes = self.exchange.tapes
        closes = {
            # Where nobody has traded the price goes on as planned, whatever the books did.
            plan.instrument.symbol: official[plan.instrument.symbol]
            if tapes[plan.instrument.symbol].volume
            else plan.close_milli
            for plan in self._plans
        }
        if self.kind_of_day == "test":
            closes = {}
        batch = self.exchange.take_batch()
        self.store.end_session(
            batch, self._clock(), closes, list(tapes.values()), self._unsaved_bars
        )
        self._unsaved_bars = []
        self._tell_batch(batch)
        log.info("session ends day=%s auctions=%d", self.trading_day, len(auction_milli))

    def _end_day(self) -> None:
        """Expire what is left, and make the end known."""
        self.exchange.expire(self._at())
        self._ended = True
        batch = self.exchange.take_batch()
        last_reports = self._last_reports()
        clock = SavedClock(self.trading_day, self.moment.market_s, ended=True)
        self.store.end_day(batch, clock, last_reports)
        self._tell_batch(batch)
        self._events.append(DayEnded(self.trading_day, last_reports))
        self.save()
        log.info("day ends day=%s reports=%s", self.trading_day, last_reports)

    def _arrive(self, gateway: str, message: NewOrder | Cancel) -> None:
        if isinstance(message, Cancel):
            self.exchange.cancel(gateway, message, self._at())
            return
        over = self.inboxes.is_over_quota(gateway, self.now_s)
        if not self.exchange.place(gateway, message, self._at(), "V110_quota" if over else ""):
            self._flush()
            self._events.append(Repeated(gateway, message.id))

    def _flush(self) -> None:
        """Make what has changed durable, then let it be known."""
        batch = self.exchange.take_batch()
        if batch:
            self.store.write_batch(batch, self._clock())
        self._tell_batch(batch)

    def _tell_batch(self, batch: Batch) -> None:
        self._events += batch.reports
        self._events += self.exchange.take_prints()
        self._events += [StatusChanged(status) for status in batch.statuses.values()]

    def _announce(self) -> None:
        self._announced_at_s = self.now_s
        self._flush()
        self.keep_time()
        last_reports = self._last_reports()
        told = TimeAnnounced(self.trading_day, self.moment, last_reports, self.kind_of_day)
        self._events.append(told)

    def _last_reports(self) -> dict[str, int]:
        counters = self.exchange.counters.report
        return {gateway: following - 1 for gateway, following in counters.items()}

    def _clock(self) -> SavedClock:
        return SavedClock(self.trading_day, self.moment.market_s, self._ended)

    def _at(self) -> At:
        return At(self.stamp(), self.moment.phase, self.moment.market_s)
