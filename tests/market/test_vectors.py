"""The seventeen test vectors of the rules reference, section 13, each by its number.

Where a vector is of another room its rule is asked there: 15 of the counter, 17 of the clients.
"""

from __future__ import annotations

from datetime import time
from fractions import Fraction

import pytest

from tests.counter.desk import MAIN, Desk
from yunquan.counter.rules.state import SELL
from yunquan.market import load_rule_book
from yunquan.market.rules import (
    buy_fault,
    cage_bounds,
    commission_fen,
    ex_reference,
    instrument_day,
    limit_prices,
    maintenance_ratio,
    notional_fen,
    part_fen,
    phase_at,
    place_of,
    stamp_fen,
    transfer_fen,
    uncross,
)
from yunquan.market.types import AFTER_HOURS, LIMIT, Instrument, InstrumentDay
from yunquan.suitability import load_firm_rows
from yunquan.suitability.types import RiskClass, Verdict

BOOK = load_rule_book()
BEFORE, AFTER = "2026-07-03", "2026-07-06"
BUY = 1
SH_MAIN, SZ_MAIN = "600519.SH", "000001.SZ"
STAR, CHINEXT, BSE = "688981.SH", "300001.SZ", "920002.BJ"


def on_day(
    symbol: str, prev: int = 10_000, on: str = AFTER, *, risk_warned: bool = False
) -> InstrumentDay:
    board, product = place_of(symbol)
    instrument = Instrument(
        symbol, symbol[-2:], board, "某券", "Sample", product=product, risk_warned=risk_warned
    )
    return instrument_day(BOOK, instrument, prev, on)


@pytest.mark.parametrize(
    ("prev", "limits"),
    [(4_260, (4_690, 3_830)), (40, (50, 30))],
    ids=["vector 1", "vector 2"],
)
def test_1_and_2_limits(prev: int, limits: tuple[int, int]) -> None:
    for symbol in (SH_MAIN, SZ_MAIN):
        found = on_day(symbol, prev)
        assert (found.limit_up_milli, found.limit_down_milli) == limits
    assert limit_prices(prev, 1000, 10, 10) == limits


@pytest.mark.parametrize(
    ("symbols", "reference", "highest_buy", "lowest_sell"),
    [
        pytest.param((SH_MAIN, SZ_MAIN, CHINEXT), 3_000, 3_100, 2_900, id="vector 3"),
        pytest.param((SH_MAIN, SZ_MAIN, CHINEXT), 7_350, 7_500, 7_200, id="vector 4"),
        pytest.param((STAR,), 3_000, 3_060, 2_940, id="vector 5"),
        pytest.param((BSE,), 3_000, 3_150, 2_850, id="vector 6"),
    ],
)
def test_3_to_6_cages(
    symbols: tuple[str, ...], reference: int, highest_buy: int, lowest_sell: int
) -> None:
    for symbol in symbols:
        of = on_day(symbol)
        found = [
            cage_bounds(side, reference, of.cage_bp, of.cage_ticks, of.tick_milli)
            for side in (BUY, SELL)
        ]
        assert found == [highest_buy, lowest_sell]


@pytest.mark.parametrize("tie", ["middle", "nearest"])
def test_7_call_auction(tie: str) -> None:
    buys = [(BUY, 10_030, 200), (BUY, 10_010, 400), (BUY, 10_000, 400)]
    sells = [(SELL, 9_990, 300), (SELL, 10_000, 500), (SELL, 10_020, 300)]
    assert uncross(buys + sells, tie, 9_500, 10) == (10_000, 800)


def test_8_fees_of_a_sale() -> None:
    of = on_day(SH_MAIN)
    amount = notional_fen(12_340, 1_000)
    commission = commission_fen(amount, of.commission_e8, of.commission_min_fen)
    stamp, transfer = stamp_fen(amount, of.stamp_e8), transfer_fen(amount, of.transfer_e8)
    assert (commission, stamp, transfer) == (500, 617, 12)
    rules = BOOK.on(AFTER).of("SH", "main", "stock")
    inside = [part_fen(amount, rules.number(rule)) for rule in ("handling_e8", "levy_e8")]
    assert inside == [42, 25]
    assert amount - commission - stamp - transfer == 1_232_871


