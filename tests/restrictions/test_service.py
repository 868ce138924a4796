"""Restricting and easing over the API: what one person does, what two must, what is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.partners.brokerage import HAIYUAN, Brokerage, Visitor
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.restrictions.types import Basis, RestrictionWish

RISK = {"basis": "Review 118", "basis_kind": "risk"}
COURT = {
    "basis": "Court 118",
    "basis_kind": "judicial",
    "document": "(2026)沪01执123号",
    "authority": "上海一中院",
}


@pytest.fixture
def second(brokerage: Brokerage, web: Any) -> Visitor:
    return Visitor(brokerage, web, "second")


def asked(staff: Visitor, account: str, act: str, key: str | None = "", **body: Any) -> Any:
    return staff.send("POST", f"/staff/accounts/{account}/{act}", body, key=key)


def agreed(second: Visitor, proposal: str) -> Any:
    return second.send("PUT", f"/staff/approvals/{proposal}/agreed", key=None)


def test_a_narrow_restriction_works_at_once_and_easing_takes_two(
    staff: Visitor, client: Visitor, second: Visitor
) -> None:
    account = client.account
    done = asked(staff, account, "restrict", scope="buy", **RISK).json()
    assert (done["needs_second"], done["whole"]) == (False, True)
    line = client.send("POST", "/orders", client.order()).json()
    assert line["reason"]["code"] == "order.restricted"
    (one,) = staff.get(f"/staff/accounts/{account}/restrictions").json()
    assert (one["scope"], one["kind"], one["text"]) == ("buy", "risk", "Review 118")

    wanted = asked(staff, account, "release", scope="buy", **RISK).json()
    assert (wanted["state"], wanted["needs_second"]) == ("open", True)
    assert account in wanted["what"]
    assert staff.get(f"/staff/accounts/{account}").json()["restrictions"]
    own = agreed(staff, wanted["id"])
    assert (own.status_code, own.json()["code"]) == (409, "proposal.own")
    assert agreed(second, wanted["id"]).json()["whole"]
    assert staff.get(f"/staff/accounts/{account}").json()["restrictions"] == {}
    assert staff.get(f"/staff/accounts/{account}/restrictions").json() == []
    assert client.send("POST", "/orders", client.order()).json()["reason"] is None


def test_everything_and_a_freeze_wait_for_the_second(
    staff: Visitor, client: Visitor, second: Visitor
) -> None:
    account = client.account
    wanted = asked(staff, account, "restrict", scope="all", **RISK).json()
    assert wanted["state"] == "open"
    assert client.send("POST", "/orders", client.order()).json()["reason"] is None
    declined = second.send("PUT", f"/staff/approvals/{wanted['id']}/declined", key=None)
    assert declined.json()["state"] == "declined"

    freeze = asked(
        staff, account, "freeze", asset="CNY", amount="100.00", expires_on="2027-07-12", **COURT
    )
    assert freeze.json()["state"] == "open"
    assert staff.get(f"/staff/accounts/{account}").json()["cash"]["held"] == "0.00"
    assert agreed(second, freeze.json()["id"]).json()["whole"]
    assert agreed(second, freeze.json()["id"]).json()["whole"]
    assert staff.get(f"/staff/accounts/{account}").json()["cash"]["held"] == "100.00"
    (one,) = staff.get("/staff/restrictions").json()["items"]
    assert (one["document"], one["second"]) == ("(2026)沪01执123号", "Second")

    weak = asked(staff, account, "unfreeze", asset="CNY", amount="40.00", **RISK)
    assert (weak.status_code, weak.json()["code"]) == (409, "restriction.authority_only")
    part = asked(staff, account, "unfreeze", asset="CNY", amount="40.00", **COURT).json()
    assert agreed(second, part["id"]).json()["whole"]
    (one,) = staff.get("/staff/restrictions").json()["items"]
    assert "60.00" in one["what"]


@pytest.mark.parametrize(
    ("act", "body", "status", "code"),
    [
        ("restrict", {"scope": "buy", "basis": "x" * 9}, 400, "request.malformed"),
        ("restrict", {"scope": "judicial", **RISK}, 400, "restriction.malformed"),
        ("release", {"scope": "buy", **RISK}, 409, "restriction.none"),
        ("freeze", {"asset": "CNY", "amount": "1.00", **RISK}, 400, None),
        (
            "freeze",
            {"asset": "CNY", "amount": "1.00", **COURT, "document": " "},
            400,
            "restriction.paper_missing",
        ),
        ("freeze", {"asset": "CNY", "amount": "9999999.00", **COURT}, 409, "freeze.insufficient"),
        ("unfreeze", {"asset": "CNY", "amount": "0.01", **COURT}, 409, "freeze.not_held"),
        ("freeze", {"asset": HAIYUAN, "amount": "1.5", **COURT}, 400, "money.malformed"),
        (
            "restrict",
            {"scope": "buy", **RISK, "expires_on": "2026-01-01"},
            400,
            "restriction.expiry_past",
        ),
    ],
)
def test_what_can_t_be_wanted_is_refused_at_once(
    staff: Visitor, client: Visitor, act: str, body: dict[str, Any], status: int, code: str | None
) -> None:
    answer = asked(staff, client.account, act, **body)
    assert answer.status_code == status, answer.text
    if code:
        assert answer.json()["code"] == code
    assert staff.get("/staff/restrictions").json()["items"] == []


def test_a_repeat_is_the_same_act(staff: Visitor, client: Visitor, second: Visitor) -> None:
    account = client.account
    first = asked(staff, account, "restrict", key="r", scope="sell", **RISK).json()
    again = asked(staff, account, "restrict", key="r", scope="sell", **RISK).json()
    assert first == again
    other = asked(staff, account, "restrict", key="r", scope="buy", **RISK)
    assert (other.status_code, other.json()["code"]) == (409, "command.reused")
    release = asked(staff, account, "release", key="l", scope="sell", **RISK).json()
    agreed(second, release["id"])
    repeated = asked(staff, account, "release", key="l", scope="sell", **RISK).json()
    assert (repeated["id"], repeated["whole"]) == (release["id"], True)
    unknown = asked(staff, "889999999999", "restrict", scope="sell", **RISK)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "account.unknown")


def test_a_court_s_order_that_comes_meanwhile_is_not_lifted(
    staff: Visitor, client: Visitor, second: Visitor
) -> None:
    account = client.account
    asked(staff, account, "restrict", scope="sell", **RISK)
    release = asked(staff, account, "release", scope="sell", **RISK).json()
    assert asked(second, account, "restrict", scope="sell", **COURT).json()["whole"]
    answer = agreed(second, release["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "restriction.authority_only")
    assert staff.get(f"/staff/accounts/{account}").json()["restrictions"]


def test_a_counter_that_is_away_is_told_again(brokerage: Brokerage) -> None:
    office = brokerage.desk.restrictions
    account = brokerage.accounts["linxz"]
    wish = RestrictionWish("restrict", account, Basis("risk", "Review 118"), scope="buy")
    counter = office.counters.of(account)
    submit, told = counter.submit, []

    async def lost(command: Any) -> Any:
        told.append(command.id)
        await submit(command)
        raise Unavailable("counter.unreachable")

    async def story() -> None:
        counter.submit = lost
        with pytest.raises(Conflict):
            await office.act("staff:stf_a", "k", wish)
        counter.submit = submit
        assert office.of_account(account, "en") == ()
        proposal = await office.act("staff:stf_a", "k", wish)
        assert proposal.outcome == {"counter-0": ""}

    asyncio.run(story())
    assert len(told) == 1
    assert [one.scope for one in office.of_account(account, "en")] == ["buy"]
