"""What a plan may charge, which version holds, how fees read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.app.locale import catalogue
from yunquan.counter.types import FeeRate
from yunquan.market import load_rule_book
from yunquan.tariffs import rules
from yunquan.tariffs.types import Assignment, NewPlanVersion, PlanRate, PlanVersion

BOOK = load_rule_book()
DAY = "2026-07-13"


def new(*rates: PlanRate, plan: str = "active", day: str = DAY, zh: str = "活跃") -> NewPlanVersion:
    return NewPlanVersion(plan, zh, "Active", day, rates or (PlanRate("stock", 20_000, 500),))


def made(version: int, day: str) -> PlanVersion:
    rates = (PlanRate("stock", 20_000 - version, 500),)
    return PlanVersion("active", version, day, "活跃", "A", rates, "b", "p", "x", "y", 1)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (new(), None),
        (new(PlanRate("etf_gold", 5_000, 0), PlanRate("treasury", 1_000, 10)), None),
        (new(plan="house"), "tariff.plan_code"),
        (new(plan="Active"), "tariff.plan_code"),
        (new(zh=" "), "tariff.name"),
        (new(day="2026-07-12"), "tariff.day"),
        (new(day="20260713"), "tariff.day"),
        (new(PlanRate("stock", 20_000, 500), PlanRate("stock", 21_000, 500)), "tariff.rates"),
        (new(PlanRate("index", 20_000, 0)), "tariff.product"),
        (new(PlanRate("warrant", 20_000, 0)), "tariff.product"),
        # Beijing's handling fee 0.0125% and the levy 0.002% are inside the commission on shares.
        (new(PlanRate("stock", 14_500, 0)), None),
        (new(PlanRate("stock", 14_499, 0)), "tariff.below_floor"),
        (new(PlanRate("stock", 300_000, 500)), None),
        (new(PlanRate("stock", 300_001, 500)), "tariff.above_cap"),
        (new(PlanRate("stock", 20_000, 501)), "tariff.minimum"),
        (new(PlanRate("stock", 20_000, -1)), "tariff.minimum"),
    ],
)
def test_what_a_plan_may_be(wanted: NewPlanVersion, code: str | None) -> None:
    refused = rules.check_version(wanted, [], BOOK, DAY)
    assert (refused.code if refused else None) == code


def test_the_floor_follows_the_dated_rows() -> None:
    before, after = (rules.bounds_of(BOOK, "stock", day) for day in ("2023-08-25", "2023-08-28"))
    assert before
    assert after
    assert (before.floor_e8, after.floor_e8) == (27_000, 14_500)


def test_a_version_comes_after_the_last() -> None:
    known = [made(1, DAY), made(2, "2026-08-03")]
    refused = rules.check_version(new(day="2026-08-03"), known, BOOK, DAY)
    assert refused
    assert refused.code == "tariff.day_taken"
    assert rules.check_version(new(day="2026-08-04"), known, BOOK, DAY) is None


@pytest.mark.parametrize(
    ("day", "version"), [("2026-07-12", 0), (DAY, 1), ("2026-08-02", 1), ("2026-08-03", 2)]
)
def test_which_version_holds(day: str, version: int) -> None:
    found = rules.in_force([made(2, "2026-08-03"), made(1, DAY)], day)
    assert (found.version if found else 0) == version


def test_the_counter_is_told_under_a_stable_id() -> None:
    one = Assignment("6000000001", "active", "contract 7", "prp_1", "staff:a", "staff:b", 1, 0, "")
    command = rules.command_of(one, made(3, DAY))
    assert (command.id, command.plan) == ("staff:a:prp_1-3", "active@3")
    assert command.rates == (FeeRate("stock", 19_997, 500),)
    taken = rules.command_of(one, None)
    assert (taken.id, taken.plan, taken.rates) == ("staff:a:prp_1-0", "house", ())


@given(st.integers(0, 99_999_999))
def test_a_rate_as_people_type_it_is_what_they_read(rate_e8: int) -> None:
    assert rules.parse_rate(rules.percent(rate_e8)) == rate_e8


@pytest.mark.parametrize("text", ["", "x", "-0.1", "0.0000001", "100.1.1", "1e3", "123"])
def test_what_is_no_rate(text: str) -> None:
    assert rules.parse_rate(text) is None


def test_every_fee_names_its_source_and_boards_that_differ() -> None:
    def said(code: str, /, **facts: Any) -> str:
        return code

    stock, *_ = rules.fee_sheet(BOOK, DAY, [FeeRate("stock", 20_000, 500)], "plan", said)
    lines = [(fee.fee, fee.rate_text, fee.inside, fee.source) for fee in stock.fees]
    assert lines[:3] == [
        ("commission", "0.02%", False, "plan"),
        ("stamp_sell", "0.05%", False, "V:S1"),
        ("transfer", "0.001%", False, "V:S1"),
    ]
    handling = [(fee.rate_text, fee.places) for fee in stock.fees if fee.fee == "handling"]
    assert ("0.0125%", "market.board.bse") in handling
    assert len(handling) == 2
    assert all(fee.source for fee in stock.fees)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("firm plan", "the firm's own plan"),
        ("firm plan, V:S1", "the firm's own plan; notices of the exchanges"),
        ("V:S5, first day KM", "a note on trading costs, second hand; first day"),
        ("reference 1.6; first day KM", "section 1.6 of the firm's own rule reference; first"),
        ("as shares", "as shares"),
    ],
)
def test_a_source_is_named_in_words(source: str, told: str) -> None:
    found = rules.source_text(source, lambda code, **facts: catalogue().text(code, "en", **facts))
    assert found.startswith(told)
    assert "V:" not in found
