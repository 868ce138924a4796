"""An exceptional day in real browsers: two of staff stop the firm while a client looks on."""

from __future__ import annotations

import ast
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.test_client_pages import PASSWORD
from tests.flows.walk import ROOT, wait_until_serving

pytestmark = pytest.mark.browser

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 1000}


@dataclass
class House:
    """The stall in a process of its own, and the secrets of its staff."""

    address: str
    secrets: dict[str, str]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.investor.stall", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout
        told = process.stdout.readline().decode().removeprefix("staff ")
        address = f"http://127.0.0.1:{port}"
        wait_until_serving(address, process)
        yield House(address, ast.literal_eval(told))
    finally:
        process.kill()
        process.wait()


def visit(
    browser: Browser, house: House, name: str, size: dict[str, int], locale: str = "en"
) -> Page:
    """A logged-in browser of somebody."""
    context = browser.new_context(
        viewport=size,
        base_url=house.address,
        has_touch=size == PHONE,  # pyright: ignore[reportArgumentType]
    )
    context.add_cookies([{"name": "yq_lang", "value": locale, "url": house.address}])
    page = context.new_page()
    staff = name in house.secrets
    page.goto("/staff/login" if staff else "/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    if staff:
        page.fill("#code", pyotp.TOTP(house.secrets[name]).now())
    page.click(".go")
    page.wait_for_url(re.compile(r"/staff$" if staff else r"/$"))
    return page


def test_two_stop_the_firm_and_a_client_reads_why(browser: Browser, house: House) -> None:
    client = visit(browser, house, "linxz", PHONE)
    client.goto("/stocks/000001.SZ")
    client.locator(".trade-bar .buy").click()
    expect(client.locator("#notices .notice")).to_have_count(0)
    first, second = (visit(browser, house, name, DESKTOP) for name in ("ops", "second"))

    first.goto("/staff/switches")
    first.get_by_text("Stop taking orders", exact=True).click()
    first.locator(".choices .whole").click()
    expect(first.locator("#stop-symbol")).to_be_hidden()
    first.fill("#stop-basis", "Board decision 7")
    first.locator(".if-whole").click()
    expect(first.locator('[role="status"].note')).to_contain_text("a second person must agree")
    expect(first.locator(".proposal.open")).to_contain_text("you may take it back")

    second.goto("/staff/switches")
    second.get_by_text("Agree and carry out").click()
    expect(second.locator(".in-force")).to_contain_text("by Ops · agreed by Second")
    # The first one's page learns it by itself, and so does the client's.
    expect(first.locator(".in-force")).to_contain_text("Whole firm", timeout=10_000)
    expect(client.locator("#notices .notice")).to_contain_text("New orders not taken · Whole firm")
    expect(client.locator('[data-slot="order"]')).to_contain_text("No new orders for now")

    first.locator(".in-force a").click()
    first.fill("#resume-all", "Board decision 8")
    first.locator("details[open] button").click()
    second.goto("/staff/switches")
    second.get_by_text("Agree and carry out").click()
    expect(second.get_by_text("Nothing is stopped")).to_be_visible()
    expect(client.locator("#notices .notice")).to_have_count(0, timeout=10_000)
    expect(client.locator('[data-slot="order"]')).to_be_empty()
    for page in (client, first, second):
        page.context.close()


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh_CN"), (DESKTOP, "en")])
def test_kinds_of_orders_by_the_keyboard(
    browser: Browser, house: House, size: dict[str, int], locale: str
) -> None:
    page = visit(browser, house, "linxz", size, locale)
    page.goto("/stocks/000001.SZ")
    if size == PHONE:
        page.locator(".trade-bar .buy").click()
    kind, price = page.locator("#ticket-kind"), page.locator("#ticket-price")
    expect(price).to_be_enabled()
    before = price.input_value()
    about = page.locator("[data-kind-about]").text_content() or ""
    kind.select_option("own_best")
    expect(price).to_be_disabled()
    expect(price).to_have_value("")
    expect(page.locator("[data-kind-about]")).not_to_have_text(about)
    expect(page.locator('#estimate[data-takes="yes"]')).to_be_attached()
    page.locator("[data-go]").click()
    chosen = {"zh_CN": "本方最优", "en": "Own side's best"}[locale]
    expect(page.locator('dialog [data-say="kind"]')).to_contain_text(chosen)
    page.keyboard.press("Escape")
    kind.select_option("limit")
    expect(price).to_be_enabled()
    expect(price).to_have_value(before)
    # A quarter of what can be had, never below the smallest order.
    page.locator('[data-part="4"]').click()
    expect(page.locator("#ticket-qty")).to_have_value(re.compile(r"^[1-9]\d*00$"))
    page.context.close()


def test_switches_fit_a_phone(browser: Browser, house: House) -> None:
    page = visit(browser, house, "audit", PHONE)
    for locale in ("en", "zh_CN"):
        page.context.add_cookies([{"name": "yq_lang", "value": locale, "url": house.address}])
        page.goto("/staff/switches")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.context.close()
