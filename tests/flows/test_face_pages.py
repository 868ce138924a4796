"""Every page there is judged by axe, by width and by its words, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.weigh import weigh
from tests.flows.test_client_pages import (
    DESKTOP,
    NewPage,
    address,  # noqa: F401
    log_in,
    new_page,  # noqa: F401
)
from tests.flows.walk import WALKERS, Walker, furnished
from tests.flows.walk import log_in as log_in_at

pytestmark = pytest.mark.browser

HEAVIEST_KB, MOST_REQUESTS = 180, 30


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[str, dict[str, str]]]:
    with furnished() as found:
        yield found


@pytest.mark.parametrize(("name", "who"), WALKERS.items(), ids=WALKERS.values())
def test_every_page_is_fit_to_be_read(
    browser: Browser, house: tuple[str, dict[str, str]], name: str, who: str
) -> None:
    """Two widths, two languages, two themes: axe, the width, the console, the texts."""
    url, secrets = house
    page = log_in_at(browser, url, name, secrets.get(name, ""))
    walker = Walker(page)
    walker.walk(who)
    page.context.close()
    assert walker.faults == {}


def test_every_page_fits_in_the_larger_type(
    browser: Browser, house: tuple[str, dict[str, str]]
) -> None:
    page = log_in_at(browser, house[0], "linxz")
    walker = Walker(page)
    walker.walk_as_elder()
    page.context.close()
    assert walker.faults == {}


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


def test_the_list_is_sorted_by_the_keyboard_and_says_so(
    browser: Browser, house: tuple[str, dict[str, str]]
) -> None:
    page = log_in_at(browser, house[0], "linxz")
    page.goto("/market")
    head = page.locator("table.listed thead th")
    expect(page.locator("th[aria-sort]")).to_have_count(0)
    head.nth(1).locator("a").focus()
    page.keyboard.press("Enter")
    expect(head.nth(1)).to_have_attribute("aria-sort", "descending")
    expect(page.locator("table.listed tbody tr").first).to_contain_text("000871.SH")
    head.nth(1).locator("a").focus()
    page.keyboard.press("Enter")
    expect(head.nth(1)).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("table.listed tbody tr").first).to_contain_text("518880.SH")
    page.locator(".industry", has_text="Chips").click()
    expect(page.locator("#listed-title")).to_contain_text("Chips")
    expect(page.locator("table.listed tbody tr")).to_have_count(2)
    page.context.close()
