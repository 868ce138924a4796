"""Shown who one is on a phone, in a real browser with a camera: film, width, contrast, words."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.flows.walk import PHONE, log_in
from tests.investor.stall import Stall, make_stall
from tests.opening.journey import FILMED_MS, launch_with_camera
from tests.opening.served import served
from tests.opening.test_journey import judged
from tests.verification.eyes import ANOTHER, Eyes, enrol, verification_of
from yunquan.counter.types import Restrict

pytestmark = pytest.mark.browser
# A browser's own fake camera says its name, which is held against whoever uses one.
REAL = """Object.defineProperty(MediaStreamTrack.prototype, 'label',
  {get: () => 'camera2 1, facing front'})"""


@pytest.fixture
def stall(tmp_path_factory: pytest.TempPathFactory) -> Stall:
    """A client whose face opened the account, and who is asked for it again."""
    stall = make_stall(tmp_path_factory.mktemp("stall"))
    made = stall.brokerage
    enrol(verification_of(made.desk, made.sealing, made.folder, Eyes()), made.clients["linxz"])
    asked = Restrict("system:face", made.accounts["linxz"], "face", "Article 12")
    assert made.submit(asked).accepted
    return stall


def look(page: Page, name: str, locale: str, theme: str) -> list[str]:
    """What is wrong with the page as it stands, in a language and a theme."""
    cookies = {"yq_lang": locale, "yq_theme": theme}
    page.context.add_cookies(
        [{"name": key, "value": value, "url": page.url} for key, value in cookies.items()]
    )
    page.goto("/confirm")
    return [f"{name} {locale} {theme}: {fault}" for fault in judged(page)]


def test_a_face_is_shown_by_thumb(stall: Stall) -> None:
    with sync_playwright() as playwright, served(stall.app, "/login") as url:
        browser = launch_with_camera(playwright)
        page = log_in(browser, url, "linxz")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.emulate_media(reduced_motion="reduce")
        page.add_init_script(REAL)
        faults = look(page, "waits", "en", "dark") + look(page, "waits", "zh_CN", "light")
        challenge = page.locator("face-challenge")
        expect(challenge.locator("> button")).to_be_in_viewport()
        stall.brokerage.eyes.seen = ANOTHER
        challenge.locator("> button").click()
        expect(page.locator('face-challenge[state="failed"]')).to_be_attached(timeout=FILMED_MS)
        expect(challenge.get_by_role("status")).to_contain_text("4")
        faults += judged(page)
        stall.brokerage.eyes.seen = Eyes().seen
        challenge.locator("> button").click()
        expect(page.locator(".result.ok")).to_be_visible(timeout=FILMED_MS)
        faults += look(page, "done", "zh_CN", "dark")
        browser.close()
    assert faults == []
    account = stall.brokerage.driver.state.accounts[stall.brokerage.accounts["linxz"]]
    assert account.restrictions is None
