"""Exposure, credit and operations: their pages, empty and filled, and the same for programs."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.credit.test_rules import account as credit_account
from tests.exposure.shelf import universe
from tests.investor.stall import Stall
from tests.workbench.test_switches_page import LogIn, staff, stall
from yunquan.app.event_kinds import event_kinds
from yunquan.credit import store as credit_store
from yunquan.exposure.rules.book import make_book, revalue
from yunquan.exposure.rules.history import client_risks
from yunquan.exposure.rules.picture import exposure_of
from yunquan.exposure.rules.scenarios import scenarios_on
from yunquan.exposure.service.watch import PICTURE
from yunquan.exposure.store import keep_minute
from yunquan.exposure.types import Minute
from yunquan.kernel.clock import to_ms
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import ROOMS_STREAM
from yunquan.operations.types import Gauge, OperationsPicture
from yunquan.riskdesk.pages.figures import line, percent, yuan
from yunquan.security.events import Looked
from yunquan.surveillance import settle
from yunquan.thresholds import keep_picture
from yunquan.thresholds.types import Measured

__all__ = ["staff", "stall"]
BOARD = "/staff/watch"
PATHS = [f"{BOARD}/exposure", f"{BOARD}/credit", f"{BOARD}/operations"]
DAY = "2026-11-26"
EVERY = EventCodec(event_kinds().values())


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_empty_pages_are_whole_and_strict(staff: LogIn, locale: str, path: str) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", locale)
    html = browser.get(path).text
    browser.cookies.set("yq_lang", "en")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"\b(ui\.riskdesk|surveillance|credit|operations)\.[a-z]", html)
    assert 'class="empty"' in html
    part = browser.get(f"{path}?part=figures", headers={"hx-request": "true"}).text
    assert part.lstrip().startswith('<div id="figures"')


def fill(stall: Stall) -> str:
    """Something of each."""
    desk, account = stall.brokerage.desk, stall.brokerage.accounts["linxz"]
    known, book = universe(), make_book({account: {0: 1_000, 1: 200}})
    prices = np.array([10_000, 20_000, 5_000])
    now = revalue(book, prices)
    told = exposure_of(
        known,
        book,
        prices,
        scenarios_on(DAY),
        whose="",
        at_ms=to_ms(desk.clock.now()),
        day=DAY,
        cash_fen=123_456_789,
        client_var=client_risks(known, book, now.holding, 9_900),
    )
    gauges = (Gauge("stuck", "", 77_000.0), Gauge("feed", "", 0.0))
    with desk.database.transaction("test") as tx:
        keep_picture(tx, PICTURE, told)
        for number in range(3):
            keep_minute(tx, Minute(tx.now_ms() - number, 10**8 + number, 10**6, 2 * 10**6))
        settle(tx, "exposure", ["firm_top"], [Measured("firm_top", "x", 0.5, "", "600519.SH")])
        picture = OperationsPicture(tx.now_ms(), "continuous", gauges, ("books",))
        keep_picture(tx, "operations", picture)
        settle(tx, "operations", ["stuck"], [Measured("stuck", "", 77_000.0)])
        credit_store.replace_accounts(
            tx, DAY, [credit_account("E1", own_account=account), credit_account("E2", loan_fen=0)]
        )
    return account


def test_filled_pages_say_what_is_known(staff: LogIn, stall: Stall) -> None:
    account = fill(stall)
    browser = staff("ops")
    html = browser.get(f"{BOARD}/exposure").text
    assert f'href="{BOARD}/exposure/{account}"' in html
    assert "¥14,000" in html
    assert "¥1,234,567" in html
    assert "250 trading days" in html
    assert "The largest holding, three limits in a row" in html
    assert "far too much in one security" in html
    html = browser.get(f"{BOARD}/credit").text
    assert "Simulated margin system" in html
    assert "E1" in html
    html = browser.get(f"{BOARD}/credit?band=no_debt").text
    assert "E2" in html
    assert "E1" not in html.replace("E10", "")
    html = browser.get(f"{BOARD}/operations").text
    assert "An order has had no answer for long" in html
    assert "77.00 s" in html
    assert "Books out of balance" in html
    assert 'href="/staff/orders"' in html


def test_one_account_now_and_the_look_is_kept(staff: LogIn, stall: Stall) -> None:
    account = stall.brokerage.accounts["linxz"]
    browser = staff("ops")
    html = browser.get(f"{BOARD}/exposure/{account}").text
    assert f"Exposure of {account}" in html
    assert "Largest holdings" in html
    assert browser.get(f"{BOARD}/exposure/6999999999").status_code == 404
    with stall.brokerage.desk.database.read() as tx:
        events = [
            one
            for record in read_records(tx.connection, ROOMS_STREAM, 1)
            for one in EVERY.decode(record.body)
        ]
    looks = [(one.what, one.subject) for one in events if isinstance(one, Looked)]
    assert ("risk_exposure", account) in looks
    assert ("risk_credit", "*") in looks


def test_who_may_see_them(staff: LogIn) -> None:
    for path in PATHS:
        assert staff("audit").get(path).status_code == 200


@pytest.mark.parametrize(
    ("fen", "shown"), [(None, "--"), (0, "¥0"), (123_456_789, "¥1,234,567"), (-50_000, "¥-500")]
)
def test_money_of_risk_is_whole_yuan(fen: int | None, shown: str) -> None:
    assert yuan(fen) == shown


@pytest.mark.parametrize(("bp", "shown"), [(None, "--"), (14_814, "148.14%"), (-305, "-3.05%")])
def test_basis_points(bp: int | None, shown: str) -> None:
    assert percent(bp) == shown


def test_a_line_needs_two_points() -> None:
    assert line([1]) == ""
    assert line([1, 3]) == "0.0,22.0 100.0,2.0"
