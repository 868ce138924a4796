"""A client's day in a real browser, at two widths and in two languages, against the stall."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.walk import DESKTOP, PHONE, ROOT, wait_until_serving

pytestmark = pytest.mark.browser

PASSWORD = "correct-Horse-7"
CASH_PASSWORD = "246813"

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The stall in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.investor.stall", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_serving(url, process)
        yield url
    finally:
        # Nothing is lost with it, and open streams would make a polite end wait.
        process.kill()
        process.wait()


@pytest.fixture
def new_page(browser: Browser, address: str) -> Iterator[NewPage]:
    """Pages that fail the test when the console complains: the policy's violations show there."""
    complaints: list[str] = []
    contexts = []

    def open_page(size: tuple[int, int] = DESKTOP, locale: str = "zh_CN", **looks: str) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=address,
            has_touch=size == PHONE,
        )
        contexts.append(context)
        for name, value in {"yq_lang": locale, **looks}.items():
            context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda note: complaints.append(note.text) if note.type == "error" else None
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def log_in(page: Page, name: str = "linxz") -> None:
    page.goto("/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click(".go")
    page.wait_for_url(re.compile(r"/$"))


def confirm(page: Page) -> None:
    page.locator("[data-go]").click()
    expect(page.locator("dialog.confirm")).to_be_visible()
    page.locator("[data-yes]").click()


@pytest.mark.parametrize(
    ("size", "locale"), [(DESKTOP, "zh_CN"), (PHONE, "en"), (DESKTOP, "en"), (PHONE, "zh_CN")]
)
def test_from_a_tap_to_a_cancel(new_page: NewPage, size: tuple[int, int], locale: str) -> None:
    """Open a stock, set the ticket, confirm, see the order live, cancel it."""
    page = new_page(size, locale)
    log_in(page)
    page.goto("/stocks/000001.SZ")
    if size == PHONE:
        expect(page.locator("#ticket")).not_to_be_visible()
        page.locator(".trade-bar .buy").click()
    expect(page.locator("#ticket")).to_be_visible()
    page.fill("#ticket-price", "11.00")
    page.fill("#ticket-qty", "100")
    page.locator('[data-step-of="qty"][data-by="1"]').click()
    expect(page.locator("#ticket-qty")).to_have_value("200")
    page.locator('[data-step-of="price"][data-by="-1"]').click()
    expect(page.locator("#ticket-price")).to_have_value("10.99")
    expect(page.locator("#estimate .sums")).to_contain_text("2,198.00")
    confirm(page)
    expect(page.locator('[data-result="taken"]')).to_be_visible()
    sent = {"zh_CN": "已报", "en": "Working"}[locale]
    expect(page.locator('[data-result="taken"] .pill')).to_have_text(sent)
    if size == PHONE:
        page.locator("order-ticket [data-close]").click()
    row = page.locator("#own-orders tr", has_text="10.99").first
    expect(row).to_contain_text(sent)
    row.locator(".c-act button").click()
    ended = {"zh_CN": re.compile("撤"), "en": re.compile("[Cc]ancel")}[locale]
    expect(row.locator(".c-state")).to_contain_text(ended)


def test_a_refusal_names_its_rule_beside_the_price(new_page: NewPage) -> None:
    page = new_page()
    log_in(page)
    page.goto("/stocks/000001.SZ")
    page.fill("#ticket-price", "99.00")
    expect(page.locator('[data-slot="price"]')).to_contain_text("12.65")
    expect(page.locator("#ticket-price")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-go]")).to_be_disabled()
    page.fill("#ticket-price", "11.20")
    expect(page.locator("[data-go]")).to_be_enabled()


def test_a_level_of_the_book_fills_the_price(new_page: NewPage) -> None:
    page = new_page()
    log_in(page)
    page.goto("/stocks/600519.SH")
    level = page.locator('order-book tr[data-side="bid"][data-level="4"] button')
    level.click()
    price = page.locator("#ticket-price").input_value()
    assert abs(float(price) - float(level.get_attribute("data-price") or "0")) < 2


def test_the_keyboard_is_enough(new_page: NewPage) -> None:
    page = new_page()
    log_in(page)
    page.goto("/stocks/000001.SZ")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("stxx")
    expect(page.locator("#instruments .instrument")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator('input[name="side"][value="sell"]')).to_be_checked()
    expect(page.locator("#ticket-price")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator('input[name="side"][value="buy"]')).to_be_checked()


def test_figures_move_and_a_break_is_told(new_page: NewPage) -> None:
    page = new_page()
    log_in(page)
    page.goto("/stocks/600519.SH")
    price = page.locator(".quote-sheet .px")
    before = price.text_content() or ""
    expect(price).not_to_have_text(before, timeout=20_000)
    clock = page.locator(".sim time")
    at = clock.text_content() or ""
    expect(clock).not_to_have_text(at)


def test_one_stream_a_page(new_page: NewPage) -> None:
    page = new_page()
    log_in(page)
    streams: list[str] = []
    page.on(
        "request",
        lambda request: streams.append(request.url) if "/stream?" in request.url else None,
    )
    page.goto("/stocks/600519.SH")
    page.wait_for_timeout(1500)
    # The page before may open its own as it ends: it is of another instrument.
    assert len([url for url in streams if "minutes%3A600519.SH" in url]) == 1, streams


def test_money_in_and_out(new_page: NewPage) -> None:
    page = new_page(PHONE)
    log_in(page)
    page.goto("/transfer")
    page.fill("#amount", "1,234.50")
    page.fill("#bank-password", "135724")
    page.locator("form.ticket .go").click()
    expect(page.locator('[data-result="posted"]')).to_contain_text("1,234.50")
    expect(page.locator("#transfer-list li").first).to_contain_text("+1,234.50")
    page.goto("/transfer?direction=out")
    page.fill("#amount", "4999999")
    page.fill("#cash-password", CASH_PASSWORD)
    page.locator("form.ticket .go").click()
    expect(page.locator('[data-result="refused"]')).to_be_visible()


def test_looks_are_kept(new_page: NewPage) -> None:
    page = new_page(PHONE)
    log_in(page)
    page.goto("/settings")
    page.locator('button[value="dark"]').click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator('button[value="green-up"]').click()
    expect(page.locator("html")).to_have_attribute("data-market", "intl")
    page.locator('.choice button[value="en"]').click()
    expect(page.locator("h1.title")).to_have_text("Settings")
