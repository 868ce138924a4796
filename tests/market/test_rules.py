"""Rules of the market as tables; numbers in brackets are test vectors of the reference."""

from __future__ import annotations

from datetime import time
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.errors import Invalid
from yunquan.market import load_rule_book
from yunquan.market.rules import (
    RuleBook,
    RuleMissing,
    board_of,
    buy_fault,
    commission_fen,
    instrument_day,
    limit_prices,
    notional_fen,
    parse_rules,
    part_fen,
    phase_at,
    price_fault,
    sell_fault,
    stamp_fen,
    transfer_fen,
)
from yunquan.market.types import UNLIMITED_UP_MILLI, Instrument, InstrumentDay

BOOK = load_rule_book()
BEFORE, AFTER = "2026-07-03", "2026-07-06"
PLACES = (("SH", "main"), ("SZ", "main"), ("SH", "star"), ("SZ", "chinext"), ("BJ", "bse"))


def share(symbol: str, *, risk_warned: bool = False) -> Instrument:
    market = symbol[-2:]
    return Instrument(symbol, market, board_of(symbol), "某股", "A Share", risk_warned=risk_warned)


def day(symbol: str, prev: int = 10_000, on: str = AFTER) -> InstrumentDay:
    return instrument_day(BOOK, share(symbol), prev, on)


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prev", "bp", "least", "expected"),
    [
        (4_260, 1000, 10, (4_690, 3_830)),  # [1]
        (40, 1000, 10, (50, 30)),  # [2] one-tick floor
        (40, 1000, 0, (40, 40)),  # the Shanghai text before 2023-04-10: rounding only
        (10, 1000, 10, (20, 10)),  # never below one tick
        (10_050, 1000, 10, (11_060, 9_050)),  # 11.055 and 9.045: half up, both
        (1_329_000, 1000, 10, (1_461_900, 1_196_100)),
        (12_345, 3000, 10, (16_050, 8_640)),  # a reference price off the tick
    ],
)
def test_limit_prices(prev: int, bp: int, least: int, expected: tuple[int, int]) -> None:
    assert limit_prices(prev, bp, 10, least) == expected


@given(
    prev=st.integers(1, 10_000_000),
    bp=st.sampled_from([500, 1000, 2000, 3000, 4400]),
    tick=st.sampled_from([1, 10]),
)
def test_limits_round_as_decimals_do(prev: int, bp: int, tick: int) -> None:
    quantum = Decimal(tick) / 1000
    close = Decimal(prev) / 1000

    def rounded(price: Decimal) -> Decimal:
        return (price / quantum).to_integral_value(ROUND_HALF_UP) * quantum

    up, down = rounded(close * (10_000 + bp) / 10_000), rounded(close * (10_000 - bp) / 10_000)
    if up - close < quantum:
        up = rounded(close + quantum)
    if close - down < quantum:
        down = rounded(max(close - quantum, Decimal(0)))
    expected = (int(up * 1000), max(int(down * 1000), tick))
    assert limit_prices(prev, bp, tick, tick) == expected


@pytest.mark.parametrize(
    ("symbol", "risk_warned", "on", "limits"),
    [
        ("600519.SH", True, BEFORE, (10_500, 9_500)),  # [10]
        ("600519.SH", True, AFTER, (11_000, 9_000)),  # [10]
        ("000001.SZ", True, BEFORE, (10_500, 9_500)),
        ("000001.SZ", False, BEFORE, (11_000, 9_000)),
        ("688981.SH", False, AFTER, (12_000, 8_000)),
        ("688981.SH", True, AFTER, (12_000, 8_000)),
        ("300001.SZ", False, "2020-08-21", (11_000, 9_000)),
        ("300001.SZ", True, "2020-08-21", (10_500, 9_500)),
        ("300001.SZ", True, "2020-08-24", (12_000, 8_000)),
        ("920002.BJ", False, AFTER, (13_000, 7_000)),
    ],
)
def test_limits_by_board_and_day(
    symbol: str, risk_warned: bool, on: str, limits: tuple[int, int]
) -> None:
    found = instrument_day(BOOK, share(symbol, risk_warned=risk_warned), 10_000, on)
    assert (found.limit_up_milli, found.limit_down_milli) == limits


@pytest.mark.parametrize(
    ("symbol", "listing_day", "free"),
    [
        ("600519.SH", 5, True),
        ("600519.SH", 6, False),
        ("688981.SH", 1, True),
        ("920002.BJ", 1, True),
        ("920002.BJ", 2, False),
    ],
)
def test_no_limit_after_listing(symbol: str, listing_day: int, free: bool) -> None:
    found = instrument_day(BOOK, share(symbol), 10_000, AFTER, listing_day=listing_day)
    assert (found.limit_up_milli == UNLIMITED_UP_MILLI) is free
    assert (found.limit_down_milli == found.tick_milli) is free


