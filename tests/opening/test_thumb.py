"""What the pages do by themselves for a thumb, and how somebody keeps them from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.opening.applicant import Applicant
from tests.opening.counter import Opening
from tests.opening.journey import FILMED_MS, launch_with_camera, read_paper
from tests.opening.served import served
from tests.opening.test_pages import kept_of
from tests.opening.test_refusals import Visit, phone, tick
from tests.suitability.answering import CALM
from yunquan.onboarding.types import Step

pytestmark = pytest.mark.browser
FRAME = (320, 240)
LONG_MS = 60_000


@pytest.fixture(scope="module")
def url(house: Opening) -> Iterator[str]:
    with served(house.app) as found:
        yield found


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that a camera sees with the lights out."""
    width, height = FRAME
    path = tmp_path_factory.mktemp("film") / "night.y4m"
    head = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode()
    picture = b"FRAME\n" + b"\x18" * (width * height) + b"\x80" * (width * height // 2)
    path.write_bytes(head + picture * 10)
    return path


@pytest.fixture(scope="module")
def browsers(night: Path) -> Iterator[dict[str, Browser]]:
    """By what stands before the camera."""
    dark = f"--use-file-for-fake-video-capture={night}"
    with sync_playwright() as playwright:
        found = {
            "light": launch_with_camera(playwright),
            "dark": launch_with_camera(playwright, dark),
        }
        yield found
        for browser in found.values():
            browser.close()


@pytest.fixture
def visit(applicant: Applicant, url: str, browsers: dict[str, Browser]) -> Iterator[Visit]:
    page = phone(browsers["light"], url, "en", "light")
    yield Visit(applicant, page, "en")
    page.context.close()


def test_a_doubtful_picture_asks(opening: Opening, url: str, browsers: dict[str, Browser]) -> None:
    page = phone(browsers["dark"], url, "en", "light")
    with TestClient(opening.app, base_url="http://stall.local") as client:
        visit = Visit(Applicant(opening, client, mobile=f"13900001{opening.place:03}"), page, "en")
        visit.to(Step.CARD)
        visit.shoot("front")
        visit.told("ui.opening.camera.doubt_dark", then=visit.button("ui.opening.camera.use"))
        # The camera is still on: another takes one tap.
        visit.button("ui.opening.camera.again").click()
        expect(page.locator('card-camera[state="aiming"]')).to_be_attached()
        visit.button("ui.opening.camera.take").click()
        visit.button("ui.opening.camera.use").click()
        expect(page.locator('form[action="/open/card/back"]')).to_be_attached()
    page.context.close()


def test_who_reads_slowly_is_waited_for(visit: Visit) -> None:
    page = visit.to(Step.WITNESS)
    film, line = page.locator("one-way-witness"), page.locator(".witness-line")
    page.clock.install()
    visit.button("ui.opening.one_way.start").click()
    visit.button("ui.opening.one_way.record").click()
    expect(film).to_have_attribute("state", "recording")
    expect(visit.button("ui.opening.one_way.wait")).to_be_focused()
    first = line.inner_text()
    visit.button("ui.opening.one_way.wait").click()
    page.clock.run_for(LONG_MS)
    expect(line).to_have_text(first)
    # Each sentence gives way by itself, and what was only just there is said again.
    visit.button("ui.opening.one_way.go_on").click()
    forward(page, first)
    visit.button("ui.opening.one_way.repeat").click()
    expect(line).to_have_text(first)
    visit.button("ui.opening.one_way.slower").click()
    quick_ms, slow_ms = 4_500, 9_500
    page.clock.run_for(quick_ms)
    expect(line).to_have_text(first)
    page.clock.run_for(slow_ms)
    expect(line).not_to_have_text(first)
    for _ in range(20):
        page.clock.run_for(slow_ms)
        if film.get_attribute("state") != "recording":
            break
    expect(film).to_have_attribute("state", "recorded")
    # Their pace is kept on this device.
    page.reload()
    visit.button("ui.opening.one_way.start").click()
    slower = visit.button("ui.opening.one_way.slower")
    expect(slower).to_have_attribute("aria-pressed", "true")


def forward(page: Page, said: str) -> None:
    """Until another sentence stands there."""
    line = page.locator(".witness-line")
    for _ in range(60):
        page.clock.run_for(200)
        if line.inner_text() != said:
            return
    raise AssertionError("the sentence stays")


def test_a_film_that_takes_too_long_isnt_sent(visit: Visit) -> None:
    page = visit.to(Step.WITNESS)
    page.clock.install()
    visit.button("ui.opening.one_way.start").click()
    visit.button("ui.opening.one_way.record").click()
    visit.button("ui.opening.one_way.wait").click()
    page.clock.run_for(4 * LONG_MS)
    visit.told("ui.opening.one_way.too_long", then=visit.button("ui.opening.one_way.start"))


def test_only_a_thumb_leads_on(visit: Visit) -> None:
    page = visit.to(Step.BANK)
    choice = page.locator('input[name="bank"]').first
    choice.focus()
    page.keyboard.press("Space")
    expect(choice).to_be_checked()
    expect(choice).to_be_focused()
    page.reload()
    page.locator('label:has(input[name="bank"])').first.click()
    expect(page.locator("#number")).to_be_focused()


def test_a_yes_to_what_stood_there_is_told_apart(visit: Visit) -> None:
    page = visit.to(Step.QUESTIONS)
    tick(page, CALM)
    page.locator("#q-income > summary").click()
    page.locator('label:has(input[name="income"][value="200k_500k"])').click()
    expect(page.locator("#q-income [data-known]")).to_be_hidden()
    expect(page.locator("#q-age [data-known]")).to_be_visible()
    visit.button("ui.standing.send").click()
    page.wait_for_url("**/open/witness", timeout=FILMED_MS)
    assert kept_of(visit.applicant) == {
        "age": ("card", False),
        "income": ("details", True),
        "income_source": ("details", False),
    }


def test_the_code_for_signing_is_sent_by_itself(visit: Visit) -> None:
    page = visit.to(Step.AGREEMENTS)
    sent = len(visit.opening.sms.sent)
    page.clock.install()
    page.reload()
    *before, last = page.locator("[data-paper]").all()
    for paper in before:
        read_paper(page, paper)
    assert len(visit.opening.sms.sent) == sent
    read_paper(page, last)
    # It comes while they tick. A minute hasn't gone by since the code that let them in: said,
    # counted down, nothing asked.
    visit.told("ui.opening.sign.soon", then=page.locator("[data-send-code]"))
    expect(page.locator("[data-send-code]")).to_be_disabled()
    visit.applicant.age_codes()
    page.clock.run_for(LONG_MS)
    expect(page.locator("[data-sent]")).to_contain_text(visit.say("ui.opening.code_sent")[:12])
    assert len(visit.opening.sms.sent) == sent + 1
