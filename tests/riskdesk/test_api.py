"""What the pages let people do, for programs of staff: cases, measures, letters, lessons."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from tests.investor.stall import Stall
from tests.partners.brokerage import Visitor
from tests.riskdesk.test_pages import raise_alert, rules
from tests.workbench.test_switches_page import stall
from yunquan.counter.types import Restrict
from yunquan.riskdesk.api import routers

__all__ = ["rules", "stall"]
GIVEN = {"ground": "contract", "basis": "Article 12"}
RISK = "/risk"


@pytest.fixture(scope="module")
def programs(stall: Stall) -> dict[str, Visitor]:
    """Two who handle risk, and one who may only look."""
    web = TestClient(stall.brokerage.app(routers))
    return {name: Visitor(stall.brokerage, web, name) for name in ("ops", "second", "linxz")}


def test_a_case_from_the_alert_to_the_letter(stall: Stall, programs: dict[str, Visitor]) -> None:
    account, ann, ben = stall.brokerage.accounts["linxz"], programs["ops"], programs["second"]
    case = f"{RISK}/cases/{raise_alert(stall, 1, 'spoofing', 4, 'spoofing.opposite', account)}"
    assert ann.get(case).json()["case"]["account"] == account
    assert ann.send("PUT", f"{case}/taken").json()["state"] == "in_hand"
    assert ben.send("PUT", f"{case}/taken").status_code == 409
    slower = GIVEN | {"kind": "throttle", "detail": "60"}
    nothing = ann.send("POST", f"{case}/measures", slower | {"basis": " "})
    assert (nothing.status_code, nothing.json()["code"]) == (400, "cases.measure_basis")
    done = ann.send("POST", f"{case}/measures", slower, key="m1").json()
    assert (done["measure"]["detail"], done["waits"]["state"]) == ("60", "open")
    assert ann.send("POST", f"{case}/measures", slower, key="m1").json() == done
    agree = f"/staff/approvals/{done['waits']['id']}/agreed"
    assert ann.send("PUT", agree).status_code == 409
    assert ben.send("PUT", agree).json()["whole"]
    held = stall.brokerage.driver.state.accounts[account]
    assert held.restrictions == {"rate:60": "Article 12"}
    undo = f"{RISK}/measures/{done['measure']['id']}/undo"
    assert ann.send("POST", undo, {"ground": "court", "basis": "x"}, key="u0").status_code == 400
    over = ann.send("POST", undo, GIVEN, key="u1").json()
    assert (over["measure"]["undone_by"], over["waits"]["state"]) == ("", "open")
    assert ben.send("PUT", f"/staff/approvals/{over['waits']['id']}/agreed").status_code == 200
    assert held.restrictions is None
    (listed,) = ann.get(f"{case}/measures").json()
    assert (listed["kind"], listed["basis"]["text"]) == ("throttle", "Article 12")
    written = {"kind": "client_reminder", "basis": "Article 12 of the agreement"}
    letter = ann.send("POST", f"{case}/letters", written, key="l1").json()
    assert letter["state"] == "draft"
    assert ann.send("POST", f"{case}/letters", written, key="l1").json() == letter
    assert ann.get(f"{case}/letters").json() == [letter]
    waits = ann.send("POST", f"{RISK}/letters/{letter['id']}/issue", key="l2").json()
    assert (waits["kind"], waits["may_agree"]) == ("letters.issue", False)
    assert ann.get(f"{RISK}/letters/{letter['id']}").json()["proposal"] == waits["id"]
    paper = ann.get(f"{RISK}/letters/{letter['id']}/pdf", lang="en")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    outcome = {"outcome": "confirmed", "lesson": "Seen before: order 7."}
    assert ann.send("PUT", f"{case}/closed", outcome).json()["outcome"] == "confirmed"


def test_what_it_left_out_and_what_it_learnt(programs: dict[str, Visitor]) -> None:
    ann = programs["ops"]
    assert ann.get("/staff/skipped").json() == {"events": 0, "newest": []}
    assert isinstance(ann.get("/staff/lessons").json(), list)
    none = ann.send("POST", "/staff/lessons/spoofing.opposite/draft")
    assert (none.status_code, none.json()["code"]) == (409, "cases.no_change")


def test_clients_see_none_of_it(stall: Stall, programs: dict[str, Visitor]) -> None:
    client = programs["linxz"]
    assert stall.brokerage.submit(Restrict("system:q", client.account, "buy", "q")).accepted
    for path in ("/risk/cases/c", "/risk/cases/c/measures", "/risk/letters/l", "/staff/lessons"):
        assert client.get(path).status_code == 403, path
