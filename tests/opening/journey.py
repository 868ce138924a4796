"""The whole way of an applicant in a real browser, by thumb: what it takes, what it looks like.

`python -m tests.opening.journey FOLDER [LOCALE] [SCHEME]` walks it, leaves a picture of every page
and tells what there was to read.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright

from tests.flows.conftest import CHROMIUM_ARGS
from tests.flows.walk import PHONE, ROOT, wait_until_serving
from tests.opening.counter import MOBILE
from tests.opening.reading import Reading
from tests.partners.brokerage import BANK_PASSWORD
from tests.suitability.answering import CALM

CAMERA_ARGS: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
FILMED_MS: Final = 90_000
FACE_TRIES: Final = 3
LONGEST_READ_S: Final = 90
SETTLE_MS: Final = 1500
SCRIPT_MS: Final = "one => one.script.sentences.reduce((sum, each) => sum + one.needMs(each), 0)"
LOGIN_PASSWORD, CASH_PASSWORD = "Horse-77-ok", "482915"
A_MINUTE_MS: Final = 90_000
SEND: Final = 5  # of the buttons of a film: start, record, wait, say again, slower, send
Look = Callable[[str], None]


@contextmanager
def serving() -> Iterator[str]:
    """The counter in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.opening.counter", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_serving(url, process)
        yield url
    finally:
        process.kill()
        process.wait()


def launch_with_camera(playwright: Playwright, *more: str, leave: bool = True) -> Browser:
    """The machine's Chromium with a camera and a microphone that nobody stands before. leave: to
    use them, as if it had been given; else nobody gives it.
    """
    path = next(
        name for name in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(name).exists()
    )
    args = [*CHROMIUM_ARGS, *(CAMERA_ARGS if leave else CAMERA_ARGS[:1]), *more]
    return playwright.chromium.launch(executable_path=path, args=args)


@dataclass
class Hand:
    """Counts what a thumb does on the page: taps, and fields it goes into. Keys of the phone's
    keyboard are typing, not taps, and so is its Enter, that goes to the next field or sends.
    """

    page: Page
    look: Look
    taps: dict[str, int] = field(default_factory=dict)
    typed: dict[str, int] = field(default_factory=dict)
    reading: Reading = field(default_factory=Reading)
    # Seconds that the person acts before a camera, as the page was told.
    filmed: dict[str, float] = field(default_factory=dict)
    at: str = ""
    mobile: str = MOBILE
    # Asked for again when money is moved.
    bank_password: str = ""
    consents: tuple[str, ...] = ("privacy", "id_images", "face")

    def count(self) -> None:
        self.taps[self.at] = self.taps.get(self.at, 0) + 1

    def tap(self, where: Locator) -> None:
        self.reading.look(self.page, self.at)
        self.count()
        where.click()

    def type(self, where: str, text: str) -> None:
        """A field that has the focus already costs nothing."""
        found = self.page.locator(where)
        if not found.evaluate("one => one === document.activeElement"):
            self.count()
            found.click()
        self.typed[self.at] = self.typed.get(self.at, 0) + len(text)
        self.page.keyboard.type(text)

    def enter(self) -> None:
        """The keyboard's own key at the end of a field."""
        self.reading.look(self.page, self.at)
        self.page.keyboard.press("Enter")

    def arrive(self, step: str) -> None:
        self.page.wait_for_url(re.compile(rf"/open(/{step})?(\?.*)?$"))
        self.at = step or "entry"
        self.look(step or "entry")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)


def enter(hand: Hand) -> None:
    page, mobile = hand.page, hand.mobile
    page.goto("/open")
    hand.arrive("")
    hand.type("#mobile", mobile)
    hand.enter()
    expect(page.locator("[data-use-code]")).to_be_visible()
    hand.look("code")
    hand.tap(page.locator("[data-use-code]"))


def consents(hand: Hand) -> None:
    hand.arrive("consents")
    for name in hand.consents:
        hand.tap(hand.page.locator(f'label:has(input[name="{name}"])'))
    hand.tap(hand.page.locator('form[action="/open/consents"] button'))