@pytest.mark.parametrize(
    ("price", "fault"),
    [
        (11_000, ""),
        (9_000, ""),
        (11_010, "above_limit"),
        (8_990, "below_limit"),
        (10_005, "off_tick"),
        (-10, "below_limit"),
    ],
)
def test_price_fault(price: int, fault: str) -> None:
    of = day("600519.SH")
    found = price_fault(price, of.limit_up_milli, of.limit_down_milli, of.tick_milli)
    assert found == fault


# --- lots -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "qty", "fault"),
    [
        ("688981.SH", 199, "below_minimum"),  # [11]
        ("688981.SH", 200, ""),
        ("688981.SH", 201, ""),
        ("600519.SH", 150, "not_a_lot"),  # [12]
        ("920002.BJ", 101, ""),  # [12]
        ("920002.BJ", 99, "below_minimum"),
        ("600519.SH", 0, "below_minimum"),
        ("600519.SH", -100, "below_minimum"),
        ("600519.SH", 1_000_000, ""),
        ("600519.SH", 1_000_100, "above_maximum"),
        ("300001.SZ", 300_100, "above_maximum"),
        ("688981.SH", 100_001, "above_maximum"),
    ],
)
def test_buy_fault(symbol: str, qty: int, fault: str) -> None:
    of = day(symbol)
    assert buy_fault(qty, of.buy_min, of.buy_step, of.max_qty) == fault


@pytest.mark.parametrize(
    ("symbol", "qty", "balance", "fault"),
    [
        ("600519.SH", 100, 250, ""),
        ("600519.SH", 50, 250, ""),
        ("600519.SH", 150, 250, ""),
        ("600519.SH", 250, 250, ""),
        ("600519.SH", 30, 250, "odd_balance"),
        ("600519.SH", 120, 250, "odd_balance"),
        ("600519.SH", 50, 50, ""),
        ("600519.SH", 49, 50, "odd_balance"),
        ("688981.SH", 200, 900, ""),
        ("688981.SH", 333, 900, ""),
        ("688981.SH", 199, 900, "odd_balance"),
        ("688981.SH", 150, 150, ""),
        ("688981.SH", 149, 150, "odd_balance"),
        ("920002.BJ", 99, 99, ""),
        ("920002.BJ", 99, 100, "odd_balance"),
        ("920002.BJ", 0, 0, "below_minimum"),
        ("300001.SZ", 300_100, 400_000, "above_maximum"),
    ],
)
def test_sell_fault(symbol: str, qty: int, balance: int, fault: str) -> None:
    of = day(symbol)
    assert sell_fault(qty, balance, of.sell_step, of.lot, of.max_qty) == fault


# --- fees -----------------------------------------------------------------------------------------


def test_fees_of_a_sale() -> None:
    """[8] 1,000 shares at 12.34."""
    found = day("600519.SH")
    amount = notional_fen(12_340, 1_000)
    commission = commission_fen(amount, found.commission_e8, found.commission_min_fen)
    stamp, transfer = stamp_fen(amount, found.stamp_e8), transfer_fen(amount, found.transfer_e8)
    assert (amount, commission, stamp, transfer) == (1_234_000, 500, 617, 12)
    assert amount - commission - stamp - transfer == 1_232_871
    rules = BOOK.on(AFTER)
    assert part_fen(amount, rules.number("handling_e8", "SH", "main", "stock")) == 42
    assert part_fen(amount, rules.number("levy_e8", "SH", "main", "stock")) == 25


def test_handling_fee_of_bse() -> None:
    """[9] 100,000 yuan."""
    assert part_fen(10_000_000, BOOK.on(AFTER).number("handling_e8", "BJ", "bse", "stock")) == 1_250


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        (0, 0),
        (1, 500),
        (2_000_000, 500),
        (2_002_000, 501),
        (2_001_999, 500),
        (10**13, 2_500_000_000),
    ],
)
def test_commission(amount: int, fee: int) -> None:
    assert commission_fen(amount, 25_000, 500) == fee


@given(
    st.lists(st.integers(1, 10**10), min_size=1, max_size=20),
    st.integers(0, 300_000),
    st.integers(0, 500),
)
def test_commission_is_monotonic_and_fills_add_up(fills: list[int], rate: int, floor: int) -> None:
    total = fee = 0
    for fill in fills:
        before = commission_fen(total, rate, floor)
        total += fill
        assert commission_fen(total, rate, floor) >= before
        fee += commission_fen(total, rate, floor) - before
    assert fee == commission_fen(total, rate, floor)


@given(st.integers(0, 10**15), st.integers(0, 10**8))
def test_fees_round_as_decimals_do(amount: int, rate: int) -> None:
    exact = (Decimal(amount) * rate / 10**8).to_integral_value(ROUND_HALF_UP)
    assert (
        part_fen(amount, rate)
        == stamp_fen(amount, rate)
        == transfer_fen(amount, rate)
        == int(exact)
    )


def test_every_commission_is_under_its_cap() -> None:
    for market, board in PLACES:
        rules = BOOK.on(AFTER)
        rate = rules.number("commission_e8", market, board, "stock")
        assert rate <= rules.number("commission_cap_e8", market, board, "stock")
        assert rate >= rules.number("handling_e8", market, board, "stock") + rules.number(
            "levy_e8", market, board, "stock"
        )


