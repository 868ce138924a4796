"""Every page of the risk desk in a real browser: axe, width, words, console; phone and desktop."""

from __future__ import annotations

import asyncio

import pytest
from playwright.sync_api import Browser

from tests.flows.conftest import browser
from tests.flows.furnished import write_letter
from tests.flows.walk import DESKTOP, LOOKS, PHONE, Walker, log_in
from tests.investor.stall import ROOMS, Stall, make_stall
from tests.opening.served import served
from tests.riskdesk.test_context import heat, now_ms
from tests.riskdesk.test_pages import BOARD
from tests.riskdesk.test_watches import fill
from yunquan.cases import Cases
from yunquan.kernel.zone import in_market_zone
from yunquan.riskdesk.api import routers as api
from yunquan.riskdesk.pages import router as pages
from yunquan.workbench.pages import router as workbench

pytestmark = pytest.mark.browser
__all__ = ["browser"]


def addresses(stall: Stall) -> list[str]:
    """Every page, each with something on it."""
    account = fill(stall)
    heat(stall, now_ms(stall) - 1_000, 6.5)
    asyncio.run(write_letter(stall, account))
    desk = stall.brokerage.desk
    (case,) = Cases(desk.database, desk.restrictions).board()
    at = in_market_zone(now_ms(stall))
    rest = (
        "",
        f"/{case.id}",
        f"/replay?day={at:%Y-%m-%d}&at={at:%H:%M}",
        "/rules",
        "/rules/spoofing.opposite",
        "/drafts?rule=spoofing.opposite",
        "/indicators",
        "/exposure",
        f"/exposure/{account}",
        "/credit",
        "/operations",
        f"/accounts/{account}",
        "/lessons",
    )
    return [BOARD + path for path in rest]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stall, list[str]]:
    """Made before a browser is open: while one is, nobody else can run a loop."""
    stall = make_stall(tmp_path_factory.mktemp("stall"))
    return stall, addresses(stall)


def test_every_page_is_fit_to_be_read(desk: tuple[Stall, list[str]], browser: Browser) -> None:
    """Each at both widths, each width in another language and theme."""
    stall, found = desk
    app = stall.brokerage.app([workbench, pages, *api], ROOMS)
    with served(app, "/staff/login") as url:
        walker = Walker(log_in(browser, url, "ops", stall.brokerage.totp["ops"]))
        for place, path in enumerate(found):
            walker.visit(path, PHONE, *LOOKS[place % 4])
            walker.visit(path, DESKTOP, *LOOKS[place % 4 ^ 1])
        walker.page.context.close()
    faults = [f"{page}: {one}" for page, found in walker.faults.items() for one in found]
    assert not faults, "\n".join(faults)
