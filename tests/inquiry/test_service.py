"""Orders and postings found by staff, masked, paged, as a table."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.partners.brokerage import CHENSHAN, DAY, Brokerage, Visitor
from yunquan.inquiry import Inquiry, service
from yunquan.inquiry.types import LedgerInquiry, OrderInquiry
from yunquan.kernel.errors import Invalid


@pytest.fixture
def other(brokerage: Brokerage, web: Any) -> Visitor:
    return Visitor(brokerage, web, "zhoums")


def traded(brokerage: Brokerage, client: Visitor, other: Visitor) -> tuple[str, str, str]:
    """A filled order, a refused one, and another client's open one."""
    filled = client.send("POST", "/orders", client.order()).json()["id"]
    brokerage.report("accepted", filled)
    brokerage.report("filled", filled, 100_000, 100)
    refused = client.send("POST", "/orders", client.order(price="999.00")).json()["id"]
    theirs = other.send("POST", "/orders", other.order()).json()["id"]
    return filled, refused, theirs


def ids(answer: Any) -> list[str]:
    return [hit["order"]["id"] for hit in answer.json()["items"]]


def test_orders_are_found_by_whatever_is_known(
    brokerage: Brokerage, client: Visitor, other: Visitor, staff: Visitor
) -> None:
    filled, refused, theirs = traded(brokerage, client, other)
    every = staff.get("/staff/orders")
    assert set(ids(every)) == {filled, refused, theirs}
    assert every.json()["day"] == DAY
    assert "林*" in every.text
    assert "林晓舟" not in every.text
    assert ids(staff.get("/staff/orders", q=filled)) == [filled]
    execution = staff.get(f"/staff/accounts/{client.account}/orders/{filled}/life").json()
    number = execution["fills"][0]["execution"]
    assert ids(staff.get("/staff/orders", q=number)) == [filled]
    assert set(ids(staff.get("/staff/orders", account=client.account))) == {filled, refused}
    assert ids(staff.get("/staff/orders", client=brokerage.clients["zhoums"])) == [theirs]
    assert ids(staff.get("/staff/orders", status="rejected")) == [refused]
    assert ids(staff.get("/staff/orders", status="open")) == [theirs]
    assert set(ids(staff.get("/staff/orders", symbol=CHENSHAN))) == {filled, refused, theirs}
    assert ids(staff.get("/staff/orders", from_day="2026-07-14")) == []
    first = staff.get("/staff/orders", symbol=CHENSHAN, limit=2).json()
    rest = staff.get("/staff/orders", symbol=CHENSHAN, limit=2, before=first["next"])
    assert len(first["items"]) + len(rest.json()["items"]) == 3
    for name, value, status in (
        ("status", "lost", 400),
        ("q", "a b", 400),
        ("from_day", "soon", 400),
        ("client", "cli_00000000000000000000000000", 404),
    ):
        assert staff.get("/staff/orders", **{name: value}).status_code in (status, 400, 404)


def test_an_account_s_postings_run_and_agree_with_the_counter(
    brokerage: Brokerage, client: Visitor, other: Visitor, staff: Visitor
) -> None:
    filled, _, _ = traded(brokerage, client, other)
    page = staff.get("/staff/ledger", account=client.account).json()
    owned = staff.get(f"/staff/accounts/{client.account}").json()["cash"]
    cash = next(line for line in page["items"] if line["asset"] == "CNY")
    parts = [owned[name] for name in ("available", "settling", "frozen", "held")]
    assert round(sum(float(part) for part in parts), 2) == float(cash["balance"])
    assert {total["asset"] for total in page["totals"]} >= {"CNY", CHENSHAN}
    assert all(total["proved"] and total["agrees"] for total in page["totals"])
    seen, after = list[Any](), ""
    while True:
        part = staff.get("/staff/ledger", account=client.account, limit=2, after=after).json()
        seen += part["items"]
        after = part["next"]
        if not after:
            break
    assert seen == page["items"]
    fills = staff.get("/staff/ledger", account=client.account, event="order_filled").json()
    assert {line["event"] for line in fills["items"]} == {"order_filled"}
    assert fills["items"][0]["balance"] is None
    day = staff.get("/staff/ledger", account=client.account, from_day=DAY, to_day=DAY).json()
    assert day["items"] == page["items"]
    assert staff.get("/staff/ledger", account=client.account, to_day="2026-07-01").json()[
        "items"
    ] in ([], page["items"])
    order = staff.get("/staff/ledger", order=filled).json()
    assert {total["proved"] for total in order["totals"]} == {True}
    assert {line["event"] for line in order["items"]} == {"order_placed", "order_filled"}
    place = f"{order['items'][0]['stream']}:{order['items'][0]['seq']}"
    assert staff.get("/staff/ledger", place=place).json()["items"]
    house = staff.get("/staff/ledger", account="firm:commission").json()
    assert house["items"]
    assert house["items"][0]["balance"] is None


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 400, "inquiry.one_of_three"),
        ({"account": "889999999999"}, 404, "account.unknown"),
        ({"order": "ord_9"}, 404, "order.unknown"),
        ({"place": "counter-0:999999"}, 404, "inquiry.no_place"),
        ({"place": "nowhere"}, 400, "inquiry.place"),
    ],
)
def test_what_leads_nowhere_says_so(
    staff: Visitor, asked: dict[str, str], status: int, code: str
) -> None:
    answer = staff.get("/staff/ledger", **asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_tables_carry_what_the_pages_show(
    brokerage: Brokerage, client: Visitor, other: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled, refused, _ = traded(brokerage, client, other)
    office = Inquiry(brokerage.desk)
    text = office.orders_csv(OrderInquiry(account=client.account), "en")
    assert len(text.strip().splitlines()) == 3
    assert filled in text
    assert refused in text
    assert "林晓舟" not in text
    asked = LedgerInquiry(account=client.account)
    table = asyncio.run(office.ledger_csv(asked, "zh_CN"))
    page = asyncio.run(office.ledger(asked, "zh_CN"))
    assert len(table.strip().splitlines()) == len(page.items) + 1
    monkeypatch.setattr(service, "LONGEST_EXPORT", 1)
    with pytest.raises(Invalid, match=r"orders\.export_too_long"):
        office.orders_csv(OrderInquiry(), "en")
    with pytest.raises(Invalid, match=r"orders\.export_too_long"):
        asyncio.run(office.ledger_csv(asked, "en"))
