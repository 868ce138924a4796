"""Every page there is judged by axe, by width and by its words, in a real browser."""

from __future__ import annotations

import re
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

FOCUSED = """() => { const at = document.activeElement;
  return at.hasAttribute('data-go') ? 'go' : at.id || at.ariaLabel || at.textContent }"""
# Whether whoever uses the keyboard sees where they are.
OUTLINED = """() => { const look = getComputedStyle(document.activeElement);
  return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0 }"""
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
    page.wait_for_load_state()
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


def test_a_ticket_without_a_connection_says_so_itself(
    browser: Browser, house: tuple[str, dict[str, str]]
) -> None:
    page = log_in_at(browser, house[0], "linxz")
    page.goto("/stocks/000001.SZ")
    expect(page.locator("#estimate .sums")).to_be_visible()
    page.route(re.compile(r"/stocks/000001\.SZ"), lambda route: route.abort("internetdisconnected"))
    page.fill("#ticket-price", "11.00")
    expect(page.locator('[data-slot="order"] .refusal')).to_contain_text("not reckoned")
    expect(page.locator("#estimate")).to_have_class(re.compile("stale"))
    page.locator("[data-go]").click()
    expect(page.locator("dialog.confirm")).to_be_visible()
    # What is confirmed shows no sums that are another order's.
    expect(page.locator('dialog [data-say="estimate"] dd')).to_have_count(0)
    key = page.locator('form.ticket input[name="key"]').input_value()
    page.locator("[data-yes]").click()
    expect(page.locator("#ticket-result .refusal")).to_contain_text("still the same order")
    assert page.locator('form.ticket input[name="key"]').input_value() == key
    page.unroute(re.compile(r"/stocks/000001\.SZ"))
    page.locator("[data-go]").click()
    page.locator("[data-yes]").click()
    expect(page.locator('[data-result="taken"]')).to_be_visible()
    page.context.close()


def test_the_ticket_is_walked_by_the_keyboard_alone(
    browser: Browser, house: tuple[str, dict[str, str]]
) -> None:
    page = log_in_at(browser, house[0], "linxz")
    page.goto("/stocks/000001.SZ")
    page.keyboard.press("b")
    expect(page.locator("#ticket-price")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("11.20")
    seen: list[str] = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        assert page.evaluate(OUTLINED), seen
        if seen[-1] == "go":
            break
    # Past the steppers, the quantity and its parts, to the button; and nothing else between.
    assert seen[-1] == "go", seen
    assert "ticket-qty" in seen
    expect(page.locator('#estimate[data-takes="yes"]:not(.stale)')).to_be_attached()
    page.keyboard.press("Enter")
    expect(page.locator("dialog.confirm")).to_be_visible()
    expect(page.locator("[data-yes]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.confirm")).to_be_hidden()
    expect(page.locator("[data-go]")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator('[data-result="taken"]')).to_be_visible()
    page.context.close()
