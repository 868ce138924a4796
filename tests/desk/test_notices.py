"""What a client is told of stops and halts: which concern a page, in their language, and live."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures_database import NewDatabase
from tests.partners.brokerage import CHENSHAN, Brokerage, make_brokerage
from yunquan.app.locale import catalogue
from yunquan.app.web.fanout import Fanout
from yunquan.counter.types import (
    NoticesView,
    ResumeTrading,
    RollDay,
    StopTrading,
    StopView,
    UseGateway,
)
from yunquan.desk.readers import NoticeWatch
from yunquan.desk.rules.notices import concerns, notice_list, seen_of
from yunquan.desk.types import NoticeList
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Unavailable

TEXTS = catalogue()
HAIYUAN = "000001.SZ"


@pytest.mark.parametrize(
    ("scope", "symbol", "does"),
    [
        ("all", "", True),
        ("all", CHENSHAN, True),
        ("*", HAIYUAN, True),
        ("SH", "", True),
        ("SH", CHENSHAN, True),
        ("SH", HAIYUAN, False),
        (CHENSHAN, CHENSHAN, True),
        (CHENSHAN, HAIYUAN, False),
        # What befalls one security is left to its own page.
        (CHENSHAN, "", False),
    ],
)
def test_what_concerns_a_page(scope: str, symbol: str, does: bool) -> None:
    assert concerns(scope, symbol) is does


def stop(scope: str, zh: str = "停一会儿", en: str = "A while") -> StopView:
    return StopView(scope, "Basis", zh, en, 1_000, "staff:1:prp_1")


def view(*stops: StopView, changed: StopView | None = None, **halts: str) -> NoticesView:
    return NoticesView("2026-07-13", stops, halts, changed)


def listed(found: NoticesView, symbol: str = "", locale: str = "en") -> NoticeList:
    names = {CHENSHAN: "Chenshan Spirits"}
    return notice_list(
        found,
        symbol,
        locale,
        lambda one: names.get(one, one),
        lambda code, **facts: TEXTS.text(code, locale, **facts),
    )


@pytest.mark.parametrize(
    ("found", "symbol", "kinds"),
    [
        (view(), CHENSHAN, []),
        (view(stop("all"), stop("SZ"), stop(CHENSHAN)), CHENSHAN, [("stop", True)] * 2),
        (view(stop("all"), stop("SZ"), stop(CHENSHAN)), "", [("stop", True)] * 2),
        (view(SH="exchange_halt"), CHENSHAN, [("exchange_halt", True)]),
        (view(SH="exchange_halt"), HAIYUAN, []),
        (
            NoticesView("", (), {CHENSHAN: "volatility_halt"}, None),
            CHENSHAN,
            [("volatility_halt", False)],
        ),
        (view(changed=stop("b")), "", [("gateway", False)]),
        # Its notice ends with the day, the change stays.
        (view(changed=stop("b", "", "")), "", []),
    ],
)
def test_what_a_page_says(found: NoticesView, symbol: str, kinds: list[tuple[str, bool]]) -> None:
    assert [(line.kind, line.stops) for line in listed(found, symbol).items] == kinds


def test_in_the_readers_language_with_names() -> None:
    found = view(stop(CHENSHAN))
    (chinese,), (english,) = listed(found, CHENSHAN, "zh_CN").items, listed(found, CHENSHAN).items
    assert (chinese.text, english.text) == ("停一会儿", "A while")
    assert english.title == f"New orders not taken · Chenshan Spirits {CHENSHAN}"
    everywhere = listed(NoticesView("", (), {"*": "exchange_halt"}, None)).items[0]
    assert everywhere.title == "Exchange halt · all markets"
    assert everywhere.text


def test_seen_changes_with_what_is_told() -> None:
    seen = [seen_of(view()), seen_of(view(stop("SH"))), seen_of(view(stop("SH", en="Longer")))]
    seen += [seen_of(view(SH="exchange_halt")), seen_of(view(changed=stop("b")))]
    assert len(set(seen)) == 5
    assert seen_of(view(stop("SH"))) == seen[1]


@pytest.fixture
def brokerage(new_database: NewDatabase, tmp_path: Path) -> Iterator[Brokerage]:
    made = make_brokerage(new_database("sqlite"), tmp_path)
    yield made
    made.passwords.close()


def test_a_stream_hears_of_a_stop_and_of_its_end(
    brokerage: Brokerage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yunquan.desk.readers.NOTICES_EVERY_S", 0.01)
    account = brokerage.accounts["linxz"]
    clock = brokerage.desk.clock

    async def run() -> list[str]:
        fanout = Fanout(brokerage.desk)
        listener = fanout.join([f"notices:{account}"], "en", 1)
        seen = []

        async def heard() -> None:
            while True:
                if isinstance(clock, ManualClock):
                    clock.advance(0.5)
                await listener.wait()
                _, _, told = listener.take().partition(b"data: ")
                data = json.loads(told)
                if not seen or data["seen"] != seen[-1]:
                    seen.append(data["seen"])
                    return

        async with asyncio.timeout(20):
            await heard()
            brokerage.submit(StopTrading("staff:1", "all", "Basis", "停", "Stop"))
            await heard()
            brokerage.submit(ResumeTrading("staff:2", "all", "Basis"))
            await heard()
        fanout.leave(listener)
        return seen

    first, stopped, over = asyncio.run(run())
    assert first == over
    assert stopped != first


def test_a_page_is_not_lost_with_its_counter(
    brokerage: Brokerage, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    account = brokerage.accounts["linxz"]

    def told() -> list[str]:
        found = asyncio.run(brokerage.desk.notices(account, "en", CHENSHAN))
        return [line.kind for line in found.items]

    async def silent(_query: object) -> None:
        raise Unavailable("counter.unreachable")

    brokerage.submit(StopTrading("staff:1", CHENSHAN, "Basis", "停", "Stop"))
    assert told() == ["stop"]
    (line,) = brokerage.desk.counters.clients
    monkeypatch.setattr(line, "ask", silent)
    clock.advance(5)
    # The last that was known.
    assert told() == ["stop"]
    fresh = NoticeWatch(brokerage.desk.counters, clock)
    monkeypatch.setattr(brokerage.desk, "watch", fresh)
    assert told() == []


def test_a_changed_gateway_is_told_until_the_day_ends(brokerage: Brokerage) -> None:
    driver = brokerage.driver
    parts = driver.reference_parts

    def two_gateways(now_ms: int) -> object:
        found = parts(now_ms)
        found.gateways = ("", "b")
        return found

    driver.reference_parts = two_gateways  # pyright: ignore[reportAttributeAccessIssue]
    assert brokerage.submit(UseGateway("staff:1", "b", "Basis", "换线", "Other line")).accepted
    account = brokerage.accounts["linxz"]
    found = asyncio.run(brokerage.desk.notices(account, "en"))
    assert [(line.kind, line.text) for line in found.items] == [("gateway", "Other line")]
    assert driver.state.changed is not None
    brokerage.submit(RollDay("system:roll:2026-07-14", "2026-07-14"))
    assert (driver.state.gateway, driver.state.changed.notice_en) == ("b", "")
