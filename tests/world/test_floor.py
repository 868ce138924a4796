"""Whole days on the floor, without sockets: the crowd, the phases, the minutes, restarts."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.world.client import LINJIANG, quiet
from yunquan_world.bars import Series, sample_bars
from yunquan_world.blotter import StoredReport
from yunquan_world.book import BUY, SELL
from yunquan_world.events import DayEnded, DayOpened, Event, MinuteEnded, TimeAnnounced
from yunquan_world.exchange import Print
from yunquan_world.floor import Floor
from yunquan_world.hours import CLOSE_S, OPEN_S
from yunquan_world.messages import NewOrder
from yunquan_world.prices import Prices, with_generated
from yunquan_world.settings import Settings
from yunquan_world.store import Store

CALLS_END = ("09:25", "15:00")
GATEWAY = "YQ01.counter-0"


@pytest.fixture(scope="module")
def bars() -> dict[str, Series]:
    return with_generated(sample_bars(), 7)


def floor_in(folder: Path, bars: dict[str, Series], **options: Any) -> Floor:
    chosen = {
        "hours": "always",
        "orders_per_s": 0,
        "order_latency_ms": (0.0, 0.0),
        "faults": quiet(),
        "sync": "normal",
        **options,
    }
    settings = Settings(data=folder, venue="", bank="", **chosen)
    floor = Floor(settings, Store(folder / "exchange.sqlite", settings.sync), Prices(bars, 7))
    floor.open()
    return floor


def order(order_id: str, side: str, price_milli: int, qty: int) -> NewOrder:
    return NewOrder(order_id, "0123456789", "000001", "SZ", side, "limit", price_milli, qty)


def of(kind: type, events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def kinds(events: list[Event]) -> list[tuple[str, str]]:
    decoded = [msgspec.msgpack.decode(report.body) for report in of(StoredReport, events)]
    return [(report["kind"], report["code"]) for report in decoded]


def test_a_new_world_is_open_and_later_days_begin_with_their_bell(
    tmp_path: Path, bars: dict[str, Series]
) -> None:
    floor = floor_in(tmp_path, bars, hours="day", speed=3600.0, orders_per_s=10)
    assert (floor.moment.phase, floor.moment.text) == ("continuous", "09:30:00")
    assert floor.exchange.books["000001.SZ"].ask_milli() > 0
    floor.advance(floor.timetable.day_s + 0.1)
    seen = []
    for event in of(TimeAnnounced, floor.take_events()):
        if not seen or seen[-1] != (event.trading_day, event.moment.phase):
            seen.append((event.trading_day, event.moment.phase))
    assert seen == [
        ("2026-07-13", "continuous"),
        ("2026-07-13", "lunch"),
        ("2026-07-13", "continuous"),
        ("2026-07-13", "closing_call"),
        ("2026-07-13", "after_hours_entry"),
        ("2026-07-13", "after_hours"),
        ("2026-07-13", "closed"),
        ("2026-07-14", "pre_open"),
        ("2026-07-14", "opening_call"),
        ("2026-07-14", "opening_call_locked"),
        ("2026-07-14", "opening_gap"),
        ("2026-07-14", "continuous"),
    ]


def test_the_crowd_keeps_every_book_alive_and_ends_at_the_real_close(
    tmp_path: Path, bars: dict[str, Series]
) -> None:
    floor = floor_in(tmp_path, bars, speed=600.0, orders_per_s=400)
    two_sided = looks = 0
    for _ in range(46):
        floor.advance(0.5)
        for book in floor.exchange.books.values():
            looks += 1
            bids, asks = book.depth(BUY, 5), book.depth(SELL, 5)
            assert not bids or not asks or bids[0][0] < asks[0][0]
            two_sided += len(bids) == 5 and len(asks) == 5
    assert two_sided > 0.95 * looks
    floor.advance(floor.timetable.day_s - 23.0 - 0.01)
    floor.take_events()
    floor.advance(0.02)
    assert floor.trading_day == "2026-07-14"
    for symbol, instrument in floor.instruments.items():
        closes = dict(floor.history(symbol))
        assert closes["2026-07-13"] == instrument.prev_close_milli
        if symbol in sample_bars():
            series = bars[symbol]
            real = series.closes_milli[series.days.index("2026-07-13")]
            assert abs(instrument.prev_close_milli - real) <= 5


def test_the_last_trade_of_the_day_is_at_the_close(tmp_path: Path, bars: dict[str, Series]) -> None:
    floor = floor_in(tmp_path, bars, hours="day", speed=2400.0, orders_per_s=400)
    floor.advance(floor.timetable.elapsed(CLOSE_S + 60) - floor.timetable.elapsed(OPEN_S))
    assert floor.moment.phase == "after_hours_entry"
    last = {trade.symbol: trade.price_milli for trade in of(Print, floor.take_events())}
    closes = {symbol: dict(floor.store.load_closes(symbol, "2026-07-14")) for symbol in last}
    assert last == {symbol: days["2026-07-13"] for symbol, days in closes.items()}


def test_two_runs_of_a_seed_are_the_same(tmp_path: Path, bars: dict[str, Series]) -> None:
    trades = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        floor = floor_in(tmp_path / name, bars, orders_per_s=300)
        floor.advance(3.0)
        trades.append(of(Print, floor.take_events()))
    assert trades[0] == trades[1]
    assert len(trades[0]) > 100


def test_minutes_add_up_to_the_day(tmp_path: Path, bars: dict[str, Series]) -> None:
    floor = floor_in(tmp_path, bars, hours="day", speed=1200.0, orders_per_s=300)
    floor.advance(floor.timetable.elapsed(CLOSE_S + 60) - floor.timetable.elapsed(OPEN_S))
    events = floor.take_events()
    told = [event.bars[LINJIANG] for event in of(MinuteEnded, events)]
    trades = [event for event in of(Print, events) if event.symbol == LINJIANG]
    assert len(told) == 240
    assert (told[0][0], told[119][0], told[120][0], told[-1][0]) == (
        "09:31",
        "11:30",
        "13:01",
        "15:00",
    )
    assert told == floor.minutes(LINJIANG)
    assert sum(bar[5] for bar in told) == sum(trade.qty for trade in trades)
    assert sum(bar[6] for bar in told) == floor.tape(LINJIANG).turnover_fen
    assert max(bar[2] for bar in told) == floor.tape(LINJIANG).high_milli
    assert told[-1][4] == trades[-1].price_milli
    for _, open_, high, low, close, _, _ in told:
        assert low <= min(open_, close) <= max(open_, close) <= high


def test_a_day_without_trades_has_flat_minutes(tmp_path: Path, bars: dict[str, Series]) -> None:
    floor = floor_in(tmp_path, bars, speed=60.0)
    floor.advance(2.5)
    prev_close_milli = floor.instruments[LINJIANG].prev_close_milli
    flat = (prev_close_milli,) * 4
    assert floor.minutes(LINJIANG) == [("09:31", *flat, 0, 0), ("09:32", *flat, 0, 0)]


def test_orders_wait_for_the_networks_delay_in_order(
    tmp_path: Path, bars: dict[str, Series]
) -> None:
    floor = floor_in(tmp_path, bars, order_latency_ms=(20.0, 120.0))
    price_milli = floor.instruments[LINJIANG].prev_close_milli
    for number in range(20):
        floor.submit(GATEWAY, order(f"o{number}", "B", price_milli, 100))
    floor.advance(0.015)
    assert of(StoredReport, floor.take_events()) == []
    floor.advance(0.110)
    assert [report.order_id for report in of(StoredReport, floor.take_events())] == [
        f"o{number}" for number in range(20)
    ]


def test_the_day_ends_for_members(tmp_path: Path, bars: dict[str, Series]) -> None:
    floor = floor_in(tmp_path, bars, speed=3600.0)
    price_milli = floor.instruments[LINJIANG].prev_close_milli
    floor.submit(GATEWAY, order("a", "B", price_milli, 200))
    floor.deliver_due()
    floor.place_other(LINJIANG, SELL, price_milli, 100)
    floor.advance(floor.timetable.day_s)
    events = floor.take_events()
    assert kinds(events) == [("accepted", ""), ("filled", ""), ("cancelled", "expired")]
    ended = next(event for event in events if isinstance(event, DayEnded))
    assert ended == DayEnded("2026-07-13", {GATEWAY: 3})
    order_of = [type(event) for event in events if isinstance(event, StoredReport | DayEnded)]
    assert order_of[-1] is DayEnded
    assert [event.trading_day for event in of(DayOpened, events)] == ["2026-07-13", "2026-07-14"]


@pytest.mark.parametrize("played_s", [0.0, 1.0, 3.9, 6.5, 13.0, 19.5, 21.0, 40.0])
def test_a_restart_continues_at_the_same_time(
    tmp_path: Path, bars: dict[str, Series], played_s: float
) -> None:
    options = {"hours": "day", "speed": 1200.0, "orders_per_s": 100}
    before = floor_in(tmp_path, bars, **options)
    before.advance(played_s)
    before.save()
    minutes = {symbol: before.minutes(symbol) for symbol in before.instruments}
    before.store.close()
    after = floor_in(tmp_path, bars, **options)
    assert after.trading_day == before.trading_day
    assert after.moment.text == before.moment.text
    assert after.moment.phase == before.moment.phase
    assert after.instruments == before.instruments
    for symbol, tape in before.exchange.tapes.items():
        assert after.minutes(symbol) == minutes[symbol]
        restored = after.tape(symbol)
        assert restored.volume >= tape.volume
        assert restored.open_milli == tape.open_milli or not tape.open_milli
        assert restored.seq > tape.seq
    after.advance(after.timetable.day_s)
    assert after.trading_day > before.trading_day


def test_a_restart_puts_open_orders_back(tmp_path: Path, bars: dict[str, Series]) -> None:
    before = floor_in(tmp_path, bars)
    price_milli = before.instruments[LINJIANG].prev_close_milli
    for number in range(3):
        before.submit(GATEWAY, order(f"o{number}", "B", price_milli, 100))
    before.deliver_due()
    before.place_other(LINJIANG, SELL, price_milli, 150)
    # No save: what members were told is on disk without it.
    before.store.close()
    after = floor_in(tmp_path, bars)
    assert after.exchange.books[LINJIANG].depth(BUY, 5) == [(price_milli, 150)]
    after.place_other(LINJIANG, SELL, price_milli, 100)
    reports = of(StoredReport, after.take_events())
    assert [(report.index, report.order_id) for report in reports] == [(6, "o1"), (7, "o2")]
    assert len({report.exec_number for report in reports} | set(range(1, 6))) == 7
    after.submit(GATEWAY, order("o0", "B", price_milli, 100))
    after.deliver_due()
    assert kinds(after.take_events()) == [], "an old id is known after a restart"


def test_another_speed_after_a_restart_keeps_the_time(
    tmp_path: Path, bars: dict[str, Series]
) -> None:
    before = floor_in(tmp_path, bars, speed=60.0)
    before.advance(30.0)
    before.save()
    before.store.close()
    after = floor_in(tmp_path, bars, speed=1.0)
    assert after.moment.text == before.moment.text == "10:00:00"


def test_a_full_disk_stops_the_exchange_before_it_tells_what_it_could_not_keep(
    tmp_path: Path, bars: dict[str, Series]
) -> None:
    floor = floor_in(tmp_path, bars)
    price_milli = floor.instruments[LINJIANG].prev_close_milli
    connection = floor.store._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    told: list[StoredReport] = []
    with pytest.raises(sqlite3.OperationalError, match="full"):
        for number in range(10_000):
            floor.submit(GATEWAY, order(f"o{number}", "B", price_milli, 100))
            floor.deliver_due()
            told += of(StoredReport, floor.take_events())
    floor.submit(GATEWAY, order("later", "B", price_milli, 100))
    with pytest.raises(sqlite3.OperationalError, match="earlier write"):
        floor.deliver_due()
    assert of(StoredReport, floor.take_events()) == []
    floor.store.close()
    again = floor_in(tmp_path, bars)
    assert again.next_report(GATEWAY) == len(told) + 1
    assert again.exchange.books[LINJIANG].depth(BUY, 1) == [(price_milli, 100 * len(told))]


def test_a_first_day_before_the_bars_begins_when_there_is_something_to_trade(
    tmp_path: Path,
) -> None:
    days = ("2026-01-05", "2026-01-06", "2026-01-07")
    few = {"600000.SH": Series("600000.SH", days, (10_000, 10_100, 10_200))}
    settings = Settings(data=tmp_path, venue="", bank="", first_day="2020-01-01", orders_per_s=0)
    floor = Floor(settings, Store(tmp_path / "x.sqlite", "normal"), Prices(few, 7))
    floor.open()
    assert floor.trading_day == "2026-01-06"
    assert floor.instruments["600000.SH"].prev_close_milli == 10_000


def test_a_time_told_is_never_taken_back(tmp_path: Path, bars: dict[str, Series]) -> None:
    before = floor_in(tmp_path, bars, speed=60.0)
    before.advance(2.5)
    told = [event.moment for event in of(TimeAnnounced, before.take_events())][-1]
    before.advance(0.3)
    before.submit(GATEWAY, order("a", "B", before.instruments[LINJIANG].prev_close_milli, 100))
    before.deliver_due()
    at = before.moment.market_s
    # No save: a kill.
    before.store.close()
    after = floor_in(tmp_path, bars, speed=60.0)
    assert after.moment.market_s == pytest.approx(at)
    assert at > told.market_s


def at_time(floor: Floor, market_s: float) -> None:
    """Let time pass until this second of the day has come."""
    floor.advance(floor.timetable.elapsed(market_s) - floor._elapsed_s + 0.01)


@pytest.mark.parametrize("orders_per_s", [0.0, 200.0])
def test_a_kill_in_any_phase_loses_no_order_and_holds_every_auction_once(
    tmp_path: Path, bars: dict[str, Series], orders_per_s: float
) -> None:
    """A member's orders meet in both calls; the exchange dies again and again."""
    options = {"hours": "day", "speed": 1200.0, "orders_per_s": orders_per_s}
    floor = floor_in(tmp_path, bars, **options)
    floor.advance(floor.timetable.day_s - floor._elapsed_s + 0.01)
    floor.take_events()
    day = floor.trading_day
    prev_close_milli = floor.instruments[LINJIANG].prev_close_milli
    high = floor.instruments[LINJIANG].limit_up_milli
    low = floor.instruments[LINJIANG].limit_down_milli
    told: list[StoredReport] = []
    auctions = 0
    steps = [
        (9 * 3600 + 16 * 60, [order("o1", "B", high, 300)]),
        (9 * 3600 + 18 * 60, []),
        (9 * 3600 + 22 * 60, [order("o2", "S", low, 300)]),
        (9 * 3600 + 26 * 60, [order("gap", "B", prev_close_milli, 100)]),
        (10 * 3600, [order("late", "B", high, 200)]),
        (14 * 3600 + 58 * 60, [order("c1", "B", high, 300), order("c2", "S", low, 300)]),
        (15 * 3600 + 60, []),
        (15 * 3600 + 12 * 60, []),
        (15 * 3600 + 40 * 60, []),
    ]
    for market_s, orders in steps:
        at_time(floor, market_s)
        for each in orders:
            late = each.id == "late"
            sent = msgspec.structs.replace(each, kind="after_hours") if late else each
            floor.submit(GATEWAY, sent)
        floor.deliver_due()
        events = floor.take_events()
        told += of(StoredReport, events)
        auctions += sum(
            trade.symbol == LINJIANG and not trade.side and trade.stamp[11:16] in CALLS_END
            for trade in of(Print, events)
        )
        # No save: a kill.
        floor.store.close()
        floor = floor_in(tmp_path, bars, **options)
        assert floor.trading_day == day
    told += of(StoredReport, floor.take_events())
    assert [report.index for report in told] == list(range(1, len(told) + 1))
    found = [msgspec.msgpack.decode(report.body) for report in told]
    kinds_of = {
        name: [report["kind"] for report in found if report["id"] == name]
        for name in ("o1", "o2", "c1", "c2", "late")
    }
    for name in ("o1", "o2", "c1", "c2"):
        assert kinds_of[name][0] == "accepted"
        assert kinds_of[name][-1] == "filled", name
        filled = [r["qty"] for r in found if r["id"] == name and r["kind"] == "filled"]
        assert sum(filled) == 300
    assert kinds_of["late"][0] == "accepted"
    assert kinds_of["late"][-1] == ("filled" if orders_per_s else "cancelled")
    assert auctions == 2, "one opening and one closing"
    ends = floor.store.load_day_ends(GATEWAY, 1)
    assert ends[-1] == (day, len(told))


