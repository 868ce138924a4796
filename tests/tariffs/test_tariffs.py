"""A plan from proposal to the counter: two people, bounds, versions to come, and what differs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.partners.brokerage import DAY, HAIYUAN, Brokerage, Visitor
from yunquan.counter.types import AskAccount, SetFeePlan
from yunquan.tariffs import Tariffs

Visit = Callable[[str], Visitor]
PLAN = {
    "plan": "active",
    "name_zh": "活跃客户",
    "name_en": "Active clients",
    "effective_day": DAY,
    "rates": [{"product": "stock", "commission_e8": 15_000, "commission_min_fen": 100}],
    "basis": "Pricing decision 7/2026",
}


@pytest.fixture
def ops(visitor: Visit) -> Visitor:
    return visitor("ops")


@pytest.fixture
def second(visitor: Visit) -> Visitor:
    return visitor("second")


def agreed(by: Visitor, proposal: dict[str, Any]) -> Any:
    return by.send("PUT", f"/staff/approvals/{proposal['id']}/agreed", key=None)


def put_on(ops: Visitor, second: Visitor, account: str, plan: str) -> Any:
    wish = {"account": account, "plan": plan, "basis": "Contract 12"}
    made = ops.send("POST", "/staff/tariffs/assignments", wish)
    assert made.status_code == 200, made.text
    return agreed(second, made.json())


def view_of(brokerage: Brokerage, account: str) -> Any:
    return asyncio.run(brokerage.desk.counters.of(account).ask(AskAccount(account, 5)))


def test_two_people_make_a_plan_and_put_an_account_on_it(
    brokerage: Brokerage, ops: Visitor, second: Visitor, visitor: Visit
) -> None:
    client = visitor("linxz")
    made = ops.send("POST", "/staff/tariffs/plans", PLAN)
    assert made.status_code == 200, made.text
    line = made.json()
    assert (line["state"], line["may_agree"]) == ("open", False)
    assert "Active clients" in line["what"]
    assert "0.015%" in line["what"]
    assert agreed(ops, line).json()["code"] == "proposal.own"
    assert ops.get("/staff/tariffs").json()["plans"] == [], "nothing happens before another's yes"
    done = agreed(second, line).json()
    assert (done["state"], done["whole"]) == ("agreed", True)
    assert agreed(second, line).json() == done, "again is the same"

    assert put_on(ops, second, client.account, "active").json()["whole"]
    (one,) = ops.get("/staff/tariffs").json()["assignments"]
    assert (one["state"], one["counter_plan"], one["wanted_version"]) == ("agrees", "active@1", 1)
    sheet = client.get("/fees").json()
    assert sheet["plan_text"] == "Active clients"
    commission = sheet["products"][0]["fees"][0]
    assert (commission["rate_text"], commission["minimum_text"]) == ("0.015%", "CNY 1")

    body = client.order(symbol=HAIYUAN, price="10.00", qty=1000)
    assert client.send("POST", "/orders", body).status_code == 201
    (order,) = view_of(brokerage, client.account).orders
    brokerage.report("accepted", order.id)
    brokerage.report("filled", order.id, 10_000, 1000)
    (order,) = view_of(brokerage, client.account).orders
    assert order.commission == 150, "0.015% of 10,000 CNY"


def test_what_a_counter_charges_otherwise_is_shown_and_mended(
    brokerage: Brokerage, ops: Visitor, second: Visitor
) -> None:
    account = brokerage.accounts["linxz"]
    agreed(second, ops.send("POST", "/staff/tariffs/plans", PLAN).json())
    put_on(ops, second, account, "active")
    brokerage.submit(SetFeePlan("system:oops", account, "other", (), "by hand"))
    (one,) = ops.get("/staff/tariffs").json()["assignments"]
    assert (one["state"], one["counter_plan"]) == ("differs", "")
    assert put_on(ops, second, account, "active").json()["whole"]
    (one,) = ops.get("/staff/tariffs").json()["assignments"]
    assert one["state"] == "agrees"


def test_a_version_to_come_reaches_the_counter_on_its_day(
    brokerage: Brokerage, ops: Visitor, second: Visitor
) -> None:
    account = brokerage.accounts["linxz"]
    agreed(second, ops.send("POST", "/staff/tariffs/plans", PLAN).json())
    put_on(ops, second, account, "active")
    cheaper = [{"product": "stock", "commission_e8": 14_500, "commission_min_fen": 0}]
    later = PLAN | {"effective_day": "2026-07-14", "rates": cheaper}
    assert agreed(second, ops.send("POST", "/staff/tariffs/plans", later).json()).json()["whole"]
    desk, day = brokerage.desk, [DAY]
    parts = (desk.database, desk.counters, desk.catalogue, desk.clock, desk.rule_book)
    office = Tariffs(*parts, lambda: day[0])
    assert asyncio.run(office.bring_in_line()) == 0
    day[0] = "2026-07-14"
    assert asyncio.run(office.bring_in_line()) == 1
    assert asyncio.run(office.bring_in_line()) == 0
    view = view_of(brokerage, account)
    assert (view.plan, view.rates[0].commission_e8) == ("active@2", 14_500)


def test_a_plan_is_taken_away_and_an_older_wish_does_not_return(
    brokerage: Brokerage, ops: Visitor, second: Visitor
) -> None:
    account = brokerage.accounts["linxz"]
    agreed(second, ops.send("POST", "/staff/tariffs/plans", PLAN).json())
    put_on(ops, second, account, "active")
    assert put_on(ops, second, account, "house").json()["whole"]
    view = view_of(brokerage, account)
    assert view.rates == ()
    (one,) = ops.get("/staff/tariffs").json()["assignments"]
    assert (one["plan"], one["state"]) == ("house", "agrees")


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("plans", {"rates": [PLAN["rates"][0] | {"commission_e8": 100}]}, "tariff.below_floor"),  # type: ignore[index]
        ("plans", {"effective_day": "2020-01-01"}, "tariff.day"),
        ("assignments", {"plan": "nothing"}, "tariff.no_plan"),
        ("assignments", {"account": "6999999999"}, "account.unknown"),
    ],
)
def test_what_is_refused(
    brokerage: Brokerage, ops: Visitor, path: str, change: dict[str, Any], code: str
) -> None:
    body = PLAN | change
    if path == "assignments":
        wish = {"account": brokerage.accounts["linxz"], "plan": "active", "basis": "Contract 12"}
        body = wish | change
    answer = ops.send("POST", f"/staff/tariffs/{path}", body)
    assert answer.json()["code"] == code


@pytest.mark.parametrize("name", ["desk", "audit"])
def test_others_see_and_may_not(visitor: Visit, name: str) -> None:
    member = visitor(name)
    assert member.get("/staff/tariffs").status_code == 200
    assert member.send("POST", "/staff/tariffs/plans", PLAN).status_code == 403
    assert member.send("PUT", "/staff/approvals/prp_0/agreed", key=None).status_code == 403


def test_a_client_sees_their_own_fees_only(visitor: Visit, brokerage: Brokerage) -> None:
    client = visitor("linxz")
    other = brokerage.accounts["zhoums"]
    assert client.get("/fees", account=other).status_code == 404
    assert client.get("/staff/tariffs").status_code == 403
    assert client.get("/fees").json()["plan"] == ""
