"""What the exchange tells a counter: reference data, sessions and prices for decisions, reports as
commands, the days to begin.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from typing import Final

from prometheus_client import Counter, Gauge

from yunquan.counter import CounterServer, Driver
from yunquan.counter.rules.reference import Reference, Session, session_key, session_now
from yunquan.counter.types import CloseDay, RollDay, RouteUnsent, VenueReport
from yunquan.kernel.errors import Refused
from yunquan.market import day_of_notice, load_rule_book
from yunquan.market.rules import (
    Calendar,
    RuleMissing,
    contradicts,
    day_phases,
    decide_roll,
    horizon,
    horizon_fault,
    refuse_test_day,
    seconds_of,
    trades,
)
from yunquan.market.types import (
    MARKETS,
    InstrumentDay,
    InstrumentNotice,
    MarketStatus,
    Phase,
    TradingStatus,
    VenueNotice,
)
from yunquan.venues import ExchangeGateways
from yunquan.venues.types import OrderStatus, Report

logger = logging.getLogger("yunquan.counter")

LINK = Gauge("yunquan_counter_link_up", "Whether an exchange session is up", ["gateway"])
RULE_GAPS = Counter(
    "yunquan_counter_rule_gaps", "Instruments left out for want of a rule", ["counter"]
)
LIMITS_DIFFER = Counter(
    "yunquan_counter_limits_differ",
    "Instruments whose limits the exchange reads otherwise",
    ["counter"],
)
# Handed over in one batch when a phase begins; more follow with the exchange's next announcement.
ROUTED_AT_ONCE: Final = 1_000
LOOK_AGAIN_S: Final = 30.0


class NoGateways:
    """Before the sessions exist: nothing is waited for."""

    def caught_up(self, _day: str, _needed: Collection[str]) -> bool:
        return True

    def orders_per_s(self, _label: str) -> int:
        return 0


class Floor:
    """Holds what decisions may look at, and turns what arrives into commands.

    gateways: the counter's sessions, set once they exist.
    """

    def __init__(
        self,
        name: str,
        driver: Driver,
        server: CounterServer,
        calendar: Callable[[], Calendar],
    ) -> None:
        """calendar: reads the days whose kind is known; asked when a day is to begin."""
        self._name = name
        self._calendar = calendar
        self._looked: tuple[str, float] = ("", 0.0)
        self.day_refused: Refused | None = None
        self._driver = driver
        self._server = server
        self._book = load_rule_book()
        self._status: MarketStatus | None = None
        self._status_at_ms = 0
        self._instruments: dict[str, InstrumentDay] = {}
        self._days: dict[str, tuple[Phase, ...]] = {}
        self._sessions: dict[str, Session] = {}
        self._announced_day = ""
        self._prices: dict[str, tuple[int, int, int]] = {}
        self._halts: dict[str, str] = {}
        self._up: dict[str, bool] = {"": False}
        # By gateway's label: the last day the exchange has ended, and the last report of it.
        self._ended: dict[str, tuple[str, int]] = {}
        self._names: dict[str, str] = {}
        self._routes = 0
        self.gateways: ExchangeGateways | NoGateways = NoGateways()
        driver.reference_parts = self.reference

    def reference(self, now_ms: int) -> Reference:
        """What decisions may look at now."""
        day = self._status.trading_day if self._status else ""
        up = self._up.get(self._driver.state.gateway, False)
        return Reference(
            day,
            now_ms,
            self._instruments,
            self._sessions,
            frozenset(MARKETS) if up else frozenset(),
            self._prices,
            self._halts,
            self._clock_s(now_ms),
            tuple(self._up),
            self._status is not None and refuse_test_day(self._status.kind_of_day) is not None,
        )

    def _clock_s(self, now_ms: int) -> int:
        """The exchange's time, carried on from its last announcement."""
        status = self._status
        if status is None:
            return 0
        passed_ms = max(now_ms - self._status_at_ms, 0) if now_ms else 0
        return seconds_of(status.time) + int(passed_ms * status.speed / 1000)

    # What the sessions tell, each by its own listener.

    def listener(self, label: str, name: str) -> GatewayListener:
        """Hears one gateway for this floor."""
        self._up[label] = False
        self._names[label] = name
        return GatewayListener(self, label, name)

    def on_link(self, label: str, name: str, *, up: bool) -> None:
        self._up[label] = up
        LINK.labels(name).set(up)
        logger.info("exchange link", extra={"gateway": name, "up": up})
        if up:
            self._driver.query_doubtful(label)
            self._route()

    def on_instrument(self, notice: InstrumentNotice) -> None:
        symbol = notice.instrument.symbol
        if self._announced_day < notice.trading_day:
            self._instruments, self._days, self._halts, self._prices = {}, {}, {}, {}
            self._announced_day = notice.trading_day
        if not trades(notice.instrument):
            return  # an index
        known = self._instruments.get(symbol)
        if known is not None and known.halted == notice.halted:
            return  # the other gateway has told the same
        day = self._rules_of(notice)
        if day is not None:
            self._instruments[symbol] = day
            self._settle_sessions()

    def _rules_of(self, notice: InstrumentNotice) -> InstrumentDay | None:
        symbol = notice.instrument.symbol
        try:
            day = day_of_notice(self._book, notice)
            key = session_key(day.market, day.board, day.product)
            if key not in self._days:
                self._days[key] = day_phases(
                    self._book, day.market, day.board, day.product, notice.trading_day
                )
        except RuleMissing as missing:
            # Without its rules an instrument can't be checked, so it can't be traded.
            RULE_GAPS.labels(self._name).inc()
            logger.error("instrument left out", extra={"symbol": symbol, "reason": str(missing)})
            return None
        ours = (day.limit_up_milli, day.limit_down_milli)
        theirs = (notice.limit_up_milli, notice.limit_down_milli)
        if ours != theirs:
            LIMITS_DIFFER.labels(self._name).inc()
            facts = {"symbol": symbol, "ours": ours, "theirs": theirs}
            logger.warning("exchange reads the limits otherwise", extra=facts)
        return day

    def on_market(self, status: MarketStatus) -> None:
        before = self._status
        self._status = status
        self._status_at_ms = max(self._driver.now_ms(), 1)
        if before is None or (before.trading_day, before.phase) != (
            status.trading_day,
            status.phase,
        ):
            self._settle_sessions()
        if self._may_begin(status):
            self._server.enqueue(RollDay(f"system:roll:{status.trading_day}", status.trading_day))
        self._close_if_over()
        if self._driver.state.waiting:
            self._route()

    def _settle_sessions(self) -> None:
        """What each product does in the phase that was announced, by our own reading of its day."""
        if self._status is not None:
            second = seconds_of(self._status.time)
            self._sessions = {
                key: session_now(day, self._status.phase, second) for key, day in self._days.items()
            }

    def _may_begin(self, status: MarketStatus) -> bool:
        """A day begins with its own limits at hand, and after the last report of the day before: a
        fill that came while the counter was away would find its order expired.
        """
        day = status.trading_day
        return (
            day > self._driver.state.day
            and day == self._announced_day
            and self.gateways.caught_up(day, self._still_out())
            and self._allowed(status)
        )

    def on_day_end(self, label: str, trading_day: str, last_report: int) -> None:
        self._ended[label] = (trading_day, last_report)
        self._close_if_over()

    def _close_if_over(self) -> None:
        """Close the day 收市 once the exchange has ended it on every gateway with orders of ours,
        and all it reported is durable: a fill that came later would find its order expired. An
        order on its way has its refusal to come; without one, the next day's beginning ends it.
        """
        state = self._driver.state
        day = state.day
        if not day or state.day_ended or day not in (one[0] for one in self._ended.values()):
            return
        for label in self._still_out() | {label for label, up in self._up.items() if up}:
            ended, last_report = self._ended.get(label, ("", 0))
            if ended != day or self.next_report(self._names.get(label, "")) <= last_report:
                return
        if self._on_their_way():
            return
        self._server.enqueue(CloseDay(f"system:close:{day}", day))

    def _still_out(self) -> set[str]:
        """The gateways by which orders have gone that are open still."""
        state = self._driver.state
        if state.open_orders == len(state.waiting):
            return set()
        open_orders = (order for order in state.orders.values() if order.open)
        return {order.gateway for order in open_orders if order.id not in state.waiting}

    def _on_their_way(self) -> bool:
        """Whether the exchange has yet to say anything of an order that went out."""
        state = self._driver.state
        if state.open_orders == len(state.waiting):
            return False
        open_orders = (order for order in state.orders.values() if order.open)
        return any(not order.confirmed and order.id not in state.waiting for order in open_orders)

    def _allowed(self, status: MarketStatus) -> bool:
        """What the calendar says of beginning this day; looked up once in a while, as somebody may
        be bringing it up to date.
        """
        now = self._driver.clock.monotonic()
        day, looked_at = self._looked
        if day == status.trading_day and self.day_refused and now - looked_at < LOOK_AGAIN_S:
            return False
        self._looked = (status.trading_day, now)
        calendar = self._calendar()
        self.day_refused = decide_roll(calendar, status.trading_day, status.kind_of_day)
        facts = {"day": status.trading_day}
        if self.day_refused:
            facts |= {"code": self.day_refused.code, **self.day_refused.facts}
            logger.error("the trading day may not begin", extra=facts)
            return False
        if contradicts(calendar, status.trading_day):
            logger.warning("the exchange trades on a day the calendar calls closed", extra=facts)
        if fault := horizon_fault(horizon(calendar, status.trading_day)):
            logger.warning("the calendar runs out", extra=facts | {"code": fault})
        return True

    def _route(self) -> None:
        """Let orders that waited go out, as many as the gateway's quota takes until it is asked
        again.
        """
        self._routes += 1
        quota = self.gateways.orders_per_s(self._driver.state.gateway)
        most = min(quota, ROUTED_AT_ONCE) if quota else ROUTED_AT_ONCE
        self._server.enqueue(
            RouteUnsent(
                f"system:route:{self._driver.journal.next_seq}:{self._routes}", MARKETS, most
            )
        )

    def on_trading_status(self, status: TradingStatus) -> None:
        name = status.symbol if status.symbol != "*" else status.market
        if self._halts.get(name, "trading") == status.status:
            return
        halts = {key: halt for key, halt in self._halts.items() if key != name}
        if status.status != "trading":
            halts[name] = status.status
        self._halts = halts
        facts = {"what": name, "status": status.status, "until": status.until}
        logger.info("exchange changes trading", extra=facts)
        self._route()

    def on_notice(self, notice: VenueNotice) -> None:
        logger.warning("exchange notice", extra={"kind": notice.kind, "title": notice.title_zh})

    def on_best(self, rows: Iterable[tuple[str, int, int, int]]) -> None:
        """Best bid, best ask and last trade of some instruments, in milli."""
        for symbol, bid, ask, last in rows:
            self._prices[symbol] = (bid, ask, last)

    def on_report(self, name: str, report: Report) -> None:
        self._server.enqueue(
            VenueReport(
                f"{name}:{report.index}",
                name,
                report.index,
                report.kind,
                report.id,
                report.execution,
                report.price,
                report.qty,
                report.code,
                report.day,
            )
        )

    def on_status(self, status: OrderStatus) -> None:
        if status.state == "unknown":
            self._driver.settle_doubt(status.id)

    def next_report(self, name: str) -> int:
        mark = self._driver.state.marks.get(name)
        return mark.next if mark else 1


class GatewayListener:
    """Tells the floor what one of its gateways hears."""

    def __init__(self, floor: Floor, label: str, name: str) -> None:
        self._floor = floor
        self._label = label
        self._gateway = name
        self.on_instrument = floor.on_instrument
        self.on_market = floor.on_market
        self.on_status = floor.on_status
        self.on_trading_status = floor.on_trading_status
        self.on_notice = floor.on_notice

    def on_link(self, *, up: bool) -> None:
        self._floor.on_link(self._label, self._gateway, up=up)

    def on_report(self, report: Report) -> None:
        self._floor.on_report(self._gateway, report)

    def next_report(self) -> int:
        return self._floor.next_report(self._gateway)

    def on_day_end(self, trading_day: str, last_report: int) -> None:
        self._floor.on_day_end(self._label, trading_day, last_report)
        logger.info(
            "exchange closed its day",
            extra={"day": trading_day, "gateway": self._gateway, "last_report": last_report},
        )
