"""The generated universe: what it lists, how it moves, what its names are."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import pstdev

import pytest

from yunquan_world.bars import Series, sample_bars
from yunquan_world.floor import Floor
from yunquan_world.levels import Action
from yunquan_world.names import INDUSTRIES
from yunquan_world.prices import Prices, with_generated
from yunquan_world.rules import board_of, product_of
from yunquan_world.settings import Settings
from yunquan_world.store import Store

FIRST_DAY = "2026-07-13"


@pytest.fixture(scope="module")
def bars() -> dict[str, Series]:
    return with_generated(sample_bars(), 7)


@pytest.fixture(scope="module")
def prices(bars: dict[str, Series]) -> Prices:
    return Prices(bars, 7, "full", FIRST_DAY)


def test_the_full_universe_has_every_kind_of_security(prices: Prices) -> None:
    products = Counter(listing.product for listing in prices.levels.listings)
    assert products["stock"] == 300
    assert sum(count for name, count in products.items() if name.startswith("etf")) == 30
    assert {
        "etf_wide",
        "etf_bond",
        "etf_gold",
        "etf_money",
        "etf_cross_border",
        "convertible",
        "treasury",
    } < products.keys()
    assert 6 <= products["index"] <= 10
    stocks = [listing for listing in prices.levels.listings if listing.product == "stock"]
    boards = Counter(board_of(stock.symbol) for stock in stocks)
    assert boards == {"main": 165, "star": 50, "chinext": 65, "bse": 20}
    assert {stock.industry for stock in stocks} == set(INDUSTRIES)


def test_the_small_universe_is_small_and_none_is_none(bars: dict[str, Series]) -> None:
    assert 40 <= len(Prices(bars, 7, "small", FIRST_DAY).levels.listings) <= 60
    assert Prices(bars, 7, "none", FIRST_DAY).levels.listings == []


def test_names_and_codes_are_given_once(prices: Prices, bars: dict[str, Series]) -> None:
    listings = prices.levels.listings
    assert len({listing.symbol for listing in listings}) == len(listings)
    assert len({listing.name for listing in listings}) == len(listings)
    assert not {listing.symbol for listing in listings} & set(bars)
    warned = [listing.name for listing in listings if listing.risk_warned]
    assert len(warned) >= 4
    assert all(name.startswith(("ST", "*ST")) or name.endswith("退") for name in warned)


def test_a_seed_gives_one_market_and_another_seed_another(bars: dict[str, Series]) -> None:
    one, same = (Prices(bars, 7, "small", FIRST_DAY) for _ in range(2))
    other = Prices(bars, 8, "small", FIRST_DAY)
    assert one.plans("2026-07-20", {}) == same.plans("2026-07-20", {})
    assert one.levels.listings != other.levels.listings


def test_days_asked_for_out_of_order_are_the_same(bars: dict[str, Series]) -> None:
    one, other = (Prices(bars, 7, "small", FIRST_DAY) for _ in range(2))
    late = one.plan("607008.SH", "2027-03-01", 20_000)
    assert late is not None
    for day in (FIRST_DAY, "2026-11-02", "2027-03-01"):
        other.plans(day, {})
    assert other.plan("607008.SH", "2027-03-01", 20_000) == late


def test_histories_move_like_shares_and_with_each_other(prices: Prices) -> None:
    moves: dict[str, list[float]] = {}
    for listing in prices.levels.listings:
        closes = [close for _, close in prices.history(listing.symbol, FIRST_DAY)]
        assert all(close > 0 for close in closes)
        if listing.product == "stock" and not listing.first_day:
            assert len(closes) > 450
        if len(closes) > 450:
            moves[listing.symbol] = [after / before - 1 for before, after in pairwise(closes)]
    sizes = sorted(pstdev(moves[symbol]) for symbol in moves if product_of(symbol) == "stock")
    assert 0.01 < sizes[0] < sizes[len(sizes) // 2] < 0.04
    # The market's own move is smaller than a share's: what each does by itself averages out.
    assert pstdev(moves["000871.SH"]) < 0.75 * sizes[len(sizes) // 2]
    assert pstdev(moves["511901.SH"]) < 0.002
    assert pstdev(moves["511911.SH"]) < 0.004


def test_an_index_is_its_shares(prices: Prices) -> None:
    levels = prices.levels
    day, before = "2026-07-14", "2026-07-13"
    units = {listing.symbol: listing.units for listing in levels.listings}
    now = then = 0.0
    for symbol in levels.members["000872.SH"]:
        if levels.worth_milli(symbol, day) and levels.worth_milli(symbol, before):
            reference = levels.action(symbol, day).reference_milli(
                levels.worth_milli(symbol, before)
            )
            now += units[symbol] * levels.worth_milli(symbol, day)
            then += units[symbol] * reference
    index = levels.worth_milli("000872.SH", day) / levels.worth_milli("000872.SH", before)
    assert index == pytest.approx(now / then)


@pytest.mark.parametrize(
    ("action", "close_milli", "reference_milli"),
    [
        (Action(230, 0), 10_000, 9_770),
        (Action(0, 3), 13_000, 10_000),
        (Action(1_000, 10), 21_000, 10_000),
        (Action(0, 0, 3, 8_000), 12_000, 144_000 / 13),
    ],
)
def test_an_ex_day_takes_dividend_and_new_shares_from_the_price(
    action: Action, close_milli: int, reference_milli: int
) -> None:
    assert action.reference_milli(close_milli) == reference_milli


def test_the_previous_close_of_an_ex_day_is_the_reference_price(prices: Prices) -> None:
    prices.plans(FIRST_DAY, {})
    (symbol, day), action = next(
        (place, action) for place, action in prices.levels.actions.items() if place[1] == FIRST_DAY
    )
    plan = prices.plan(symbol, day, 20_000)
    assert plan is not None
    expected = action.prev_close_milli(20_000, 10)
    assert plan.instrument.prev_close_milli == expected < 20_000
    assert abs(expected - action.reference_milli(20_000)) <= 5


def test_what_is_announced_has_its_days_in_order(prices: Prices) -> None:
    """Every day of four months: dividends, new shares of both kinds and rights, never a day late,
    and a share on offer doesn't trade from its window to its ex day.
    """
    calendar, day, seen = prices.calendar, FIRST_DAY, {}
    for _ in range(85):
        for one in prices.levels.announcements(day):
            known = seen.setdefault(one.id, one)
            assert known == one, "an announcement stays what it was"
        day = calendar.next_day(day)
    kinds = {
        "cash": [one for one in seen.values() if one.cash_milli],
        "bonus": [one for one in seen.values() if one.bonus],
        "capital": [one for one in seen.values() if one.capital],
        "rights": [one for one in seen.values() if one.rights],
    }
    assert all(kinds.values()), {name: len(found) for name, found in kinds.items()}
    for one in seen.values():
        assert one.announced_on < one.record_day < one.ex_day <= one.last_day
        assert calendar.next_day(one.record_day) == one.ex_day or one.rights
        if not one.rights:
            continue
        window = (one.rights_from, one.rights_to, one.outcome_day)
        assert one.record_day < window[0] < window[1] < window[2] < one.ex_day < one.listing_day
        for halted in window:
            plan = prices.plan(one.symbol, halted, 20_000)
            assert plan is not None
            assert plan.instrument.halted
            assert plan.close_milli == plan.instrument.prev_close_milli == 20_000
        after = prices.plan(one.symbol, one.ex_day, 20_000)
        assert after is not None
        moved = after.instrument.prev_close_milli != 20_000
        assert (moved, after.instrument.halted) == (not one.failed, False)


def test_the_calendar_is_the_seeds(prices: Prices) -> None:
    def told(seed: int) -> list[object]:
        made = Prices(prices.bars, seed, "small", FIRST_DAY)
        return list(made.levels.announcements("2026-07-20"))

    assert told(7) == told(7)
    assert told(7) != told(8)


def test_new_shares_come_and_old_ones_go(prices: Prices) -> None:
    coming = next(listing for listing in prices.levels.listings if listing.first_day > FIRST_DAY)
    assert prices.plan(coming.symbol, FIRST_DAY, None) is None
    plan = prices.plan(coming.symbol, coming.first_day, None)
    assert plan is not None
    assert prices.history(coming.symbol, coming.first_day) == []
    going = next(listing for listing in prices.levels.listings if listing.last_day)
    assert prices.plan(going.symbol, going.last_day, None) is not None
    after = prices.calendar.next_day(going.last_day)
    assert prices.plan(going.symbol, after, None) is None


def floor_in(folder: Path, bars: dict[str, Series]) -> Floor:
    settings = Settings(
        data=folder, venue="", bank="", hours="always", speed=600.0, orders_per_s=500, sync="normal"
    )
    store = Store(folder / "exchange.sqlite", settings.sync)
    floor = Floor(settings, store, Prices(bars, 7, "small", FIRST_DAY))
    floor.open()
    return floor


def test_days_follow_each_other_and_a_restart_goes_on_in_the_middle(
    bars: dict[str, Series], tmp_path: Path
) -> None:
    before = floor_in(tmp_path, bars)
    before.advance(before.timetable.day_s * 1.4)
    assert before.trading_day == "2026-07-14"
    before.save()
    closes = before.store.load_last_closes(before.trading_day)
    for symbol, instrument in before.instruments.items():
        action = before.prices.levels.action(symbol, before.trading_day)
        assert instrument.prev_close_milli == pytest.approx(
            action.reference_milli(closes[symbol]), abs=6
        )
    before.store.close()
    after = floor_in(tmp_path, bars)
    assert after.instruments == before.instruments
    for symbol, tape in before.exchange.tapes.items():
        assert after.tape(symbol).last_milli
        assert after.tape(symbol).volume >= tape.volume
    after.advance(after.timetable.day_s)
    assert after.trading_day == "2026-07-15"
    for symbol, close_milli in after.store.load_last_closes(after.trading_day).items():
        if product_of(symbol) == "index" or symbol == "569001.SH":
            worth = after.prices.levels.worth_milli(symbol, "2026-07-14")
            assert close_milli == pytest.approx(worth, rel=0.02), "prices don't run from the worth"


def test_moods_last(prices: Prices) -> None:
    moods = prices.levels.moods
    assert set(moods) == {"calm", "nervous", "crisis"}
    changes = sum(before != after for before, after in pairwise(moods))
    assert changes < len(moods) / 8
