"""A client shows who they are; a letter is read by its addressee alone."""

from __future__ import annotations

import itertools
import re
from typing import Any, Final

import pytest
from litestar.testing import TestClient

from tests.investor.stall import Stall, make_stall
from tests.partners.brokerage import PASSWORD
from tests.verification.eyes import ANOTHER, JPEG, Eyes, enrol, verification_of
from yunquan.counter.types import Restrict

NUMBERS: Final = itertools.count()


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


def hold(stall: Stall, scope: str) -> str:
    """The account waits for its client."""
    account = stall.brokerage.accounts["linxz"]
    held = Restrict(f"system:{scope}{next(NUMBERS)}", account, scope, "Article 12")
    assert stall.brokerage.submit(held).accepted
    return account


def held(stall: Stall) -> dict[str, str] | None:
    return stall.brokerage.driver.state.accounts[stall.brokerage.accounts["linxz"]].restrictions


def test_the_login_password_lifts_it(stall: Stall, browser: Any) -> None:
    assert "You have shown who you are" in browser.get("/confirm").text
    account = hold(stall, "confirm")
    html = browser.get("/confirm").text
    assert account in html
    # No face is known of them: the camera isn't offered, a person is.
    assert ("face-challenge" in html, 'action="/confirm/person"' in html) == (False, True)
    form = {"csrf": token(html), "key": "k1", "password": "not my password"}
    for path in ("/confirm", "/confirm/person"):
        wrong = browser.post(path, data=form)
        assert (wrong.status_code, 'role="alert"' in wrong.text) == (403, True)
    assert held(stall) == {"confirm": "Article 12"}
    right = browser.post("/confirm", data=form | {"password": PASSWORD}, follow_redirects=False)
    assert right.status_code == 303
    assert held(stall) is None
    assert "You have shown who you are" in browser.get("/confirm").text


def test_a_face_is_filmed_and_lifts_what_a_password_does_not(stall: Stall, browser: Any) -> None:
    hold(stall, "face")
    made = stall.brokerage
    form = {"csrf": token(browser.get("/confirm").text), "key": "k2", "password": PASSWORD}
    asked = {"accept": "application/json", "x-csrf-token": form["csrf"]}
    none = browser.post("/confirm/face/challenge", headers=asked)
    assert (none.status_code, none.json()["code"]) == (409, "cases.no_face")
    # Nobody asked by a case: there is nobody to call either.
    called = browser.post("/confirm/person", data=form)
    assert (called.status_code, "No account of yours waits" in called.text) == (409, True)
    enrol(verification_of(made.desk, made.sealing, made.folder, Eyes()), made.clients["linxz"])
    page = browser.get("/confirm")
    assert "face-challenge" in page.text
    assert "camera=(self)" in page.headers["permissions-policy"]

    def film(accept: str = "application/json") -> Any:
        drawn = browser.post("/confirm/face/challenge", headers=asked).json()
        assert set(drawn) == {"nonce", "steps", "flashes", "digits", "length_ms"}
        told = {"sizes": f"[{len(JPEG)}]", "times": "[0]", "nonce": drawn["nonce"], "mobile": "1"}
        return browser.post(
            "/confirm/face",
            data=told | {"camera": "Front", "width": "480", "height": "640", "csrf": form["csrf"]},
            files={"frames": ("frames", JPEG)},
            headers=asked | {"accept": accept},
            follow_redirects=False,
        )

    made.eyes.seen = ANOTHER
    refused = film()
    assert (refused.status_code, refused.json()["left"]) == (422, 4)
    assert "4" in refused.json()["text"]
    assert 'role="alert"' in film("text/html").text
    bad = browser.post("/confirm/face", data={"sizes": "x"}, headers=asked)
    assert (bad.status_code, bad.json()["code"]) == (400, "vision.clip_malformed")
    made.eyes.__init__()
    assert browser.post("/confirm", data=form, follow_redirects=False).status_code == 303
    assert held(stall) == {"face": "Article 12"}
    assert film().json() == {"next": "/confirm"}
    assert held(stall) is None
    assert "You have shown who you are" in browser.get("/confirm").text


def test_nobody_reads_another_ones_letter(browser: Any) -> None:
    assert browser.get("/letters/let_none").status_code == 404
    assert browser.get("/letters/let_none/pdf").status_code == 404
