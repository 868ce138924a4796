"""The cockpit: its lights and trends, what it shows of a living brokerage, and who may look."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.fixtures_database import NewDatabase
from tests.partners.brokerage import Brokerage, Visitor, make_brokerage
from yunquan import cockpit, investor, workbench
from yunquan.app.wiring import RunsOfClearing
from yunquan.clearing import store
from yunquan.clearing.types import RunState
from yunquan.cockpit.api import router as cockpit_api
from yunquan.cockpit.pages import router as cockpit_pages
from yunquan.cockpit.service.cockpit import Cockpit, gist_of
from yunquan.cockpit.service.thresholds import light_of, threshold_on, trend_of
from yunquan.cockpit.types import DayEndState, Light, Threshold, Tile
from yunquan.custody import store as custody_store
from yunquan.custody.types import FileOutcome, FileState
from yunquan.kernel.errors import Unavailable
from yunquan.workbench.pages import router as workbench_pages

ROOMS = {
    room.__name__.rpartition(".")[2]: Path(room.__file__ or "").parent
    for room in (investor, workbench, cockpit)
}
OLD = Threshold("x", 1, 2, "ms", "2026-01-01", "firm")
NEW = Threshold("x", 10, 20, "ms", "2026-07-01", "firm")


@pytest.mark.parametrize(
    ("value", "day", "light"),
    [
        (0.5, "2026-03-01", Light.GOOD),
        (1, "2026-03-01", Light.WATCH),
        (2, "2026-03-01", Light.ACT),
        (2, "2026-07-01", Light.GOOD),
        (20, "2026-07-01", Light.ACT),
        (99, "2025-12-31", Light.GOOD),
        (None, "2026-07-01", Light.UNKNOWN),
    ],
)
def test_a_figure_is_held_against_the_row_of_its_day(
    value: float | None, day: str, light: Light
) -> None:
    assert light_of(value, threshold_on("x", day, (NEW, OLD))) is light


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ([], ""),
        ([5.0], ""),
        ([1.0, 3.0], "0.0,22.0 100.0,2.0"),
        ([4.0, 4.0, 4.0], "0.0,22.0 50.0,22.0 100.0,22.0"),
    ],
)
def test_a_trend_is_a_line_in_its_box(values: list[float], points: str) -> None:
    assert trend_of(values) == points


@pytest.fixture
def brokerage(new_database: NewDatabase, tmp_path: Path) -> Iterator[Brokerage]:
    made = make_brokerage(new_database("sqlite"), tmp_path)
    yield made
    made.passwords.close()


@pytest.fixture
def web(brokerage: Brokerage) -> Iterator[TestClient[Litestar]]:
    office = Cockpit(brokerage.desk)
    app = brokerage.app([cockpit_pages, cockpit_api], ROOMS, cockpit=office)
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("name", "status"),
    [("ops", 200), ("audit", 200), ("desk", 403), ("linxz", 403), ("", 401)],
)
def test_only_those_who_run_the_firm_see_it(
    brokerage: Brokerage, web: TestClient[Litestar], name: str, status: int
) -> None:
    visitor = Visitor(brokerage, web, name)
    assert visitor.get("/cockpit").status_code == status
    visitor.headers["Accept"] = "text/html"
    page = web.get("/cockpit", headers=visitor.headers, follow_redirects=False)
    assert page.status_code == (status if name else 303)
    if status != 200:
        heard = web.get("/stream", params={"topics": "cockpit"}, headers=visitor.headers)
        assert heard.status_code == (401 if not name else 400)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_shows_every_tile(
    brokerage: Brokerage, web: TestClient[Litestar], language: str
) -> None:
    visitor = Visitor(brokerage, web, "ops")
    visitor.headers["Accept-Language"] = language
    tiles = visitor.get("/cockpit").json()["tiles"]
    html = web.get("/cockpit", headers=visitor.headers).text
    assert len(tiles) == 15 + len(brokerage.desk.funding.banks)
    for tile in tiles:
        assert f'data-tile="{tile["id"]}"' in html
        assert tile["name"] in html
    assert "style=" not in html
    assert "<script>" not in html


def test_figures_are_those_of_the_parts(brokerage: Brokerage) -> None:
    async def run() -> dict[str, Any]:
        office = Cockpit(brokerage.desk)
        for _ in range(3):
            await office.sample()
        return {tile.id: tile for tile in (await office.board("en")).tiles}

    tiles = asyncio.run(run())
    assert [fact.value for fact in tiles["clients"].facts] == ["2"]
    assert (tiles["books"].value, tiles["books"].light) == ("0", Light.GOOD)
    assert tiles["books"].trend.count(",") == 3
    assert (tiles["day_end"].value, tiles["day_end"].light) == ("Not yet run", Light.UNKNOWN)
    assert tiles["feed"].light is Light.GOOD


def file_of(
    brokerage: Brokerage, day: str, in_fen: int, ours: int | None, version: int = 1
) -> None:
    """What came of a bank's file, as custody keeps it."""
    with brokerage.desk.database.transaction() as tx:
        sums = (1, 1, 0, in_fen, 0, 0)
        digest = f"{day}-{version}"
        outcome = FileOutcome(
            "simbank", day, digest, version, FileState.TAKEN, "", *sums, 1, ours_net_fen=ours
        )
        custody_store.save_file(tx, outcome, b"")


