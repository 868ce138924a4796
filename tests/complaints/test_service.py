"""A complaint's life over the API, from both sides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.partners.brokerage import Brokerage, Visitor
from yunquan.app.event_kinds import event_kinds
from yunquan.app.locale import catalogue
from yunquan.complaints import Complaints
from yunquan.complaints.types import ComplaintFilter, ComplaintWish, NewComplaint
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.messages.readers import TELLING
from yunquan.security import Sm4Vault, list_looks

FEE = {"text": "The fee of yesterday's order is wrong", "subject": "fee"}


@pytest.fixture
def desk(brokerage: Brokerage, web: Any) -> Visitor:
    return Visitor(brokerage, web, "desk")


@pytest.fixture
def other(brokerage: Brokerage, web: Any) -> Visitor:
    return Visitor(brokerage, web, "zhoums")


def act(staff: Visitor, complaint: str, name: str, text: str = "", value: str = "") -> Any:
    body = {"text": text, "value": value}
    return staff.send("POST", f"/staff/complaints/{complaint}/{name}", body)


def told(brokerage: Brokerage, client: Visitor) -> list[str]:
    database = brokerage.desk.database
    catch_up(TELLING, ROOMS_STREAM, database, database, EventCodec(event_kinds().values()))
    items = client.get("/messages").json()["items"]
    return [one["text"] for one in items if one["kind"] == "complaints"]


def test_from_filing_to_closing(brokerage: Brokerage, client: Visitor, desk: Visitor) -> None:
    made = client.send("POST", "/complaints", FEE, key="c1").json()
    complaint = made["line"]["id"]
    assert client.send("POST", "/complaints", FEE, key="c1").json()["line"]["id"] == complaint
    assert [one["day"] for one in made["deadlines"]] == ["2026-07-16", "2026-08-03"]
    (line,) = desk.get("/staff/complaints").json()["items"]
    assert (line["id"], line["due"], line["days_left"]) == (complaint, "2026-07-16", 3)
    early = act(desk, complaint, "answer", "Booked at ten")
    assert (early.status_code, early.json()["code"]) == (409, "complaint.not_now.answer")
    assert act(desk, complaint, "acknowledge").status_code == 200
    assert act(desk, complaint, "take").json()["line"]["handler"] == "Desk"
    act(desk, complaint, "note", "Look at the tariff of March")
    act(desk, complaint, "answer", "The fee was right: 5.00 is the least")
    seen = client.get(f"/complaints/{complaint}").json()
    assert [step["act"] for step in seen["steps"]] == ["acknowledge", "answer"]
    assert {step["by"] for step in seen["steps"]} == {"Yunquan"}
    assert "tariff of March" not in client.get(f"/complaints/{complaint}").text
    closed = client.send("POST", f"/complaints/{complaint}/close", {}).json()
    assert (closed["line"]["state"], closed["acts"]) == ("closed", ["reopen"])
    again = client.send("POST", f"/complaints/{complaint}/reopen", {"text": "Still wrong"}).json()
    assert again["line"]["state"] == "reopened"
    assert told(brokerage, client) == [
        "Your complaint was answered",
        "Your complaint was acknowledged",
        "Your complaint is registered; you hear from us by 2026-08-03",
    ]


def test_another_s_complaint_is_unknown(client: Visitor, other: Visitor) -> None:
    complaint = client.send("POST", "/complaints", FEE).json()["line"]["id"]
    for answer in (
        other.get(f"/complaints/{complaint}"),
        other.send("POST", f"/complaints/{complaint}/withdraw", {"text": "Not mine"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "complaint.unknown")
    assert other.get("/complaints").json()["items"] == []


def test_an_order_must_be_the_account_s(client: Visitor, other: Visitor) -> None:
    order = client.send("POST", "/orders", client.order()).json()["id"]
    mine = client.send("POST", "/complaints", FEE | {"order": order})
    assert mine.json()["line"]["order"] == order
    theirs = other.send("POST", "/complaints", FEE | {"order": order})
    assert (theirs.status_code, theirs.json()["code"]) == (404, "order.unknown")


def test_an_unknown_caller_is_reached_by_a_sealed_contact(
    brokerage: Brokerage, desk: Visitor
) -> None:
    body = FEE | {"channel": "hotline", "severity": "major", "contact": "13800001234"}
    made = desk.send("POST", "/staff/complaints", body)
    case = made.json()
    assert case["contact_masked"] == "13*******34"
    assert "13800001234" not in made.text
    office = office_of(brokerage)
    with pytest.raises(Invalid):
        office.reveal_contact("staff:stf_a", case["line"]["id"], " ")
    told = office.reveal_contact("staff:stf_a", case["line"]["id"], "Call them back")
    assert told == "13800001234"
    with brokerage.desk.database.read() as tx:
        (look,) = list_looks(tx, case["line"]["id"])
    assert (look.what, look.why) == ("complaint_contact", "Call them back")
    with pytest.raises(NotFound):
        office.own_case("", case["line"]["id"], "en")


def office_of(brokerage: Brokerage) -> Complaints:
    desk = brokerage.desk
    return Complaints(desk.database, desk.catalogue, brokerage.login.vault, desk.trading_day)


def test_the_list_is_narrowed_and_paged(brokerage: Brokerage, desk: Visitor) -> None:
    office, day = office_of(brokerage), ["2026-07-13"]
    office.today = lambda: day[0]
    client, account = brokerage.clients["zhoums"], brokerage.accounts["zhoums"]
    made = [
        office.file("staff:a", f"k{n}", NewComplaint("Fee is wrong", subject, severity=severity))
        for n, (subject, severity) in enumerate(
            [("fee", "normal"), ("money", "major"), ("fee", "serious"), ("system", "normal")]
        )
    ]
    linked = office.file(
        "staff:a", "k9", NewComplaint("Fee is wrong", "fee", "phone", client=client)
    )

    def found(**asked: Any) -> list[str]:
        return [one.id for one in office.page(ComplaintFilter(**asked), "en").items]

    assert found()[0] == made[1]
    assert set(found(subject="fee")) == {made[0], made[2], linked}
    assert found(severity="serious") == [made[2]]
    assert found(q=client) == found(q=account) == found(q=str(linked)) == [linked]
    office.act("staff:a", "s1", str(made[3]), ComplaintWish("take"))
    assert found(mine="staff:a") == [made[3]]
    day[0] = "2026-07-15"
    assert found(standing="overdue") == [made[1]]
    assert office.page(ComplaintFilter(), "en").overdue == 1
    pages, after = list[str](), ""
    for _ in range(3):
        page = office.page(ComplaintFilter(standing="all"), "en", after=after, limit=2)
        pages += [one.id for one in page.items]
        after = page.next or ""
    assert sorted(pages) == sorted([*map(str, made), str(linked)])
    assert len(set(pages)) == 5


def test_repeats_and_late_moves(brokerage: Brokerage) -> None:
    office = office_of(brokerage)
    new = NewComplaint("Fee is wrong", "fee", "phone")
    complaint = str(office.file("staff:a", "k", new))
    with pytest.raises(Conflict, match=r"command\.reused"):
        office.file("staff:a", "k", NewComplaint("Another", "fee", "phone"))
    wish = ComplaintWish("acknowledge")
    assert office.act("staff:a", "s", complaint, wish).version == 1
    assert office.act("staff:a", "s", complaint, wish).version == 1
    with pytest.raises(Conflict, match=r"command\.reused"):
        office.act("staff:a", "s", complaint, ComplaintWish("take"))
    with pytest.raises(NotFound, match=r"complaint\.handler"):
        office.act("staff:a", "h", complaint, ComplaintWish("assign", value="staff:nobody"))


def test_a_client_has_so_many_open_and_no_more(client: Visitor) -> None:
    answers = [client.send("POST", "/complaints", FEE) for _ in range(11)]
    assert [one.status_code for one in answers[:10]] == [200] * 10
    assert (answers[10].status_code, answers[10].json()["code"]) == (409, "complaint.too_many")


def test_the_tables_hold_on_both_databases(database: Database) -> None:
    office = Complaints(database, catalogue(), Sm4Vault(b"k" * 16), lambda: "2026-07-13")
    made = office.file("staff:a", "k", NewComplaint("Fee is wrong", "fee", "phone"))
    office.act("staff:a", "s", str(made), ComplaintWish("acknowledge"))
    (line,) = office.page(ComplaintFilter(q=str(made)), "zh_CN").items
    assert (line.state, line.due) == ("acknowledged", "2026-08-03")
