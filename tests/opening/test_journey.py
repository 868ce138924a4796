"""The whole way on a phone, in a real browser with a camera: taps, width, contrast, words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from benchmarks.onboarding.journey import MODEL
from tests.flows.walk import AXE, CODES, JUDGE, PHONE, SEEN, WIDER, WORD
from tests.opening.journey import launch_with_camera, serving, walk

pytestmark = pytest.mark.browser
# Everything, the questionnaire too: ten of its answers nobody may give for the applicant.
MOST_TAPS = 40
OPENS_S = 1.0  # a camera


@pytest.fixture
def url() -> Iterator[str]:
    """Served anew each time: nobody answers the questionnaire twice a day, whatever their phone."""
    with serving() as found:
        yield found


@pytest.mark.parametrize(("locale", "scheme"), [("zh_CN", "light"), ("en", "dark")])
def test_an_account_by_thumb(url: str, locale: str, scheme: str) -> None:
    faults: dict[str, list[str]] = {}
    with sync_playwright() as playwright:
        browser = launch_with_camera(playwright)
        context = browser.new_context(
            base_url=url,
            viewport={"width": PHONE[0], "height": PHONE[1]},
            has_touch=True,
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "yq_lang", "value": locale, "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.setdefault("script", []).append(str(error)))

        def look(name: str) -> None:
            if found := judged(page):
                faults[name] = found

        hand = walk(page, look, mobile="13900000017" if scheme == "light" else "13900000018")
        browser.close()
    assert faults == {}
    assert sum(hand.taps.values()) <= MOST_TAPS, hand.taps
    # The stated model of a person counts as the browser does, and reads Chinese.
    assert hand.taps == {step: one.taps for step, one in MODEL.items() if one.taps}
    assert hand.typed == {step: one.typed for step, one in MODEL.items() if one.typed}
    if locale == "zh_CN":
        for step, seconds in hand.filmed.items():
            assert seconds + OPENS_S <= MODEL[step].seconds, step
        counted = {step: hand.reading.counted(step) for step in MODEL}
        found = {step: (one["read"], one["skimmed"]) for step, one in counted.items()}
        assert found == {step: (one.read, one.skimmed) for step, one in MODEL.items()}


def judged(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    found = list[str]()
    if (wider := page.evaluate(WIDER)) > 0:
        found.append(f"{wider} px wider than the window")
    words = WORD.finditer(page.evaluate(SEEN))
    found += sorted({word[0] for word in words if word[1] in CODES})
    page.evaluate(AXE.read_text())
    return [*found, *page.evaluate(JUDGE)]
