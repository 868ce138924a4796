"""The risk desk: the board, a case from alert to lesson, rules, indicators, who may only look."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from tests.cases.test_rules import alert
from tests.investor.stall import Stall
from tests.workbench.test_switches_page import Client, LogIn, staff, stall, token_of
from yunquan.cases.service import fold
from yunquan.indicators.rules.catalogue import CATALOGUE
from yunquan.kernel.clock import to_ms
from yunquan.rulebook import RuleBook
from yunquan.surveillance import store
from yunquan.surveillance.types import AlertView

__all__ = ["staff", "stall"]
BOARD = "/staff/watch"
BASIS = {"ground": "contract", "basis": "Article 12"}


def raise_alert(stall: Stall, number: int, kind: str, grade: int, rule: str, account: str) -> str:
    """One as the monitor writes it; its case."""
    desk = stall.brokerage.desk
    now_ms = to_ms(desk.clock.now())
    values = {"position.opposite.m5": 400_400_000.0, "position.cancel_amount_share.m5": 0.857}
    one = AlertView(
        f"alt_{number}", now_ms, rule, 1, kind, grade, False, "position", account,
        "600519.SH", "", "", now_ms, False, values,
    )  # fmt: skip
    with desk.database.transaction("surveillance") as tx:
        store.insert_alerts(tx, [one], now_ms)
        told = alert(kind, grade, account=account)
        case = fold(tx, msgspec.structs.replace(told, alert=one.id, rule=rule, at_ms=now_ms))
    assert case
    return case.id


def send(browser: Client, path: str, **form: str) -> Any:
    csrf = token_of(browser.get(BOARD).text)
    return browser.post(f"{BOARD}/{path}", data={"csrf": csrf, **form}, follow_redirects=False)


@pytest.fixture(scope="module", autouse=True)
def rules(stall: Stall) -> None:
    RuleBook(stall.brokerage.desk.database, stall.brokerage.desk.clock).begin()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("path", [BOARD, f"{BOARD}/rules", f"{BOARD}/indicators"])
def test_pages_are_whole_and_strict(staff: LogIn, locale: str, path: str) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", locale)
    html = browser.get(path).text
    browser.cookies.set("yq_lang", "en")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"\b(ui\.riskdesk|surveillance|cases)\.[a-z]", html)


def test_a_case_from_the_alert_to_the_lesson(staff: LogIn, stall: Stall) -> None:
    account = stall.brokerage.accounts["linxz"]
    case = raise_alert(stall, 1, "spoofing", 4, "spoofing.opposite", account)
    risk, second = staff("ops"), staff("second")
    board = risk.get(BOARD).text
    assert f"{BOARD}/{case}" in board
    assert "Cancelled on one side, traded on the other" in board
    assert re.search(r"[45]:\d\d left", board)
    part = risk.get(f"{BOARD}?part=board", headers={"hx-request": "true"}).text
    assert part.lstrip().startswith('<div id="board"')
    html = risk.get(f"{BOARD}/{case}").text
    assert "¥4,004,000.00" in html
    assert "85.7%" in html
    assert send(risk, f"{case}/close", outcome="confirmed", lesson="too soon").status_code == 409
    assert send(risk, f"{case}/take").headers["location"] == f"{BOARD}/{case}?done=take"
    taken = send(second, f"{case}/take")
    assert (taken.status_code, "Somebody else" in taken.text) == (409, True)
    bare = send(risk, f"{case}/measure", kind="refuse_buys", account=account, ground="contract")
    assert bare.status_code == 400
    assert "names what it rests on" in bare.text
    done = send(risk, f"{case}/measure", kind="refuse_buys", account=account, key="m1", **BASIS)
    assert done.headers["location"] == f"{BOARD}/{case}?done=measure"
    html = risk.get(f"{BOARD}/{case}").text
    assert "Article 12" in html
    measure = re.search(r'name="measure" value="(mea_\w+)"', html)
    assert measure
    undo = send(risk, f"{case}/undo", measure=measure[1], key="u1", **BASIS)
    assert undo.headers["location"] == f"{BOARD}/{case}?done=proposed"
    held = send(risk, f"{case}/measure", kind="suspend_program", account=account, key="m2", **BASIS)
    assert held.headers["location"] == f"{BOARD}/{case}?done=proposed"
    assert "waits for another person; not in force" in risk.get(f"{BOARD}/{case}").text
    lesson = send(risk, f"{case}/close", outcome="confirmed", lesson="x")
    assert (lesson.status_code, 'role="alert"' in lesson.text) == (400, True)
    closed = send(risk, f"{case}/close", outcome="confirmed", lesson="Seen before: order 7.")
    assert closed.headers["location"] == f"{BOARD}/{case}?done=close"
    assert f"{BOARD}/{case}" not in risk.get(BOARD).text
    assert "1 of 1 cases" in risk.get(f"{BOARD}/rules").text


def test_what_may_be_laundering_offers_no_warning(staff: LogIn, stall: Stall) -> None:
    account = stall.brokerage.accounts["linxz"]
    case = raise_alert(stall, 2, "cash", 3, "cash.in_and_out", account)
    html = staff("ops").get(f"{BOARD}/{case}").text
    assert "nothing is told to the client" in html
    assert 'value="warn"' not in html
    refused = send(staff("ops"), f"{case}/measure", kind="warn", account=account, **BASIS)
    assert (refused.status_code, "not told to the client" in refused.text) == (400, True)


def test_audit_looks_only(staff: LogIn, stall: Stall) -> None:
    case = raise_alert(stall, 3, "ramping", 3, "ramping.up", "A9")
    browser = staff("audit")
    assert "may only look" in browser.get(f"{BOARD}/{case}").text
    assert send(browser, f"{case}/take").status_code == 403


def test_the_catalogue_has_every_indicator(staff: LogIn) -> None:
    html = staff("ops").get(f"{BOARD}/indicators").text
    assert str(len(CATALOGUE)) in html
    for one in CATALOGUE:
        assert one.code.rpartition(".")[0] in html


def test_nobody_knows_it(staff: LogIn) -> None:
    assert staff("ops").get(f"{BOARD}/cas_none").status_code == 404
    assert send(staff("ops"), "cas_none/take").status_code == 404
