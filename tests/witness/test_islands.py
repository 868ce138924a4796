"""The islands in a real browser with a fake camera, over a real office: a film is made and kept,
and two browsers see each other.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.fixtures_browser import DESKTOP, NAMES, PHONE, QUIET
from tests.witness.conftest import HEAD, OWNER, STAFF, STEPS, make_witness
from tests.witness.pages import Site
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database
from yunquan.witness import Witness
from yunquan.witness.rules.containers import length_ms
from yunquan.witness.types import Standing

pytestmark = pytest.mark.browser
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
AUTOPLAY = "--autoplay-policy=no-user-gesture-required"
LONG = 60_000


@contextmanager
def browser(*flags: str) -> Iterator[Browser]:
    """A browser of its own: whether there is a camera is chosen when it starts."""
    path = next(found for found in map(shutil.which, NAMES) if found)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        args = [*QUIET, *sandbox, AUTOPLAY, *flags]
        made = playwright.chromium.launch(executable_path=path, args=args)
        yield made
        made.close()


def phone_page(made: Browser, address: str) -> Page:
    page = made.new_context(viewport=PHONE, has_touch=True, locale="zh-CN").new_page()
    page.goto(address)
    return page


@pytest.fixture
def witness(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Witness]:
    """On the machine's clock, as the browser is; its desk is open at any hour."""
    path = tmp_path / "0.db"
    shutil.copy(migrated_sqlite, path)
    clock = SystemClock()
    database = Database(f"sqlite:///{path}", clock, IdSource(clock))
    yield make_witness(database, tmp_path, always_open=True)
    database.dispose()


def permit(witness: Witness) -> None:
    with witness.database.transaction(actor=HEAD) as tx:
        witness.duty.permit(tx, STAFF)


def standing(witness: Witness) -> Standing:
    with witness.database.read() as tx:
        return witness.standing(tx, OWNER)


def film_of(witness: Witness) -> bytes:
    with witness.database.read() as tx:
        return witness._means.archive.read(tx, witness.standing(tx, OWNER).document)


def read_aloud(page: Page) -> None:
    page.locator("one-way-witness[state=ready]").wait_for(timeout=LONG)
    page.get_by_role("button", name="开始录制").click()
    page.locator("one-way-witness[state=recording]").wait_for(timeout=LONG)
    while page.locator("one-way-witness[state=recording]").count():
        # Looked for and pressed in one breath: the island changes its buttons by the clock.
        page.evaluate(
            "document.querySelector("
            "'[state=recording] .camera-acts button:not([hidden], [disabled])')?.click()"
        )
        page.wait_for_timeout(100)


def test_a_script_is_read_filmed_and_kept_over_a_broken_line(witness: Witness) -> None:
    site = Site(witness)
    site.broken = 2
    with site.running(), browser(*CAMERA) as made:
        page = phone_page(made, f"{site.address}/one")
        page.get_by_role("button", name="打开摄像头").click()
        read_aloud(page)
        page.locator("one-way-witness[state=recorded]").wait_for(timeout=LONG)
        page.get_by_role("button", name="提交这段录像").click()
        page.locator("one-way-witness[state=finished]").wait_for(timeout=LONG)
    assert site.broken == 0
    now = standing(witness)
    assert (now.way, now.state) == ("one_way", "recorded")
    assert length_ms("video/webm", film_of(witness)) > 18_000


def test_two_browsers_see_each_other_and_the_call_is_kept(witness: Witness) -> None:
    permit(witness)
    site = Site(witness)
    with site.running(), browser(*CAMERA) as made:
        desk = made.new_context(viewport=DESKTOP, locale="zh-CN").new_page()
        desk.goto(f"{site.address}/desk")
        desk.get_by_role("button", name="签到上岗").click()
        desk.locator("witness-desk[state=free]").wait_for()
        page = phone_page(made, f"{site.address}/two")
        page.get_by_role("button", name="开始排队").click()
        page.locator("two-way-call[state=waiting]").wait_for(timeout=LONG)
        expect(page.locator(".witness-wait")).to_have_text("马上就到您。")
        desk.get_by_role("button", name="接入下一位").click(timeout=LONG)
        page.locator("two-way-call[connected]").wait_for(timeout=LONG)
        desk.locator("witness-desk[connected][recording]").wait_for(timeout=LONG)
        for picture in (page.locator("video.theirs"), desk.locator("video.theirs")):
            expect(picture).to_have_js_property("paused", False)
            assert picture.evaluate("v => v.videoWidth") > 100
        # The applicant's page is loaded anew, on another device maybe: the place and the call stay.
        page.reload()
        page.get_by_role("button", name="开始排队").click()
        page.locator("two-way-call[connected]").wait_for(timeout=LONG)
        for number in range(len(STEPS)):
            answers = desk.locator(".desk-steps li").nth(number)
            answers.get_by_role("button").first.click()
            expect(answers.get_by_role("button").first).to_have_attribute("aria-pressed", "true")
        desk.get_by_role("button", name="截图").click()
        desk.get_by_role("button", name="重新截图").wait_for(timeout=LONG)
        desk.get_by_role("button", name="通过", exact=True).click()
        page.locator("two-way-call[state=passed]").wait_for(timeout=LONG)
        desk.get_by_text("录像已保存").or_(desk.get_by_text("没有人在等")).wait_for(timeout=LONG)
    now = standing(witness)
    assert (now.way, now.passed) == ("two_way", True)
    assert length_ms("video/webm", film_of(witness)) > 1000


