"""The questionnaire in a real browser: what excludes what, how far one is, what the page saw."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from tests.flows.test_client_pages import (
    NewPage,
    address,  # noqa: F401
    new_page,  # noqa: F401
)
from tests.flows.walk import PHONE
from tests.partners.brokerage import PASSWORD
from tests.suitability.answering import CALM

pytestmark = pytest.mark.browser


def test_answering_by_thumb(new_page: NewPage) -> None:  # noqa: F811
    page = new_page(PHONE, "en")
    page.goto("/login")
    page.fill("#name", "zhoums")
    page.fill("#password", PASSWORD)
    page.click(".go")
    page.wait_for_url("**/")
    page.goto("/suitability")
    page.get_by_role("link", name="Begin").click()
    progress = page.locator("[data-progress]")
    expect(progress).to_have_text("0 of 13 answered")
    # "None" takes the others away, and another takes "none" away.
    for code in ("mortgage", "consumer"):
        page.check(f'input[name="debts"][value="{code}"]')
    page.check('input[name="debts"][value="none"]')
    expect(page.locator('input[name="debts"]:checked')).to_have_count(1)
    page.check('input[name="debts"][value="mortgage"]')
    expect(page.locator('input[name="debts"][value="none"]')).not_to_be_checked()
    for question, ticks in CALM.items():
        for tick in ticks:
            page.check(f'input[name="{question}"][value="{tick}"]')
    expect(progress).to_have_text("13 of 13 answered")
    with page.expect_request(lambda one: one.method == "POST") as sent:
        page.get_by_role("button", name="Send").click()
    trace = json.loads(parse_qs(sent.value.post_data or "")["trace"][0])
    assert trace["seen"][0] == "capacity"
    assert ["debts", "none", True] in [change[:3] for change in trace["changes"]]
    assert sum(trace["spent_ms"].values()) > 0
    page.wait_for_url("**/suitability")
    expect(page.locator(".own-class")).to_contain_text("C4")
    expect(page.get_by_text("After confirming")).to_have_count(2)