# --- sessions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "place", "at", "name", "takes"),
    [
        (AFTER, "SH/main", "09:14:59", "pre_open", ""),
        (AFTER, "SH/main", "09:15:00", "opening_call", "oc"),
        (AFTER, "SH/main", "09:22:00", "opening_call_locked", "o"),  # [16]
        (AFTER, "SH/main", "09:27:00", "opening_gap", ""),
        (AFTER, "SZ/main", "09:27:00", "opening_gap", "oc"),
        (AFTER, "SZ/main", "09:30:00", "continuous", "ocm"),
        (AFTER, "SH/star", "11:30:00", "lunch", ""),
        (AFTER, "SZ/chinext", "12:00:00", "lunch", "oc"),
        (AFTER, "BJ/bse", "13:00:00", "continuous", "ocm"),
        (AFTER, "SH/main", "14:58:00", "closing_call", "o"),  # [16]
        (AFTER, "SH/main", "15:02:00", "after_hours_entry", "o"),
        (AFTER, "SH/main", "15:10:00", "after_hours", "ocm"),  # [16]
        (AFTER, "BJ/bse", "15:10:00", "closed", ""),  # published, not yet operative
        (AFTER, "SH/main", "15:30:00", "closed", ""),
        (BEFORE, "SH/main", "15:10:00", "closed", ""),
        (BEFORE, "SZ/main", "15:10:00", "closed", ""),
        (BEFORE, "SH/star", "15:10:00", "after_hours", "ocm"),
        (BEFORE, "SZ/chinext", "15:10:00", "after_hours", "ocm"),
        ("2018-08-17", "SH/main", "14:58:00", "continuous", "ocm"),
    ],
)
def test_phase_at(on: str, place: str, at: str, name: str, takes: str) -> None:
    phase = phase_at(BOOK.on(on), *place.split("/"), time.fromisoformat(at))
    flags = "o" * phase.accepts_orders + "c" * phase.accepts_cancels + "m" * phase.matches
    assert (phase.name, flags) == (name, takes)


def test_phases_are_ordered_and_say_their_kind() -> None:
    for market, board in PLACES:
        spans = [
            phase_at(BOOK.on(AFTER), market, board, time(h, m))
            for h in range(24)
            for m in range(60)
        ]
        assert {s.kind for s in spans if s.accepts_orders} <= {"auction", "after_hours"}
        assert all(s.kind == "" for s in spans if not s.accepts_orders)


# --- instruments and rows -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "board"),
    [
        ("600519.SH", "main"),
        ("603375.SH", "main"),
        ("000001.SZ", "main"),
        ("688981.SH", "star"),
        ("300059.SZ", "chinext"),
        ("301499.SZ", "chinext"),
        ("920002.BJ", "bse"),
    ],
)
def test_board_of(symbol: str, board: str) -> None:
    assert board_of(symbol) == board


@pytest.mark.parametrize(
    "symbol", ["600519", "60051.SH", "600519.HK", "900901.SH", "200002.SZ", "６００５１９.SH", ""]
)
def test_what_is_no_share_is_refused(symbol: str) -> None:
    with pytest.raises(Invalid):
        board_of(symbol)


@pytest.mark.parametrize(
    ("symbol", "permission"),
    [("600519.SH", ""), ("688981.SH", "star"), ("300001.SZ", "chinext"), ("920002.BJ", "bse")],
)
def test_permission(symbol: str, permission: str) -> None:
    assert day(symbol).permission == permission


def test_every_board_has_every_rule_on_both_sides_of_the_change() -> None:
    for symbol in ("600519.SH", "000001.SZ", "688981.SH", "300001.SZ", "920002.BJ"):
        for on in (BEFORE, AFTER):
            assert day(symbol, on=on).trading_day == on


def test_a_missing_row_is_an_error() -> None:
    with pytest.raises(RuleMissing, match="price_limit_bp"):
        day("920002.BJ", on="2021-11-12")


ROW = """
[[row]]
rule = "tick_milli"
on = ["SH/main"]
value = 10
effective_from = "2020-01-01"
source = "test"
certainty = "V"
"""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ROW + ROW, "two rows"),
        (ROW.replace('source = "test"', 'source = ""'), "source"),
        (ROW.replace('"V"', '"sure"'), "certainty"),
        (ROW.replace("2020-01-01", "2020-13-01"), "month"),
        (ROW + 'effective_to = "2019-01-01"', "ends before"),
        (ROW.replace("10\n", '[["09:15", "09:20", "x", "sings"]]\n'), "flag"),
        (ROW.replace("value = 10", ""), "value"),
    ],
)
def test_a_bad_table_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_rules(text)


def test_a_row_that_is_not_operative_rules_nothing() -> None:
    book = parse_rules(ROW + "operative = false")
    assert isinstance(book, RuleBook)
    assert book.on("2021-01-01").find("tick_milli", "SH", "main", "stock") is None
    assert len(book.rows) == 1
