"""The main job on the whole brokerage as `make run` starts it, in Chromium, over a restart."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.whole]

SCREENSHOTS = Path(__file__).parent / "screenshots"
PHONE, DESKTOP = (390, 844), (1440, 1000)
SLOW_START_S = 120
SLOW_STOP_S = 60
START = "import sys; from yunquan.app.cli import main; sys.exit(main(['up']))"
# A night and a lunch take real seconds on the simulated clock; an order waits for them.
UNTIL_FILLED_MS = 90_000


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """The brokerage from its start until it has drained after Ctrl-C."""
    environment = {**os.environ, "YUNQUAN_PORT": str(port), "YUNQUAN_DATA": str(folder)}
    log = (folder / "up.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-c", START], env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(SLOW_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            log.close()


def wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SLOW_START_S
    while True:
        assert process.poll() is None, "the brokerage ended before it served"
        try:
            urllib.request.urlopen(f"{url}/health", timeout=2).close()
            return
        except (OSError, urllib.error.HTTPError):
            assert time.monotonic() < deadline, "not healthy in time"
            time.sleep(0.5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


def page_of(browser: Browser, url: str, size: tuple[int, int], locale: str) -> Page:
    context = browser.new_context(
        base_url=url, viewport={"width": size[0], "height": size[1]}, has_touch=size == PHONE
    )
    context.add_cookies([{"name": "yq_lang", "value": locale, "url": url}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def log_in(page: Page, name: str, password: str) -> None:
    page.goto("/login")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click(".go")
    page.wait_for_url(re.compile(r"/$"))


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def order(page: Page, price: str, qty: str) -> None:
    """Fill the ticket and confirm it."""
    page.fill("#ticket-price", price)
    page.fill("#ticket-qty", qty)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("[data-go]").click()
        page.locator("[data-yes]").click()


def buy_and_be_filled(page: Page, size: tuple[int, int], name: str) -> None:
    """One per cent above the last price, inside the cage, a buy takes what is offered."""
    page.goto("/stocks/000001.SZ")
    if size == PHONE:
        page.locator(".trade-bar .buy").click()
    last = page.locator(".quote-sheet .px").first.inner_text().replace(",", "")
    order(page, f"{float(last) * 1.01:.2f}", "100")
    expect(page.locator('[data-result="taken"]')).to_be_visible()
    row = page.locator("#own-orders tr[data-state]").first
    expect(row).to_have_attribute("data-state", "filled", timeout=UNTIL_FILLED_MS)
    shoot(page, f"{name}-filled")
    page.goto("/assets")
    expect(page.locator(".positions .why")).to_contain_text("T+1")
    shoot(page, f"{name}-assets")


def cancel_one(page: Page, size: tuple[int, int], name: str) -> None:
    page.goto("/stocks/000001.SZ")
    if size == PHONE:
        page.locator(".trade-bar .buy").click()
    order(page, limit_down(page), "100")
    if size == PHONE:
        page.locator("[data-close]").click()
    row = page.locator("#own-orders tr[data-state]").first
    expect(row).to_have_attribute("data-state", "sent", timeout=UNTIL_FILLED_MS)
    row.locator(".c-act button").click()
    expect(row).to_have_attribute("data-state", "cancelled", timeout=UNTIL_FILLED_MS)
    shoot(page, f"{name}-cancelled")


def see_a_refusal(page: Page, size: tuple[int, int], name: str) -> None:
    page.goto("/stocks/000001.SZ")
    if size == PHONE:
        page.locator(".trade-bar .buy").click()
    top = limit_up(page)
    page.fill("#ticket-price", f"{float(top) + 1:.2f}")
    page.fill("#ticket-qty", "100")
    # The rule and its number stand beside the price, and what would be refused can't be sent.
    expect(page.locator('[data-slot="price"]')).to_contain_text(top)
    expect(page.locator("[data-go]")).to_be_disabled()
    shoot(page, f"{name}-refused")


def limit_up(page: Page) -> str:
    return page.locator(".quote-sheet .facts dd").nth(6).inner_text().replace(",", "")


def limit_down(page: Page) -> str:
    return page.locator(".quote-sheet .facts dd").nth(7).inner_text().replace(",", "")


def pay_in(page: Page, amount: str, name: str) -> None:
    page.goto("/transfer")
    page.fill("#amount", amount)
    if page.locator("#bank-password").is_visible():
        page.fill("#bank-password", "135724")
    page.locator("form.ticket .go").click()
    expect(page.locator('[data-result="posted"]')).to_be_visible()
    shoot(page, f"{name}-paid-in")


def test_the_main_job_at_two_widths_in_two_languages(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    people = [
        ("newcomer", "yunquan-demo-2", PHONE, "zh_CN"),
        ("demo", "yunquan-demo-1", DESKTOP, "en"),
    ]
    with running(tmp_path, port) as url:
        for login, password, size, locale in people:
            name = f"{'phone' if size == PHONE else 'desktop'}-{locale}"
            page = page_of(browser, url, size, locale)
            log_in(page, login, password)
            pay_in(page, "20,000", name)
            buy_and_be_filled(page, size, name)
            cancel_one(page, size, name)
            see_a_refusal(page, size, name)
            page.context.close()
    with running(tmp_path, port) as url:
        page = page_of(browser, url, DESKTOP, "zh_CN")
        log_in(page, "newcomer", "yunquan-demo-2")
        page.goto("/orders?view=history")
        expect(page.locator("tr[data-state='filled']")).to_have_count(1)
        expect(page.locator("tr[data-state='cancelled']")).to_have_count(1)
        # What would be refused couldn't be sent, so no order was made of it.
        expect(page.locator("tr[data-state='rejected']")).to_have_count(0)
        page.goto("/assets")
        expect(page.locator(".positions")).to_contain_text("000001.SZ")
        page.context.close()
