"""One hall for all pages, and browsers of its staff."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.acceptance.hall import Hall
from tests.partners.brokerage import PASSWORD
from yunquan.kernel.clock import to_ms

Client = TestClient[Litestar]
LogIn = Callable[[str], Client]


@pytest.fixture(scope="package")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    return Hall(tmp_path_factory.mktemp("hall"))


@pytest.fixture(scope="package")
def staff(hall: Hall) -> LogIn:
    """A browser of a member of staff; one login each, for a one-time code opens once."""
    browsers: dict[str, Client] = {}

    def of(name: str) -> Client:
        if name not in browsers:
            browsers[name] = log_in(hall, name)
        return browsers[name]

    return of


def log_in(hall: Hall, name: str) -> Client:
    browser = TestClient(hall.app, base_url="http://hall.local")
    browser.cookies.set("yq_lang", "en")
    brokerage = hall.stall.brokerage
    code = pyotp.TOTP(brokerage.totp[name]).at(to_ms(hall.database.clock.now()) // 1000)
    form = {
        "csrf": token_of(browser.get("/staff/login").text),
        "login_name": name,
        "password": PASSWORD,
        "totp_code": code,
    }
    answer = browser.post("/staff/login", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return browser


def token_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def post(browser: Client, path: str, **form: Any) -> Any:
    """Send a form as the page at /staff/roles would let them."""
    csrf = token_of(browser.get("/staff/roles").text)
    return browser.post(path, data={"csrf": csrf, **form}, follow_redirects=False)


def folder_of(hall: Hall) -> Path:
    return hall.stall.brokerage.folder
