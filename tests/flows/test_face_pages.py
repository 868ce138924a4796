"""Every page of the client judged by axe, by width and by weight, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.weigh import weigh
from tests.flows.test_client_pages import (
    DESKTOP,
    PHONE,
    NewPage,
    address,  # noqa: F401
    log_in,
    new_page,  # noqa: F401
)

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
SMALL = (360, 780)
PAGES = (
    "/",
    "/stocks/600519.SH",
    "/market",
    "/orders",
    "/orders?view=history",
    "/orders?view=fills",
    "/assets",
    "/transfer",
    "/me",
    "/settings",
    "/devices",
    "/permissions",
    "/help",
    "/simple",
    "/search?q=60",
    "/watchlists",
)
JUDGE = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => one.id + ' ' + one.nodes.map(node => node.target.join(' ')).join(' | ')))"""
HEAVIEST_KB, MOST_REQUESTS = 180, 30


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    new_page: NewPage,  # noqa: F811
    size: tuple[int, int],
    theme: str,
) -> None:
    page = new_page(size, "zh_CN" if theme == "light" else "en", yq_theme=theme)
    # A figure that tints at this moment would be judged in the colour of the tint.
    page.emulate_media(reduced_motion="reduce")
    log_in(page)
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page.goto(path)
        page.evaluate(AXE.read_text())
        if faults := page.evaluate(JUDGE):
            found[path] = faults
    assert not found


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("elder", ["off", "on"])
def test_every_page_fits_and_speaks(
    new_page: NewPage,  # noqa: F811
    locale: str,
    elder: str,
) -> None:
    page = new_page(SMALL, locale, yq_elder=elder)
    log_in(page)
    for path in PAGES:
        page.goto(path)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, path
        text = page.inner_text("body")
        assert "ui.investor." not in text, path
        assert "market.board." not in text, path


def test_the_first_view_is_light(new_page: NewPage) -> None:  # noqa: F811
    page = new_page(DESKTOP)
    log_in(page)
    found = weigh(page, "/stocks/600519.SH")
    assert found.kb <= HEAVIEST_KB
    assert found.requests <= MOST_REQUESTS
    assert found.blocking == ()


def test_the_keyboard_searches_from_anywhere(new_page: NewPage) -> None:  # noqa: F811
    page = new_page(DESKTOP)
    log_in(page)
    page.goto("/assets")
    page.keyboard.press("/")
    expect(page.locator("#search-dialog input")).to_be_focused()
    page.keyboard.type("6005")
    first = page.locator("#search-found a.instrument").first
    expect(first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("order-ticket")).to_be_attached()
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()


def test_a_refused_ticket_cant_be_sent(new_page: NewPage) -> None:  # noqa: F811
    page = new_page(DESKTOP)
    log_in(page)
    page.goto("/stocks/000001.SZ?price=99.00&qty=100")
    expect(page.locator('[data-slot="price"] .refusal')).to_be_visible()
    expect(page.locator("[data-go]")).to_be_disabled()
    page.fill("#ticket-price", "11.50")
    expect(page.locator("[data-go]")).to_be_enabled()
