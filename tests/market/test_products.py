"""Funds, bonds and shares beyond the ordinary day: what each product's rows come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.errors import Invalid
from yunquan.market import load_rule_book
from yunquan.market.rules import (
    RuleMissing,
    board_of,
    cage_bounds,
    cage_fault,
    cage_reference,
    instrument_day,
    limits_on,
    place_of,
    product_of,
)
from yunquan.market.rules.explain import GROUPS
from yunquan.market.types import (
    AFTER_HOURS,
    LIMIT,
    MARKET_KINDS,
    ORDER_KINDS,
    PRODUCTS,
    UNLIMITED_UP_MILLI,
    Instrument,
    InstrumentDay,
)

BOOK = load_rule_book()
BEFORE, AFTER = "2026-07-03", "2026-07-06"
BUY, SELL = 1, 2
SH4 = ("limit", "best5_cancel", "best5_limit", "own_best", "counter_best")
SZ6 = ("limit", "best5_cancel", "own_best", "counter_best", "immediate_cancel", "fill_or_kill")
# (market, board, product) of everything that trades.
TRADED = (
    *(("SH", board, product) for board in ("main", "star") for product in ("stock", "stock_st")),
    *(("SZ", board, product) for board in ("main", "chinext") for product in ("stock", "stock_st")),
    ("BJ", "bse", "stock"),
    ("BJ", "bse", "stock_st"),
    *(
        (market, "fund" if product not in ("convertible", "treasury") else "bond", product)
        for market in ("SH", "SZ")
        for product in PRODUCTS
        if product not in ("stock", "index")
    ),
)


def made(symbol: str, product: str = "", *, risk_warned: bool = False) -> Instrument:
    board, usual = place_of(symbol)
    return Instrument(
        symbol,
        symbol[-2:],
        board,
        "某券",
        "Sample",
        product=product or usual,
        risk_warned=risk_warned,
    )


def day(symbol: str, on: str = AFTER, prev: int = 10_000, **facts: int) -> InstrumentDay:
    return instrument_day(BOOK, made(symbol), prev, on, **facts)


def band(of: InstrumentDay) -> tuple[int, int]:
    return of.limit_up_milli, of.limit_down_milli


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "board", "product"),
    [
        ("600000.SH", "main", "stock"),
        ("689009.SH", "star", "stock"),
        ("302132.SZ", "chinext", "stock"),
        ("510300.SH", "fund", "etf"),
        ("561000.SH", "fund", "etf"),
        ("588000.SH", "fund", "etf_wide"),
        ("511010.SH", "fund", "etf_bond"),
        ("511880.SH", "fund", "etf_money"),
        ("513100.SH", "fund", "etf_cross_border"),
        ("518880.SH", "fund", "etf_gold"),
        ("501018.SH", "fund", "lof"),
        ("508000.SH", "fund", "reit"),
        ("159915.SZ", "fund", "etf"),
        ("161725.SZ", "fund", "lof"),
        ("180101.SZ", "fund", "reit"),
        ("110059.SH", "bond", "convertible"),
        ("111000.SH", "bond", "convertible"),
        ("113050.SH", "bond", "convertible"),
        ("118000.SH", "bond", "convertible"),
        ("123100.SZ", "bond", "convertible"),
        ("127045.SZ", "bond", "convertible"),
        ("128136.SZ", "bond", "convertible"),
        ("019700.SH", "bond", "treasury"),
        ("102000.SZ", "bond", "treasury"),
        ("000300.SH", "index", "index"),
        ("399006.SZ", "index", "index"),
        ("830799.BJ", "bse", "stock"),
    ],
)
def test_a_code_tells_its_place(symbol: str, board: str, product: str) -> None:
    assert (board_of(symbol), product_of(symbol)) == (board, product)


@pytest.mark.parametrize("symbol", ["900901.SH", "200002.SZ", "204001.SH", "131810.SZ", "10.SZ"])
def test_what_is_not_traded_has_no_place(symbol: str) -> None:
    with pytest.raises(Invalid):
        place_of(symbol)


def test_an_index_has_no_rules_to_trade_by() -> None:
    with pytest.raises(RuleMissing):
        day("000300.SH")


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "on", "facts", "limits"),
    [
        ("510300.SH", AFTER, {}, (11_000, 9_000)),
        ("588000.SH", AFTER, {}, (12_000, 8_000)),
        ("588000.SH", "2020-08-20", {}, (11_000, 9_000)),
        ("508000.SH", AFTER, {}, (11_000, 9_000)),
        ("508000.SH", AFTER, {"listing_day": 1}, (13_000, 7_000)),
        ("508000.SH", AFTER, {"listing_day": 2}, (11_000, 9_000)),
        ("110059.SH", AFTER, {}, (12_000, 8_000)),
        ("110059.SH", "2022-07-29", {}, None),
        ("110059.SH", AFTER, {"listing_day": 2}, (12_000, 8_000)),
        ("019700.SH", AFTER, {}, None),
        # A convertible's first day hangs on its issue price of 100 yuan.
        (
            "123100.SZ",
            AFTER,
            {"listing_day": 1, "issue_price_milli": 100_000},
            (157_300, 56_700),
        ),
        # Initial offerings before and after registration.
        ("600000.SH", "2013-12-12", {"listing_day": 1}, None),
        ("600000.SH", "2013-12-13", {"listing_day": 1}, (14_400, 6_400)),
        ("000001.SZ", "2014-06-12", {"listing_day": 1}, None),
        ("000001.SZ", "2023-04-07", {"listing_day": 1}, (14_400, 6_400)),
        ("300001.SZ", "2020-08-21", {"listing_day": 1}, (14_400, 6_400)),
        ("000001.SZ", "2023-04-07", {"listing_day": 2}, (11_000, 9_000)),
        ("000001.SZ", "2023-04-10", {"listing_day": 5}, None),
        # The delisting period.
        ("600000.SH", AFTER, {"delisting_day": 1}, None),
        ("600000.SH", AFTER, {"delisting_day": 2}, (11_000, 9_000)),
        ("600000.SH", "2020-12-30", {"delisting_day": 1}, (11_000, 9_000)),
        ("688001.SH", AFTER, {"delisting_day": 2}, (12_000, 8_000)),
        ("920002.BJ", AFTER, {"delisting_day": 1}, None),
        ("920002.BJ", AFTER, {"delisting_day": 9}, (13_000, 7_000)),
    ],
)
def test_limits(
    symbol: str, on: str, facts: dict[str, int], limits: tuple[int, int] | None
) -> None:
    instrument = made(symbol)
    tick = BOOK.on(on).number("tick_milli", symbol[-2:], instrument.board, instrument.product)
    found = limits_on(BOOK, instrument, 10_000, on, **facts)
    assert found == (limits or (UNLIMITED_UP_MILLI, tick))


def test_the_delisting_period_is_wider_than_the_warning_was() -> None:
    warned = made("600000.SH", risk_warned=True)
    assert band(instrument_day(BOOK, warned, 10_000, BEFORE)) == (10_500, 9_500)
    leaving = instrument_day(BOOK, warned, 10_000, BEFORE, delisting_day=3)
    assert band(leaving) == (11_000, 9_000)


# --- what may be ordered --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "on", "kinds", "market_price"),
    [
        ("600000.SH", BEFORE, SH4, "protection"),
        ("600000.SH", AFTER, (*SH4, AFTER_HOURS), "protection"),
        ("600000.SH", "2023-04-07", SH4[:3], "limit_up"),
        ("688001.SH", BEFORE, (*SH4, AFTER_HOURS), "protection"),
        ("000001.SZ", BEFORE, SZ6, "limit_up"),
        ("300001.SZ", BEFORE, (*SZ6, AFTER_HOURS), "limit_up"),
        ("920002.BJ", AFTER, SH4, "protection"),
        ("510300.SH", BEFORE, SH4, "protection"),
        ("510300.SH", AFTER, (*SH4, AFTER_HOURS), "protection"),
        ("159915.SZ", AFTER, (*SZ6, AFTER_HOURS), "limit_up"),
        ("508000.SH", AFTER, SH4, "protection"),
        ("161725.SZ", AFTER, SZ6, "limit_up"),
        ("110059.SH", AFTER, ("limit",), ""),
        ("102000.SZ", AFTER, ("limit",), ""),
    ],
)
def test_kinds_of_orders(symbol: str, on: str, kinds: tuple[str, ...], market_price: str) -> None:
    found = day(symbol, on)
    assert (found.kinds, found.market_price) == (kinds, market_price)
    assert found.after_hours is (AFTER_HOURS in kinds)
    assert bool(found.max_market_qty) is any(kind in MARKET_KINDS for kind in kinds)
    assert bool(found.max_after_hours_qty) is found.after_hours


def test_shenzhen_and_beijing_take_no_market_orders_without_a_limit() -> None:
    assert day("000001.SZ", listing_day=1).kinds == (LIMIT, AFTER_HOURS)
    assert day("920002.BJ", listing_day=1).kinds == (LIMIT,)
    assert day("600000.SH", listing_day=1).kinds == (*SH4, AFTER_HOURS)


@pytest.mark.parametrize(
    ("symbol", "limit", "market"),
    [
        ("600000.SH", 1_000_000, 1_000_000),
        ("300001.SZ", 300_000, 150_000),
        ("688001.SH", 100_000, 50_000),
        ("920002.BJ", 1_000_000, 1_000_000),
        ("510300.SH", 1_000_000, 1_000_000),
        ("110059.SH", 1_000_000, 0),
    ],
)
def test_the_largest_orders(symbol: str, limit: int, market: int) -> None:
    found = day(symbol)
    assert (found.max_qty, found.max_market_qty) == (limit, market)


@pytest.mark.parametrize(
    ("symbol", "on", "cap"),
    [
        ("600000.SH", AFTER, 500_000),
        ("000001.SZ", BEFORE, 500_000),
        ("300001.SZ", AFTER, 500_000),
        ("920002.BJ", "2026-08-28", 0),
        ("920002.BJ", "2026-08-31", 200_000),
    ],
)
def test_most_of_a_risk_warned_share_a_day(symbol: str, on: str, cap: int) -> None:
    assert instrument_day(BOOK, made(symbol, risk_warned=True), 10_000, on).daily_buy_cap == cap
    assert day(symbol, on).daily_buy_cap == 0


@pytest.mark.parametrize(
    ("symbol", "product", "on", "same_day"),
    [
        ("600000.SH", "stock", AFTER, False),
        ("510300.SH", "etf", AFTER, False),
        ("588000.SH", "etf_wide", AFTER, False),
        ("508000.SH", "reit", AFTER, False),
        ("511010.SH", "etf_bond", "2015-01-16", False),
        ("511010.SH", "etf_bond", "2015-01-19", True),
        ("511880.SH", "etf_money", AFTER, True),
        ("518880.SH", "etf_gold", AFTER, True),
        ("513100.SH", "etf_cross_border", AFTER, True),
        ("159985.SZ", "etf_commodity", "2019-01-11", True),
        ("510170.SH", "etf_commodity", "2020-01-17", False),
        ("510170.SH", "etf_commodity", "2020-01-20", True),
        ("110059.SH", "convertible", AFTER, True),
        ("102000.SZ", "treasury", AFTER, True),
    ],
)
def test_selling_on_the_day_of_purchase(symbol: str, product: str, on: str, same_day: bool) -> None:
    assert instrument_day(BOOK, made(symbol, product), 1_000, on).t0 is same_day


def test_every_product_has_every_rule_on_both_sides_of_the_change() -> None:
    for market, board, product in TRADED:
        name = "stock" if product == "stock_st" else product
        instrument = Instrument(
            "000000." + market, market, board, "", "", product=name, risk_warned=name != product
        )
        for on in (BEFORE, AFTER):
            found = instrument_day(BOOK, instrument, 10_000, on)
            assert set(found.kinds) <= set(ORDER_KINDS)
            rules = BOOK.on(on).of(market, board, product)
            assert rules.number("commission_e8") <= rules.number("commission_cap_e8")
            inside = rules.number("handling_e8") + rules.number("levy_e8")
            assert inside <= rules.number("commission_e8")


def test_a_permission_is_one_a_client_can_have() -> None:
    from yunquan.clients.types import Permission

    asked = {row.value for row in BOOK.rows if row.rule == "permission"}
    assert asked == set(Permission)


# --- the cage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "book", "reference"),
    [
        (BUY, (10_000, 10_010, 9_990, 9_900), 10_010),
        (BUY, (10_000, 0, 9_990, 9_900), 10_000),
        (BUY, (0, 0, 9_990, 9_900), 9_990),
        (BUY, (0, 0, 0, 9_900), 9_900),
        (SELL, (10_000, 10_010, 9_990, 9_900), 10_000),
        (SELL, (0, 10_010, 9_990, 9_900), 10_010),
        (SELL, (0, 0, 9_990, 9_900), 9_990),
        (SELL, (0, 0, 0, 9_900), 9_900),
    ],
)
def test_what_the_cage_is_built_around(
    side: int, book: tuple[int, int, int, int], reference: int
) -> None:
    assert cage_reference(side, *book) == reference


@pytest.mark.parametrize(
    ("side", "price", "cage", "fault"),
    [
        (BUY, 3_100, (200, 10), ""),
        (BUY, 3_110, (200, 10), "above_cage"),
        (BUY, 10, (200, 10), ""),  # a buy far below waits
        (SELL, 2_900, (200, 10), ""),
        (SELL, 2_890, (200, 10), "below_cage"),
        (SELL, 99_000, (200, 10), ""),
        (BUY, 99_000, (0, 0), ""),  # no cage
        (SELL, 10, (0, 0), ""),
    ],
)
def test_cage_fault(side: int, price: int, cage: tuple[int, int], fault: str) -> None:
    assert cage_fault(side, price, 3_000, *cage, 10) == fault


@pytest.mark.parametrize(
    ("reference", "cage", "bounds"),
    [
        (50, (200, 10), (150, 10)),  # ten ticks below is nothing: one tick is the least price
        (100, (200, 10), (200, 10)),
        (110, (200, 10), (210, 10)),
        (100, (200, 0), (110, 90)),  # 2 % rounds to nothing: one tick at least
        (10, (200, 0), (20, 10)),
    ],
)
def test_the_cage_of_a_penny_share(
    reference: int, cage: tuple[int, int], bounds: tuple[int, int]
) -> None:
    assert tuple(cage_bounds(side, reference, *cage, 10) for side in (BUY, SELL)) == bounds


@given(
    st.integers(1, 1_000_000).map(lambda ticks: ticks * 10),
    st.sampled_from([(200, 10), (200, 0), (500, 10)]),
)
def test_an_order_at_the_reference_is_never_outside(reference: int, cage: tuple[int, int]) -> None:
    assert cage_bounds(BUY, reference, *cage, 10) > reference
    assert 10 <= cage_bounds(SELL, reference, *cage, 10) <= max(reference - 10, 10)


def test_every_rule_of_the_tables_is_shown_to_people() -> None:
    assert {row.rule for row in BOOK.rows} == set(" ".join(GROUPS.values()).split())
