"""A real Chromium: the machine's own, started once for the process that runs the tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 1000}
# Nothing of the browser's own goes out to the network.
QUIET = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next((found for found in map(shutil.which, NAMES) if found), None)
    assert path, "no Chromium on PATH: make test installs it as root, or says how"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor, 390 pixels wide, in zh-CN."""
    context = chromium.new_context(viewport=PHONE, has_touch=True, locale="zh-CN")
    yield context
    context.close()


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor, 1440 pixels wide, in zh-CN."""
    context = chromium.new_context(viewport=DESKTOP, locale="zh-CN")
    yield context
    context.close()
