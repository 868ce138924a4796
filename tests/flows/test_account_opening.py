"""From a phone's number to a first trade, over everything that `make run` starts.

Real: every process, the vision worker's walls and models, the durable opening, the simulated
police, carrier, depository, banks and exchange. Made up: who stands before the camera.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.flows.test_main_job import DESKTOP, PHONE, free_port, running, shoot
from tests.flows.test_newcomers_walk import FAST, Walker
from tests.opening.acted_camera import ActedCamera
from tests.opening.journey import LOGIN_PASSWORD, Hand, launch_with_camera, walk
from tests.vision.stage import Studio
from tools import photos

pytestmark = [pytest.mark.browser, pytest.mark.alone]

LOCALE: Final = "zh_CN"
# A phone's browser says so, and its pages are laid out as a phone lays them out.
PIXEL: Final = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36"
)
PHOTO: Final = "cage.jpg"
# People of the world of an age that the journey's answers fit.
YEARS: Final = range(1977, 1995)
STAFF: Final = {"risk": "yunquan-staff-1", "second": "yunquan-staff-3"}
REASON: Final = "开户审核"
SLOW_MS: Final = 30_000
UNTIL_OPENED_MS: Final = 120_000
UNTIL_ACTIVE_MS: Final = 180_000


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    photos.fetch()
    made = Studio(tmp_path)
    yield made
    made.close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = launch_with_camera(playwright)
        yield made
        made.close()


@dataclass
class House:
    """A whole brokerage that runs. folder: its data, and what it said when it started."""

    url: str
    folder: Path
    browser: Browser

    def phone(self, camera: ActedCamera | None = None) -> Page:
        """Somebody's phone, with something before its camera."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": PHONE[0], "height": PHONE[1]},
            has_touch=True,
            is_mobile=True,
            user_agent=PIXEL,
            locale="zh-CN",
        )
        context.set_default_timeout(SLOW_MS)
        if camera:
            camera.stand_before(context)
        return context.new_page()

    def staff(self, name: str) -> Page:
        """A member of staff at a desk, logged in."""
        page = self.browser.new_context(
            base_url=self.url,
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
            locale="zh-CN",
        ).new_page()
        page.set_default_timeout(SLOW_MS)
        page.goto("/staff/login")
        page.fill("#name", name)
        page.fill("#password", STAFF[name])
        page.fill("#code", pyotp.TOTP(self._secret(name)).now())
        page.click(".go")
        page.wait_for_url(re.compile(r"/staff$"))
        return page

    def _secret(self, name: str) -> str:
        """Of the one-time codes, as `yunquan up` says it to whoever started it."""
        told = (self.folder / "up.log").read_text("utf-8")
        found = re.search(rf"otpauth://totp/Yunquan:{name}\?secret=(\w+)", told)
        assert found
        return found[1]


@pytest.fixture
def house(tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    for name, value in FAST.items():
        monkeypatch.setenv(name, value)
    data = tmp_path / "data"
    data.mkdir()
    with running(data, free_port()) as url:
        yield House(url, data, browser)


class Pictures:
    """One of every page, numbered as they came."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0

    def of(self, page: Page) -> Callable[[str], None]:
        def look(name: str) -> None:
            self._count += 1
            shoot(page, f"{self._prefix}-{self._count:02}-{name}")

        return look


# --- the applicant


def play_somebody(page: Page, camera: ActedCamera, folder: Path) -> str:
    """Choose whom to play, have their card printed with the actor's picture; their phone."""
    page.goto("/open/sample?from=20")
    people = page.locator(".open-people li")
    fitting = (
        place
        for place in range(people.count())
        if int(re.findall(r"\d{18}", people.nth(place).inner_text())[0][6:10]) in YEARS
    )
    people.nth(next(fitting)).locator('a[href^="/open/sample/"]').click()
    portrait = folder / "portrait.jpg"
    portrait.write_bytes(camera.portrait())
    page.set_input_files("#portrait", portrait)
    with page.expect_navigation():
        page.locator('form[action^="/open/sample/"] button').click()
    printed = page.locator(".open-sample img").evaluate_all("all => all.map(one => one.src)")
    sides = zip(("front", "back"), printed, strict=True)
    camera.cards = {side: base64.b64decode(told.partition(",")[2]) for side, told in sides}
    play = page.locator('a.btn[href^="/open?mobile="]')
    return (play.get_attribute("href") or "").partition("=")[2]


# --- staff


def find_application(page: Page) -> str:
    """The one that waits for a review."""
    page.goto("/staff/openings")
    row = page.locator("a[data-row]")
    expect(row).to_have_count(1)
    row.click()
    page.wait_for_url(re.compile(r"/staff/openings/app_\w+$"))
    return page.url.rpartition("/")[2]


def look_at_pictures(page: Page) -> None:
    """Card, face and register side by side, once a reason was given; all of them can be seen."""
    page.fill("#pictures-reason", REASON)
    page.press("#pictures-reason", "Enter")
    pictures = page.locator(".pictures img")
    expect(pictures).to_have_count(4)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.pictures img')].every(one => one.naturalWidth)"
    )


