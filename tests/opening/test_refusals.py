"""Where an applicant is told no, in a real browser at a phone's width: why, and what to do next."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from litestar.testing import TestClient
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.flows.walk import PHONE
from tests.opening.applicant import CONSENTS, Applicant
from tests.opening.counter import NAME, Opening
from tests.opening.journey import FILMED_MS, Hand, launch_with_camera
from tests.opening.served import served
from tests.opening.test_journey import judged
from tests.partners.brokerage import BANK_PASSWORD
from tests.suitability.answering import CALM
from tests.vision.clip_facts import vector
from yunquan.app.locale import catalogue
from yunquan.clients import register_client
from yunquan.clients.types import NewClient
from yunquan.onboarding.types import Step, Verdict
from yunquan.suitability.store import assessments

pytestmark = pytest.mark.browser
LOOKS: Final = (("zh_CN", "light"), ("en", "dark"))
CATALOGUE: Final = catalogue()
WRONG: Final = "000000"
COOL_MS: Final = 700_000


@pytest.fixture(scope="module")
def url(house: Opening) -> Iterator[str]:
    with served(house.app) as found:
        yield found


@pytest.fixture(scope="module")
def browsers() -> Iterator[dict[bool, Browser]]:
    """By whether leave is given for the camera."""
    with sync_playwright() as playwright:
        found = {leave: launch_with_camera(playwright, leave=leave) for leave in (True, False)}
        yield found
        for browser in found.values():
            browser.close()


class Visit:
    """An applicant who came as far as a step by themselves, and a phone that shows it."""

    def __init__(self, applicant: Applicant, page: Page, locale: str) -> None:
        self.applicant = applicant
        self.opening = applicant.opening
        self.page = page
        self.locale = locale

    def to(self, step: Step | None, path: str = "/open") -> Page:
        """As far as a step, and on with the phone; None: as far as they are."""
        if step is not None:
            self.applicant.go_to(step)
        token = self.applicant.client.cookies["yq_apply"]
        place = {"domain": "127.0.0.1", "path": "/open"}
        self.page.context.add_cookies([{"name": "yq_apply", "value": token, **place}])  # type: ignore[typeddict-item]
        self.page.goto(path)
        return self.page

    def say(self, code: str, **facts: Any) -> str:
        return CATALOGUE.text(code, self.locale, **facts)

    def told(self, code: str, *, then: Locator, **facts: Any) -> None:
        """The sentence stands there, what to do next does, and nothing is wrong with the page."""
        expect(self.page.get_by_text(self.say(code, **facts)).first).to_be_visible(
            timeout=FILMED_MS
        )
        expect(then).to_be_visible()
        assert judged(self.page) == []

    def button(self, code: str, **facts: Any) -> Locator:
        return self.page.get_by_role("button", name=self.say(code, **facts), exact=True)

    def link(self, href: str) -> Locator:
        return self.page.locator(f'main a[href="{href}"] >> visible=true').first

    def shoot(self, side: str) -> None:
        """Open the camera where it isn't yet, and take one picture."""
        if side == "front":
            self.button("ui.opening.camera.start").click()
        self.button("ui.opening.camera.take").click()

    def photograph(self) -> None:
        for side in ("front", "back"):
            form = self.page.locator(f'form[action="/open/card/{side}"]')
            expect(form).to_be_attached()
            self.shoot(side)
            expect(form).to_have_count(0)
        expect(self.page.locator("#card-name")).to_be_attached()


Come = Callable[..., Visit]


@pytest.fixture(params=LOOKS, ids=lambda look: look[0])
def come(
    request: pytest.FixtureRequest, opening: Opening, url: str, browsers: dict[bool, Browser]
) -> Iterator[Come]:
    locale, scheme = request.param
    with TestClient(opening.app, base_url="http://stall.local") as client:
        pages = list[Page]()

        def visit(*, leave: bool = True) -> Visit:
            pages.append(phone(browsers[leave], url, locale, scheme))
            applicant = Applicant(opening, client, locale, f"13900001{opening.place:03}")
            return Visit(applicant, pages[-1], locale)

        yield visit
        for page in pages:
            page.context.close()