def test_others_open_the_day_by_an_auction_near_the_days_path(
    tmp_path: Path, bars: dict[str, Series]
) -> None:
    floor = floor_in(tmp_path, bars, hours="day", speed=3600.0, orders_per_s=300)
    floor.advance(floor.timetable.day_s - floor._elapsed_s + 0.01)
    floor.take_events()
    at_time(floor, 9 * 3600 + 26 * 60)
    opened = {each.symbol: each for each in of(Print, floor.take_events()) if not each.side}
    trading = {name for name, each in floor.instruments.items() if not each.halted}
    assert set(opened) == trading
    for symbol, trade in opened.items():
        fair_milli = next(
            plan.fair_milli(0.0) for plan in floor._plans if plan.instrument.symbol == symbol
        )
        assert trade.price_milli == pytest.approx(fair_milli, rel=0.01)
        assert floor.tape(symbol).open_milli == trade.price_milli


def test_others_trade_at_the_close_after_hours(tmp_path: Path, bars: dict[str, Series]) -> None:
    floor = floor_in(tmp_path, bars, hours="day", speed=3600.0, orders_per_s=300)
    at_time(floor, CLOSE_S + 60)
    closes = {symbol: tape.close_milli for symbol, tape in floor.exchange.tapes.items()}
    assert min(closes.values()) > 0
    before = {symbol: tape.volume for symbol, tape in floor.exchange.tapes.items()}
    floor.take_events()
    price_milli = closes[LINJIANG]
    late = msgspec.structs.replace(order("a", "B", price_milli, 100), kind="after_hours")
    floor.submit(GATEWAY, late)
    at_time(floor, CLOSE_S + 29 * 60)
    events = floor.take_events()
    assert kinds(events)[:2] == [("accepted", ""), ("filled", "")]
    trades = of(Print, events)
    assert {trade.price_milli for trade in trades if trade.symbol == LINJIANG} == {price_milli}
    eligible = {name for name in closes if not name.endswith("BJ")}
    assert {trade.symbol for trade in trades} <= eligible
    for symbol, tape in floor.exchange.tapes.items():
        late_volume = sum(trade.qty for trade in trades if trade.symbol == symbol)
        assert tape.volume == before[symbol] + late_volume
        assert tape.price_milli == closes[symbol]
