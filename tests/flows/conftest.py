"""A browser for the tests that share a process with others."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
]


def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium."""
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    return playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module: while it is open, no other test of the process can run a loop."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
