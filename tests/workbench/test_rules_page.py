"""The page of rules: what a member of staff sees of an instrument on a day, and the same over the
API.
"""

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
from yunquan.market.rules.explain import GROUPS

Page = Callable[..., tuple[int, str]]
MAIN = "600519.SH"


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Stall:
    return make_stall(tmp_path_factory.mktemp("stall"))


@pytest.fixture(scope="module")
def browser(stall: Stall) -> TestClient[Litestar]:
    """A member of staff who only looks."""
    made = TestClient(stall.app, base_url="http://stall.local")
    found = re.search(r'name="csrf" value="([^"]+)"', made.get("/staff/login").text)
    assert found
    seconds = to_ms(stall.brokerage.desk.clock.now()) // 1000
    code = pyotp.TOTP(stall.brokerage.totp["audit"]).at(seconds)
    form = {"login_name": "audit", "password": PASSWORD, "totp_code": code, "csrf": found[1]}
    assert made.post("/staff/login", data=form, follow_redirects=False).status_code == 303
    return made


@pytest.fixture
def page(browser: TestClient[Litestar]) -> Page:
    def get(locale: str = "zh_CN", **query: str) -> tuple[int, str]:
        browser.cookies.set("yq_lang", locale)
        answer = browser.get("/staff/rules", params=query)
        return answer.status_code, answer.text

    return get


def rows(html: str) -> dict[str, str]:
    """Label -> value and basis, as text."""
    found = re.findall(r'<th scope="row">([^<]+)</th>(.*?)</tr>', html, re.DOTALL)
    return {label: " ".join(re.sub(r"<[^>]+>", " ", rest).split()) for label, rest in found}


def test_clients_stay_outside(stall: Stall) -> None:
    with TestClient(stall.app, base_url="http://stall.local") as visitor:
        answer = visitor.get("/staff/rules", follow_redirects=False)
        assert answer.headers["location"].startswith("/staff/login")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("symbol", [MAIN, "510300.SH", "123100.SZ", "102000.SZ", "920002.BJ", ""])
def test_pages_are_whole_and_strict(page: Page, locale: str, symbol: str) -> None:
    status, html = page(locale, symbol=symbol)
    assert status == 200
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r">\s*(?:ui|market)\.[a-z_.]+", html), "a text is missing"
    assert len(rows(html)) == (len(" ".join(GROUPS.values()).split()) if symbol else 0)


def test_a_rule_stands_with_value_source_and_certainty(page: Page) -> None:
    found = rows(page(symbol=MAIN)[1])
    assert found["涨跌幅限制"] == "±10% 已核实 1996-12-16 起 V:S1"
    assert found["买入最少"].startswith("100 股 已核实")
    assert found["佣金"].startswith("0.025% 本公司设定")
    assert found["盘后定价单上限"].startswith("1,000,000 股 待确认")
    assert found["单日买入上限"] == "无 当日没有此项规则"


def test_the_change_is_told_before_it_comes(page: Page) -> None:
    before, after = (page("en", symbol="510300.SH", day=day)[1] for day in DAYS)
    assert "From 2026-07-06: 13:00–14:57 Trading; 14:57–15:00 Closing auction" in before
    assert "13:00–15:00" in before
    assert "From 2026-07-06" not in after
    assert "14:57–15:00" in after


DAYS = ("2026-07-03", "2026-07-06")


def test_a_fund_says_what_it_follows(page: Page) -> None:
    found = rows(page("en", symbol="508000.SH")[1])
    assert found["Tick"].endswith("No rule of its own (REIT); follows: Equity ETF")
    assert "follows" not in found["Price limit"]


def test_what_is_published_is_not_in_force(page: Page) -> None:
    html = page("en", symbol="920002.BJ", day="2026-10-19")[1]
    assert rows(html)["After-hours fixed price"] == "None No such rule on this day"
    assert "Published, not yet in force: 15:00–15:05" in html


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-07-13", "Trading day"),
        ("2026-10-01", "Closed"),
        ("2026-10-10", "Banks only"),
        ("2027-01-04", "Beyond the calendar"),
    ],
)
def test_the_kind_of_the_day(page: Page, day: str, kind: str) -> None:
    assert kind in page("en", symbol=MAIN, day=day)[1]


def test_limit_prices_on_the_announced_day_only(page: Page) -> None:
    assert "1636.80" in page(symbol=MAIN)[1]
    assert "1636.80" not in page(symbol=MAIN, day="2026-07-14")[1]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"symbol": "900901.SH"}, "900901.SH"),
        ({"symbol": "<b>"}, "&lt;B&gt;"),
        ({"symbol": MAIN, "day": "2026-13-01"}, "2026-13-01"),
    ],
)
def test_nonsense_is_answered_in_words(page: Page, query: dict[str, str], words: str) -> None:
    status, html = page(**query)
    assert status == 400
    assert words in html
    assert 'role="alert"' in html


def test_the_list_alone_while_typing(browser: TestClient[Litestar]) -> None:
    query = {"part": "instruments", "q": "688981"}
    html = browser.get("/staff/rules", params=query, headers={"hx-request": "true"}).text
    assert "<html" not in html
    assert re.findall(r"symbol=([0-9]{6}\.[A-Z]{2})", html) == ["688981.SH"]


# --- the same over the API ------------------------------------------------------------------------


def api(browser: TestClient[Litestar], path: str, **query: str) -> Any:
    return browser.get(f"/api/v1{path}", params=query)


def test_rules_over_the_api(browser: TestClient[Litestar]) -> None:
    browser.cookies.set("yq_lang", "en")
    sheet = api(browser, "/market/rules", symbol=MAIN, day="2026-07-03").json()
    by_rule = {line["rule"]: line for line in sheet["rules"]}
    assert by_rule["price_limit_bp"]["value"] == 1_000
    assert by_rule["after_hours"]["next_on"] == "2026-07-06"
    assert (sheet["kind_of_day"], sheet["days_left"]) == ("trading", 123)
    closing = next(phase for phase in sheet["phases"] if phase["name"] == "closing_call")
    assert (closing["takes"], closing["cancels"]) == (["limit"], [])
    assert api(browser, "/market/rules", symbol=MAIN).json()["trading_day"] == "2026-07-13"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"symbol": "900901.SH"}, "market.unknown_board"),
        ({"symbol": "x"}, "market.malformed_symbol"),
        ({"symbol": MAIN, "day": "yesterday"}, "market.malformed_day"),
    ],
)
def test_nonsense_over_the_api(
    browser: TestClient[Litestar], query: dict[str, str], code: str
) -> None:
    answer = api(browser, "/market/rules", **query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_calendar_over_the_api(browser: TestClient[Litestar]) -> None:
    browser.cookies.set("yq_lang", "en")
    found = api(browser, "/market/calendar", first="2026-10-08", last="2026-10-12").json()
    kinds = {item["day"]: item["kind"] for item in found["items"]}
    assert kinds == {
        "2026-10-08": "trading",
        "2026-10-09": "trading",
        "2026-10-10": "bank_only",
        "2026-10-12": "trading",
    }
    assert (found["today"], found["days_left"], found["warning"]) == ("2026-07-13", 117, "")
    assert len(api(browser, "/market/calendar").json()["items"]) == 24
    long = api(browser, "/market/calendar", first="2004-01-01", last="9999-12-31").json()
    assert long["items"][-1]["day"] < "2005-03-01"
    bad = api(browser, "/market/calendar", first="2026-02-30")
    assert bad.json()["code"] == "market.malformed_day"
