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
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.flows.test_main_job import (
    DESKTOP,
    PHONE,
    UNTIL_FILLED_MS,
    free_port,
    order,
    running,
    shoot,
)
from tests.flows.test_newcomers_walk import FAST, TEXTS, Walker
from tests.opening import journey
from tests.opening.acted_camera import ActedCamera
from tests.opening.journey import LOGIN_PASSWORD, Hand, launch_with_camera, walk
from tests.vision.stage import Studio
from tools import photos

pytestmark = [pytest.mark.browser, pytest.mark.whole]

LOCALE: Final = "zh_CN"
# A phone's browser says so, and its pages are laid out as a phone lays them out.
PIXEL: Final = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36"
)
PHOTO: Final = "cage.jpg"
OFFICER, OFFICER_NAME = "obama.jpg", "岑以安"
# People of the world of an age that the journey's answers fit.
YEARS: Final = range(1977, 1995)
WITHOUT_A_FACE: Final = (
    journey.enter,
    journey.consents,
    journey.card,
    journey.no_face,
    journey.details,
    journey.questions,
)
STAFF: Final = {"risk": "yunquan-staff-1", "second": "yunquan-staff-3"}
# What 30,000 yuan buys a hundred of, on the main board.
SHANGHAI: Final = "603375.SH"
MOST_ORDERS: Final = 5
# Until the vision process has come to a film, on a machine with other things to do.
MOST_RELOADS: Final = 90
IN_SESSION: Final = """open => {
  const told = (field) => document.querySelector(`.sim [data-field=${field}]`)?.textContent ?? '';
  return told('phase') === open && told('time') < '14:00';
}"""
# Nobody has looked, or has seen nobody or another.
UNLIKE_A_LOOK: Final = (
    "ui.acceptance.film_unseen",
    "witness.look.not_looked",
    "film.not_read",
    "film.no_face",
    "film.other_face",
    "film.several_faces",
)
REASON: Final = "开户审核"
# What a call lasts at least here, and its film, which begins a little after it.
CALL_S, FILM_S = 5, 3
# Patience of ours, and what Playwright has of itself.
SLOW_MS, PLAYWRIGHT_MS = 30_000, 5_000
UNTIL_OPENED_MS: Final = 120_000
UNTIL_ACTIVE_MS: Final = 180_000


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    photos.fetch()
    made = Studio(tmp_path)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A machine with other things to do is slow, not wrong."""
    expect.set_options(timeout=SLOW_MS)
    yield
    expect.set_options(timeout=PLAYWRIGHT_MS)


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

    def staff(self, name: str, camera: ActedCamera | None = None) -> Page:
        """A member of staff at a desk, logged in."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
            locale="zh-CN",
        )
        context.set_default_timeout(SLOW_MS)
        if camera:
            camera.stand_before(context)
        page = context.new_page()
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
def house(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    """With a trading day of a minute and a half, or at the speed that a test asks for; staff may be
    called at whichever hour it is tested.
    """
    speed = {"YUNQUAN_SPEED": request.param} if hasattr(request, "param") else {}
    for name, value in (FAST | speed | {"YUNQUAN_WITNESS_HOURS": "00:00-24:00"}).items():
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
    page.wait_for_function("one => document.querySelector(one).currentTime > 0.3", arg=selector)
    length = float(film.evaluate("video => video.duration"))
    film.evaluate("(video, to) => { video.currentTime = to }", length * 0.7)
    page.wait_for_function(
        "([one, from]) => document.querySelector(one).currentTime > from",
        arg=[selector, length * 0.7 + 0.2],
    )
    assert film.evaluate("video => video.videoWidth") > 0
    return length


def the_machine_has_seen_them(page: Page) -> None:
    """The vision process has looked at the film that Chromium recorded: it shows the applicant."""
    saw = page.locator('[aria-labelledby="witness-title"] .sentences')
    unseen = TEXTS.text(UNLIKE_A_LOOK[0], LOCALE)
    for _ in range(MOST_RELOADS):
        if unseen not in saw.inner_text():
            break
        page.wait_for_timeout(1000)
        page.reload()
    for code in UNLIKE_A_LOOK:
        expect(saw).not_to_contain_text(TEXTS.text(code, LOCALE))


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


# --- the client


def log_in(house: House, where: str) -> Walker:
    """With the name that the status page told, and the password that was chosen."""
    page = house.phone()
    page.goto(where)
    page.fill("#password", LOGIN_PASSWORD)
    page.click(".go")
    page.wait_for_url(re.compile(r"/$"))
    walker = Walker(page, LOCALE, phone=True)
    walker.name = "opening-client"
    return walker


def buy_in_shanghai(page: Page, pictures: Pictures) -> None:
    """Where nobody trades before their designation is confirmed: that is at a day's close, and an
    order of the evening's page would be refused in the morning.
    """
    open_now = TEXTS.text("market.phase.continuous", LOCALE)
    page.wait_for_function(IN_SESSION, arg=open_now, timeout=UNTIL_FILLED_MS)
    ended = re.compile("^(filled|rejected)$")
    row = page.locator("#own-orders tr[data-state]").first
    for _ in range(MOST_ORDERS):
        page.goto(f"/stocks/{SHANGHAI}")
        page.locator(".trade-bar .buy").click()
        last = page.locator(".quote-sheet .px").first.inner_text().replace(",", "")
        order(page, f"{float(last) * 1.01:.2f}", "100")
        expect(row).to_have_attribute("data-state", ended, timeout=UNTIL_FILLED_MS)
        if row.get_attribute("data-state") == "filled":
            break
        # In quickened time a price may leave the cage while it is typed.
    expect(row).to_have_attribute("data-state", "filled")
    pictures.of(page)("filled")
    page.goto("/assets")
    expect(page.locator(".positions")).to_contain_text(SHANGHAI)
    pictures.of(page)("owned")


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
    assert 15 < play_film(first) < 120
    the_machine_has_seen_them(first)
    pictures.of(first)("review")
    pass_witness(first)
    approve(first)
    second = house.staff("second")
    assert find_application(second) == application
    approve(second)
    pictures.of(second)("approved")

    door = page.locator('a[href^="/login?name="]')
    expect(door).to_be_visible(timeout=UNTIL_OPENED_MS)
    look("opened")
    call_back(first, application)
    pictures.of(first)("called-back")
    client = log_in(house, door.get_attribute("href") or "")
    pictures.of(client.page)("logged-in")
    client.pay_in(hand.bank_password)
    active = page.locator(".open-line li.done").nth(3)
    expect(active).to_be_visible(timeout=UNTIL_ACTIVE_MS)
    look("active")
    buy_in_shanghai(client.page, pictures)


# Nobody trades here: a day that ends in the middle of a call would only be in its way.
@pytest.mark.parametrize("house", ["20"], indirect=True)
def test_without_a_face_a_person_is_called(house: House, studio: Studio, tmp_path: Path) -> None:
    """No leave for the face: a call in two browsers, and its film in the archive."""
    pictures = Pictures("call")
    camera = ActedCamera(studio, PHOTO, {})
    head = house.staff("risk")
    officer = house.staff("second", ActedCamera(studio, OFFICER, {}))
    go_on_duty(head, officer)
    page = house.phone(camera)
    look = pictures.of(page)
    hand = Hand(page, look, consents=("privacy", "id_images"))
    hand.mobile = play_somebody(page, camera, tmp_path)
    for act in WITHOUT_A_FACE:
        act(hand)
    journey.call(hand, lambda: witness(officer, page, pictures))
    hand.arrive("bank")
    head.goto("/staff/archive?kind=witness_video")
    head.locator("a[data-row]").click()
    head.fill("#reason", REASON)
    head.press("#reason", "Enter")
    assert plays(head, "video.film") > FILM_S
    pictures.of(head)("archive")


def desk_button(officer: Page, name: str) -> Locator:
    """By its words."""
    words = TEXTS.text(f"ui.acceptance.desk.{name}", LOCALE)
    return officer.get_by_role("button", name=words, exact=True)


def go_on_duty(head: Page, officer: Page) -> None:
    """Nobody lets themselves."""
    head.goto("/staff/witness")
    head.select_option("#permit-staff", label=OFFICER_NAME)
    head.locator('button[name="act"][value="permit"]').click()
    expect(head.locator('button[name="act"][value="forbid"]')).to_be_visible()
    officer.goto("/staff/witness")
    desk_button(officer, "on").click()
    expect(officer.locator('witness-desk[state="free"]')).to_be_attached()
    officer.reload()
    expect(officer.locator("#desk-title + .pill.ok")).to_be_visible()


def witness(officer: Page, page: Page, pictures: Pictures) -> None:
    """The call: both see one another, every question is answered, a still is kept, it passes."""
    desk_button(officer, "next").click()
    for talking in (
        officer.locator("witness-desk[connected][recording]"),
        page.locator("two-way-call[connected]"),
    ):
        expect(talking).to_be_attached()
    for seen in (page.locator("video.theirs"), officer.locator("video.theirs")):
        expect(seen).to_have_js_property("paused", False)
    pictures.of(page)("talking")
    for question in officer.locator(".desk-steps li").all():
        yes = question.get_by_role("button").first
        yes.click()
        expect(yes).to_have_attribute("aria-pressed", "true")
    officer.wait_for_function(
        "least => document.querySelector('video.theirs').currentTime > least", arg=CALL_S
    )
    desk_button(officer, "snapshot").click()
    expect(desk_button(officer, "again")).to_be_visible()
    pictures.of(officer)("desk")
    with officer.expect_response(lambda told: told.url.endswith("/finish") and told.ok):
        desk_button(officer, "pass").click()
