"""The exchange's rules, board by board. The numbered vectors are those of the rule reference."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from yunquan_world.rules import (
    UNLIMITED_MILLI,
    Instrument,
    board_of,
    board_rule,
    instrument_on,
    outside_cage,
    price_limits,
    refusal,
    to_tick,
)

DAY = date(2026, 7, 13)


def instrument(symbol: str, prev_close_milli: int, **others: Any) -> Instrument:
    chosen = {"trading_day": DAY.isoformat(), "name": "甲", "name_en": "A", **others}
    return instrument_on(symbol, prev_close_milli=prev_close_milli, **chosen)


@pytest.mark.parametrize(
    ("symbol", "board"),
    [
        ("600519.SH", "main"),
        ("603375.SH", "main"),
        ("688981.SH", "star"),
        ("000001.SZ", "main"),
        ("002594.SZ", "main"),
        ("300059.SZ", "chinext"),
        ("301499.SZ", "chinext"),
        ("920002.BJ", "bse"),
        ("510300.SH", "fund"),
        ("508001.SH", "fund"),
        ("113050.SH", "bond"),
        ("019700.SH", "bond"),
        ("000300.SH", "index"),
        ("399006.SZ", "index"),
        ("123001.SZ", "bond"),
        ("700000.SH", None),
        ("600519.SZ", None),
        ("60051.SH", None),
        ("", None),
    ],
)
def test_board_of(symbol: str, board: str | None) -> None:
    assert board_of(symbol) == board


@pytest.mark.parametrize(
    ("prev_close_milli", "percent", "up", "down"),
    [
        pytest.param(4_260, 10, 4_690, 3_830, id="vector 1"),
        pytest.param(40, 10, 50, 30, id="vector 2: at least one tick"),
        (10_000, 20, 12_000, 8_000),
        (10_050, 10, 11_060, 9_050),  # 11.055 and 9.045: half up
        (23_450, 30, 30_490, 16_420),
        (10, 10, 20, 10),  # never below one tick
    ],
)
def test_price_limits(prev_close_milli: int, percent: int, up: int, down: int) -> None:
    assert price_limits(prev_close_milli, percent, 10) == (up, down)


@pytest.mark.parametrize(
    ("board", "day", "percent"),
    [
        ("main", date(2026, 7, 13), 10),
        ("chinext", date(2020, 8, 21), 10),
        ("chinext", date(2020, 8, 24), 20),
        ("star", date(2026, 7, 13), 20),
        ("bse", date(2026, 7, 13), 30),
        ("bse", date(2019, 1, 2), 30),
    ],
)
def test_limit_percent_by_day(board: str, day: date, percent: int) -> None:
    assert board_rule(board, day).limit_percent == percent


@pytest.mark.parametrize(
    ("symbol", "side", "qty", "code"),
    [
        pytest.param("688981.SH", "B", 199, "V103_lot", id="vector 11: STAR 199"),
        pytest.param("688981.SH", "B", 200, "", id="vector 11: STAR 200"),
        pytest.param("688981.SH", "B", 201, "", id="vector 11: STAR 201"),
        pytest.param("600519.SH", "B", 150, "V103_lot", id="vector 12: main 150"),
        pytest.param("920002.BJ", "B", 101, "", id="vector 12: BSE 101"),
        ("920002.BJ", "B", 99, "V103_lot"),
        ("300059.SZ", "B", 150, "V103_lot"),
        ("000001.SZ", "B", 0, "V103_lot"),
        ("000001.SZ", "B", -100, "V103_lot"),
        ("000001.SZ", "S", 0, "V103_lot"),
        ("000001.SZ", "S", 37, ""),
        ("688981.SH", "S", 137, ""),
        ("600519.SH", "B", 1_000_000, ""),
        ("600519.SH", "B", 1_000_100, "V108_max_size"),
        ("300059.SZ", "B", 300_100, "V108_max_size"),
        ("688981.SH", "S", 100_001, "V108_max_size"),
    ],
)
def test_sizes(symbol: str, side: str, qty: int, code: str) -> None:
    found = refusal(
        instrument(symbol, 10_000),
        "continuous",
        kind="limit",
        side=side,
        price_milli=10_000,
        qty=qty,
    )
    assert found == code


@pytest.mark.parametrize(
    ("price_milli", "code"),
    [
        (11_000, ""),
        (9_000, ""),
        (11_010, "V101_price_limit"),
        (8_990, "V101_price_limit"),
        (0, "V101_price_limit"),
        (-10, "V101_price_limit"),
        (10_005, "V102_tick"),
    ],
)
def test_prices(price_milli: int, code: str) -> None:
    main = instrument("600519.SH", 10_000)
    found = refusal(main, "continuous", kind="limit", side="B", price_milli=price_milli, qty=100)
    assert found == code


@pytest.mark.parametrize("phase", ["pre_open", "lunch", "closed"])
def test_orders_are_taken_in_continuous_trading_only(phase: str) -> None:
    main = instrument("600519.SH", 10_000)
    found = refusal(main, phase, kind="limit", side="B", price_milli=10_000, qty=100)
    assert found == "V104_closed"


def test_other_refusals() -> None:
    order = {"side": "B", "price_milli": 10_000, "qty": 100}
    halted = instrument("600519.SH", 10_000, halted=True)
    assert refusal(None, "continuous", kind="limit", **order) == "V105_unknown_security"
    assert refusal(halted, "continuous", kind="limit", **order) == "V107_halted"
    open_one = instrument("600519.SH", 10_000)
    assert refusal(open_one, "continuous", kind="market", **order) == "V109_kind"
    bond = instrument("123001.SZ", 100_000)
    assert refusal(bond, "continuous", kind="own_best", **order) == "V109_kind"


def test_to_tick_rounds_half_up() -> None:
    assert [to_tick(milli, 10) for milli in (4, 5, 14, 15, 10_005)] == [10, 10, 10, 20, 10_010]


@pytest.mark.parametrize(
    ("symbol", "reference_milli", "highest", "lowest"),
    [
        pytest.param("600519.SH", 3_000, 3_100, 2_900, id="vector 3"),
        pytest.param("600519.SH", 7_350, 7_500, 7_200, id="vector 4"),
        pytest.param("688981.SH", 3_000, 3_060, 2_940, id="vector 5"),
        pytest.param("920002.BJ", 3_000, 3_150, 2_850, id="vector 6"),
        ("688981.SH", 200, 210, 190),  # at least one tick
        ("300059.SZ", 3_000, 3_100, 2_900),
    ],
)
def test_cages(symbol: str, reference_milli: int, highest: int, lowest: int) -> None:
    security = instrument(symbol, reference_milli)
    for side, bound, outwards in (("B", highest, 10), ("S", lowest, -10)):
        for price_milli, outside in ((bound, False), (bound + outwards, True)):
            found = outside_cage(
                security,
                side,
                price_milli,
                opposite_milli=reference_milli,
                own_milli=9_990,
                last_milli=9_990,
            )
            assert found == outside, (side, price_milli)


@pytest.mark.parametrize(
    ("prices", "reference_milli"),
    [
        ({"opposite_milli": 10_000, "own_milli": 9_000, "last_milli": 8_000}, 10_000),
        ({"opposite_milli": 0, "own_milli": 9_000, "last_milli": 8_000}, 9_000),
        ({"opposite_milli": 0, "own_milli": 0, "last_milli": 8_000}, 8_000),
        ({"opposite_milli": 0, "own_milli": 0, "last_milli": 0}, 11_000),
    ],
)
def test_the_reference_of_a_cage(prices: dict[str, int], reference_milli: int) -> None:
    security = instrument("688981.SH", 11_000)
    bound = reference_milli * 102 // 100
    assert not outside_cage(security, "B", bound, **prices)
    assert outside_cage(security, "B", bound + 10, **prices)


@pytest.mark.parametrize("symbol", ["510300.SH", "113050.SH", "019700.SH"])
def test_funds_and_bonds_have_no_cage(symbol: str) -> None:
    security = instrument(symbol, 100_000)
    prices = {"opposite_milli": 100_000, "own_milli": 0, "last_milli": 0}
    assert not outside_cage(security, "B", 109_000, **prices)


@pytest.mark.parametrize(
    ("symbol", "others", "prev_close_milli", "up", "down"),
    [
        pytest.param(
            "600519.SH",
            {"risk_warned": True, "trading_day": "2026-07-03"},
            10_000,
            10_500,
            9_500,
            id="vector 10: before",
        ),
        pytest.param(
            "600519.SH",
            {"risk_warned": True, "trading_day": "2026-07-06"},
            10_000,
            11_000,
            9_000,
            id="vector 10: after",
        ),
        ("300059.SZ", {"risk_warned": True, "trading_day": "2026-07-03"}, 10_000, 12_000, 8_000),
        ("688981.SH", {"risk_warned": True}, 10_000, 12_000, 8_000),
        ("688981.SH", {"listing_day": 5}, 10_000, UNLIMITED_MILLI, 10),
        ("688981.SH", {"listing_day": 6}, 10_000, 12_000, 8_000),
        ("920002.BJ", {"listing_day": 1}, 10_000, UNLIMITED_MILLI, 10),
        ("920002.BJ", {"listing_day": 2}, 10_000, 13_000, 7_000),
        ("600519.SH", {"delisting_day": 1}, 10_000, UNLIMITED_MILLI, 10),
        ("600519.SH", {"delisting_day": 2}, 10_000, 11_000, 9_000),
        pytest.param(
            "600519.SH",
            {"delisting_day": 2, "risk_warned": True, "trading_day": "2026-07-03"},
            10_000,
            11_000,
            9_000,
            id="delisting: the board's limit, whatever the warning",
        ),
        ("510300.SH", {}, 4_003, 4_403, 3_603),  # 4.4033 and 3.6027
        ("588000.SH", {"product": "etf_wide"}, 1_000, 1_200, 800),
        ("511010.SH", {"product": "etf_bond"}, 100_000, 110_000, 90_000),
        ("508001.SH", {"listing_day": 1}, 4_000, 5_200, 2_800),
        ("508001.SH", {"listing_day": 2}, 4_000, 4_400, 3_600),
        ("113050.SH", {}, 120_000, 144_000, 96_000),
        (
            "113050.SH",
            {"listing_day": 1, "issue_price_milli": 100_000},
            100_000,
            157_300,
            56_700,
        ),
        ("019700.SH", {}, 100_000, UNLIMITED_MILLI, 1),
    ],
)
def test_limits_of_a_day(
    symbol: str, others: dict[str, Any], prev_close_milli: int, up: int, down: int
) -> None:
    found = instrument(symbol, prev_close_milli, **others)
    assert (found.limit_up_milli, found.limit_down_milli) == (up, down)


@pytest.mark.parametrize(
    ("symbol", "price_milli", "qty", "code"),
    [
        ("510300.SH", 4_001, 100, ""),
        ("510300.SH", 4_001, 150, "V103_lot"),
        ("113050.SH", 4_001, 10, ""),
        ("113050.SH", 4_001, 15, "V103_lot"),
        ("000300.SH", 4_000, 100, "V105_unknown_security"),
    ],
)
def test_sizes_and_ticks_of_funds_and_bonds(
    symbol: str, price_milli: int, qty: int, code: str
) -> None:
    security = instrument(symbol, 4_000)
    found = refusal(
        security, "continuous", kind="limit", side="B", price_milli=price_milli, qty=qty
    )
    assert found == code


@pytest.mark.parametrize(("price_milli", "in_call"), [(90_000, ""), (90_010, "V101_price_limit")])
def test_without_a_limit_a_call_has_a_range_of_its_own(price_milli: int, in_call: str) -> None:
    new = instrument("688981.SH", 10_000, listing_day=1)
    order = {"kind": "limit", "side": "B", "price_milli": price_milli, "qty": 200}
    assert refusal(new, "opening_call", **order) == in_call
    assert refusal(new, "continuous", **order) == ""