def test_9_handling_fee_of_beijing() -> None:
    rules = BOOK.on(AFTER).of("BJ", "bse", "stock")
    assert part_fen(10_000_000, rules.number("handling_e8")) == 1_250


def test_10_risk_warned_on_both_sides_of_the_change() -> None:
    for symbol in (SH_MAIN, SZ_MAIN):
        before, after = (on_day(symbol, on=on, risk_warned=True) for on in (BEFORE, AFTER))
        assert (before.limit_up_milli, before.limit_down_milli) == (10_500, 9_500)
        assert (after.limit_up_milli, after.limit_down_milli) == (11_000, 9_000)


@pytest.mark.parametrize(
    ("symbol", "qty", "fine"),
    [
        pytest.param(STAR, 199, False, id="vector 11: 199"),
        pytest.param(STAR, 200, True, id="vector 11: 200"),
        pytest.param(STAR, 201, True, id="vector 11: 201"),
        pytest.param(SH_MAIN, 150, False, id="vector 12: main"),
        pytest.param(BSE, 101, True, id="vector 12: Beijing"),
    ],
)
def test_11_and_12_quantities(symbol: str, qty: int, fine: bool) -> None:
    of = on_day(symbol)
    assert (buy_fault(qty, of.buy_min, of.buy_step, of.max_qty) == "") is fine


def test_13_maintenance_ratio() -> None:
    """In yuan: cash 100,000, stock 500,000, loan 300,000, short sales worth 100,000, interest
    5,000.
    """
    ratio = maintenance_ratio(
        cash_fen=10_000_000,
        securities_fen=50_000_000,
        loan_fen=30_000_000,
        short_fen=10_000_000,
        interest_fen=500_000,
    )
    assert ratio == 1_481  # 148.1 %
    nothing = {"loan_fen": 0, "short_fen": 0, "interest_fen": 0}
    assert maintenance_ratio(cash_fen=1, securities_fen=0, **nothing) is None


def test_14_reference_price_of_an_ex_day() -> None:
    """A dividend of 0.40 yuan and two bonus shares per ten."""
    found = ex_reference(
        12_000,
        dividend_milli=Fraction(400),
        bonus=Fraction(2, 10),
        rights=Fraction(0),
        rights_price_milli=0,
        tick_milli=10,
    )
    assert found == 9_670


def test_15_what_may_be_sold_today() -> None:
    """Held 800, bought 300 today: the counter sells 800 and not a share more."""
    desk = Desk()
    desk.begin()
    desk.open_account()
    desk.deposit(1_000_000)
    desk.give(MAIN, 800)
    order = desk.accepted(BUY, 10_000, 300)
    desk.report("filled", order, 10_000, 300)
    assert desk.place(SELL, 10_000, 900).code == "order.insufficient_shares"
    assert desk.place(SELL, 10_000, 800).accepted
    assert desk.place(SELL, 10_000, 100).code == "order.insufficient_shares"


@pytest.mark.parametrize(
    ("at", "kind", "fine"),
    [
        pytest.param("09:22", LIMIT, False, id="vector 16: opening call"),
        pytest.param("14:58", LIMIT, False, id="vector 16: closing call"),
        pytest.param("15:10", AFTER_HOURS, True, id="vector 16: after hours"),
    ],
)
def test_16_taking_an_order_back(at: str, kind: str, fine: bool) -> None:
    for market, board in (("SH", "main"), ("SZ", "main"), ("SH", "star"), ("SZ", "chinext")):
        phase = phase_at(BOOK.on(AFTER), market, board, time.fromisoformat(at))
        assert (kind in phase.cancels) is fine


def test_17_the_lowest_category_may_not_override() -> None:
    firm = load_firm_rows()
    assert firm.verdict(RiskClass.LOWEST, "R2", AFTER) is Verdict.REFUSE
    assert firm.verdict(RiskClass.LOWEST, "R1", AFTER) is Verdict.OK