def phone(browser: Browser, url: str, locale: str, scheme: Any) -> Page:
    """An empty page on a phone of its own."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": PHONE[0], "height": PHONE[1]},
        has_touch=True,
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "yq_lang", "value": locale, "url": url}])
    return context.new_page()


def test_a_minor(come: Come, opening: Opening) -> None:
    visit = come()
    opening.play(opening.place, birth="20100307")
    page = visit.to(Step.CARD)
    visit.photograph()
    visit.button("ui.opening.card.right").click()
    visit.told("onboarding.too_young", youngest=18, then=visit.link("/open/card?side=front"))
    assert page.locator("#card-birth").get_attribute("aria-invalid") == "true"


def test_an_expired_card(come: Come, opening: Opening) -> None:
    visit = come()
    opening.vision.printed["until"] = "20240308"
    visit.to(Step.CARD)
    visit.photograph()
    visit.button("ui.opening.card.right").click()
    retake = visit.link("/open/card?side=back")
    visit.told("onboarding.card_expired", day="2024-03-08", then=retake)


def test_anothers_card_after_ones_own(come: Come, opening: Opening) -> None:
    """It is another application's card then: confirmed anew, and the face shown anew."""
    visit = come()
    visit.to(Step.DETAILS, "/open/card?side=front")
    opening.play(opening.place + 200)
    visit.shoot("front")
    visit.page.wait_for_url("**/open/card")
    visit.page.goto("/open/details")
    expect(visit.page.locator("#card-id_number")).to_have_value(opening.vision.number)
    visit.told("ui.opening.card.confirm", then=visit.button("ui.opening.card.right"))
    visit.button("ui.opening.card.right").click()
    visit.page.wait_for_url("**/open/face")


def test_a_wrong_code_until_it_is_spent(come: Come) -> None:
    visit = come()
    page, hand = visit.page, Hand(visit.page, lambda _: None)
    page.goto("/open")
    hand.type("#mobile", visit.applicant.mobile)
    hand.enter()
    expect(page.locator("#code")).to_be_focused()
    for left in (4, 3, 2, 1, 0):
        hand.type("#code", WRONG if visit.opening.code() != WRONG else "111111")
        expect(page.locator("#code-failed")).to_contain_text(str(left))
    visit.told(
        "verification.code_wrong", left=0, then=page.locator("form[action='/open/code'] button")
    )
    hand.type("#code", visit.opening.code())
    again = page.locator("form[action='/open/code'] button")
    visit.told("verification.code_spent", then=again)
    expect(again).to_be_enabled()


def test_no_leave_for_the_face(come: Come) -> None:
    visit = come()
    visit.applicant.enter()
    visit.applicant.consent(**{name: "yes" for name in CONSENTS if name != "face"})
    visit.applicant.photograph()
    visit.applicant.confirm()
    visit.to(None)
    visit.told("ui.opening.face.by_person", then=visit.button("ui.opening.go_on"))
    visit.button("ui.opening.go_on").click()
    visit.page.wait_for_url("**/open/details")
    visit.applicant.get()
    visit.applicant.tell()
    visit.applicant.answer()
    visit.page.goto("/open")
    visit.told("ui.opening.two_way.idle", then=visit.button("ui.opening.two_way.join"))
    # Nobody is on duty: it is said, and when somebody will be.
    with visit.page.expect_response("**/open/witness/join") as joined:
        visit.button("ui.opening.two_way.join").click()
    assert joined.value.json()["opens_at_ms"] > 0
    opens = visit.say("ui.opening.two_way.opens").split("{", maxsplit=1)[0].strip()
    expect(visit.page.locator(".witness-wait")).to_contain_text(opens)
    expect(visit.page.locator(".witness-wait")).to_contain_text(":")


@pytest.mark.parametrize(("locale", "scheme"), LOOKS)
def test_a_face_that_isnt_the_cards(
    first: Applicant, browsers: dict[bool, Browser], locale: str, scheme: str
) -> None:
    """Whoever tries another's card isn't told how near they came: two people of the firm look, and
    only what they hold is told, with the way that is left.
    """
    opening = first.opening
    first.client.cookies.set("yq_lang", locale)
    with served(opening.app) as url:
        page = phone(browsers[True], url, locale, scheme)
        refused_by_two(opening, Visit(first, page, locale))
        page.context.close()


def refused_by_two(opening: Opening, visit: Visit) -> None:
    page = visit.to(Step.FACE)
    opening.vision.face = vector(9)
    visit.button("ui.opening.face.start").click()
    page.wait_for_url("**/open/details", timeout=FILMED_MS)
    visit.applicant.get()
    for act in visit.applicant.acts_from(Step.DETAILS):
        act()
    reviewing = opening.onboarding.reviewing
    (line,) = reviewing.queue().items
    assert "face_unsure" in line.flags
    for who in ("staff:stf_1", "staff:stf_2"):
        reviewing.opine(who, line.id, Verdict.REFUSE, ("not_the_person",), "looks another")
    page.goto("/open")
    visit.told("onboarding.refuse.not_the_person", then=page.locator("a.brand"))
    expect(page.get_by_text(visit.say("ui.opening.state.refused"))).to_be_visible()


def test_no_leave_for_the_camera(come: Come, tmp_path: Path) -> None:
    visit = come(leave=False)
    page = visit.to(Step.CARD)
    visit.button("ui.opening.camera.start").click()
    visit.told("ui.opening.camera.denied", then=page.locator("#image"))
    # A picture from the device does as well.
    for side in ("front", "back"):
        photo = tmp_path / f"{side}.jpg"
        photo.write_bytes(picture(page))
        page.set_input_files("#image", photo)
        expect(page.locator(f'form[action="/open/card/{side}"]')).to_have_count(0)
    visit.button("ui.opening.card.right").click()
    page.wait_for_url("**/open/face")
    visit.button("ui.opening.face.start").click()
    visit.told("ui.opening.face.denied", then=visit.button("ui.opening.face.other"))


