"""What an action gives and what tax its income owes, against a second reading share by share."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.actions import (
    Action,
    Due,
    Lot,
    Traded,
    accrue,
    acquire,
    close_lots,
    dispose,
    entitle,
    ex_reference_of,
    load_tax_rates,
    problems,
)

RATES = load_tax_rates()
FOUR_AND_TWO = Action(
    "act_1",
    "600000.SH",
    "2026-07-15",
    "2026-07-16",
    "2026-07-16",
    "2026-07-16",
    4_000_000,
    2_000_000,
)


def offer(first: str, last: str, **changes: int) -> Action:
    """A rights issue with this window, recorded on 15 July."""
    ratio: dict[str, int] = {"rights_e6": 3_000_000, "rights_price_milli": 7_500, **changes}
    days = ("2026-07-15", "2026-07-22", "", "2026-07-27")
    return Action("x", "s", *days, **ratio, rights_from=first, rights_to=last)


def test_vector_14() -> None:
    assert ex_reference_of(FOUR_AND_TWO, 12_000, 10) == 9_670


def test_holders_of_the_symbol_are_due_whole_shares_and_fen() -> None:
    holdings = [("a", "600000.SH", 333), ("b", "000001.SZ", 100), ("c", "600000.SH", 0)]
    assert list(entitle(FOUR_AND_TWO, holdings)) == [Due("a", 333, 13_320, 66, 0, 0, 6_000_000)]


@pytest.mark.parametrize(
    ("action", "codes"),
    [
        (FOUR_AND_TWO, ()),
        (Action("x", "s", "2026-07-15", "2026-07-16"), ("actions.bad_ratio",)),
        (
            Action("x", "s", "2026-07-15", "2026-07-15", "2026-07-16", cash_e6=1),
            ("actions.ex_not_after_record",),
        ),
        (
            Action("x", "s", "2026-07-15", "2026-07-16", "", "2026-07-15", bonus_e6=1),
            ("actions.listing_before_ex",),
        ),
        (
            Action("x", "s", "2026-07-15", "2026-07-16", "", "2026-07-20", rights_e6=1),
            ("actions.bad_rights_price",),
        ),
        (
            Action("x", "s", "2026-07-15", "2026-07-16", "2026-07-15", cash_e6=1),
            ("actions.pay_not_after_record",),
        ),
        (offer("2026-07-16", "2026-07-20"), ()),
        (offer("2026-07-16", "2026-07-16"), ()),
        (offer("2026-07-15", "2026-07-20"), ("actions.bad_window",)),
        (offer("2026-07-20", "2026-07-16"), ("actions.bad_window",)),
        (offer("2026-07-16", "2026-07-27"), ("actions.bad_window",)),
        (offer("", "2026-07-20"), ("actions.bad_window",)),
        (
            offer("2026-07-16", "2026-07-20", rights_e6=0, rights_price_milli=0, bonus_e6=1),
            ("actions.bad_window",),
        ),
    ],
)
def test_unbelievable_actions_are_named(action: Action, codes: tuple[str, ...]) -> None:
    assert problems(action) == codes


@pytest.mark.parametrize(
    ("acquired", "sold", "tax_fen"),
    [
        # 1,000 shares at 0.40 cash and 0.20 face of bonus: 600.00 of income.
        ("2026-07-08", "2026-08-08", 12_000),
        ("2026-07-08", "2026-08-09", 6_000),
        ("2025-08-08", "2026-08-08", 6_000),
        ("2025-08-08", "2026-08-09", 0),
        ("2026-01-31", "2026-03-01", 6_000),
    ],
)
def test_tax_goes_by_how_long_the_lot_was_held(acquired: str, sold: str, tax_fen: int) -> None:
    lots = accrue(acquire((), acquired, 1_000, 0), FOUR_AND_TWO)
    assert dispose(lots, sold, 1_000, RATES).tax_fen == tax_fen


def test_more_than_the_lots_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="1 shares more"):
        dispose((Lot("2026-07-08", 100, 0),), "2026-07-09", 101, RATES)


@pytest.mark.parametrize(
    ("record_day", "tax_fen"), [("2012-12-31", 0), ("2015-09-07", 2_000), ("2015-09-08", 0)]
)
def test_tax_goes_by_the_row_of_the_record_day(record_day: str, tax_fen: int) -> None:
    action = Action("x", "s", record_day, "2015-12-31", cash_e6=4_000_000)
    lots = accrue((Lot("2010-01-04", 1_000, 0),), action)
    assert dispose(lots, "2020-01-02", 1_000, RATES).tax_fen == tax_fen


def test_what_no_trade_tells_of_is_told_by_the_close() -> None:
    lots = (Lot("2026-07-01", 100, 1_000),)
    came = close_lots(lots, "2026-07-02", Traded(50, 600, 30), 180, (), (), RATES)
    assert [(one.acquired, one.quantity) for one in came.lots] == [
        ("2026-07-01", 70),
        ("2026-07-02", 50),
        ("2026-07-02", 60),
    ]
    went = close_lots(lots, "2026-07-02", Traded(), 40, (), [("2026-07-03", 5, 0)], RATES)
    assert (went.quantity, went.cost_fen) == (60, 600)
    assert [one.quantity for one in went.lots] == [40, 5]


def _percent_day_by_day(acquired: date, sold: date) -> int:
    """Walks from the day of acquisition, counting the same dates of later months it passes."""
    months, day = 0, acquired
    while day < sold:
        day += timedelta(days=1)
        last = (day + timedelta(days=1)).month != day.month
        if day.day == acquired.day or (last and day.day < acquired.day):
            months += 1
    exact = months and (sold.day == acquired.day or _short_end(acquired, sold))
    whole = months - 1 if exact else months
    return 20 if whole < 1 else 10 if whole < 12 else 0


def _short_end(acquired: date, sold: date) -> bool:
    return (sold + timedelta(days=1)).month != sold.month and sold.day < acquired.day


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["buy", "sell", "pay"]),
            st.integers(1, 40),
            st.integers(0, 120),
        ),
        max_size=25,
    )
)
def test_a_second_reading_share_by_share_agrees(history: list[tuple[str, int, int]]) -> None:
    day = date(2024, 1, 31)
    lots: tuple[Lot, ...] = ()
    shares: list[tuple[date, list[Decimal]]] = []
    for what, size, pause in history:
        day += timedelta(days=pause)
        if what == "buy":
            lots = acquire(lots, day.isoformat(), size, size * 1_000)
            shares += [(day, []) for _ in range(size)]
        elif what == "pay":
            paid = Action("p", "s", day.isoformat(), "9999", cash_e6=size * 12_345, bonus_e6=size)
            lots = accrue(lots, paid)
            for _, income in shares:
                income.append(Decimal(size * 12_345 + size) / Decimal(10**7))
        elif shares:
            gone, shares = shares[:size], shares[size:]
            tax = Decimal(0)
            for since, income in gone:
                tax += sum(income, Decimal(0)) * _percent_day_by_day(since, day)
            done = dispose(lots, day.isoformat(), len(gone), RATES)
            lots = done.lots
            assert done.tax_fen == int(tax.quantize(Decimal(1), ROUND_HALF_UP))
            assert done.cost_fen == len(gone) * 1_000
    assert sum(lot.quantity for lot in lots) == len(shares)
