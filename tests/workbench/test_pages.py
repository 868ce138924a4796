"""The workbench without a browser: roles, masks, reasons, acts with a basis."""

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
            csrf = token_of(browser.get("/staff/login").text)
            code = pyotp.TOTP(stall.brokerage.totp[name]).at(
                to_ms(stall.brokerage.desk.clock.now()) // 1000
            )
            form = {"csrf": csrf, "login_name": name, "password": PASSWORD, "totp_code": code}
            answer = browser.post("/staff/login", data=form, follow_redirects=False)
            assert answer.status_code == 303, answer.text
        return browsers[name]

    return of


def token_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def case_url(stall: Stall, **more: str) -> str:
    query = {"client": stall.brokerage.clients["linxz"], **more}
    return "/staff?" + "&".join(f"{name}={value}" for name, value in query.items())


def post(browser: Client, path: str, **form: str) -> Any:
    csrf = token_of(browser.get("/staff").text)
    return browser.post(path, data={"csrf": csrf, **form}, follow_redirects=False)


def test_a_client_has_no_business_here(stall: Stall) -> None:
    with TestClient(stall.app, base_url="http://stall.local") as visitor:
        assert (
            visitor.get("/staff", follow_redirects=False)
            .headers["location"]
            .startswith("/staff/login")
        )
        csrf = token_of(visitor.get("/login").text)
        visitor.post("/login", data={"csrf": csrf, "login_name": "linxz", "password": PASSWORD})
        assert visitor.get("/staff", follow_redirects=False).status_code in (302, 303, 403)


def test_the_second_factor_is_asked_for(stall: Stall) -> None:
    with TestClient(stall.app, base_url="http://stall.local") as visitor:
        csrf = token_of(visitor.get("/staff/login").text)
        form = {"csrf": csrf, "login_name": "audit", "password": PASSWORD, "totp_code": "000000"}
        answer = visitor.post("/staff/login", data=form)
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("tab", ["orders", "history", "postings", "looks"])
def test_pages_are_whole_and_strict(stall: Stall, staff: LogIn, locale: str, tab: str) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", locale)
    html = browser.get(case_url(stall, tab=tab)).text
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"\bui\.(workbench|investor)\.", html)
    assert "138****" in html
    assert "13800000000" not in html
    assert "林晓舟" not in html


def test_an_order_opens_to_its_events_in_the_log(stall: Stall, staff: LogIn) -> None:
    browser = staff("ops")
    order = re.search(r"order=(ord_\w+)", browser.get(case_url(stall)).text)
    assert order
    html = browser.get(case_url(stall, order=order[1])).text
    assert re.search(r"counter-0:\d+", html)


def test_postings_name_their_buckets(stall: Stall, staff: LogIn) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", "en")
    html = browser.get(case_url(stall, tab="postings")).text
    assert "Frozen" in html
    assert "counter-0:" in html


def test_searching_finds_by_account(stall: Stall, staff: LogIn) -> None:
    account = stall.brokerage.accounts["zhoums"]
    html = staff("ops").get(f"/staff?part=clients&q={account}", headers={"HX-Request": "true"}).text
    assert account in html
    assert stall.brokerage.accounts["linxz"] not in html
    assert "<html" not in html


def test_seeing_behind_the_mask_needs_a_reason_and_leaves_a_record(
    stall: Stall, staff: LogIn
) -> None:
    browser = staff("ops")
    client = stall.brokerage.clients["linxz"]
    refused = post(browser, f"/staff/clients/{client}/reveal", reason="x")
    assert refused.status_code == 400
    assert "13800000000" not in refused.text
    shown = post(browser, f"/staff/clients/{client}/reveal", reason="客户来电核对手机号")
    assert "13800000000" in shown.text
    looks = browser.get(case_url(stall, tab="looks")).text
    assert "客户来电核对手机号" in looks
    assert "13800000000" not in looks


