"""A newcomer's walk from the front page to a statement, by what the pages show and nothing else.

One address is typed, the front page's; every step is a visible link, button or field by its name.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.flows.test_main_job import DESKTOP, PHONE, free_port, running, shoot
from yunquan.app.locale import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.whole]

# A trading day in about a minute and a half.
FAST = {
    "YUNQUAN_SPEED": "240",
    "YUNQUAN_DEMO_CROWD": "0",
    "YUNQUAN_WORLD_UNIVERSE": "none",
    "YUNQUAN_WORLD_PAUSES": "pre_open=2,opening_call=2,opening_call_locked=1,opening_gap=1,lunch=2,"
    "closing_call=2,after_hours_entry=1,after_hours=2,closed=8",
}
UNTIL_FILLED_MS = 120_000
UNTIL_CLEARED_S = 240
TEXTS = catalogue()
# What anybody may buy, without a permission of its own.
MAIN_BOARD = r"(?:60\d{4}\.SH|00\d{4}\.SZ)"
DEAREST = "600519"


class Walker:
    """Somebody who reads a page and takes what it offers."""

    def __init__(self, page: Page, locale: str, *, phone: bool) -> None:
        self.page = page
        self.locale = locale
        self.phone = phone
        self.name = f"walk-{'phone' if phone else 'desktop'}-{locale}"

    def say(self, code: str, **facts: Any) -> str:
        return TEXTS.text(code, self.locale, **facts)

    def seen(self, found: Locator) -> Locator:
        """The first of them that is visible: what isn't, nobody can take."""
        chosen = found.locator("visible=true").first
        expect(chosen).to_be_visible()
        return chosen

    def follow(self, code: str) -> None:
        """A link of this name."""
        self.seen(self.page.get_by_role("link", name=self.say(code), exact=True)).click()

    def press(self, code: str) -> None:
        self.seen(self.page.get_by_role("button", name=self.say(code), exact=True)).click()

    def fill(self, code: str, text: str, **facts: Any) -> None:
        self.seen(self.page.get_by_label(self.say(code, **facts))).fill(text)

    def shoot(self, name: str) -> None:
        shoot(self.page, f"{self.name}-{name}")

    # --- the walk ---

    def come_in(self, url: str, login: str) -> str:
        """The front page asks who it is; a demonstration names its logins. The bank's password."""
        page = self.page
        page.goto(url)
        if self.locale == "en":
            self.seen(page.get_by_role("button", name="EN", exact=True)).click()
        offered = self.seen(page.get_by_role("button").filter(has_text=re.compile(rf"^{login}\b")))
        told = re.findall(r"\d{6}", offered.inner_text())
        self.shoot("1-door")
        offered.click()
        self.press("ui.investor.login.go")
        expect(page.locator("h1").first).to_be_attached()
        self.shoot("2-front")
        return told[-1]

    def pay_in(self, password: str) -> None:
        self.follow("ui.investor.nav.assets")
        self.shoot("3-assets")
        self.follow("ui.investor.transfer.in")
        self.wait_for_the_bank()
        self.fill("ui.investor.transfer.amount", "30000")
        asked = self.page.get_by_label(self.say("ui.investor.transfer.bank_password"))
        if asked.is_visible():
            asked.fill(password)
        self.press("ui.investor.transfer.go")
        done = self.say("ui.investor.transfer.moved_in", amount="30,000.00")
        expect(self.page.get_by_text(done)).to_be_visible()
        self.shoot("4-paid-in")

    def wait_for_the_bank(self) -> None:
        """Some banks keep hours, and the page says when they open."""
        until = time.monotonic() + UNTIL_CLEARED_S
        while not self.page.get_by_text(self.say("ui.investor.transfer.open_now")).count():
            assert time.monotonic() < until, "the bank never opens"
            self.page.wait_for_timeout(1_000)
            self.page.reload()

    def buy(self) -> str:
        """The first stock of the market; its name."""
        page = self.page
        self.follow("ui.investor.nav.market")
        # Not the one that a hundred shares of cost more than was paid in, wherever it ranks.
        listed = page.get_by_role("link").filter(has_text=re.compile(MAIN_BOARD))
        link = self.seen(listed.filter(has_not_text=DEAREST))
        self.shoot("5-market")
        symbol = re.findall(MAIN_BOARD, link.inner_text())[0]
        link.click()
        page.wait_for_url(re.compile(symbol))
        self.shoot("6-stock")
        if self.phone:
            self.press("ui.investor.buy")
        last = self.seen(page.locator(".px")).inner_text().replace(",", "")
        self.fill("ui.investor.ticket.limit_price", f"{float(last) * 1.01:.2f}")
        self.seen(page.get_by_label(re.compile(self.quantity()))).fill("100")
        self.shoot("7-ticket")
        self.seen(page.locator("[data-go]")).click()
        self.press("ui.investor.confirm.yes")
        self.follow("ui.investor.result.follow")
        filled = self.say("state.filled")
        expect(page.get_by_text(filled, exact=True).first).to_be_visible(timeout=UNTIL_FILLED_MS)
        self.shoot("8-filled")
        return symbol

    def quantity(self) -> str:
        return re.escape(
            self.say("ui.investor.ticket.quantity_in", unit="").strip().rstrip("()（）")
        )

    def read_statement(self, symbol: str) -> None:
        """The day's statement, provisional until the day end has cleared it; then its PDF."""
        page = self.page
        self.follow("ui.investor.nav.assets")
        self.follow("ui.investor.statements.title")
        self.shoot("9-statements")
        self.wait_for_the_day_end(symbol)
        self.shoot("10-statement")
        with page.expect_download() as coming:
            self.follow("ui.investor.statements.pdf")
        assert Path(coming.value.path()).read_bytes().startswith(b"%PDF")

    def wait_for_the_day_end(self, symbol: str) -> None:
        """Look again at the list until the newest day that is final tells of the purchase."""
        page, until = self.page, time.monotonic() + UNTIL_CLEARED_S
        provisional = self.say("ui.investor.statements.none_yet")
        days = page.get_by_role("region", name=self.say("ui.investor.statements.days")).or_(
            page.locator("section").filter(has_text=self.say("ui.investor.statements.days")).last
        )
        while True:
            final = days.get_by_role("row").filter(has_not_text=provisional)
            if final.count():
                final.first.get_by_role("link").first.click()
                if page.get_by_text(symbol).count():
                    return
                page.go_back()
            assert time.monotonic() < until, "no final statement tells of the purchase"
            page.wait_for_timeout(2_000)
            page.reload()


def test_from_the_front_page_to_a_statement(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them, on one day of one brokerage: at its end each has a statement."""
    for name, value in FAST.items():
        monkeypatch.setenv(name, value)
    with running(tmp_path, free_port()) as url:
        bought: list[tuple[Walker, str]] = []
        for login, size, locale in (("newcomer", PHONE, "zh_CN"), ("demo", DESKTOP, "en")):
            phone = size == PHONE
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, has_touch=phone, locale="zh-CN"
            )
            page = context.new_page()
            page.set_default_timeout(30_000)
            walker = Walker(page, locale, phone=phone)
            walker.pay_in(walker.come_in(url, login))
            bought.append((walker, walker.buy()))
        for walker, symbol in bought:
            walker.read_statement(symbol)
            walker.page.context.close()
