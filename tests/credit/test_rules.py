"""Ratios, lines, files and shocks of credit accounts."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exposure.shelf import universe
from yunquan.credit.rules.files import missing_from, read_file, write_file
from yunquan.credit.rules.lines import (
    all_lines,
    free_fen,
    lines_of,
    lines_on,
    passed,
    passed_now,
    ratio_bp,
    short_by_fen,
)
from yunquan.credit.rules.measure import (
    after_shocks,
    collateral,
    pledges_of,
    shock_view,
    standings,
    symbols_of,
    tops,
)
from yunquan.credit.types import CreditAccount, CreditFile, KeptAccount, Lines, Passed
from yunquan.exposure.rules.scenarios import scenarios_on
from yunquan.kernel.errors import Refused

TODAY = "2026-11-26"
FIRM = lines_on(TODAY)
LINES = Lines(15_000, 14_000, 13_000)
PRICES = np.array([10_000, 20_000, 5_000], np.int64)


def account(name: str = "E1", **told: Any) -> CreditAccount:
    facts: dict[str, Any] = {
        "account": name,
        "own_account": "6000000001",
        "cash_fen": 0,
        "collateral": (("600519.SH", 1_000),),
        "loan_fen": 500_000,
        "interest_fen": 0,
        "shorts": (),
        "contract": "C1",
        "due_on": "2027-01-01",
    }
    return CreditAccount(**(facts | told))


def measured(*accounts: CreditAccount, prices: Any = PRICES) -> Any:
    known = universe()
    pledges = pledges_of(accounts, known)
    return known, pledges, standings(pledges, prices)


# --- ratios


def test_the_vector_of_the_reference() -> None:
    # Cash 100k and stock 500k; loan 300k, shorts at market 100k, interest 5k: 148.1%.
    one = account(
        cash_fen=10_000_000,
        collateral=(("600519.SH", 50_000),),
        loan_fen=30_000_000,
        interest_fen=500_000,
        shorts=(("000001.SZ", 5_000),),
    )
    _, _, now = measured(one)
    assert (int(now.assets[0]), int(now.debts[0])) == (60_000_000, 40_500_000)
    assert now.ratio(0) == 14_814


@pytest.mark.parametrize(
    ("assets", "debts", "expected"),
    [
        (150, 100, 15_000),
        (149, 100, 14_900),
        (299_999, 200_000, 14_999),
        (0, 100, 0),
        (-5, 100, 0),
        (100, 0, None),
    ],
)
def test_a_ratio_is_rounded_down(assets: int, debts: int, expected: int | None) -> None:
    assert ratio_bp(assets, debts) == expected


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (None, Passed.NONE),
        (30_001, Passed.WITHDRAWABLE),
        (30_000, Passed.NONE),
        (15_000, Passed.NONE),
        (14_999, Passed.ATTENTION),
        (14_000, Passed.ATTENTION),
        (13_999, Passed.WARNING),
        (13_000, Passed.WARNING),
        (12_999, Passed.CLOSE_OUT),
    ],
)
def test_at_a_line_is_not_below_it(ratio: int | None, expected: Passed) -> None:
    assert passed(ratio, LINES, FIRM["withdraw"]) is expected


@pytest.mark.parametrize(
    ("ratio", "before", "expected"),
    [
        # A ratio that trembles at a line stays where it was; it gets worse at once.
        (14_050, Passed.WARNING, Passed.WARNING),
        (14_101, Passed.WARNING, Passed.ATTENTION),
        (15_050, Passed.WARNING, Passed.ATTENTION),
        (15_101, Passed.WARNING, Passed.NONE),
        (13_999, Passed.ATTENTION, Passed.WARNING),
        (15_050, Passed.NONE, Passed.NONE),
    ],
)
def test_back_over_a_line(ratio: int, before: Passed, expected: Passed) -> None:
    assert passed_now(ratio, LINES, FIRM["withdraw"], before, FIRM["trembling"]) is expected


@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(10_001, 30_000))
def test_what_is_short_brings_it_exactly_to_the_line(assets: int, debts: int, line: int) -> None:
    short = short_by_fen(assets, debts, line)
    found = ratio_bp(assets + short, debts)
    assert found is not None
    assert found >= line
    if short:
        less = ratio_bp(assets + short - 1, debts)
        assert less is not None
        assert less < line


@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_what_is_free_leaves_the_line_untouched(assets: int, debts: int) -> None:
    free = free_fen(assets, debts, 30_000)
    left = ratio_bp(assets - free, debts)
    assert left is not None
    assert free >= 0
    if free:
        assert left >= 30_000


def test_lines_are_dated_and_a_contract_may_have_its_own() -> None:
    assert (FIRM["close_out"], FIRM["withdraw"]) == (13_000, 30_000)
    assert "close_out" not in lines_on("2018-01-01")
    assert lines_of(account(), FIRM) == LINES
    own = Lines(16_000, 15_000, 14_000)
    assert lines_of(account(lines=own), FIRM) == own
    assert all(one.source and one.certainty in ("V", "KM", "F") for one in all_lines())


# --- shocks and collateral


def test_shocks_are_full_revaluations_of_both_sides() -> None:
    short = account("E2", collateral=(), cash_fen=3_000_000, shorts=(("000001.SZ", 1_000),))
    known, pledges, _ = measured(account(), short)
    for scenario, then in after_shocks(pledges, known, PRICES, scenarios_on(TODAY)):
        if scenario.code != "market_10":
            continue
        assert then.ratio(0) == 18_000
        # 20 CNY fell to 18: what is owed is 5,000 and 18,000 CNY.
        assert then.ratio(1) == 3_000_000 * 10_000 // 2_300_000
        view = shock_view(scenario, then, [LINES, LINES], 30_000)
        assert (view.attention, view.warning, view.close_out) == (1, 1, 0)
        assert view.short_fen == short_by_fen(3_000_000, 2_300_000, 14_000)
        return
    pytest.fail("no such scenario")


def test_collateral_by_security_and_by_account() -> None:
    one = account(collateral=(("600519.SH", 1_000), ("510300.SH", 2_000)), cash_fen=1_000_000)
    other = account("E2", collateral=(("600519.SH", 2_000),), shorts=(("000001.SZ", 10),))
    known, pledges, now = measured(one, other)
    assert symbols_of([one, other]) == ["000001.SZ", "510300.SH", "600519.SH"]
    assert tops(pledges, now, known) == [("600519.SH", 3_333), ("600519.SH", 10_000)]
    first, second = collateral(pledges, now, known)
    assert (first.symbol, first.value_fen, first.share_bp, first.accounts) == (
        "600519.SH",
        3_000_000,
        7_500,
        2,
    )
    assert second.symbol == "510300.SH"


# --- files


def test_a_file_comes_back_as_it_was_written() -> None:
    told = [account("E1"), account("E2", lines=LINES)]
    found = read_file(write_file(TODAY, 3, told), TODAY, 3)
    assert isinstance(found, CreditFile)
    assert found.accounts == tuple(told)


def resigned(body: bytes, change: Any) -> bytes:
    """The same file with other lines, its digest right again."""
    head, _, rest = body.partition(b"\n")
    rest = change(rest)
    told = msgspec.json.decode(head) | {"sha256": hashlib.sha256(rest).hexdigest()}
    return msgspec.json.encode(told) + b"\n" + rest


GOOD = write_file(TODAY, 1, [account("E1"), account("E2")])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "credit.file_unreadable"),
        (b"{}\n", "credit.file_unreadable"),
        (GOOD[: len(GOOD) // 2], "credit.file_damaged"),
        (GOOD + b"x", "credit.file_damaged"),
        (write_file(TODAY, 2, []), "credit.file_other"),
        (write_file("2026-11-25", 1, []), "credit.file_other"),
        (write_file(TODAY, 1, [account(), account()]), "credit.file_twice"),
        (write_file(TODAY, 1, [account(loan_fen=-1)]), "credit.file_negative"),
        (write_file(TODAY, 1, [account(collateral=(("a", -1),))]), "credit.file_negative"),
        (resigned(GOOD, lambda rest: rest.splitlines(keepends=True)[0]), "credit.file_count"),
        (resigned(GOOD, lambda rest: rest.replace(b"cash_fen", b"cash")), "credit.file_unreadable"),
    ],
)
def test_files_that_are_refused(body: bytes, code: str) -> None:
    found = read_file(body, TODAY, 1)
    assert isinstance(found, Refused)
    assert found.code == code


def test_a_debt_does_not_vanish_with_its_line() -> None:
    kept = [
        KeptAccount(one, TODAY, Passed.NONE, Passed.NONE, "")
        for one in (account("E1"), account("E2"), account("E3", loan_fen=0))
    ]
    file = read_file(write_file(TODAY, 1, [account("E1")]), TODAY, 1)
    assert isinstance(file, CreditFile)
    assert missing_from(file, kept) == ("E2",)
