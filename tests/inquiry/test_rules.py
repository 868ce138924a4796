"""What may be searched for, and that postings add up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from yunquan.history.types import Turnover
from yunquan.inquiry import rules
from yunquan.inquiry.types import LedgerInquiry, OrderInquiry
from yunquan.ledger.types import AVAILABLE, FROZEN, HOUSE

ME, DAY = "880000000001", "2026-07-13"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (OrderInquiry(), None),
        (OrderInquiry(q="ord_1", state="open"), None),
        (OrderInquiry(q="' or 1=1 --"), "inquiry.malformed"),
        (OrderInquiry(state="lost"), "inquiry.malformed"),
        (OrderInquiry(from_day="2026-13-01"), "orders.period_malformed"),
        (OrderInquiry(from_day=DAY, to_day="2026-07-12"), "orders.period_malformed"),
    ],
)
def test_orders_asked_for(asked: OrderInquiry, code: str | None) -> None:
    refused = rules.check_orders(asked)
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        (OrderInquiry(), DAY),
        (OrderInquiry(state="rejected"), DAY),
        (OrderInquiry(symbol="600519.sh"), ""),
        (OrderInquiry(account=ME), ""),
        (OrderInquiry(from_day="2026-07-01"), ""),
    ],
)
def test_what_nothing_narrows_is_of_today(asked: OrderInquiry, day: str) -> None:
    wanted, narrowed = rules.wanted_orders(asked, DAY)
    assert narrowed == day
    assert wanted.from_day == (asked.from_day or day)
    assert wanted.symbol == asked.symbol.upper()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (LedgerInquiry(account=ME), None),
        (LedgerInquiry(account="clearing:SH"), None),
        (LedgerInquiry(order="ord_1"), None),
        (LedgerInquiry(place="counter-0:17"), None),
        (LedgerInquiry(), "inquiry.one_of_three"),
        (LedgerInquiry(account=ME, order="ord_1"), "inquiry.one_of_three"),
        (LedgerInquiry(asset="CNY"), "inquiry.one_of_three"),
        (LedgerInquiry(place="rooms:17"), "inquiry.place"),
        (LedgerInquiry(place="counter-0:"), "inquiry.place"),
        (LedgerInquiry(account=ME, event="magic"), "inquiry.malformed"),
        (LedgerInquiry(account="a;b"), "inquiry.malformed"),
        (LedgerInquiry(account=ME, from_day="yesterday"), "orders.period_malformed"),
    ],
)
def test_postings_asked_for(asked: LedgerInquiry, code: str | None) -> None:
    refused = rules.check_ledger(asked)
    assert (refused.code if refused else None) == code


def test_a_page_goes_on_where_it_ended() -> None:
    row = SimpleNamespace(seq=17, stream="counter-0", line=2)
    after = rules.after_of(rules.after_text(row))
    assert after
    assert (after.seq, after.stream, after.line) == (17, "counter-0", 2)
    assert rules.after_of("'; drop table") is None
    assert rules.after_of("") is None


def row(seq: int, source: str, target: str, amount: int, asset: str = "CNY", **more: Any) -> Any:
    buckets = {"source_bucket": AVAILABLE, "target_bucket": HOUSE, "event": "", "at_ms": 1}
    facts = {"seq": seq, "stream": "counter-0", "line": 0, "source": source, "target": target}
    return SimpleNamespace(**(buckets | facts | {"asset": asset, "amount": amount} | more))


def test_the_balance_runs_back_from_the_newest() -> None:
    rows = [
        row(3, ME, "firm:commission", 500),
        row(2, ME, ME, 10_000, target_bucket=FROZEN),
        row(1, "bank:icbc", ME, 100_000),
    ]
    lines = rules.lines_of(rows, ME, {"CNY": 99_500}, lambda code, **_: code)
    assert [line.balance for line in lines] == ["995.00", "1000.00", "1000.00"]
    assert [(line.came, line.went) for line in lines] == [("", "5.00"), ("", ""), ("1000.00", "")]


@pytest.mark.parametrize(
    ("opening", "closing", "owned", "proved", "agrees"),
    [
        ({"CNY": 100}, {"CNY": 350}, {"CNY": 350}, True, True),
        ({"CNY": 100}, {"CNY": 350}, {"CNY": 349}, True, False),
        ({"CNY": 100}, {"CNY": 351}, None, False, None),
        (None, None, None, True, None),
    ],
)
def test_totals_say_whether_they_add_up(
    opening: Any, closing: Any, owned: Any, proved: bool, agrees: bool | None
) -> None:
    turnovers = [Turnover("CNY", "bank:icbc", 300, 0), Turnover("CNY", "firm:commission", 0, 50)]
    (one,) = rules.totals_of(turnovers, opening, closing, owned)
    assert (one.came, one.went, one.proved, one.agrees) == ("3.00", "0.50", proved, agrees)


def test_debits_equal_credits_over_both_sides() -> None:
    rows = [row(1, ME, "clearing:SH", 700), row(1, "clearing:SH", ME, 3, asset="600519.SH")]
    sides = rules.both_sides(rows)
    assert all(one.proved for one in rules.balanced(sides))
    assert not rules.balanced([*sides, Turnover("CNY", "nobody", 1, 0)])[1].proved
