"""Money: exact, one spelling per value, no hostile text taken."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.errors import Invalid
from yunquan.kernel.money import (
    LARGEST_MINOR,
    Money,
    fen_to_text,
    milli_to_price,
    milli_to_text,
    parse_fen,
    price_to_milli,
    signed_fen,
    signed_milli,
)

amounts = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
HOSTILE = [
    "",
    " ",
    ".",
    "-",
    "--1",
    "1-2",
    "1.2.3",
    "1e5",
    "1E2",
    "0x10",
    "1_000",
    "1,000",
    "Infinity",
    "-Infinity",
    "NaN",
    "sNaN",
    "１２",
    "٣",
    "½",
    "12.34 ",
    "\n12",
    "+1",
    "12.345",
    "0.001",
    "1\x00",
    "9" * 23,
    "10000000000000.01",
    "0" * 200,
    "12.34" * 100,
]


@given(amounts)
def test_parse_of_print_is_identity(fen: int) -> None:
    assert parse_fen(fen_to_text(fen)) == fen
    assert Money.parse(str(Money(fen))) == Money(fen)


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR))
def test_prices_round_trip(milli: int) -> None:
    assert price_to_milli(milli_to_text(milli)) == milli
    assert milli_to_price(milli) * 1000 == milli


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        fen = parse_fen(text)
    except Invalid as error:
        assert error.code == "money.malformed"
        return
    assert abs(fen) <= LARGEST_MINOR
    assert Decimal(text) * 100 == fen


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"money.malformed"):
        parse_fen(text)


@pytest.mark.parametrize("value", [None, 12, 12.5, b"12", ["12"], Decimal(12), True])
def test_only_text_is_parsed(value: object) -> None:
    with pytest.raises(Invalid):
        parse_fen(value)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("text", ["1.230", "1.000", "-5.500"])
def test_more_decimals_than_the_unit_has_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_fen(text)
    assert price_to_milli(text) == Decimal(text) * 1000
    with pytest.raises(Invalid):
        price_to_milli(text + "0")


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_splits_add_up(fen: int, weights: list[int]) -> None:
    parts = Money(fen).split(weights)
    assert sum(part.minor for part in parts) == fen
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - fen * weight / sum(weights)) <= 1 + abs(fen) * 1e-12
        if weight == 0:
            assert part.minor == 0


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [-1, 2]])
def test_weights_that_divide_nothing(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100).split(weights)


def test_currencies_do_not_mix() -> None:
    yuan, dollars = Money(100), Money(100, "USD")
    assert yuan != dollars
    for operation in (
        lambda: yuan + dollars,
        lambda: yuan - dollars,
        lambda: yuan < dollars,
        lambda: yuan >= dollars,
        lambda: yuan + 1,  # pyright: ignore
        lambda: yuan * 2,  # pyright: ignore
    ):
        with pytest.raises(TypeError):
            operation()


@given(amounts, amounts)
def test_addition_and_order_are_those_of_integers(one: int, other: int) -> None:
    assert (Money(one) + Money(other)).minor == one + other
    assert (Money(one) - Money(other)).minor == one - other
    assert (Money(one) < Money(other)) == (one < other)
    assert (Money(one) >= Money(other)) == (one >= other)
    assert -Money(one) == Money(-one)


def test_each_rounding_is_the_one_named() -> None:
    assert Money(1001).times(Decimal("0.5")) == Money(501)
    assert Money(1001).times(Decimal("0.5"), rounding=ROUND_HALF_EVEN) == Money(500)
    assert Money(1001).times(Decimal("0.5"), rounding=ROUND_DOWN) == Money(500)
    assert Money.from_model(0.1 + 0.2, rounding=ROUND_DOWN) == Money(30)


@given(amounts, st.decimals(0, 10, places=8))
def test_times_is_exact_before_it_rounds(fen: int, ratio: Decimal) -> None:
    scaled = fen * int(ratio * 10**8)
    half_up = (abs(scaled) * 2 + 10**8) // (2 * 10**8) * (1 if scaled >= 0 else -1)
    assert Money(fen).times(ratio).minor == half_up


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "+0.00"), (1, "+0.01"), (-1, "-0.01"), (-123_456, "-1234.56")]
)
def test_a_change_always_shows_its_sign(fen: int, text: str) -> None:
    assert signed_fen(fen) == text
    assert signed_milli(10 * fen) == text