def test_acts_need_a_basis_take_effect_and_can_be_lifted(stall: Stall, staff: LogIn) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", "en")
    account, client = stall.brokerage.accounts["linxz"], stall.brokerage.clients["linxz"]
    path = f"/staff/accounts/{account}"
    bare = post(browser, f"{path}/restrict", client=client, scope="buy", basis="")
    assert bare.status_code == 400
    assert 'role="alert"' in bare.text
    form = {"client": client, "scope": "buy", "basis_kind": "risk", "basis": "Rule 7.2"}
    unnamed = post(browser, f"{path}/restrict", **(form | {"basis_kind": ""}))
    assert (unnamed.status_code, 'role="alert"' in unnamed.text) == (400, True)
    done = post(browser, f"{path}/restrict", key="r1", **form)
    assert done.status_code == 303
    html = browser.get(done.headers["location"]).text
    assert "The restriction is in force" in html
    assert "Rule 7.2" in html
    assert "Internal risk control" in html
    assert account in browser.get("/staff/restrictions").text
    wanted = post(browser, f"{path}/release", key="r2", **form)
    assert "another person agrees" in browser.get(wanted.headers["location"]).text
    other = staff("second")
    other.cookies.set("yq_lang", "en")
    proposal = re.search(r"/staff/approvals/(prp_\w+)/agree", other.get("/staff/approvals").text)
    assert proposal
    agreed = post(other, f"/staff/approvals/{proposal[1]}/agree")
    assert agreed.headers["location"].endswith("done=done")
    assert account not in browser.get("/staff/restrictions").text


def test_level_2_is_granted_and_ended_with_a_basis(stall: Stall, staff: LogIn) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", "en")
    client = stall.brokerage.clients["zhoums"]
    path = f"/staff/clients/{client}/level"
    bare = post(browser, f"{path}/grant", basis="x")
    assert (bare.status_code, 'role="alert"' in bare.text) == (400, True)
    odd = post(browser, f"{path}/grant", basis="contract 9/2026", until="soon")
    assert odd.status_code == 400
    done = post(browser, f"{path}/grant", basis="contract 9/2026", until="2026-12-31")
    assert done.status_code == 303
    html = browser.get(done.headers["location"]).text
    assert "Level-2" in html
    assert "contract 9/2026" in html
    again = post(browser, f"{path}/grant", basis="contract 10/2026")
    assert again.status_code == 400
    ended = post(browser, f"{path}/end", basis="client asked")
    assert "Level 2 market data ended" in browser.get(ended.headers["location"]).text
    assert post(browser, f"{path}/end", basis="client asked").status_code == 404


def test_a_freeze_beyond_what_is_there_is_refused_beside_its_form(
    stall: Stall, staff: LogIn
) -> None:
    browser = staff("ops")
    account, client = stall.brokerage.accounts["zhoums"], stall.brokerage.clients["zhoums"]
    form = {"client": client, "key": "f1", "asset": "CNY", "basis": "协助冻结"}
    form |= {"basis_kind": "judicial", "document": "(2026)沪01执123号", "authority": "上海一中院"}
    refused = post(browser, f"/staff/accounts/{account}/freeze", amount="99999999", **form)
    assert refused.status_code == 409
    assert 'role="alert"' in refused.text
    done = post(
        browser, f"/staff/accounts/{account}/freeze", amount="1,000.00", **(form | {"key": "f2"})
    )
    assert done.status_code == 303
    assert done.headers["location"].endswith("done=proposed")
    queue = staff("second").get("/staff/approvals").text
    assert "(2026)沪01执123号" in queue


def test_who_may_not_act_is_told_so(stall: Stall, staff: LogIn) -> None:
    browser = staff("desk")
    browser.cookies.set("yq_lang", "en")
    html = browser.get(case_url(stall)).text
    assert "Your role may not restrict" in html
    account = stall.brokerage.accounts["linxz"]
    assert f"/{account}/restrict" not in html
    assert (
        post(
            browser, f"/staff/accounts/{account}/restrict", scope="buy", basis="Rule 7.2"
        ).status_code
        == 403
    )
    assert "open to risk and audit only" in browser.get(case_url(stall, tab="looks")).text


def test_the_counters_health_is_on_the_page(staff: LogIn) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", "en")
    html = browser.get("/staff").text
    assert "Balanced" in html
    assert "Unbalanced assets" in html
    assert "order.price_above_limit" in html
