"""Plans and approvals as staff see them, and a client's own fees."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.investor.stall import Stall
from tests.partners.brokerage import DAY
from tests.workbench.test_switches_page import Client, LogIn, staff, stall, token_of

__all__ = ["staff", "stall"]
PAGE, QUEUE = "/staff/tariffs", "/staff/approvals"
FORM = {
    "plan": "gentle",
    "name_zh": "体贴",
    "name_en": "Gentle",
    "day": DAY,
    "basis": "Decision 9",
    "rate-stock": "0.018",
    "min-stock": "5.00",
}


def send(browser: Client, path: str, **form: str) -> Any:
    csrf = token_of(browser.get(PAGE).text)
    return browser.post(path, data={"csrf": csrf, **form}, follow_redirects=False)


def decide(browser: Client, act: str) -> Any:
    found = re.search(rf"{QUEUE}/(prp_\w+)/{act}", browser.get(QUEUE).text)
    assert found
    return send(browser, f"{QUEUE}/{found[1]}/{act}")


def test_a_plan_through_the_pages(stall: Stall, staff: LogIn) -> None:
    ops, second = staff("ops"), staff("second")
    refused = send(ops, f"{PAGE}/plans", **FORM | {"rate-stock": "0.001"})
    assert refused.status_code == 400
    assert "0.0145%" in refused.text
    assert 'value="gentle"' in refused.text, "what was typed stays"
    assert send(ops, f"{PAGE}/plans", **FORM | {"rate-stock": "cheap"}).status_code == 400
    made = send(ops, f"{PAGE}/plans", **FORM)
    assert made.headers["location"] == f"{QUEUE}?done=proposed"
    shown = ops.get(QUEUE).text
    assert "Gentle" in shown
    assert "/agree" not in shown, "not one's own"
    assert decide(second, "agree").headers["location"] == f"{QUEUE}?done=done"
    assert "0.018%" in ops.get(PAGE).text
    account = stall.brokerage.accounts["linxz"]
    wish = {"account": account, "plan": "gentle", "basis": "Contract 3"}
    assert send(ops, f"{PAGE}/assignments", **wish).status_code == 303
    assert account in second.get(QUEUE).text
    assert decide(second, "agree").status_code == 303
    assert "Counter agrees" in ops.get(PAGE).text


def test_declined_changes_nothing(staff: LogIn) -> None:
    ops, second = staff("ops"), staff("second")
    send(ops, f"{PAGE}/plans", **FORM | {"plan": "unwanted"})
    assert decide(second, "decline").headers["location"] == f"{QUEUE}?done=declined"
    assert "unwanted" not in ops.get(PAGE).text


@pytest.mark.parametrize("decision", ["agree", "decline", "shout"])
def test_a_proposal_nobody_knows(staff: LogIn, decision: str) -> None:
    answer = send(staff("ops"), f"{QUEUE}/prp_0/{decision}")
    assert answer.status_code in (400, 404)
    assert 'role="alert"' in answer.text


def test_audit_looks_only(staff: LogIn) -> None:
    browser = staff("audit")
    assert "<form method" not in browser.get(PAGE).text.split("<main")[1]
    assert send(browser, f"{PAGE}/plans", **FORM).status_code == 403
    part = browser.get(f"{QUEUE}?part=queue", headers={"hx-request": "true"}).text
    assert part.lstrip().startswith("<section")
