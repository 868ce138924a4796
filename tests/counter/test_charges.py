"""Fees and freezes in money: the market's vectors, the commission floor over partial fills, the
worst case.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counter.desk import ACCOUNT, BSE, BUY, MAIN, NEXT_DAY, SELL, STAR, Desk, funded_desk
from tests.counter.invariants import check_state
from yunquan.counter.rules.charges import fill_charges, worst_case_buy
from yunquan.counter.rules.state import Fees
from yunquan.counter.types import OrderState

RATES = Fees(25_000, 500, 50_000, 1_000)


def half_up(value: Fraction) -> int:
    return int(
        (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1), ROUND_HALF_UP)
    )


def test_vector_8_sell_1000_at_12_34() -> None:
    charges = fill_charges(RATES, SELL, 0, 0, 12_340, 1000, 0)
    assert (charges.amount, charges.commission, charges.stamp, charges.transfer) == (
        1_234_000,
        500,
        617,
        12,
    )
    assert charges.amount - charges.commission - charges.stamp - charges.transfer == 1_232_871


def test_vector_8_through_the_counter() -> None:
    desk = Desk()
    desk.begin()
    desk.instruments[MAIN] = replaced(desk, 15_000)
    desk.open_account()
    desk.give(MAIN, 1000)
    order = desk.accepted(SELL, 12_340, 1000)
    event = desk.report("filled", order, 12_340, 1000)
    assert (event.amount, event.commission, event.stamp, event.transfer, event.unpaid) == (
        1_234_000,
        500,
        617,
        12,
        0,
    )
    assert desk.cash() == (0, 1_232_871, 0, 0)
    assert (
        desk.house("firm:commission"),
        desk.house("tax:stamp"),
        desk.house("depository:transfer_fee"),
    ) == (500, 617, 12)
    assert desk.house("clearing:SH") == -1_234_000
    assert desk.house("clearing:SH", MAIN) == 1000
    assert desk.order(order).state == OrderState.FILLED
    check_state(desk.state)


def replaced(desk: Desk, limit_up: int) -> object:
    import msgspec

    return msgspec.structs.replace(desk.instruments[MAIN], limit_up_milli=limit_up)


@given(st.integers(1, 10**13), st.integers(0, 10**6))
def test_each_part_rounds_half_up(amount_yuan: int, rate: int) -> None:
    fees = Fees(rate, 0, rate, rate)
    charges = fill_charges(fees, SELL, 0, 0, 10 * amount_yuan, 1, 0)
    exact = half_up(Fraction(charges.amount * rate, 10**8))
    assert (charges.stamp, charges.transfer) == (exact, exact)


fills = st.lists(st.tuples(st.integers(1, 4000), st.integers(0, 200)), min_size=1, max_size=40)


@settings(max_examples=300, deadline=None)
@given(
    fills,
    st.sampled_from([1, 10]),
    st.integers(1, 30_000),
    st.sampled_from([0, 1_000, 2_000, 10_000]),
    st.sampled_from([0, 25_000, 300_000]),
    st.sampled_from([0, 500]),
)
def test_the_worst_case_covers_any_split(
    parts: list[tuple[int, int]],
    tick: int,
    price_ticks: int,
    transfer: int,
    commission: int,
    floor: int,
) -> None:
    """However a buy is split into fills, at its price or better, it never costs more than was
    frozen.
    """
    price = price_ticks * tick
    fees = Fees(commission, floor, 0, transfer)
    qty = sum(part for part, _ in parts)
    frozen = worst_case_buy(price, qty, commission, floor, transfer)
    amount = charged = cost = worth = 0
    for part, better_ticks in parts:
        traded = max(price - tick * better_ticks, tick)
        charges = fill_charges(fees, BUY, worth, charged, traded, part, 0)
        assert charges.unpaid == 0
        worth += traded * part
        amount += charges.amount
        charged += charges.commission
        cost += charges.amount + charges.commission + charges.transfer
        assert cost <= frozen
    assert amount == half_up(Fraction(worth, 10)), "fills round together, not one by one"
    assert charged == (max(half_up(Fraction(amount * commission, 10**8)), floor) if amount else 0)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_fees_grow_with_the_amount(one: int, more: int) -> None:
    small, large = (
        fill_charges(RATES, SELL, 0, 0, 10, amount, 10**12) for amount in (one, one + more)
    )
    assert (small.commission, small.stamp, small.transfer) <= (
        large.commission,
        large.stamp,
        large.transfer,
    )


def test_the_floor_is_charged_once_over_partial_fills() -> None:
    desk = funded_desk()
    order = desk.accepted(BUY, 10_000, 1000)
    assert desk.order(order).frozen == 1_000_000 + 500 + 20
    added = [desk.report("filled", order, 10_000, qty).commission for qty in (100, 200, 300, 400)]
    assert added == [500, 0, 0, 0]
    assert desk.house("firm:commission") == 500
    assert desk.cash() == (100_000_000 - 1_000_000 - 500 - 10, 0, 0, 0)
    check_state(desk.state)


def test_beyond_the_floor_each_fill_adds_what_the_total_grew() -> None:
    desk = funded_desk(1_000_000_000)
    order = desk.accepted(BUY, 10_000, 50_000)
    added = [
        desk.report("filled", order, 10_000, qty).commission
        for qty in (10_000, 15_000, 24_900, 100)
    ]
    assert added == [2_500, 3_750, 6_225, 25]
    assert sum(added) == 12_500
    check_state(desk.state)


@pytest.mark.parametrize("fill_price", [10_000, 9_990, 9_500])
def test_a_fill_at_a_better_price_releases_the_difference(fill_price: int) -> None:
    desk = funded_desk()
    order = desk.accepted(BUY, 10_000, 1000)
    desk.report("filled", order, fill_price, 600)
    spent = fill_price * 60 + 500 + half_up(Fraction(fill_price * 60, 100_000))
    assert desk.cash() == (100_000_000 - 1_000_520, 0, 1_000_520 - spent, 0), (
        "what is left open stays covered"
    )
    desk.report("filled", order, fill_price, 400)
    spent += fill_price * 40 + half_up(Fraction(fill_price * 40, 100_000))
    assert desk.cash() == (100_000_000 - spent, 0, 0, 0)
    check_state(desk.state)


def test_the_difference_goes_back_where_it_came_from() -> None:
    """Half of the freeze was today's proceeds: those are spent first, and what is left returns as
    what it was.
    """
    desk = funded_desk(600_000)
    desk.give(STAR, 400)
    sale = desk.accepted(SELL, 10_000, 400, STAR)
    desk.report("filled", sale, 10_000, 400)
    proceeds = desk.cash()[1]
    assert proceeds == 400_000 - 500 - 200 - 4
    order = desk.accepted(BUY, 9_000, 1000)
    assert desk.order(order).from_settling == proceeds
    assert desk.cash() == (600_000 - (900_518 - proceeds), 0, 900_518, 0)
    desk.report("filled", order, 9_000, 100)
    assert desk.order(order).from_settling == proceeds - 90_000 - 500 - 1
    desk.cancel(order)
    desk.report("cancelled", order, qty=900, code="user")
    assert desk.cash() == (600_000, proceeds - 90_501, 0, 0)
    check_state(desk.state)


def test_a_penniless_seller_pays_what_the_sale_brings() -> None:
    """One share at 9.00: 9.00 comes in, and a commission of 5.00 is less; ten fen shares can't
    cover it.
    """
    desk = Desk()
    desk.begin()
    desk.open_account()
    desk.give(BSE, 100)
    desk.instruments[BSE] = cheap(desk)
    order = desk.accepted(SELL, 10, 100, BSE)
    first = desk.report("filled", order, 10, 30)
    assert (first.amount, first.commission, first.unpaid) == (30, 30, 470)
    assert desk.cash() == (0, 0, 0, 0)
    second = desk.report("filled", order, 20, 40)
    assert (second.amount, second.commission, second.unpaid) == (80, 80, 390)
    desk.deposit(1_000)
    third = desk.report("filled", order, 10, 30)
    assert (third.amount, third.commission, third.unpaid) == (30, 390, 0), (
        "what was still due is charged now"
    )
    assert desk.cash() == (1_000 - 360, 0, 0, 0)
    assert desk.house("firm:commission") == 500
    check_state(desk.state)


def cheap(desk: Desk) -> object:
    import msgspec

    return msgspec.structs.replace(desk.instruments[BSE], limit_down_milli=10, limit_up_milli=1_000)


def test_a_first_fill_below_the_floor_takes_the_rest_from_cash() -> None:
    desk = funded_desk(1_000)
    desk.give(BSE, 100)
    desk.instruments[BSE] = cheap(desk)
    order = desk.accepted(SELL, 1_000, 100, BSE)
    event = desk.report("filled", order, 1_000, 1)
    assert (event.amount, event.commission, event.unpaid) == (100, 500, 0)
    assert desk.cash() == (600, 0, 0, 0)
    event = desk.report("filled", order, 1_000, 99)
    assert (event.commission, event.stamp, event.transfer) == (0, 5, 0)
    assert desk.cash() == (600, 9_900 - 5, 0, 0)
    check_state(desk.state)


def test_frozen_cash_does_not_pay_another_orders_commission() -> None:
    desk = funded_desk(100_501)
    desk.give(BSE, 100)
    desk.instruments[BSE] = cheap(desk)
    buy = desk.accepted(BUY, 9_990, 100)
    left = desk.cash()[0]
    order = desk.accepted(SELL, 10, 100, BSE)
    event = desk.report("filled", order, 10, 100)
    assert (event.commission, event.unpaid) == (min(500, 100 + left), 500 - min(500, 100 + left))
    assert desk.order(buy).frozen == desk.cash()[2]
    check_state(desk.state)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_money_is_conserved_over_any_day(data: st.DataObject) -> None:
    """Deposits = what the client owns + what was paid for shares and fees, whatever trades."""
    desk = funded_desk(10_000_000)
    desk.give(MAIN, 1_000)
    for _ in range(data.draw(st.integers(1, 8))):
        side = data.draw(st.sampled_from([BUY, SELL]))
        price = data.draw(st.integers(900, 1_100)) * 10
        answer = desk.place(side, price, data.draw(st.integers(1, 5)) * 100)
        if not answer.accepted:
            continue
        order = desk.order(answer.order)
        while order.open and data.draw(st.booleans()):
            better = data.draw(st.integers(0, 20)) * 10
            at = max(price - better, 10) if side == BUY else price + better
            desk.report("filled", order.id, at, data.draw(st.integers(1, order.remaining())))
            check_state(desk.state)
    desk.begin(NEXT_DAY)
    check_state(desk.state)
    fees = sum(
        desk.house(account)
        for account in ("firm:commission", "tax:stamp", "depository:transfer_fee")
    )
    assert sum(desk.cash(ACCOUNT)) + fees + desk.house("clearing:SH") == 10_000_000
    assert sum(desk.shares()) + desk.house("clearing:SH", MAIN) == 1_000


def test_proceeds_saved_by_a_better_price_stay_proceeds() -> None:
    """A buy paid for wholly with today's proceeds: what the better price saves is unsettled too."""
    desk = funded_desk(1)
    desk.give(STAR, 400)
    sale = desk.accepted(SELL, 10_000, 400, STAR)
    desk.report("filled", sale, 10_000, 400)
    proceeds = desk.cash()[1]
    order = desk.accepted(BUY, 10_000, 300)
    assert desk.order(order).from_settling == desk.order(order).frozen
    desk.report("filled", order, 9_000, 300)
    assert desk.cash() == (1, proceeds - 270_000 - 500 - 3, 0, 0)
    check_state(desk.state)
