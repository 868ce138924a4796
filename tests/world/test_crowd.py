"""The crowd on the book: each kind of trader, the call auctions, determinism."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks.venue.market import FIRST_DAY, open_market, prices_of
from yunquan_world.agents import calls, institutions, makers, momentum, value
from yunquan_world.agents.desk import Desk
from yunquan_world.agents.institutions import Parent
from yunquan_world.blotter import At, Counters
from yunquan_world.book import BUY, SELL
from yunquan_world.chance import dice
from yunquan_world.crowd import Crowd
from yunquan_world.exchange import Exchange
from yunquan_world.prices import Prices

SHARE = "607008.SH"
AT = At("", "continuous")


@pytest.fixture(scope="module")
def prices() -> Prices:
    return prices_of("small")


def desk_of(prices: Prices, symbol: str = SHARE, worth: float = 1.0) -> Desk:
    """A desk in an empty book; worth: of the security, over its previous close."""
    plan = prices.plan(symbol, FIRST_DAY, None)
    assert plan is not None
    worth_milli = plan.instrument.prev_close_milli * worth
    plan = replace(plan, path_milli=(worth_milli, worth_milli), heat=())
    exchange = Exchange(Counters(), lambda _gateway, _order_id: None)
    exchange.open_day([plan.instrument], {})
    desk = Desk(plan, exchange, dice("desk", symbol))
    desk.look(0.5)
    return desk


def quoted(prices: Prices, **options: float) -> Desk:
    desk = desk_of(prices, **options)
    makers.fill_levels(desk, 8, AT)
    desk.look(0.5)
    return desk


def test_makers_show_several_prices_on_both_sides_and_pay_no_spread(prices: Prices) -> None:
    desk = quoted(prices)
    assert len(desk.book.depth(BUY, 10)) == len(desk.book.depth(SELL, 10)) == 8
    for _ in range(400):
        desk.look(0.5)
        makers.quote(desk, 1.0, AT)
    assert desk.tape.volume == 0
    assert len(desk.quotes) <= makers.QUOTES_KEPT


@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_lone_order_far_off_is_not_taken_for_the_market(prices: Prices, side: int) -> None:
    """After a restart the members' orders are there before anybody else's: an order at the limit
    stays where its client put it.
    """
    desk = desk_of(prices)
    stray = desk.down if side == BUY else desk.up
    number = desk.place(side, stray, desk.usual_qty, AT)
    desk.look(0.5)
    desk.guess = desk.worth
    makers.fill_levels(desk, 8, AT)
    for _ in range(50):
        desk.look(0.5)
        desk.take(SELL if side == BUY else BUY, desk.usual_qty, AT)
        makers.fill_levels(desk, 8, AT)
    assert desk.book.left(number) == desk.usual_qty


def test_makers_move_up_when_bought_from_and_hold_less(prices: Prices) -> None:
    desk = quoted(prices)
    before = desk.guess
    for _ in range(12):
        desk.look(0.5)
        desk.take(BUY, desk.usual_qty, AT)
    for _ in range(30):
        desk.look(0.5)
        makers.quote(desk, 1.0, AT)
    assert desk.guess > before + desk.step_milli / 2
    assert desk.stock < -1


def test_value_traders_bring_the_price_to_the_worth(prices: Prices) -> None:
    desk = quoted(prices, worth=1.03)
    start = desk.mid
    for _ in range(600):
        desk.look(0.5)
        value.act(desk, AT)
        makers.quote(desk, 1.0, AT)
    assert desk.mid > start + 0.8 * (desk.worth - start)


def test_trend_followers_wait_for_a_trend(prices: Prices) -> None:
    desk = quoted(prices)
    for _ in range(50):
        momentum.act(desk, AT)
    assert desk.tape.volume == 0
    desk.fast = desk.slow + 6 * desk.step_milli
    for _ in range(50):
        momentum.act(desk, AT)
    assert desk.tape.volume > 0
    assert desk.tape.last_milli >= desk.ask


def test_an_institution_sends_its_parent_in_children_over_its_time(prices: Prices) -> None:
    desk = quoted(prices)
    parent = Parent(BUY, 60 * desk.usual_qty, 0.2, 0.6)
    sent = []
    working = True
    for number in range(2_000):
        share = 0.2 + 0.4 * number / 1_999
        desk.look(share)
        makers.fill_levels(desk, 8, AT)
        if working:
            working = institutions.act(desk, parent, share, AT)
        sent.append(parent.sent)
    assert not working
    assert parent.qty * 0.97 < parent.sent <= parent.qty
    assert sent[1_000] == pytest.approx(parent.qty / 2, rel=0.1)
    assert max(after - before for before, after in pairwise(sent)) <= (2 * desk.usual_qty)


@pytest.mark.parametrize("symbol", ["689228.SH", "302519.SZ", "920623.BJ", "511901.SH", SHARE])
def test_sizes_are_those_the_rules_allow(prices: Prices, symbol: str) -> None:
    plan = prices.plan(symbol, "2026-08-10", None)
    assert plan is not None
    rule = plan.instrument.rule
    desk = desk_of(prices, symbol)
    sizes = {desk.size() for _ in range(3_000)} | {desk.lots(qty) for qty in (0, 1, 333.3, 1e9)}
    assert all(rule.buy_min <= size <= rule.max_qty for size in sizes)
    assert all((size - rule.buy_min) % rule.buy_step == 0 for size in sizes)


def test_a_call_auction_has_orders_and_an_anchor_decides_its_price(prices: Prices) -> None:
    desk = desk_of(prices)
    call = At("", "closing_call")
    for _ in range(60):
        desk.look(1.0)
        calls.act(desk, call)
    assert desk.book.bid_milli() > desk.book.ask_milli() > 0
    close_milli = desk.to_tick(desk.worth * 1.02, BUY)
    calls.anchor(desk, close_milli, call)
    assert desk.exchange.end_call(call) == {SHARE: close_milli}
    assert desk.tape.last_milli == close_milli


def test_everything_comes_from_the_seed(prices: Prices) -> None:
    prints = []
    for run in ("x", "x", "y"):
        plans = prices.plans(FIRST_DAY, {})
        exchange, crowd = open_market(prices, plans, 5.0, run)
        for step in range(300):
            crowd.act(0.6, step / 2_400, AT)
        prints.append(exchange.take_prints())
    assert prints[0] == prints[1]
    assert len(prints[0]) > 500
    assert prints[0] != prints[2], "a restart has dice of its own"


def test_funds_and_indices_follow_their_shares(prices: Prices) -> None:
    plans = prices.plans(FIRST_DAY, {})
    exchange, crowd = open_market(prices, plans, 15.0)
    for step in range(600):
        crowd.act(0.6, step / 2_400, AT)
    crowd.settle()
    levels = prices.levels
    index = exchange.tapes["000871.SH"]
    before = levels.before_milli("000871.SH", FIRST_DAY)
    units = {listing.symbol: listing.units for listing in levels.listings}
    now = then = 0.0
    for symbol in levels.members["000871.SH"]:
        reference = levels.action(symbol, FIRST_DAY).reference_milli(
            levels.before_milli(symbol, FIRST_DAY)
        )
        now += units[symbol] * exchange.tapes[symbol].price_milli
        then += units[symbol] * reference
    assert index.last_milli / before == pytest.approx(now / then, abs=0.0005)
    assert index.volume == sum(
        exchange.tapes[symbol].volume for symbol in levels.members["000871.SH"]
    )
    fund = crowd.desks["569001.SH"]
    fair = levels.before_milli("569001.SH", FIRST_DAY) * now / then
    assert fund.mid == pytest.approx(fair, rel=0.004)
    assert not exchange.books["000871.SH"].orders


def test_nobody_trades_what_is_halted_or_when_there_is_no_crowd(prices: Prices) -> None:
    plan = prices.plan(SHARE, FIRST_DAY, None)
    assert plan is not None
    halted = replace(plan, instrument=replace(plan.instrument, halted=True))
    exchange = Exchange(Counters(), lambda _gateway, _order_id: None)
    exchange.open_day([halted.instrument], {})
    assert Crowd(exchange, [halted], 7, 100.0, "").desks == {}
    assert Crowd(exchange, [plan], 7, 0.0, "").act(1.0, 0.5, AT) == 0


def test_without_limits_people_stay_near_the_worth(prices: Prices) -> None:
    new = next(listing for listing in prices.levels.listings if listing.first_day and listing.units)
    plan = prices.plan(new.symbol, new.first_day, None)
    assert plan is not None
    assert not plan.instrument.has_limit
    assert plan.instrument.listing_day == 1
    exchange, crowd = open_market(prices, [plan], 60.0)
    for step in range(400):
        crowd.act(0.6, step / 2_400, AT)
    tape = exchange.tapes[new.symbol]
    assert tape.volume
    assert 0.5 < tape.low_milli / min(plan.path_milli) <= tape.high_milli / max(plan.path_milli) < 2
