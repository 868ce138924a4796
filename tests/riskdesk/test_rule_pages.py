"""The rule desk: writing with a check, reading versions, shadow, two people, back-tests."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from tests.investor.stall import Stall
from tests.workbench.test_switches_page import Client, LogIn, staff, stall, token_of
from yunquan.backtests.types import Backtest, BacktestResult, BacktestState, Likeness, Missing
from yunquan.kernel.clock import to_ms
from yunquan.rulebook import RuleBook
from yunquan.surveillance import Batch, store
from yunquan.surveillance.types import AlertView

__all__ = ["staff", "stall"]
RULES = "/staff/watch/rules"
DRAFTS = "/staff/watch/drafts"
GOOD = {
    "code": "rate.evening",
    "title_zh": "夜间申报",
    "title_en": "Orders in the evening",
    "kind": "order_rate",
    "subject": "account",
    "grade": "2",
    "quiet_s": "300",
    "most": "60",
    "within_s": "0",
    "basis": "Decision 7",
    "certainty": "F",
    "on-step-1": "order",
    "when-step-1": "account.orders.m5 >= 3",
}


@pytest.fixture(scope="module", autouse=True)
def rules(stall: Stall) -> None:
    """The first rules, and a day on which the stream was read."""
    desk = stall.brokerage.desk
    RuleBook(desk.database, desk.clock).begin()
    with desk.database.transaction("surveillance") as tx:
        store.insert_batch(tx, Batch(1, 0, tx.now_ms(), [("counter-0", 1, 1)]))


def send(browser: Client, path: str, **form: Any) -> Any:
    csrf = token_of(browser.get("/staff/watch").text)
    return browser.post(path, data={"csrf": csrf, **form}, follow_redirects=False)


def today(stall: Stall) -> str:
    with stall.brokerage.desk.database.read() as tx:
        return tx.today()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize(
    "path",
    [
        RULES,
        f"{RULES}?q=nothing-is-called-so",
        f"{RULES}/spoofing.opposite",
        DRAFTS,
        f"{DRAFTS}?rule=cash.in_and_out",
    ],
)
def test_pages_are_whole_and_strict(staff: LogIn, locale: str, path: str) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", locale)
    html = browser.get(path).text
    browser.cookies.set("yq_lang", "en")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"\b(ui\.riskdesk|surveillance|backtests)\.[a-z]", html)
    assert "main" in html


@pytest.mark.parametrize(
    ("changes", "says", "marked"),
    [
        ({"when-step-1": "account.orders.m5 >= three"}, "called three", "three"),
        ({"when-step-1": "account.order_amount.m5 >= 3"}, "different units", "account"),
        ({"when-step-1": "account.orders.m5 >="}, "can&#39;t be read", ""),
        ({"when-step-1": "(" * 3_000}, "too long", ""),
        ({"when-step-1": "not " * 99 + "event.side == buy"}, "pieces within pieces", ""),
        ({"when-step-1": "__import__('os')"}, "not allowed here", "&#39;"),
        ({"on-step-1": "sneeze"}, "no event called sneeze", ""),
        ({"kind": "curse"}, "no kind of alert called curse", ""),
        ({"code": "New Rule"}, "code has", ""),
        ({"grade": "9"}, "not 9", ""),
        ({"title_en": ""}, "title_en", ""),
    ],
)
def test_what_is_wrong_is_said_while_one_types(
    staff: LogIn, changes: dict[str, str], says: str, marked: str
) -> None:
    answer = send(staff("ops"), f"{DRAFTS}/check", **GOOD | changes)
    assert answer.status_code == 200
    assert says in answer.text
    if marked:
        assert f"<mark>{marked}" in answer.text
    kept = send(staff("ops"), DRAFTS, **GOOD | changes)
    assert kept.status_code == 400
    assert says in kept.text


def test_indicators_are_found_beside_the_form(staff: LogIn) -> None:
    html = staff("ops").get("/staff/watch/indicators?part=found&q=cancel+share").text
    assert 'data-insert="position.cancel_amount_share.m5"' in html
    assert "share" in html
    none = staff("ops").get("/staff/watch/indicators?part=found&q=horoscope").text
    assert "No such indicator" in none


def test_a_rule_from_the_draft_to_the_roll_back(staff: LogIn, stall: Stall) -> None:
    first, second = staff("ops"), staff("second")
    more = send(first, DRAFTS, **GOOD, more="step")
    assert 'name="when-step-2"' in more.text
    made = send(first, DRAFTS, **GOOD)
    assert made.headers["location"] == f"{RULES}/rate.evening?version=1&done=drafted"
    # A second press of the button makes no second draft.
    assert send(first, DRAFTS, **GOOD).headers["location"] == made.headers["location"]
    assert "The draft is kept" in first.get(made.headers["location"]).text
    bare = send(first, f"{RULES}/rate.evening/publish", version="1", basis="x")
    assert (bare.status_code, 'role="alert"' in bare.text) == (400, True)
    asked = send(first, f"{RULES}/rate.evening/publish", version="1", basis="Meeting 8", key="p1")
    assert asked.headers["location"].endswith("done=proposed")
    html = second.get(f"{RULES}/rate.evening").text
    assert "waits for a second person" in html
    assert "Meeting 8" in html
    approve(second)
    assert "in place of the present one" not in second.get(f"{RULES}/rate.evening").text
    stricter = GOOD | {"when-step-1": "account.orders.m5 >= 5", "title_en": "More orders"}
    assert (
        send(first, DRAFTS, **stricter)
        .headers["location"]
        .startswith(f"{RULES}/rate.evening?version=2")
    )
    html = first.get(f"{RULES}/rate.evening?version=2").text
    assert "<del>3</del><ins>5</ins>" in html
    shadow = send(first, f"{RULES}/rate.evening/shadow", version="2", basis="Try it")
    assert shadow.headers["location"].endswith("done=shadow")
    html = first.get(f"{RULES}/rate.evening?version=2").text
    assert "In the shadow: version 2" in html
    send(first, f"{RULES}/rate.evening/publish", version="2", basis="Meeting 9", key="p2")
    approve(second)
    html = first.get(f"{RULES}/rate.evening?version=1").text
    assert "Roll back to this version" in html
    back = send(first, f"{RULES}/rate.evening/publish", version="1", basis="Meeting 10", key="p3")
    assert back.status_code == 303
    approve(second)
    listed = first.get(f"{RULES}?q=rate.evening").text
    assert "version=1" in listed
    states = {
        one.version: one.state.value
        for one in RuleBook(stall.brokerage.desk.database, stall.brokerage.desk.clock).versions_of(
            "rate.evening"
        )
    }
    assert states == {1: "live", 2: "retired"}


def approve(browser: Client) -> None:
    """Whatever waits."""
    html = browser.get("/staff/approvals").text
    (proposal,) = set(re.findall(r"/staff/approvals/(prp_\w+)/agree", html))
    csrf = token_of(html)
    answer = browser.post(
        f"/staff/approvals/{proposal}/agree", data={"csrf": csrf}, follow_redirects=False
    )
    assert answer.headers["location"].endswith("done=done")


def test_a_back_test_is_asked_for_followed_and_stopped(staff: LogIn, stall: Stall) -> None:
    browser, day = staff("ops"), today(stall)
    form = {"rule": "spoofing.opposite", "version": "1", "day": day, "warm": "1"}
    for wrong, says in (
        ({"version": []}, "Choose 1 to"),
        ({"day": "yesterday"}, "no day"),
        ({"warm": "999"}, "warm up"),
    ):
        refused = send(browser, "/staff/watch/backtests", **form | wrong)
        assert (refused.status_code, says in refused.text) == (400, True)
    asked = send(browser, "/staff/watch/backtests", **form, key="b1")
    there = asked.headers["location"]
    assert send(browser, "/staff/watch/backtests", **form, key="b1").headers["location"] == there
    html = browser.get(there).text
    assert "<progress" in html
    assert 'hx-trigger="every 2s"' in html
    assert send(staff("audit"), f"{there}/cancel").status_code == 403
    assert send(browser, f"{there}/cancel").headers["location"] == there
    html = browser.get(f"{there}?part=board").text
    assert "cancelled" in html
    assert "<progress" not in html
    assert there in browser.get(RULES).text


def test_what_was_found_and_what_was_missing_is_shown(staff: LogIn, stall: Stall) -> None:
    from yunquan.backtests import store as backtests_store
    from yunquan.backtests.types import NewBacktest, RuleFound, RuleRef

    desk, day = stall.brokerage.desk, today(stall)
    now_ms = to_ms(desk.clock.now())
    one = AlertView(
        "", now_ms, "spoofing.opposite", 1, "spoofing", 4, False, "position", "A77", "600519.SH",
        "", "", now_ms, False, {"position.opposite.m5": 400_400_000.0},
    )  # fmt: skip
    hours = tuple(3 if hour == 10 else 0 for hour in range(24))
    found = RuleFound(
        "spoofing.opposite", 1, 4, 0, 1_234, 7, hours, 99, 5, 0, 1, 0, (), (one,), (), ()
    )
    gone = (Missing("tape", 4_321, now_ms - 60_000, now_ms),)
    result = BacktestResult((found,), 55, gone, Likeness(3, 2, 1), ("group.late",), True)
    wish = NewBacktest((RuleRef("spoofing.opposite", 1),), day, day, 2)
    made = Backtest("bkt_7", "staff:a", now_ms, wish, BacktestState.DONE, result=result)
    with desk.database.transaction("test") as tx:
        backtests_store.insert(tx, made, "k7")
    html = staff("audit").get("/staff/watch/backtests/bkt_7").text
    for said in ("1,234", "4,321 events of tape", "99 more", "divided by nothing 5", "A77",
                 "¥4,004,000.00", "group.late", "2 were found again"):  # fmt: skip
        assert said in html, said
    assert msgspec.structs.asdict(result)


def test_audit_looks_only(staff: LogIn) -> None:
    browser = staff("audit")
    html = browser.get(f"{RULES}/spoofing.opposite").text
    assert "<form" not in html.partition("<main")[2]
    assert send(browser, f"{RULES}/spoofing.opposite/retire", version="1").status_code == 403
    assert browser.get(DRAFTS).status_code == 403
    assert browser.get(f"{RULES}/no.such").status_code == 404
