"""Surveillance over the API: for staff alone; rules, checks, alerts, cases, back-tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.partners.brokerage import Visitor
from yunquan.rulebook import RuleBook
from yunquan.surveillance import Batch, store
from yunquan.surveillance.types import AlertView

RULE = {
    "code": "evening_rate",
    "kind": "order_rate",
    "subject": "account",
    "conditions": [{"on": ["order"], "when": "account.orders.m5 >= 100"}],
    "grade": 2,
    "title_zh": "夜间申报过快",
    "title_en": "Many orders in the evening",
    "basis": "Decision 7",
    "certainty": "F",
}


@pytest.fixture
def watched(staff: Visitor) -> Visitor:
    """Staff of a house whose rules run, with one alert and a day that was read."""
    desk = staff.brokerage.desk
    RuleBook(desk.database, desk.clock).begin()
    with desk.database.transaction("surveillance") as tx:
        now_ms = tx.now_ms()
        one = AlertView(
            "alt_api", now_ms, "spoofing.opposite", 1, "spoofing", 4, False, "position", "A9",
            "600519.SH", "", "", now_ms, False, {"position.opposite.m5": 400_400_000.0},
        )  # fmt: skip
        if not store.find_alerts(tx, [one.id]):
            store.insert_alerts(tx, [one], now_ms)
            store.insert_batch(tx, Batch(1, 0, now_ms, [("counter-0", 1, 1)]))
    return staff


@pytest.mark.parametrize(
    "path", ["/staff/alerts", "/staff/cases", "/staff/rules", "/staff/backtests/days"]
)
def test_clients_see_none_of_it(client: Visitor, path: str) -> None:
    assert client.get(path).status_code == 403


def test_alerts_rules_and_days_are_listed(watched: Visitor) -> None:
    (alert,) = watched.get("/staff/alerts", account="A9", least_grade=4).json()
    assert alert["alert"]["id"] == "alt_api"
    assert alert["reasons"][0]["value"] == "¥4,004,000.00"
    assert watched.get("/staff/alerts", account="nobody").json() == []
    rules = watched.get("/staff/rules").json()
    assert {one["state"] for one in rules} == {"live"}
    (version,) = watched.get("/staff/rules/spoofing.opposite").json()
    assert version["text"]["conditions"][0]["on"] == ["fill", "cancel"]
    assert watched.get("/staff/rules/no.such").status_code == 404
    assert watched.get("/staff/cases").json() == []
    assert len(watched.get("/staff/backtests/days").json()) == 1


def test_a_rule_is_checked_and_not_kept(watched: Visitor) -> None:
    assert watched.send("POST", "/staff/rules/check", RULE).status_code == 204
    wrong: dict[str, Any] = RULE | {"conditions": [{"on": ["order"], "when": "account.no.m5 > 1"}]}
    refused = watched.send("POST", "/staff/rules/check", wrong)
    assert refused.status_code == 400
    problem = refused.json()
    assert problem["code"] == "rulebook.name"
    assert "account.no.m5" in problem["message"]
    assert watched.get("/staff/rules/evening_rate").status_code == 404


def test_a_back_test_is_asked_for_read_and_stopped(watched: Visitor) -> None:
    (day,) = (one["day"] for one in watched.get("/staff/backtests/days").json())
    wish = {
        "rules": [{"code": "spoofing.opposite", "version": 1}], "from_day": day, "until_day": day,
    }  # fmt: skip
    assert watched.send("POST", "/staff/backtests", wish, key=None).status_code == 400
    asked = watched.send("POST", "/staff/backtests", wish, key="bt-1").json()
    assert watched.send("POST", "/staff/backtests", wish, key="bt-1").json() == asked
    other = watched.send("POST", "/staff/backtests", wish | {"warm_days": 2}, key="bt-1")
    assert other.status_code == 409
    assert watched.get(f"/staff/backtests/{asked['id']}").json()["state"] == "waiting"
    stopped = watched.send("PUT", f"/staff/backtests/{asked['id']}/cancelled", key=None)
    assert stopped.json()["state"] == "cancelled"
    assert watched.get("/staff/backtests/bkt_none").status_code == 404
