"""Whatever members and others do in whatever phase: no share is lost, made, or traded at a price
its owner did not agree to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world.test_exchange import GATEWAY, order
from tests.world.test_phases import DAY, at
from tests.world.test_rules import instrument
from yunquan_world.blotter import At, Counters, MemberOrder
from yunquan_world.book import BUY, SELL
from yunquan_world.exchange import Exchange
from yunquan_world.messages import Cancel

SYMBOLS = ("600519.SH", "000001.SZ", "920002.BJ")
PHASES = (
    ("09:16:00", "opening_call"),
    ("09:22:00", "opening_call_locked"),
    ("09:26:00", "opening_gap"),
    ("10:00:00", "continuous"),
    ("12:00:00", "lunch"),
    ("14:00:00", "continuous"),
    ("14:58:00", "closing_call"),
    ("15:01:00", "after_hours_entry"),
    ("15:10:00", "after_hours"),
)
KINDS = (
    *["limit"] * 20,
    "best5_cancel",
    "best5_limit",
    "own_best",
    "counter_best",
    "immediate_cancel",
    "fill_or_kill",
    "after_hours",
)
# By how often each comes: a day is long, and most of it is trading.
WORDS = (
    *["place"] * 20,
    *["other"] * 6,
    *["cancel"] * 4,
    *["next"] * 3,
    *["resume"] * 3,
    "halt",
    "kill",
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WORDS),
        st.sampled_from(SYMBOLS),
        st.sampled_from("BS"),
        st.integers(990, 1010).map(lambda cents: cents * 10),
        st.integers(1, 8).map(lambda lots: 100 * lots),
        st.sampled_from(KINDS),
    ),
    min_size=60,
    max_size=160,
)


@dataclass
class Day:
    """An exchange, what is on its disk, and what members were told."""

    exchange: Exchange
    phase: int = 0
    placed: int = 0
    traded: int = 0
    orders: dict[str, MemberOrder] = field(default_factory=dict)
    reports: list[dict] = field(default_factory=list)

    def now(self) -> At:
        return at(*PHASES[min(self.phase, len(PHASES) - 1)])

    def keep(self) -> None:
        """Write down what there is to write, as the floor does after every step."""
        batch = self.exchange.take_batch()
        self.orders.update({order_id: each for (_, order_id), each in batch.orders.items()})
        self.reports += [msgspec.msgpack.decode(report.body) for report in batch.reports]
        self.traded += sum(trade.qty for trade in self.exchange.take_prints())

    def next_phase(self) -> None:
        now, exchange = self.now(), self.exchange
        if now.phase == "opening_call_locked":
            exchange.end_call(now)
        elif now.phase == "closing_call":
            exchange.end_session(exchange.end_call(now), now)
        self.phase += 1
        if self.now().phase == "continuous":
            exchange.begin_continuous(self.now())
        elif self.now().phase == "after_hours":
            exchange.begin_after_hours(self.now())

    def kill(self) -> None:
        """A new exchange from what is on the disk; other people's orders are gone."""
        statuses = self.exchange.halts.told()
        self.exchange = opened(self.exchange.counters, self.exchange)
        self.exchange.restore(list(self.orders.values()), self.now(), statuses)


def opened(counters: Counters, before: Exchange | None = None) -> Exchange:
    exchange = Exchange(counters, lambda _gateway, _id: None)
    tapes = before.tapes if before else {}
    exchange.open_day([instrument(symbol, 10_000) for symbol in SYMBOLS], tapes)
    return exchange


def carry_out(day: Day, step: tuple) -> None:
    exchange, now = day.exchange, day.now()
    word, symbol, side, price, qty, kind = step
    match word:
        case "place":
            day.placed += 1
            market = kind not in ("limit", "after_hours")
            price = 0 if market and symbol.endswith("SZ") else price
            sent = order(f"o{day.placed}", side, price, qty, kind, symbol)
            exchange.place(GATEWAY, sent, now)
        case "other":
            exchange.place_other(symbol, BUY if side == "B" else SELL, price, qty, now)
        case "cancel":
            # One of the last orders: the older ones are mostly gone.
            exchange.cancel(GATEWAY, Cancel(f"o{day.placed - qty // 100}"), now)
        case "next":
            day.next_phase()
        case "kill":
            day.kill()
        case "halt":
            exchange.halt_exchange(symbol[-2:], "", now)
        case "resume":
            exchange.resume_exchange(symbol[-2:], now)
    day.keep()


def check(day: Day) -> None:
    """Every order by its own reports, and all of them against the tape."""
    told: dict[str, list[dict]] = {}
    for report in day.reports:
        if report["kind"] != "cancel_rejected":
            told.setdefault(report["id"], []).append(report)
    bought = sold = 0
    for order_id, reports in told.items():
        sent = day.orders[order_id].order
        if reports[0]["kind"] == "rejected":
            assert len(reports) == 1
            continue
        assert reports[0]["kind"] == "accepted"
        filled = [report for report in reports if report["kind"] == "filled"]
        gone = sum(report["qty"] for report in reports[1:])
        assert gone + reports[-1]["leaves"] == sent.qty
        assert day.orders[order_id].leaves == reports[-1]["leaves"]
        for report in filled:
            limit = sent.price_milli or report["price_milli"]
            better = limit - report["price_milli"]
            assert better >= 0 if sent.side == "B" else better <= 0
        shares = sum(report["qty"] for report in filled)
        bought += shares if sent.side == "B" else 0
        sold += shares if sent.side == "S" else 0
    # The others' shares are on the other side of what is left.
    assert max(bought, sold) <= day.traded
    assert sum(tape.volume for tape in day.exchange.tapes.values()) == day.traded
    for symbol, book in day.exchange.books.items():
        for side in (BUY, SELL):
            resting: dict[int, int] = {}
            for each in book.orders.values():
                if each.side == side:
                    price = book.low + each.level * book.tick
                    resting[price] = resting.get(price, 0) + each.quantity
            assert dict(book.depth(side, book.levels)) == resting, symbol


@settings(max_examples=120, deadline=None)
@given(STEPS)
def test_no_share_is_lost_or_made_on_any_day(steps: list[tuple]) -> None:
    day = Day(opened(Counters()))
    for step in steps:
        carry_out(day, step)
        for pit in day.exchange.pits.values():
            still = day.exchange.halts.is_still(pit)
            if day.now().phase == "continuous" and not still:
                assert not pit.book.is_crossed
        check(day)
    indexes = [report["index"] for report in day.reports]
    assert indexes == list(range(1, len(indexes) + 1))
    day.exchange.expire(at("15:30:00", "closed"))
    day.keep()
    check(day)
    assert [each for each in day.orders.values() if each.leaves] == []
    assert all(report["at"].startswith(DAY) for report in day.reports)