def play_film(page: Page) -> float:
    """Open the witness film and play it; its length in seconds."""
    page.fill("#film-reason", REASON)
    page.press("#film-reason", "Enter")
    return plays(page, "video.film")


def plays(page: Page, selector: str) -> float:
    """A film really plays, says how long it is, and can be jumped in as a reviewer does."""
    page.wait_for_function(
        "one => Number.isFinite(document.querySelector(one).duration)", arg=selector
    )
    film = page.locator(selector)
    film.evaluate("video => { video.muted = true; return video.play() }")
    page.wait_for_function("one => document.querySelector(one).currentTime > 0.5", arg=selector)
    length = float(film.evaluate("video => video.duration"))
    film.evaluate("(video, to) => { video.currentTime = to }", length - 3)
    page.wait_for_function(
        "([one, from]) => document.querySelector(one).currentTime > from",
        arg=[selector, length - 2.5],
    )
    assert film.evaluate("video => video.videoWidth") > 0
    return length


def pass_witness(page: Page) -> None:
    page.locator('form.judge button[value="passed"]').click()
    expect(page.locator(".result.ok")).to_be_visible()


def approve(page: Page) -> None:
    page.locator('form[action$="/take"] button').click()
    page.locator('summary[data-press="a"]').click()
    page.locator("details[open] form button").click()
    page.wait_for_url(re.compile(r"done=approve"))


def call_back(page: Page, application: str) -> None:
    """Every question of the script, answered as it should be."""
    page.goto("/staff/callbacks")
    page.locator(f'a[data-row][href$="{application}"]').click()
    for yes in page.locator('input[value="yes"]').all():
        yes.check()
    page.select_option("#outcome", "reached")
    page.locator('form[action$="/call"] button').click()
    page.wait_for_url(re.compile(r"done=reached"))


# --- the whole way


def test_from_a_phones_number_to_a_trade(house: House, studio: Studio, tmp_path: Path) -> None:
    pictures = Pictures("opening")
    camera = ActedCamera(studio, PHOTO, {})
    page = house.phone(camera)
    look = pictures.of(page)
    mobile = play_somebody(page, camera, tmp_path)
    look("card-printed")
    hand = walk(page, look, mobile)

    first = house.staff("risk")
    application = find_application(first)
    look_at_pictures(first)
    length = play_film(first)
    assert 15 < length < 120
    pictures.of(first)("review")
    pass_witness(first)
    approve(first)
    second = house.staff("second")
    assert find_application(second) == application
    approve(second)
    pictures.of(second)("approved")

    expect(page.locator('a[href^="/login?name="]')).to_be_visible(timeout=UNTIL_OPENED_MS)
    look("opened")
    call_back(first, application)
    pictures.of(first)("called-back")
    trades(house, page, hand, pictures)


def trades(house: House, page: Page, hand: Hand, pictures: Pictures) -> None:
    """The new client logs in, pays in, and buys once every market is open to them."""
    active = page.locator(".open-line li.done").nth(3)
    expect(active).to_be_visible(timeout=UNTIL_ACTIVE_MS)
    pictures.of(page)("active")
    where = page.locator('a[href^="/login?name="]').get_attribute("href") or ""
    client = house.phone()
    client.goto(where)
    client.fill("#password", LOGIN_PASSWORD)
    client.click(".go")
    client.wait_for_url(re.compile(r"/$"))
    pictures.of(client)("logged-in")
    walker = Walker(client, LOCALE, phone=True)
    walker.name = "opening-client"
    walker.pay_in(hand.bank_password)
    walker.buy()