def test_a_failed_call_says_why_and_offers_the_other_way(witness: Witness) -> None:
    permit(witness)
    site = Site(witness)
    with site.running(), browser(*CAMERA) as made:
        desk = made.new_context(viewport=DESKTOP, locale="zh-CN").new_page()
        desk.goto(f"{site.address}/desk")
        desk.get_by_role("button", name="签到上岗").click()
        page = phone_page(made, f"{site.address}/two")
        page.get_by_role("button", name="开始排队").click()
        desk.get_by_role("button", name="接入下一位").click(timeout=LONG)
        page.locator("two-way-call[connected]").wait_for(timeout=LONG)
        desk.locator("witness-desk[recording]").wait_for(timeout=LONG)
        desk.locator("select").select_option("failed:coercion_suspected")
        desk.get_by_role("button", name="确认", exact=True).click()
        page.locator("two-way-call[state=ended]").wait_for(timeout=LONG)
        expect(page.get_by_role("status")).to_have_text("这次没有通过。 疑似受他人指使或胁迫")
        expect(page.get_by_role("link", name="改为自行录制")).to_be_visible()
    assert standing(witness).state == "failed"


@pytest.mark.parametrize(
    ("name", "element", "button"),
    [("one", "one-way-witness", "打开摄像头"), ("two", "two-way-call", "开始排队")],
)
def test_without_a_camera_it_is_said(
    witness: Witness, name: str, element: str, button: str
) -> None:
    site = Site(witness)
    with site.running(), browser() as made:
        page = phone_page(made, f"{site.address}/{name}")
        page.get_by_role("button", name=button).click()
        page.locator(f"{element}[state=missing]").wait_for(timeout=LONG)
        expect(page.get_by_role("status")).to_have_text("没有找到摄像头")


def test_a_closed_desk_says_so_and_offers_the_other_way(witness: Witness) -> None:
    site = Site(witness)
    with site.running(), browser(*CAMERA) as made:
        page = phone_page(made, f"{site.address}/two")
        page.get_by_role("button", name="开始排队").click()
        page.locator("two-way-call[state=closed]").wait_for(timeout=LONG)
        expect(page.get_by_role("link", name="改为自行录制")).to_be_visible()


AXE = Path("node_modules/axe-core/axe.min.js")
FAULTS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .map(v => v.id + ' ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | '))"""


def faults(page: Page) -> list[str]:
    """What axe says, and whether the page is wider than its window."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*page.evaluate(FAULTS), *(["too wide"] if wide else [])]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_are_judged_in_every_state(witness: Witness, lang: str, theme: str) -> None:
    permit(witness)
    site = Site(witness)
    site.locale = "zh_CN" if lang == "zh" else "en"
    found: dict[str, list[str]] = {}
    with site.running(), browser(*CAMERA) as made:
        asked = f"lang={lang}&theme={theme}"
        page = phone_page(made, f"{site.address}/one?{asked}")
        found["one idle"] = faults(page)
        page.locator("one-way-witness button:visible").first.click()
        page.locator("one-way-witness[state=ready]").wait_for(timeout=LONG)
        found["one ready"] = faults(page)
        page.locator("one-way-witness button:visible").first.click()
        page.locator("one-way-witness[state=recording]").wait_for(timeout=LONG)
        found["one recording"] = faults(page)
        desk = made.new_context(viewport=DESKTOP, locale="zh-CN").new_page()
        desk.goto(f"{site.address}/desk?{asked}")
        found["desk off"] = faults(desk)
        desk.get_by_role("button", name="签到上岗").click()
        page.goto(f"{site.address}/two?{asked}")
        found["two idle"] = faults(page)
        page.locator("two-way-call button:visible").click()
        desk.get_by_role("button", name="接入下一位").click(timeout=LONG)
        page.locator("two-way-call[connected]").wait_for(timeout=LONG)
        desk.locator("witness-desk[connected][recording]").wait_for(timeout=LONG)
        found["two talking"], found["desk talking"] = faults(page), faults(desk)
    assert {name: some for name, some in found.items() if some} == {}
