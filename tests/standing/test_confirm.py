"""A client shows who they are; a letter is read by its addressee alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.investor.stall import Stall, make_stall
from tests.partners.brokerage import PASSWORD
from yunquan.counter.types import Restrict


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Stall:
    return make_stall(tmp_path_factory.mktemp("stall"))


@pytest.fixture(scope="module")
def browser(stall: Stall) -> Any:
    made = TestClient(stall.app, base_url="http://stall.local")
    made.cookies.set("yq_lang", "en")
    form = {"csrf": token(made.get("/login").text), "login_name": "linxz", "password": PASSWORD}
    assert made.post("/login", data=form, follow_redirects=False).status_code == 303
    return made


def token(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def test_the_login_password_lifts_it(stall: Stall, browser: Any) -> None:
    account = stall.brokerage.accounts["linxz"]
    assert "You have shown who you are" in browser.get("/confirm").text
    held = Restrict("system:t", account, "confirm", "Article 12")
    assert stall.brokerage.submit(held).accepted
    html = browser.get("/confirm").text
    assert account in html
    form = {"csrf": token(html), "key": "k1", "password": "not my password"}
    wrong = browser.post("/confirm", data=form)
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (403, True)
    assert stall.brokerage.driver.state.accounts[account].restrictions == {"confirm": "Article 12"}
    right = browser.post("/confirm", data=form | {"password": PASSWORD}, follow_redirects=False)
    assert right.status_code == 303
    assert stall.brokerage.driver.state.accounts[account].restrictions is None
    assert "You have shown who you are" in browser.get("/confirm").text


def test_nobody_reads_another_ones_letter(browser: Any) -> None:
    assert browser.get("/letters/let_none").status_code == 404
    assert browser.get("/letters/let_none/pdf").status_code == 404
