"""web.first_paint_kb: what the first view of an instrument's page loads with an empty cache.

As it crosses the wire, compressed, headers included, in a real browser logged in as a client; the
stream, which never ends, is left out. Limit: two seconds on a weak mobile line.
"""

from __future__ import annotations

import shutil

import msgspec

from benchmarks.rows import Row, row
from benchmarks.web.pages import serving
from benchmarks.weigh import Weight, weigh

PAGE = "/stocks/600519.SH"
CLIENTS, USERS = 100, 1
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}


def measure() -> dict[str, Weight]:
    """By size of the screen."""
    # Only this benchmark needs a browser.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    found: dict[str, Weight] = {}
    with serving(CLIENTS, USERS) as (port, file, _), sync_playwright() as playwright:
        address = f"http://127.0.0.1:{port}"
        token = msgspec.json.decode(file.read_bytes())["people"][0]["token"]
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (width, height) in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, base_url=address
            )
            context.add_cookies([{"name": "yq_session", "value": token, "url": address}])
            page = context.new_page()
            found[name] = weigh(page, PAGE)
            assert page.url == address + PAGE, page.url
            context.close()
        browser.close()
    return found


def bench(*, quick: bool) -> list[Row]:
    """One row: the heavier of phone and desktop. quick: the same, it is small already."""
    del quick
    found = measure()
    told = "; ".join(
        f"{name}: {one.kb:.1f} KB in {one.requests} requests, {len(one.blocking)} scripts before"
        " the first paint"
        for name, one in found.items()
    )
    return [
        row(
            "web.first_paint_kb",
            max(one.kb for one in found.values()),
            "KB",
            size=f"{PAGE} with an empty cache, logged in",
            limit="<= 180",
            note=f"all that the first view loads, compressed as sent, the stream left out; {told}",
        )
    ]
