"""Statements and notes over the API: one's own, to the fen, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.partners.brokerage import Brokerage, Visitor
from yunquan.statements import cash_flow
from yunquan.statements.service import statements as service
from yunquan.statements.types import FlowFilter

DAY = "2026-07-13"


def traded(brokerage: Brokerage, owner: Visitor) -> str:
    order = owner.send("POST", "/orders", owner.order()).json()["id"]
    brokerage.report("accepted", order)
    brokerage.report("filled", order, price=99_900, qty=100)
    return order


def amounts(paper: dict[str, Any]) -> set[str]:
    return {cell for table in paper["tables"] for row in table["rows"] for cell in row}


def test_a_day_and_its_pdf(brokerage: Brokerage, visitor: Callable[..., Visitor]) -> None:
    mine = visitor("linxz")
    traded(brokerage, mine)
    listed = mine.get("/statements").json()
    assert [line["period"] for line in listed["days"]] == [DAY]
    assert listed["days"][0]["provisional"] is True
    paper = mine.get(f"/statements/{DAY}").json()
    assert {"100,000.00", "-9,990.00", "-5.00", "-0.10"} <= amounts(paper)
    cash = mine.get("/assets").json()["cash"]
    assert paper["tables"][0]["totals"][-1].replace(",", "") == cash == "90004.90"
    first, again = (mine.get(f"/statements/{DAY}/pdf") for _ in range(2))
    assert first.headers["content-type"] == "application/pdf"
    assert first.content == again.content
    assert first.headers["digest"] == again.headers["digest"]


def test_the_note_of_an_order(brokerage: Brokerage, visitor: Callable[..., Visitor]) -> None:
    mine, other = visitor("linxz"), visitor("zhoums")
    order = traded(brokerage, mine)
    note = mine.get(f"/orders/{order}/note").json()
    assert {"0.025%", "5.00", "0.001%", "0.10", "0.34", "0.20"} <= amounts(note)
    assert ["Net", "-9,995.10"] in note["facts"]
    assert mine.get(f"/orders/{order}/note/pdf").content.startswith(b"%PDF")
    theirs = other.get(f"/orders/{order}/note")
    unknown = other.get(f"/orders/{order[:-3]}999/note")
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.json()["code"] == unknown.json()["code"] == "order.unknown"


@pytest.mark.parametrize(
    "path",
    [
        "/statements",
        f"/statements/{DAY}",
        "/positions/costs",
        "/clear-money",
        "/cash/movements",
        f"/cash/movements.csv?from_day={DAY}&to_day={DAY}",
    ],
)
def test_anothers_account_is_as_good_as_unknown(
    visitor: Callable[..., Visitor], brokerage: Brokerage, path: str
) -> None:
    mine = visitor("linxz")
    theirs = mine.get(path, account=brokerage.accounts["zhoums"])
    unknown = mine.get(path, account="6999999999")
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.json()["code"] == unknown.json()["code"]


def test_positions_by_method(brokerage: Brokerage, visitor: Callable[..., Visitor]) -> None:
    mine = visitor("linxz")
    traded(brokerage, mine)
    for method in ("moving", "diluted", "fifo"):
        lines = {
            line["symbol"]: line for line in mine.get("/positions/costs", method=method).json()
        }
        assert lines["600519.SH"]["cost"] == "99.951"
        assert lines["000001.SZ"]["cost"] is None
    assert mine.get("/positions/costs", method="guess").status_code == 400


@pytest.mark.parametrize("period", ["2027-01", "nonsense", "2026-07-14"])
def test_what_is_no_statement(visitor: Callable[..., Visitor], period: str) -> None:
    assert visitor("linxz").get(f"/statements/{period}").status_code in (400, 404)


def test_clear_money_agrees_with_the_assets(
    brokerage: Brokerage, visitor: Callable[..., Visitor]
) -> None:
    mine = visitor("linxz")
    order = traded(brokerage, mine)
    told, assets = mine.get("/clear-money").json(), mine.get("/assets").json()
    # Bought 100 at 99.90 with fees of 5.10, now at 100.00; 1,000 shares came in without a price.
    for one in told["earned"]:
        assert (one["total"]["unrealised"], one["total"]["net"]) == ("10.00", "4.90")
        assert (one["total"]["commission"], one["total"]["transfer_fee"]) == ("-5.00", "-0.10")
    value = sum(Decimal(one["amount"]) for one in told["sales"])
    assert str(value) == assets["market_value"]
    sale = next(one for one in told["sales"] if one["symbol"] == "600519.SH")
    # 10,000.00 less 5.00, 5.00 and 0.10; it had cost 9,995.10.
    assert (sale["net"], sale["profit"], sale["sellable"]) == ("9989.90", "-5.20", 0)
    # 100 are bid at 99.99: 9,999.00 less 5.00, 5.00 and 0.10.
    assert sale["bid_net"] == "9988.90"
    assert [one["amount"] for one in told["cash"]] == [assets["withdrawable"]]
    (fees,) = told["orders"]
    assert (fees["order"], fees["commission"], fees["without_minimum"]) == (order, "5.00", "2.50")


def test_movements_of_cash_end_in_what_is_owned(
    brokerage: Brokerage, visitor: Callable[..., Visitor]
) -> None:
    mine = visitor("linxz")
    order = traded(brokerage, mine)
    page = mine.get("/cash/movements").json()
    assert [line["kind"] for line in page["items"]] == [
        "transfer_fee",
        "commission",
        "bought",
        "deposit",
    ]
    assert page["balance"] == page["items"][0]["balance"] == "90004.90"
    assert page["items"][-1]["balance"] == page["items"][-1]["amount"] == "100000.00"
    assert page["items"][2]["order"] == order
    assert page["items"][2]["about"] == "Chenshan Spirits 100 × 99.90"
    assert (page["next"], page["stale"]) == (None, False)


def test_movements_come_in_pages_and_by_kind(
    brokerage: Brokerage, visitor: Callable[..., Visitor]
) -> None:
    mine = visitor("linxz")
    traded(brokerage, mine)
    first = mine.get("/cash/movements", limit=3).json()
    rest = mine.get("/cash/movements", limit=3, before=first["next"]).json()
    whole = mine.get("/cash/movements").json()["items"]
    assert first["items"] + rest["items"] == whole
    fees = mine.get("/cash/movements", kind="fee").json()["items"]
    assert [line["kind"] for line in fees] == ["transfer_fee", "commission"]
    assert [line["balance"] for line in fees] == [line["balance"] for line in whole[:2]]
    assert mine.get("/cash/movements", kind="fee", way="in").json()["items"] == []
    for wrong in ({"kind": "x"}, {"before": "x"}, {"from_day": "x"}, {"way": "up"}):
        assert mine.get("/cash/movements", **wrong).status_code == 400


def test_a_file_of_movements(brokerage: Brokerage, visitor: Callable[..., Visitor]) -> None:
    mine = visitor("linxz")
    traded(brokerage, mine)
    answer = mine.get("/cash/movements.csv", from_day=DAY, to_day=DAY)
    assert answer.text.startswith("\ufeff")
    assert ",-9990.00,90010.00" in answer.text
    assert mine.get("/cash/movements.csv").json()["code"] == "flow.period_malformed"
    long = mine.get("/cash/movements.csv", from_day="2025-01-01", to_day="2026-07-13")
    assert long.json()["code"] == "flow.period_too_long"


def test_no_balance_is_told_while_history_lacks_something(
    brokerage: Brokerage, visitor: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = visitor("linxz")
    brokerage.driver.on_commit.clear()
    traded(brokerage, mine)
    office = brokerage.statements()
    # The hands of this test's clock stand still: a wait for history would have no end.
    monkeypatch.setattr(service, "SLOWEST_PROJECTION_S", 0.0)
    page = asyncio.run(cash_flow(office, mine.account, FlowFilter(), "en"))
    assert page.stale
    assert [line.kind for line in page.items] == ["deposit"]
    assert page.items[0].balance is None
    assert page.balance == "90004.90"
