"""The page of exceptional days: one person, two people, who may only look."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.investor.stall import Stall, make_stall
from tests.partners.brokerage import PASSWORD
from yunquan.kernel.clock import to_ms

Client = TestClient[Litestar]
LogIn = Callable[[str], Client]
WISH = {
    "basis": "Exchange notice 71",
    "notice_zh": "暂停接受新委托",
    "notice_en": "No new orders for now",
}


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Stall:
    return make_stall(tmp_path_factory.mktemp("stall"))


@pytest.fixture(scope="module")
def staff(stall: Stall) -> LogIn:
    """A browser of a member of staff; one login each, for a one-time code opens once."""
    browsers: dict[str, Client] = {}

    def of(name: str) -> Client:
        if name not in browsers:
            browser = browsers[name] = TestClient(stall.app, base_url="http://stall.local")
            browser.cookies.set("yq_lang", "en")
            code = pyotp.TOTP(stall.brokerage.totp[name]).at(
                to_ms(stall.brokerage.desk.clock.now()) // 1000
            )
            form = {
                "csrf": token_of(browser.get("/staff/login").text),
                "login_name": name,
                "password": PASSWORD,
                "totp_code": code,
            }
            answer = browser.post("/staff/login", data=form, follow_redirects=False)
            assert answer.status_code == 303, answer.text
        return browsers[name]

    return of


def token_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def post(browser: Client, path: str, **form: str) -> Any:
    csrf = token_of(browser.get("/staff/switches").text)
    data = {"csrf": csrf, **form}
    return browser.post(f"/staff/switches/{path}", data=data, follow_redirects=False)


def proposal_in(html: str, act: str) -> str:
    found = re.search(rf"/staff/switches/proposals/(prp_\w+)/{act}", html)
    assert found
    return found[1]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("name", ["ops", "audit"])
def test_the_page_is_whole_and_strict(staff: LogIn, locale: str, name: str) -> None:
    browser = staff(name)
    browser.cookies.set("yq_lang", locale)
    html = browser.get("/staff/switches").text
    browser.cookies.set("yq_lang", "en")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"\b(ui\.workbench|switch|proposal)\.[a-z]", html)
    assert ('name="basis"' in html) is (name == "ops")
    # What is suggested to clients stands in both languages, whichever the reader's is.
    if name == "ops":
        assert "撤单照常" in html
        assert "Cancels go on" in html


def test_one_person_stops_a_market_and_lets_it_go(staff: LogIn, stall: Stall) -> None:
    browser = staff("ops")
    answer = post(browser, "stop", scope="SZ", key="p-1", **WISH)
    assert answer.headers["location"] == "/staff/switches?said=done"
    html = browser.get(answer.headers["location"]).text
    assert "Done at every counter" in html
    assert "Take orders again · Shenzhen" in html
    assert "Exchange notice 71" in html
    assert "by Ops" in html
    again = post(browser, "stop", scope="SZ", key="p-1", **WISH)
    assert again.status_code == 303
    assert list(stall.brokerage.driver.state.stops) == ["SZ"]
    over = post(browser, "resume", scope="SZ", key="p-2", basis="Exchange notice 72")
    assert over.status_code == 303
    assert "Nothing is stopped" in browser.get("/staff/switches").text


def test_two_people_stop_the_firm(staff: LogIn, stall: Stall) -> None:
    first, second = staff("ops"), staff("second")
    answer = post(first, "stop", scope="all", key="p-3", **WISH)
    assert answer.headers["location"] == "/staff/switches?said=proposed"
    own = first.get("/staff/switches").text
    name = proposal_in(own, "decline")
    assert "you may take it back" in own
    assert f"{name}/agree" not in own
    refused = post(first, f"proposals/{name}/agree")
    assert refused.status_code == 409
    assert "A second person must agree" in refused.text
    assert 'role="alert"' in refused.text
    assert "/agree" not in staff("audit").get("/staff/switches").text
    same = proposal_in(second.get("/staff/switches").text, "agree")
    agreed = post(second, f"proposals/{same}/agree")
    assert agreed.headers["location"] == "/staff/switches?said=done"
    assert list(stall.brokerage.driver.state.stops) == ["all"]
    assert "by Ops · agreed by Second" in first.get("/staff/switches?part=board").text
    assert post(second, "resume", scope="all", key="p-4", basis="Board 8").status_code == 303
    back = proposal_in(first.get("/staff/switches").text, "agree")
    post(first, f"proposals/{back}/agree")
    assert list(stall.brokerage.driver.state.stops) == []


def test_the_gateway_takes_two_and_can_be_taken_back(staff: LogIn, stall: Stall) -> None:
    first = staff("ops")
    answer = post(first, "gateway", gateway="b", key="p-5", **WISH)
    assert answer.headers["location"] == "/staff/switches?said=proposed"
    name = proposal_in(first.get("/staff/switches").text, "decline")
    assert post(first, f"proposals/{name}/decline").headers["location"].endswith("declined")
    assert stall.brokerage.driver.state.gateway == ""
    assert "taken back" in first.get("/staff/switches").text


@pytest.mark.parametrize(
    ("act", "changes", "says"),
    [
        ("stop", {"scope": "symbol", "symbol": "999999.SH"}, "999999.SH"),
        ("stop", {"scope": "SH", "basis": "abc"}, "Name the rule or decision"),
        ("stop", {"scope": "SH", "notice_en": ""}, "both languages"),
        ("resume", {"scope": "BJ"}, "is not stopped"),
        ("gateway", {"gateway": "b", "notice_zh": ""}, "both languages"),
    ],
)
def test_a_refusal_stands_beside_its_form_and_keeps_what_was_typed(
    staff: LogIn, act: str, changes: dict[str, str], says: str
) -> None:
    answer = post(staff("ops"), act, key=f"r-{len(says)}", **(WISH | changes))
    assert answer.status_code in (400, 409)
    assert says in answer.text
    assert 'role="alert"' in answer.text
    if act == "stop" and changes.get("basis") is None:
        assert 'value="Exchange notice 71"' in answer.text


def test_who_may_only_look(staff: LogIn) -> None:
    browser = staff("desk")
    assert "Your role may only look" in browser.get("/staff/switches").text
    for path in ("stop", "resume", "gateway", "proposals/prp_1/agree", "proposals/prp_1/decline"):
        assert post(browser, path, scope="SH", **WISH).status_code == 403
    assert post(staff("ops"), "everything", **WISH).status_code == 404