def card(hand: Hand) -> None:
    page = hand.page
    hand.arrive("card")
    buttons = page.locator("card-camera .camera-acts button")
    for side in ("front", "back"):
        form = page.locator(f'form[action="/open/card/{side}"]')
        expect(form).to_be_attached()
        if side == "front":
            hand.tap(buttons.nth(0))
        expect(page.locator('card-camera[state="aiming"]')).to_be_attached()
        hand.look(f"card-{side}")
        hand.tap(buttons.nth(1))
        expect(form).to_have_count(0)
    expect(page.locator("#card-name")).to_be_attached()
    hand.look("card-confirm")
    hand.tap(page.locator('form[action="/open/card"] .btn'))


def face(hand: Hand) -> None:
    """Whoever is refused is told why, and tries again while they may."""
    page, told = hand.page, list[str]()
    hand.arrive("face")
    challenge = page.locator("face-challenge")
    expect(challenge.locator("> button")).to_be_in_viewport()
    over = page.locator('#main [name="occupation"], face-challenge[state="failed"]').first
    while len(told) < FACE_TRIES:
        with page.expect_response("**/open/face/challenge") as drawn:
            hand.tap(challenge.locator("> button"))
        settle_ms = int(challenge.get_attribute("settle-ms") or SETTLE_MS)
        hand.filmed["face"] = (settle_ms + drawn.value.json()["length_ms"]) / 1000
        filming = page.locator('face-challenge[state="filming"]')
        expect(filming).to_be_attached(timeout=FILMED_MS)
        hand.look("face-filming")
        expect(over).to_be_attached(timeout=FILMED_MS)
        if page.url.endswith("/open/details"):
            return
        told.append(challenge.get_by_role("status").inner_text())
        hand.look("face-refused")
    raise AssertionError(told)


def no_face(hand: Hand) -> None:
    """They gave no leave for their face: a person will look at them in a call."""
    hand.arrive("face")
    hand.tap(hand.page.locator('form[action="/open/face/person"] button'))


def details(hand: Hand) -> None:
    hand.arrive("details")
    for name, value in (
        ("occupation", "employee"),
        ("income", "200k_500k"),
        ("source_of_funds", "salary"),
        ("declared", "all"),
    ):
        hand.tap(hand.page.locator(f'label:has(input[name="{name}"][value="{value}"])'))
    hand.tap(hand.page.locator('form[action="/open/details"] > .btn'))


def questions(hand: Hand) -> None:
    page = hand.page
    hand.arrive("questions")
    for question, ticks in CALM.items():
        if not page.locator(f"#q-{question}").count():
            continue  # not of the version in force
        answer = page.locator(f'label:has(input[name="{question}"][value="{ticks[-1]}"])')
        # What the card and the details said stands there already.
        if answer.locator("input").is_checked():
            expect(page.locator(f"#q-{question} [data-known]")).to_be_visible()
        else:
            hand.tap(answer)
    hand.tap(page.locator(".send-bar .btn"))


def witness(hand: Hand) -> None:
    page = hand.page
    hand.arrive("witness")
    acts = page.locator("one-way-witness .camera-acts button")
    hand.tap(acts.nth(0))
    expect(page.locator('one-way-witness[state="ready"]')).to_be_attached()
    hand.look("witness-ready")
    hand.filmed["witness"] = page.locator("one-way-witness").evaluate(SCRIPT_MS) / 1000
    hand.tap(acts.nth(1))
    reading = page.locator('one-way-witness[state="recording"]')
    expect(reading).to_be_attached()
    hand.look("witness-reading")
    expect(page.locator('one-way-witness[state="recorded"]')).to_be_attached(timeout=FILMED_MS)
    hand.look("witness-recorded")
    hand.tap(acts.nth(SEND))
    page.wait_for_url("**/open/bank", timeout=FILMED_MS)


def call(hand: Hand, staff: Callable[[], None]) -> None:
    """A place in the queue, then a call. staff: what they do once somebody waits."""
    page = hand.page
    hand.arrive("witness")
    hand.tap(page.locator("two-way-call .camera-acts button:not([hidden])").first)
    expect(page.locator('two-way-call[state="waiting"]')).to_be_attached(timeout=FILMED_MS)
    hand.look("call-waiting")
    staff()
    page.wait_for_url("**/open/bank", timeout=FILMED_MS)


