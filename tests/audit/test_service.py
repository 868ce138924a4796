"""What staff do over the API is found by whoever audits, and the reading of it too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.partners.brokerage import Brokerage, Visitor
from yunquan.app.event_kinds import event_kinds
from yunquan.app.locale import catalogue
from yunquan.audit import Audit
from yunquan.audit.readers import AUDITING
from yunquan.audit.types import AuditFilter
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.security import note_look

RISK = {"basis": "Review 118", "basis_kind": "risk"}


@pytest.fixture
def auditor(brokerage: Brokerage, web: Any) -> Visitor:
    return Visitor(brokerage, web, "audit")


@pytest.fixture
def second(brokerage: Brokerage, web: Any) -> Visitor:
    return Visitor(brokerage, web, "second")


def read_log(brokerage: Brokerage) -> None:
    database = brokerage.desk.database
    catch_up(AUDITING, ROOMS_STREAM, database, database, EventCodec(event_kinds().values()))


def test_an_act_by_two_is_one_story(
    brokerage: Brokerage, staff: Visitor, client: Visitor, second: Visitor, auditor: Visitor
) -> None:
    account = client.account
    staff.send("POST", f"/staff/accounts/{account}/restrict", {"scope": "sell", **RISK})
    body = {"scope": "sell", **RISK}
    release = staff.send("POST", f"/staff/accounts/{account}/release", body).json()["id"]
    second.send("PUT", f"/staff/approvals/{release}/agreed", key=None)
    read_log(brokerage)
    items = auditor.get("/staff/audit", q=release).json()["items"]
    assert [(one["kind"], one["who"]) for one in items] == [
        ("account_act", "Ops"),
        ("agree", "Second"),
        ("propose", "Ops"),
    ]
    proposed = items[-1]
    assert (proposed["second"], proposed["outcome"], proposed["why"]) == (
        "Second",
        "done",
        "Review 118",
    )
    assert {one["client"] for one in items if one["account"]} == {brokerage.clients["linxz"]}
    of_client = auditor.get("/staff/audit", q=brokerage.clients["linxz"]).json()["items"]
    assert {"account_act", "propose"} <= {one["kind"] for one in of_client}


def test_looks_are_kept_once_a_while_and_reading_them_is_one(
    brokerage: Brokerage, staff: Visitor, client: Visitor, auditor: Visitor
) -> None:
    for _ in range(3):
        assert staff.get(f"/staff/accounts/{client.account}").status_code == 200
    auditor.get("/staff/audit")
    read_log(brokerage)
    looks = auditor.get("/staff/audit", kind="look").json()["items"]
    assert [(one["who"], one["what"]) for one in looks] == [
        ("Audit", "audit.look.audit"),
        ("Ops", "audit.look.account"),
    ]
    assert looks[1]["client"] == brokerage.clients["linxz"]
    mine = auditor.get("/staff/audit", actor=looks[1]["actor"], kind="look").json()["items"]
    assert [one["who"] for one in mine] == ["Ops"]


def test_nothing_is_shown_that_can_t_be_noted(
    brokerage: Brokerage, staff: Visitor, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise Unavailable("database.full")

    monkeypatch.setattr("yunquan.app.web.looks.note_look", full)
    answer = staff.get(f"/staff/accounts/{client.account}")
    assert answer.status_code == 503
    assert "cash" not in answer.json()


def test_pages_days_and_tables(brokerage: Brokerage, staff: Visitor, auditor: Visitor) -> None:
    for number in range(5):
        body = {"text": f"Fee {number}", "subject": "fee", "channel": "phone"}
        staff.send("POST", "/staff/complaints", body)
    read_log(brokerage)
    seen, after = list[int](), ""
    while True:
        page = auditor.get("/staff/audit", kind="complaint", limit=2, after=after).json()
        seen += [one["seq"] for one in page["items"]]
        after = page["next"]
        if not after:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 5
    office = Audit(brokerage.desk.database, brokerage.desk.catalogue)
    table = office.csv(AuditFilter(kind="complaint"), "zh_CN")
    assert len(table.strip().splitlines()) == 6
    assert office.page(AuditFilter(from_day="2099-01-01"), "en").items == ()
    for asked in ({"kind": "x"}, {"actor": "me"}, {"from_day": "x"}):
        assert auditor.get("/staff/audit", **asked).status_code == 400
    desk = Visitor(brokerage, auditor.client, "desk")
    denied = desk.get("/staff/audit")
    assert (denied.status_code, denied.json()["code"]) == (403, "staff.role_missing")


def test_reading_again_changes_nothing(
    brokerage: Brokerage, staff: Visitor, client: Visitor
) -> None:
    staff.get(f"/staff/accounts/{client.account}")
    read_log(brokerage)
    office = Audit(brokerage.desk.database, brokerage.desk.catalogue)
    before = office.page(AuditFilter(), "en").items
    read_log(brokerage)
    after = office.page(AuditFilter(), "en")
    assert (after.items, after.behind) == (before, 0)


def test_the_tables_hold_on_both_databases(database: Database) -> None:
    for _ in range(2):
        with database.transaction("staff:stf_1") as tx:
            note_look(tx, "880000000001", "ledger")
    catch_up(AUDITING, ROOMS_STREAM, database, database, EventCodec(event_kinds().values()))
    office = Audit(database, catalogue())
    for asked in (AuditFilter(), AuditFilter(q="880000000001"), AuditFilter(actor="staff:stf_1")):
        (line,) = office.page(asked, "zh_CN").items
        assert (line.kind, line.account) == ("look", "880000000001")
