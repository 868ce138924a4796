"""Costs by three methods, periods, cells of a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from yunquan.kernel.errors import Invalid
from yunquan.statements import csv_text
from yunquan.statements.rules.costs import METHODS, reckon
from yunquan.statements.service.statements import parse_period
from yunquan.statements.types import FillFacts, Movement, Paper, PaperColumn, PaperTable

BUY, SELL = 1, 2
S = "600519.SH"


def trade(seq: int, side: int, qty: int, worth: int, *, fees: int = 0) -> Movement:
    fill = FillFacts("o", S, side, f"E{seq}", 0, qty, worth, fees, 0, 0, 0, "2026-07-13")
    change = (qty if side == BUY else -qty, 0, 0, 0)
    return Movement("2026-07-13", seq, 0, 0, "bought", S, change, "clearing:SH", S, "", fill)


def booked(seq: int, kind: str, asset: str, amount: int) -> Movement:
    change = (amount, 0, 0, 0)
    return Movement("2026-07-13", seq, 0, 0, kind, asset, change, f"issuer:{S}", S, "", None)


# 100 at 10.00 and 5.00 fees, 100 at 12.00 and 5.00, 100 sold at 13.00 for 6.50
STORY = [
    trade(1, BUY, 100, 100_000, fees=500),
    trade(2, BUY, 100, 120_000, fees=500),
    trade(3, SELL, 100, 130_000, fees=650),
]


@pytest.mark.parametrize(
    ("method", "cost", "realised"),
    [
        ("moving", 110_500, 129_350 - 110_500),
        ("fifo", 120_500, 129_350 - 100_500),
        ("diluted", 221_000 - 129_350, 0),
    ],
)
def test_costs_of_a_story(method: str, cost: int, realised: int) -> None:
    held = reckon(STORY, method, "CNY")[S]
    assert (held.qty, held.cost, held.realised) == (100, cost, realised)


@pytest.mark.parametrize("method", METHODS)
def test_all_methods_agree_once_everything_is_sold(method: str) -> None:
    story = [*STORY, trade(4, SELL, 100, 90_000, fees=500)]
    held = reckon(story, method, "CNY")[S]
    assert (held.qty, held.cost) == (0, 0)
    assert held.realised == 129_350 + 89_500 - 221_000


@pytest.mark.parametrize(
    ("method", "cost"), [("moving", 110_500), ("fifo", 120_500), ("diluted", 91_650 - 900)]
)
def test_a_dividend_lowers_the_diluted_cost_alone(method: str, cost: int) -> None:
    story = [*STORY, booked(4, "dividend", "CNY", 1_000), booked(5, "dividend_tax", "CNY", -100)]
    assert reckon(story, method, "CNY")[S].cost == cost


def test_the_tax_on_what_the_last_sale_had_earned_is_part_of_its_profit() -> None:
    """It is booked at the end of the day on which the last share was sold."""
    story = [*STORY, booked(4, "dividend", "CNY", 1_000), trade(5, SELL, 100, 90_000, fees=500)]
    held = reckon([*story, booked(6, "dividend_tax", "CNY", -200)], "diluted", "CNY")[S]
    assert (held.qty, held.cost) == (0, 0)
    assert held.realised == 129_350 + 89_500 - 221_000 + 1_000 - 200


@pytest.mark.parametrize("method", METHODS)
def test_bonus_shares_cost_nothing_and_shares_moved_in_are_unknown(method: str) -> None:
    held = reckon([*STORY, booked(4, "bonus", S, 30)], method, "CNY")[S]
    assert (held.qty, held.uncosted) == (130, 0)
    held = reckon([*STORY, booked(4, "transfer_in", S, 30)], method, "CNY")[S]
    assert (held.qty, held.uncosted) == (130, 30)


@pytest.mark.parametrize(
    ("period", "span"),
    [
        ("2026-07-13", ("day", "2026-07-13", "2026-07-13")),
        ("2026-02", ("month", "2026-02-01", "2026-02-28")),
        ("2026-07-01..2026-07-13", ("span", "2026-07-01", "2026-07-13")),
    ],
)
def test_periods(period: str, span: tuple[str, str, str]) -> None:
    assert parse_period(period) == span


@pytest.mark.parametrize(
    "period", ["", "2026", "2026-13", "2026-07..2026-07-13", "2026-07-13..2026-07-01", "../etc"]
)
def test_what_is_no_period(period: str) -> None:
    with pytest.raises(Invalid):
        parse_period(period)


HOSTILE = ["=1+1", "+cmd", "-cmd|x", "@SUM(A1)", "\tx", 'a"b,c']


def hostile_paper(rows: int = 1) -> Paper:
    columns = tuple(PaperColumn(f"c{number}") for number in range(len(HOSTILE)))
    table = PaperTable("=t", columns, (tuple(HOSTILE),) * rows, "")
    return Paper("=title", "zh", "云泉", "", (("-5.00", "-1,234.50"),), (table,), (), "")


def test_a_spreadsheet_never_takes_text_for_a_formula() -> None:
    told = csv_text(hostile_paper())
    assert told.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(told.removeprefix("\ufeff"))))
    assert rows[0] == ["'=title"]
    assert ["-5.00", "-1234.50"] in rows
    assert [*(f"'{cell}" for cell in HOSTILE[:5]), HOSTILE[5]] in rows
