"""The exchange's rules, board by board. The numbered vectors are those of the rule reference."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from yunquan_world.rules import (
    Instrument,
    board_of,
    board_rule,
    instrument_on,
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


def test_to_tick_rounds_half_up() -> None:
    assert [to_tick(milli, 10) for milli in (4, 5, 14, 15, 10_005)] == [10, 10, 10, 20, 10_010]