def bank_tile(brokerage: Brokerage) -> Tile:
    async def run() -> Tile:
        office = Cockpit(brokerage.desk)
        tiles = (await office.board("en")).tiles
        return next(tile for tile in tiles if tile.id == "bank:simbank")

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("in_fen", "ours", "value", "light"),
    [
        (1_234_00, 1_234_00, "0.00", Light.GOOD),
        (1_234_00, 1_233_99, "0.01", Light.WATCH),
        (1_234_00, 0, "1,234.00", Light.ACT),
        (1_234_00, None, "--", Light.UNKNOWN),
    ],
)
def test_a_bank_is_held_against_our_books(
    brokerage: Brokerage, in_fen: int, ours: int | None, value: str, light: Light
) -> None:
    file_of(brokerage, "2026-07-10", 5, 0)
    file_of(brokerage, "2026-07-13", 7, 0)
    file_of(brokerage, "2026-07-13", in_fen, ours, version=2)
    tile = bank_tile(brokerage)
    assert (tile.value, tile.light) == (value, light)
    told = {fact.name: fact.value for fact in tile.facts}
    assert told["Net in by its file"] == "1,234.00"
    assert told["File of"] == "2026-07-13"
    assert told["In transit"] == "0.00"


def test_a_bank_without_a_file_is_not_known(brokerage: Brokerage) -> None:
    tile = bank_tile(brokerage)
    assert (tile.value, tile.light) == ("--", Light.UNKNOWN)
    assert {fact.value for fact in tile.facts} == {"--", "0.00"}


def test_orders_acknowledged_of_late_are_told(brokerage: Brokerage) -> None:
    acks = brokerage.driver.acks
    now_s = brokerage.desk.clock.monotonic()
    for _ in range(98):
        acks.note(now_s, 0.001)
    acks.note(now_s, 0.060)
    acks.note(now_s, 0.060)

    async def run() -> Tile:
        tiles = (await Cockpit(brokerage.desk).board("en")).tiles
        return next(tile for tile in tiles if tile.id == "ack_p99")

    tile = asyncio.run(run())
    assert tile.light is Light.WATCH
    assert 60 <= float(tile.value.removesuffix(" ms")) <= 66
    (median,) = tile.facts
    assert 1.0 <= float(median.value.removesuffix(" ms")) <= 1.1


def test_what_does_not_answer_keeps_its_figure_and_its_age(
    brokerage: Brokerage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down() -> Any:
        raise Unavailable("counter.unreachable")

    async def run() -> dict[str, Any]:
        office = Cockpit(brokerage.desk)
        await office.sample()
        monkeypatch.setattr(brokerage.desk, "health", down)
        await office.sample()
        return {tile.id: tile for tile in (await office.board("en")).tiles}

    tiles = asyncio.run(run())
    assert (tiles["books"].value, tiles["books"].light) == ("0", Light.UNKNOWN)
    assert tiles["books"].since_ms
    assert tiles["clients"].since_ms is None


def test_the_day_end_is_told_by_whoever_knows(brokerage: Brokerage) -> None:
    class Failed:
        def load_state(self, _tx: Any) -> DayEndState:
            return DayEndState("2026-07-13", "failed", "settle")

    async def run() -> Any:
        return (await Cockpit(brokerage.desk, Failed()).board("en")).tiles[-1]

    tile = asyncio.run(run())
    assert (tile.light, tile.value) == (Light.ACT, "Failed")
    assert [fact.value for fact in tile.facts] == ["2026-07-13", "Settlement"]
    assert tile.link == "/staff/dayend"


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([], DayEndState()),
        ([("2026-07-13", RunState.DONE)], DayEndState("2026-07-13", "done")),
        (
            [("2026-07-13", RunState.FAILED), ("2026-07-14", RunState.DONE)],
            DayEndState("2026-07-13", "failed"),
        ),
        (
            [("2026-07-13", RunState.DONE), ("2026-07-14", RunState.RUNNING)],
            DayEndState("2026-07-14", "running"),
        ),
    ],
)
def test_a_day_that_failed_is_not_hidden_by_a_later_one(
    brokerage: Brokerage, states: list[tuple[str, RunState]], told: DayEndState
) -> None:
    database = brokerage.desk.database
    with database.transaction() as tx:
        for day, state in states:
            store.begin_run(tx, day)
            store.save_run(tx, day, state, None)
    with database.read() as tx:
        found = RunsOfClearing().load_state(tx)
    assert (found.day, found.state) == (told.day, told.state)


@pytest.mark.parametrize(("name", "shown"), [("ops", True), ("audit", True), ("desk", False)])
def test_the_workbench_leads_there_for_those_who_may_look(
    brokerage: Brokerage, name: str, *, shown: bool
) -> None:
    pages = [workbench_pages, cockpit_pages, cockpit_api]
    app = brokerage.app(pages, ROOMS, cockpit=Cockpit(brokerage.desk))
    with TestClient(app) as web:
        visitor = Visitor(brokerage, web, name)
        page = web.get("/staff/transfers", headers=visitor.headers | {"Accept": "text/html"})
        assert page.status_code == 200
        assert ('href="/cockpit"' in page.text) is shown


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        ("超过涨停价 {limit}", "超过涨停价 …"),
        ("可用资金不足：需要 {needed} 元，可用 {usable} 元", "可用资金不足"),
        ("Not enough cash: {needed} needed, {usable} usable", "Not enough cash"),
        ("The order is already finished", "The order is already finished"),
    ],
)
def test_a_refusal_is_named_without_the_figures_of_one_case(text: str, gist: str) -> None:
    assert gist_of(text) == gist
