"""Every page of this face in a real browser: axe, widths, words, the keyboard, what is masked."""

from __future__ import annotations

import ast
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.flows.conftest import launch
from tests.flows.walk import DESKTOP, LOOKS, PHONE, ROOT, Walker, log_in, wait_until_serving

pytestmark = pytest.mark.browser
PAGES: Final = (
    "/staff/openings",
    "/staff/openings?state=active",
    "/staff/openings?state=lapsed",
    "/staff/openings/{seconded}",
    "/staff/openings/{young}",
    "/staff/openings/{opened}",
    "/staff/callbacks",
    "/staff/depository",
    "/staff/callbacks/{opened}",
    "/staff/funnel",
    "/staff/funnel?channel=nowhere",
    "/staff/archive",
    "/staff/archive?client=nobody",
    "/staff/witness",
    "/verify",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = launch(playwright)
        yield made
        made.close()


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """The hall in a process of its own: its address, its staff's secrets, its applications."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.acceptance.hall", str(port)]
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_serving(url, process)
            told.seek(0)
            lines = told.read().decode().splitlines()
            found = [
                ast.literal_eval(
                    next(line for line in lines if line.startswith(name))[len(name) :].strip()
                )
                for name in ("staff ", "apps ")
            ]
            yield url, found[0], found[1]
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def page(browser: Browser, house: tuple[str, dict[str, str], dict[str, str]]) -> Iterator[Page]:
    url, secrets, _ = house
    made = log_in(browser, url, "ops", secrets["ops"])
    yield made
    made.context.close()


def test_every_page_is_fit_to_be_read(
    page: Page, house: tuple[str, dict[str, str], dict[str, str]]
) -> None:
    walker = Walker(page)
    for place, path in enumerate(PAGES):
        there = path.format(**house[2])
        walker.visit(there, PHONE, *LOOKS[place % 4])
        walker.visit(there, DESKTOP, *LOOKS[place % 4 ^ 1])
    assert walker.faults == {}


def test_a_review_by_the_keyboard(
    page: Page, house: tuple[str, dict[str, str], dict[str, str]]
) -> None:
    """Down the queue, in, the pictures after a reason, taken, returned with two reasons."""
    app = house[2]["fresh"]
    told = list[str]()
    page.on("console", lambda note: told.append(note.text) if note.type == "error" else None)
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.goto("/staff/openings")
    row = page.locator(f'a[data-row][href$="{app}"]')
    for _ in range(page.locator("a[data-row]").count()):
        page.keyboard.press("j")
        if row.evaluate("row => row === document.activeElement"):
            break
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(app))
    expect(page.locator(".pictures img")).to_have_count(0)
    page.keyboard.press("i")
    page.keyboard.type("Review")
    page.keyboard.press("Enter")
    expect(page.locator(".pictures img")).to_have_count(4)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.pictures img')].every(one => one.naturalWidth)"
    )
    page.fill("#film-reason", "Review")
    page.press("#film-reason", "Enter")
    expect(page.locator("video.film")).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("t")
    expect(page.locator("[data-press='r']")).to_be_visible()
    page.keyboard.press("r")
    page.get_by_label(re.compile("证件照不清晰|Card not clear")).check()
    page.get_by_label(re.compile("人脸不清晰|Face not clear")).check()
    page.locator("details[open] button").click()
    expect(page.locator(".result.ok")).to_be_visible()
    page.goto("/staff/openings?state=filling")
    expect(page.locator(f'a[data-row][href$="{app}"]')).to_be_visible()
    assert [one for one in told if "Content Security Policy" in one] == []


# A second of a moving picture, as a browser records it: without a length.
FILMED = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 160, height: 120});
  const pen = canvas.getContext('2d'), parts = [];
  const moving = setInterval(() => pen.fillRect(150 * Math.random(), 60, 9, 9), 30);
  const recorder = new MediaRecorder(canvas.captureStream(25), {mimeType: 'video/webm;codecs=vp8'});
  recorder.ondataavailable = ({data}) => parts.push(data);
  const over = new Promise((done) => { recorder.onstop = done; });
  recorder.start(200);
  setTimeout(() => recorder.stop(), 1500);
  await over;
  clearInterval(moving);
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}"""


def test_a_film_without_a_length_is_told_one(
    page: Page, house: tuple[str, dict[str, str], dict[str, str]]
) -> None:
    """What a camera's page records names no end: whoever reviews it sees how long it is."""
    film = bytes(page.evaluate(FILMED))

    def part(route: Route) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", route.request.headers.get("range", "bytes=0-"))
        assert asked
        begin, end = int(asked[1]), min(int(asked[2] or len(film)), len(film) - 1)
        told = {"Content-Range": f"bytes {begin}-{end}/{len(film)}", "Accept-Ranges": "bytes"}
        route.fulfill(
            status=206, content_type="video/webm", headers=told, body=film[begin : end + 1]
        )

    page.goto(f"/staff/openings/{house[2]['other']}")
    address = "**/staff/openings/*/documents/*"
    page.fill("#film-reason", "Review")
    page.route(address, part)
    page.press("#film-reason", "Enter")
    page.wait_for_function("() => document.querySelector('video.film')?.duration < 60")
    video = page.locator("video.film")
    assert 1 < video.evaluate("video => video.duration") < 6
    page.wait_for_function("() => document.querySelector('video.film').currentTime === 0")
    page.unroute(address)


def test_somebody_else_verifies_a_paper(
    browser: Browser, house: tuple[str, dict[str, str], dict[str, str]]
) -> None:
    page = log_in(browser, house[0], "")
    page.goto("/verify")
    page.fill("#code", "0000-0000-0000-0000")
    page.click(".go")
    expect(page.locator('[role="alert"]')).to_be_visible()
    page.set_input_files(
        "#paper", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 no"}
    )
    page.click(".go")
    expect(page.locator(".verdict.bad, .refusal")).to_be_visible()
    page.context.close()