def picture(page: Page) -> bytes:
    """A photograph that is light and sharp, as the browser itself makes it."""
    drawn = page.evaluate("""() => { const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [800, 500]; const pen = canvas.getContext('2d');
      for (let x = 0; x < 800; x += 20) for (let y = 0; y < 500; y += 20) {
        pen.fillStyle = (x + y) % 40 ? '#dcd' : '#575'; pen.fillRect(x, y, 20, 20); }
      return canvas.toDataURL('image/jpeg') }""")
    return base64.b64decode(drawn.partition(",")[2])


@pytest.mark.parametrize("code", ["bank.wrong_password", "bank.holder_mismatch"])
def test_a_bank_that_says_no(come: Come, opening: Opening, code: str) -> None:
    visit = come()
    opening.stall.brokerage.bank.refusal = code
    page = visit.to(Step.BANK)
    hand = Hand(page, lambda _: None)
    hand.tap(page.locator('label:has(input[name="bank"])').first)
    hand.type("#number", "6222000011112222")
    hand.enter()
    hand.type("#password", BANK_PASSWORD)
    hand.enter()
    at = "#password" if code == "bank.wrong_password" else "#number"
    visit.told(code, then=visit.button("ui.opening.bank_go"))
    expect(page.locator(at)).to_be_focused()
    expect(page.locator("#number")).to_have_value("6222000011112222")


def test_a_client_already(come: Come, opening: Opening) -> None:
    visit = come()
    parts = opening.onboarding.parts
    with parts.database.transaction("test") as tx:
        number = opening.vision.number
        new = NewClient(f"c{opening.place}", NAME, "13800000000", number, "2039-12-31")
        register_client(tx, new, "-", parts.sealing)
    visit.to(Step.CARD)
    visit.photograph()
    visit.button("ui.opening.card.right").click()
    visit.told("onboarding.already_client", then=visit.link("/login"))


def tick(page: Page, answers: dict[str, tuple[str, ...]]) -> None:
    for question, ticks in answers.items():
        for option in ticks:
            answer = page.locator(f'label:has(input[name="{question}"][value="{option}"])')
            if not answer.locator("input").is_checked():
                answer.click()


def test_answers_that_contradict_each_other(come: Come) -> None:
    visit = come()
    page = visit.to(Step.QUESTIONS)
    tick(page, CALM | {"loss": ("none",)})
    visit.button("ui.standing.send").click()
    found = "suitability.contradiction.loss_wanted"
    visit.told(found, then=page.locator('.again a[href="#q-loss"]'))
    # What was let stand is still marked, and what was ticked is still ticked.
    expect(page.locator("[data-known]")).to_have_count(3)
    expect(page.locator('input[name="loss"][value="none"]')).to_be_checked()
    page.locator('label:has(input[name="loss"][value="10_30"])').click()
    visit.button("ui.standing.send").click()
    page.wait_for_url("**/open/witness")


LOWEST: Final = CALM | {"loss": ("none",), "goal": ("keep",), "wanted": ("cash",)}


def test_the_lowest_class_is_told_at_once(come: Come) -> None:
    visit = come()
    page = visit.to(Step.QUESTIONS)
    tick(page, LOWEST)
    visit.button("ui.standing.send").click()
    page.wait_for_url("**/open/witness")
    visit.told("onboarding.lowest_category", then=visit.link("/open/questions"))
    # Nobody is called who can open nothing.
    expect(page.locator("two-way-call, one-way-witness")).to_have_count(0)


def test_the_lowest_class_signs_nothing(come: Come, opening: Opening) -> None:
    """They answer again once everything but the signature is behind."""
    visit = come()
    page = visit.to(Step.AGREEMENTS, "/open/questions")
    with opening.onboarding.parts.database.transaction("test") as tx:
        earlier = assessments.c.at_ms - COOL_MS
        tx.execute(assessments.update().values(at_ms=earlier))
    tick(page, LOWEST)
    visit.button("ui.standing.send").click()
    page.wait_for_url("**/open/agreements")
    visit.told("onboarding.lowest_category", then=visit.link("/open/questions"))
    expect(page.locator("[data-sign]")).to_have_count(0)


def test_a_wrong_code_at_signing(come: Come) -> None:
    visit = come()
    page = visit.to(Step.AGREEMENTS)
    page.fill("#code", WRONG if visit.opening.code() != WRONG else "111111")
    visit.applicant.code_for_signing()
    visit.button("ui.opening.sign.go").click()
    visit.told("verification.code_wrong", left=4, then=page.locator("[data-send-code]"))
    expect(page).to_have_url(re.compile("/open/agreements$"))
