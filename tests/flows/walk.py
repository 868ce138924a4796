"""A walk over every page there is: what is wrong with each at two widths, in two languages and two
themes; `python -m tests.flows.walk FOLDER` also takes its pictures.

The pages are those the app's routers know, so that a new one is walked without being named here.
"""

from __future__ import annotations

import ast
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

from tests.flows.conftest import launch
from tests.partners.brokerage import PASSWORD
from yunquan.acceptance.pages import router as acceptance_pages
from yunquan.app.locale import catalogue
from yunquan.app.wiring import PAGES as ALL_PAGES
from yunquan.opening.pages import router as opening_pages
from yunquan.riskdesk.pages import router as riskdesk_pages

ROOT: Final = Path(__file__).resolve().parents[2]
AXE: Final = ROOT / "node_modules/axe-core/axe.min.js"
PHONE, DESKTOP, SMALL = (390, 844), (1440, 1000), (360, 780)
LOOKS: Final = (("zh_CN", "light"), ("en", "dark"), ("zh_CN", "dark"), ("en", "light"))
SLOW_START_S: Final = 60
# A page about one thing is reached as people reach it: by a link of the page before it.
REACHED_FROM: Final = {
    "/stocks/{symbol:str}": "/",
    "/orders/{order_id:str}": "/orders?state=filled",
    "/orders/{order:str}/note": "/orders/{order_id:str}",
    "/conditions/{condition:str}": "/conditions",
    "/statements/{period:str}": "/statements",
    "/complaints/{complaint:str}": "/complaints",
    "/letters/{letter:str}": "/messages",
    "/permissions/{permission:str}": "/permissions",
    "/staff/actions/{action:str}": "/staff/actions",
    "/staff/complaints/{complaint:str}": "/staff/complaints",
}
# The same routes in another state: a tab, a search, a form's refusal, nothing found.
STATES: Final[dict[str, tuple[str, ...]]] = {
    "anyone": ("/nowhere",),
    "staff": (
        "/staff?q=13800000000",
        "/staff/rules?symbol=600519.SH",
        "/staff/orders?symbol=000001.SZ",
        "/staff/ledger?account=880000000001",
        "/staff/ledger?account=firm:commission",
        "/staff/complaints?standing=all",
        "/staff/audit?kind=look",
    ),
    "client": (
        "/?q=nothing-like-it",
        "/stocks/688981.SH",
        "/stocks/113050.SH",
        "/market?sort=change-desc&group=chinext",
        "/market?sort=turnover-desc&industry=chips",
        "/orders?view=history",
        "/orders?view=fills",
        "/orders?view=fills&from_day=not-a-day",
        "/conditions?view=ended",
        "/conditions/new?symbol=000001.SZ&kind=grid",
        "/transfer?direction=out",
        "/cash?kind=fee&from_day=2026-07-13",
        "/cash?kind=interest",
        "/cash?from_day=x",
        "/search?q=60",
        "/statements/2026-07-13",
        "/permissions/star",
        "/permissions/margin",
        "/permissions?granted=star",
    ),
}
# The faces of account opening and of risk are walked by tests of their own.
OWN_TESTS: Final = (opening_pages, acceptance_pages, riskdesk_pages)
PAGES: Final = tuple(one for one in ALL_PAGES if one not in OWN_TESTS)
# Who is logged in for whose pages; a stranger for what anyone may see.
WALKERS: Final = {"": "anyone", "linxz": "client", "ops": "staff"}
# Files and parts that aren't read as pages, and the way out of an address.
NOT_PAGES: Final = {
    "/notices",
    "/orders/export",
    "/cash/export",
    "/manifest.webmanifest",
    "/sw.js",
    "/statements/span",
    "/staff/evidence/{pack:str}",
    "/staff/orders.csv",
    "/staff/ledger.csv",
    "/staff/audit.csv",
    "/letters/{letter:str}/pdf",
}
JUDGE: Final = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => one.id + ' ' + one.nodes.map(node => node.target.join(' ')).join(' | ')))"""
WIDER: Final = "document.documentElement.scrollWidth - innerWidth"
CODES: Final = frozenset(code.partition(".")[0] for code in catalogue().messages["zh_CN"])
WORD: Final = re.compile(r"(?<![\w./@-])([a-z_]+)\.[a-z0-9_]+(?:\.[a-z0-9_]+)*(?![\w/(])", re.ASCII)
SEEN: Final = """() => { const told = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest('.mono, code, kbd, pre, script, style'))
      told.push(walker.currentNode.data);
  return told.join('\\n') }"""


def routes() -> list[tuple[str, str]]:
    """Path and who may see it, of everything that answers a GET."""
    return [
        (route.path, str(handler.opt["who"]))
        for router in PAGES
        for route in router.routes
        for handler in getattr(route, "route_handlers", ())
        if "GET" in handler.http_methods and route.path not in NOT_PAGES
    ]


@dataclass
class Walker:
    """Somebody who is logged in and looks at pages. faults: what was wrong, by page and look."""

    page: Page
    shots: Path | None = None
    faults: dict[str, list[str]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A figure that tints at this moment would be judged in the colour of the tint.
        self.page.emulate_media(reduced_motion="reduce")
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda note: self.complaints.append(note.text) if note.type == "error" else None,
        )

    def addresses(self, who: str) -> list[str]:
        """Every page of theirs, with an example for whatever a route leaves open."""
        found = [self.example(path) for path, whose in routes() if whose == who]
        return [*found, *STATES[who]]

    def example(self, path: str) -> str:
        """The address of one thing that the route is about, as a link leads there."""
        if "{" not in path:
            return path
        assert path in REACHED_FROM, f"say in REACHED_FROM which page links to {path}"
        self.page.goto(self.example(REACHED_FROM[path]))
        wanted = re.compile(re.sub(r"\{[^}]+\}", "[^/?#]+", path))
        links = self.page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
        known = {one for one, _ in routes()}
        fits = (link for link in links if link and link not in known and wanted.fullmatch(link))
        found = next(fits, None)
        assert found, f"{REACHED_FROM[path]} links to no {path}"
        return found

    def visit(
        self,
        path: str,
        size: tuple[int, int],
        locale: str,
        theme: str,
        *,
        elder: bool = False,
        judged: bool = True,
    ) -> None:
        """Look at one page one way, and write down what is wrong. judged: by axe too."""
        looks = {"yq_lang": locale, "yq_theme": theme, "yq_elder": "on" if elder else "off"}
        base = re.match(r"https?://[^/]+", self.page.url)
        assert base
        self.page.context.add_cookies(
            [{"name": name, "value": value, "url": base[0]} for name, value in looks.items()]
        )
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.complaints.clear()
        answer = self.page.goto(path)
        expected = path == "/nowhere"
        found = [] if expected else list(self.complaints)
        if not answer or answer.status != (404 if expected else 200):
            found.append(f"answered {answer.status if answer else None}")
        if (wider := self.page.evaluate(WIDER)) > 0:
            found.append(f"{wider} px wider than the window")
        words = WORD.finditer(self.page.evaluate(SEEN))
        found += sorted({word[0] for word in words if word[1] in CODES})
        if judged:
            self.page.evaluate(AXE.read_text())
            found += self.page.evaluate(JUDGE)
        name = f"{path} {size[0]} {locale} {theme}{' elder' if elder else ''}"
        if found:
            self.faults[name] = found
        if self.shots:
            file = re.sub(r"[^A-Za-z0-9.]+", "_", name).strip("_")
            self.page.screenshot(path=self.shots / f"{file}.png", full_page=True)

    def walk(self, who: str) -> None:
        """All their pages: each at both widths, each width in another language and theme."""
        for place, path in enumerate(self.addresses(who)):
            # Neighbours share neither language nor theme.
            self.visit(path, PHONE, *LOOKS[place % 4])
            self.visit(path, DESKTOP, *LOOKS[place % 4 ^ 1])

    def walk_as_elder(self) -> None:
        """All pages of a client in the larger type, on a small phone."""
        for place, path in enumerate(self.addresses("client")):
            self.visit(path, SMALL, *LOOKS[place % 4], elder=True, judged=False)


@contextmanager
def furnished() -> Iterator[tuple[str, dict[str, str]]]:
    """The furnished stall in a process of its own: its address and the secrets of its staff."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.flows.furnished", str(port)]
    # Not a pipe: nobody would empty it of what the server logs, and it would stand still.
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_serving(url, process)
            told.seek(0)
            secrets = ast.literal_eval(told.readline().decode().removeprefix("staff "))
            yield url, secrets
        finally:
            process.kill()
            process.wait()


def wait_until_serving(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SLOW_START_S
    while True:
        assert process.poll() is None, "the stall ended before it served"
        try:
            urllib.request.urlopen(f"{url}/login", timeout=2).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def log_in(browser: Browser, url: str, name: str, secret: str = "") -> Page:
    """A page of somebody who has just logged in; of a stranger with no name."""
    # No service worker: it is made anew for each language, and the walk changes that at every step.
    context = browser.new_context(base_url=url, service_workers="block")
    page = context.new_page()
    if not name:
        page.goto("/login")
        return page
    page.goto("/staff/login" if secret else "/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    if secret:
        page.fill("#code", pyotp.TOTP(secret).now())
    page.click(".go")
    page.wait_for_url(re.compile(r"/staff$" if secret else r"/$"))
    return page


def main(folder: Path) -> None:
    """Walk everything and leave the pictures in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, furnished() as (url, secrets):
        browser = launch(playwright)
        for name, who in WALKERS.items():
            walker = Walker(log_in(browser, url, name, secrets.get(name, "")), folder)
            walker.walk(who)
            if who == "client":
                walker.walk_as_elder()
            for place, found in walker.faults.items():
                print(place, *found, sep="\n    ")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
