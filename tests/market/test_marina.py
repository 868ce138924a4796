"""Our rows beside marina-rules: every difference has its reason, and limits come out the same."""

from __future__ import annotations

import marina_rules
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rule_comparison import COMPUTED, EXPLAINED, LEFT_OUT, MARKETS, RULES, SCOPES, cells
from yunquan.market import load_rule_book
from yunquan.market.rules import limits_on
from yunquan.market.types import Instrument

CELLS = list(cells())
BOOK = load_rule_book()


def test_where_both_speak_they_agree() -> None:
    assert [cell for cell in CELLS if cell.verdict == "differ"] == []
    assert sum(cell.verdict == "agree" for cell in CELLS) > 100


def test_every_silence_has_its_reason_and_no_reason_is_idle() -> None:
    silent = {(cell.rule, cell.scope) for cell in CELLS if cell.verdict != "agree"}
    assert silent - EXPLAINED.keys() == set()
    assert EXPLAINED.keys() - silent == set()


def test_nothing_of_theirs_is_left_aside() -> None:
    records = [record for record in marina_rules.records() if record.scope not in LEFT_OUT]
    assert {record.scope for record in records} == SCOPES.keys()
    assert {record.rule for record in records} == RULES.keys() | set(COMPUTED)
    met = {(cell.rule, cell.scope) for cell in CELLS if cell.theirs}
    assert {(r.rule, r.scope) for r in records if r.rule not in COMPUTED} == met


def test_what_holds_today_agrees_everywhere() -> None:
    """On the last span of each rule both sides answer, but where a scope of theirs has ended."""
    last = [cell for cell in CELLS if not cell.to]
    ended = {"delisting", "delisting_day1", "ipo_day1_main"}
    assert {cell.scope for cell in last if cell.verdict != "agree"} <= ended


@pytest.mark.parametrize(
    "scope", [name for name in SCOPES if name.split("_")[-1] not in ("stock", "day1", "bond")]
)
@given(
    close=st.integers(6, 200_000), on=st.sampled_from(["2021-03-01", "2023-04-10", "2026-07-06"])
)
def test_limit_prices_come_out_the_same(scope: str, close: int, on: str) -> None:
    """Closes in ticks. Theirs are floats with an epsilon, ours integers."""
    places, days = SCOPES[scope]
    for market, board, product in places:
        theirs_market = next(code for code, ours in MARKETS.items() if ours == market)
        try:
            marina_rules.record_at("price_limit_pct", on, scope, theirs_market)
        except KeyError:
            continue
        name = "stock" if product == "stock_st" else product
        of = Instrument("", market, board, "", "", product=name, risk_warned=name != product)
        tick = BOOK.on(on).number("tick_milli", market, board, product)
        theirs = marina_rules.limit_price(
            close * tick / 1000, scope, on, theirs_market, decimals=2 if tick == 10 else 3
        )
        ours = limits_on(BOOK, of, close * tick, on, **days)
        if theirs is None:
            assert ours[1] == tick
            continue
        up, down = (round(price * 1000) for price in theirs)
        assert ours == (up, max(down, tick))


@pytest.mark.parametrize(
    ("scope", "theirs_market", "close", "on", "theirs", "ours"),
    [
        # They have no floor of one tick for Beijing; ours is KM.
        ("bse", "BJSE", 10, "2026-07-06", (0.01, 0.01), (20, 10)),
        # Shanghai's absolute band of the delisting period, until 2023-04-10, isn't ours.
        ("delisting", "XSHG", 10, "2021-03-01", (0.02, 0.01), (10, 10)),
        ("delisting", "XSHG", 10, "2023-04-10", (0.02, 0.01), (20, 10)),
    ],
)
def test_closes_of_a_few_ticks_may_differ(
    scope: str,
    theirs_market: str,
    close: int,
    on: str,
    theirs: tuple[float, float],
    ours: tuple[int, int],
) -> None:
    (market, board, product), *_ = SCOPES[scope][0]
    found = marina_rules.limit_price(close / 1000, scope, on, theirs_market, decimals=2)
    assert found is not None
    assert (found[0], max(found[1], 0.01)) == theirs
    of = Instrument("", market, board, "", "", product=product)
    assert limits_on(BOOK, of, close, on, **SCOPES[scope][1]) == ours
