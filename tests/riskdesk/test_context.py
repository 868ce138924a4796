"""The cockpit and a case's context: heat, any past minute, an account's day, letters, lessons."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.investor.stall import Stall
from tests.riskdesk.test_pages import BASIS, BOARD, raise_alert, rules, send
from tests.workbench.test_switches_page import LogIn, staff, stall
from yunquan.heat import store as heat_store
from yunquan.heat.types import HeatBase, HeatCell, HeatLine, HeatPicture, HeatStrip
from yunquan.kernel.clock import to_ms
from yunquan.kernel.zone import in_market_zone

__all__ = ["rules", "staff", "stall"]
STRIP = HeatStrip(9, 5, 3, 1, 0, 12_345_678_900, 4, 120, 9_900_000_000, 1_000_000, 30, 2, 0, 0)


def now_ms(stall: Stall) -> int:
    return to_ms(stall.brokerage.desk.clock.now())


def heat(stall: Stall, minute_ms: int, deviation: float) -> None:
    account = stall.brokerage.accounts["linxz"]
    cells = (
        HeatCell("orders", 61, "count", deviation, HeatBase.PEERS),
        HeatCell("amount", 9_900_000_000, "fen", 0.2, HeatBase.OWN),
        HeatCell("failed", 0, "count", 0, HeatBase.NONE),
    )
    line = HeatLine(account, deviation, cells)
    with stall.brokerage.desk.database.transaction() as tx:
        heat_store.save(tx, HeatPicture(minute_ms, STRIP, (line,), ()))


def strict(html: str) -> None:
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"\b(ui\.riskdesk|ui\.dossier|dossier|letters|cases)\.[a-z]", html)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_page_is_whole_and_strict(staff: LogIn, stall: Stall, locale: str) -> None:
    account = stall.brokerage.accounts["linxz"]
    heat(stall, now_ms(stall) - 1_000, 6.5)
    case = raise_alert(
        stall, 50 + 10 * (locale == "en"), "spoofing", 4, "spoofing.opposite", account
    )
    at = in_market_zone(now_ms(stall))
    browser = staff("ops")
    browser.cookies.set("yq_lang", locale)
    for path in (
        "",
        f"/replay?day={at:%Y-%m-%d}&at={at:%H:%M}",
        f"/accounts/{account}",
        f"/{case}",
        "/lessons",
    ):
        answer = browser.get(BOARD + path)
        assert answer.status_code == 200, path
        strict(answer.text)
    browser.cookies.set("yq_lang", "en")


def test_a_past_minute_is_shown_as_it_was(staff: LogIn, stall: Stall) -> None:
    account, browser = stall.brokerage.accounts["linxz"], staff("ops")
    long_ago = now_ms(stall) - 86_400_000
    heat(stall, long_ago - long_ago % 60_000, 7.7)
    raise_alert(stall, 51, "ramping", 4, "ramping.up", account)
    live = browser.get(BOARD).text
    assert "Price pushed up" in live or "ramping" in live.lower() or account in live
    at = in_market_zone(long_ago)
    past = browser.get(f"{BOARD}/replay?day={at:%Y-%m-%d}&at={at:%H:%M}").text
    assert f"Replay of {at:%Y-%m-%d %H:%M}" in past
    assert "+7.7" in past
    assert "No case waits" in past or 'class="complaint risk-case"' not in past
    assert "every 2s" not in past
    assert 'data-step="-1"' in past
    # A minute of which nothing is kept says so.
    never = browser.get(f"{BOARD}/replay?day=2020-01-02&at=09:25").text
    assert "No picture is kept of this minute" in never
    assert browser.get(f"{BOARD}/replay?day=never&at=x").status_code == 400
    part = browser.get(f"{BOARD}?part=heat", headers={"hx-request": "true"}).text
    assert part.lstrip().startswith('<div id="heat"')


def test_colour_is_never_the_only_carrier(staff: LogIn, stall: Stall) -> None:
    heat(stall, now_ms(stall), 6.5)
    html = staff("ops").get(BOARD).text
    cell = re.search(r'<td class="r heat-cell h3[^>]*>.*?</td>', html)
    assert cell
    assert "▲▲+6.5" in cell[0]
    assert "peers" in cell[0]


def test_an_accounts_day_and_its_look_is_recorded(staff: LogIn, stall: Stall) -> None:
    account, browser = stall.brokerage.accounts["linxz"], staff("second")
    html = browser.get(f"{BOARD}/accounts/{account}").text
    assert "Order: buy 800" in html
    assert "book-replay" in html
    assert browser.get(f"{BOARD}/accounts/6999999999").status_code == 404
    assert browser.get(f"{BOARD}/accounts/{account}?day=never").status_code == 400
    with stall.brokerage.desk.database.read() as tx:
        from yunquan.security import list_looks

        assert "risk_account" in {look.what for look in list_looks(tx, account)}
    case = raise_alert(stall, 52, "spoofing", 3, "spoofing.opposite", account)
    browser.get(f"{BOARD}/{case}")
    with stall.brokerage.desk.database.read() as tx:
        assert "risk_case" in {look.what for look in list_looks(tx, case)}


def test_a_letter_is_drafted_previewed_and_proposed(staff: LogIn, stall: Stall) -> None:
    account, browser = stall.brokerage.accounts["linxz"], staff("ops")
    case = raise_alert(stall, 53, "spoofing", 4, "spoofing.opposite", account)
    bare = send(browser, f"{case}/letter", kind="client_warning", basis="x", key="l0")
    assert (bare.status_code, "Name what it rests on" in bare.text) == (400, True)
    made = send(browser, f"{case}/letter", kind="client_warning", basis="Article 12", key="l1")
    assert made.headers["location"] == f"{BOARD}/{case}?done=letter"
    html = browser.get(f"{BOARD}/{case}").text
    letter = re.search(rf"{BOARD}/letters/(let_\w+)", html)
    assert letter
    pdf = browser.get(f"{BOARD}/letters/{letter[1]}?lang=en")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    asked = send(browser, f"{case}/issue", letter=letter[1], key="i1")
    assert asked.headers["location"] == f"{BOARD}/{case}?done=issue"
    waiting = staff("second").get("/staff/approvals").text
    assert "Issue “Letter of warning” about account" in waiting
    secret = raise_alert(stall, 54, "cash", 3, "cash.in_and_out", account)
    assert 'value="client_warning"' not in browser.get(f"{BOARD}/{secret}").text


def test_a_narrowed_measure_from_the_page(staff: LogIn, stall: Stall) -> None:
    account, browser = stall.brokerage.accounts["linxz"], staff("ops")
    case = raise_alert(stall, 55, "order_rate", 4, "rate.one_minute", account)
    wrong = send(browser, f"{case}/measure", kind="throttle", account=account, key="t0", **BASIS)
    assert (wrong.status_code, "orders a minute" in wrong.text) == (400, True)
    form: dict[str, Any] = {
        "kind": "throttle",
        "account": account,
        "detail_throttle": "10",
        "key": "t1",
    }
    done = send(browser, f"{case}/measure", **form, **BASIS)
    assert done.headers["location"] == f"{BOARD}/{case}?done=proposed"
    waiting = staff("second").get("/staff/approvals").text
    assert "more than 10 orders a minute" in waiting


def test_lessons_draft_nothing_without_outcomes(staff: LogIn, stall: Stall) -> None:
    answer = send(staff("ops"), "lessons/ramping.up")
    assert (answer.status_code, "no longer ask" in answer.text) == (409, True)
    assert send(staff("audit"), "lessons/ramping.up").status_code == 403