def bank(hand: Hand) -> None:
    """With the account that a demonstration opened at its banks, or with the test's own."""
    page = hand.page
    hand.arrive("bank")
    told = page.locator(".open-form .note")
    offered = re.findall(r"\d{6,}", told.inner_text()) if told.count() else []
    number, password = offered or ("6222000011112222", BANK_PASSWORD)
    hand.bank_password = password
    hand.tap(page.locator('label:has(input[name="bank"])').first)
    hand.type("#number", number)
    hand.enter()
    hand.type("#password", password)
    hand.look("bank-typed")
    hand.enter()


def passwords(hand: Hand) -> None:
    hand.arrive("passwords")
    hand.type("#password", LOGIN_PASSWORD)
    hand.enter()
    hand.type("#cash", CASH_PASSWORD)
    hand.enter()


def read_paper(page: Page, paper: Locator) -> None:
    """Time goes by until it is read: what stands on the screen beside it shares the time."""
    paper.locator("[data-end]").evaluate("end => end.scrollIntoView({block: 'end'})")
    for _ in range(LONGEST_READ_S):
        if "read" in (paper.get_attribute("class") or ""):
            return
        page.clock.run_for(1000)
    raise AssertionError(paper.get_attribute("id"))


def agreements(hand: Hand) -> None:
    """What weighs most of each paper is scrolled through by the thumb: that is no tap."""
    page = hand.page
    hand.arrive("agreements")
    page.clock.install(time=datetime.now(UTC) - timedelta(minutes=15))
    page.reload()
    papers = page.locator("[data-paper]")
    for place in range(papers.count()):
        paper = papers.nth(place)
        read_paper(page, paper)
        for tick in paper.locator("label.tick").all():
            hand.tap(tick)
    hand.look("agreements-read")
    newest = page.locator("[data-use-code]")
    expect(newest).to_be_visible()
    before = newest.get_attribute("data-use-code") or ""
    for tick in page.locator("form label.tick").all():
        hand.tap(tick)
    # It is sent by itself; a machine reads faster than a minute goes by since the first code.
    expect(page.locator("[data-sent]")).not_to_be_empty()
    expect(newest).not_to_have_attribute("data-use-code", before, timeout=A_MINUTE_MS)
    hand.tap(newest)
    hand.look("agreements-code")
    hand.tap(page.locator("[data-sign]"))


JOURNEY: Final = (
    enter,
    consents,
    card,
    face,
    details,
    questions,
    witness,
    bank,
    passwords,
    agreements,
)


def walk(page: Page, look: Look, mobile: str = MOBILE) -> Hand:
    """From a phone's number to "handed in"."""
    hand = Hand(page, look, mobile=mobile)
    for act in JOURNEY:
        act(hand)
    page.wait_for_url("**/open/status", timeout=FILMED_MS)
    hand.arrive("status")
    return hand


def main(folder: Path, locale: str = "zh_CN", scheme: str = "light") -> None:
    """Pictures of everything."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, serving() as url:
        browser = launch_with_camera(playwright)
        context = browser.new_context(
            base_url=url,
            viewport={"width": PHONE[0], "height": PHONE[1]},
            has_touch=True,
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        context.add_cookies([{"name": "yq_lang", "value": locale, "url": url}])
        page = context.new_page()
        page.on("console", lambda note: print("console", note.type, note.text))
        number = iter(range(100))

        def look(name: str) -> None:
            page.screenshot(path=folder / f"{next(number):02}-{name}.png", full_page=True)
            print(
                name,
                page.url,
                "wider",
                page.evaluate("document.documentElement.scrollWidth - innerWidth"),
                flush=True,
            )

        hand = walk(page, look)
        print(hand.taps, sum(hand.taps.values()), hand.filmed)
        for step in hand.reading.said:
            print(step, hand.typed.get(step, 0), dict(hand.reading.counted(step)))
            for kind in ("read", "skimmed"):
                words = [one for (one, _), of in hand.reading.said[step].items() if of == kind]
                print("  ", kind, " ".join(words))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
