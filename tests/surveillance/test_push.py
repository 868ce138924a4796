"""Alerts as they are pushed: each once, in order, none left out by who was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from yunquan.kernel.broadcast import MOST_UNREAD, Broadcast, Hearing
from yunquan.kernel.transaction import Database
from yunquan.surveillance import AlertNews, as_bytes, in_words, store
from yunquan.surveillance.types import AlertView, ToldAlert


def told(number: int, raised_at_ms: int = 0, *, shadow: bool = False) -> ToldAlert:
    view = AlertView(
        f"alt_{number:04d}", 1_000, "r", 1, "spoofing", 2, shadow, "account",
        "A1", "600519.SH", "", "", 1_000, False, {},
    )  # fmt: skip
    return ToldAlert(view, raised_at_ms, "规则", "Rule")


def write(database: Database, *alerts: ToldAlert) -> None:
    with database.transaction("surveillance") as tx:
        for one in alerts:
            store.insert_alerts(tx, [one.alert], one.raised_at_ms or tx.now_ms())


def tell(server: Broadcast, *alerts: ToldAlert) -> None:
    for piece in as_bytes(alerts):
        server.tell(piece)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


class Heard:
    """Numbers of the alerts a listener was told of, in order."""

    def __init__(self) -> None:
        self.numbers = list[int]()

    def __call__(self, alerts: object) -> None:
        assert isinstance(alerts, list)
        self.numbers += [int(one.alert.id[4:]) for one in alerts]


@asynccontextmanager
async def linked(address: str, news: AlertNews) -> AsyncIterator[None]:
    link = asyncio.create_task(Hearing(address, news.catch_up, news.heard_bytes).run())
    try:
        yield
    finally:
        link.cancel()


async def _over_restarts(database: Database, address: str) -> list[int]:
    news, heard = AlertNews(database), Heard()
    news.listen(heard)
    first = Broadcast()
    await first.start(address)
    async with linked(address, news):
        await until(lambda: first.listeners == 1)
        write(database, told(1), told(2))
        tell(first, told(1), told(2))
        await until(lambda: len(heard.numbers) == 2)
        first.close()
        # Written while nobody told it, one of them in the shadow; told again by the next one.
        write(database, told(3), told(4), told(5, shadow=True))
        second = Broadcast()
        await second.start(address)
        await until(lambda: len(heard.numbers) == 4)
        tell(second, told(4), told(6))
        await until(lambda: 6 in heard.numbers)
        second.close()
    return heard.numbers


def test_a_restart_of_who_finds_them_loses_none_and_doubles_none(
    database: Database, tmp_path: Path
) -> None:
    numbers = asyncio.run(_over_restarts(database, f"unix:{tmp_path / 'alerts.sock'}"))
    assert numbers == [1, 2, 3, 4, 6]


async def _many_missed(database: Database, address: str) -> list[int]:
    news, heard = AlertNews(database), Heard()
    news.listen(heard)
    # More than one page, many of the same moment.
    with database.read() as tx:
        now_ms = tx.now_ms()
    write(database, *(told(number, now_ms + number // 300) for number in range(1_200)))
    server = Broadcast()
    await server.start(address)
    async with linked(address, news):
        await until(lambda: len(heard.numbers) >= 1_200)
        server.close()
    return heard.numbers


def test_all_that_was_missed_is_asked_for_page_by_page(database: Database, tmp_path: Path) -> None:
    numbers = asyncio.run(_many_missed(database, f"unix:{tmp_path / 'alerts.sock'}"))
    assert numbers == list(range(1_200))


async def _who_reads_nothing(address: str) -> tuple[int, int]:
    server, heard = Broadcast(), list[bytes]()
    await server.start(address)
    link = asyncio.create_task(Hearing(address, lambda: None, heard.append).run())
    _, idle = await asyncio.open_unix_connection(address.removeprefix("unix:"), limit=1)
    await until(lambda: server.listeners == 2)
    sent = 0
    while server.listeners == 2:
        server.tell(bytes(500_000))
        sent += 1
        await asyncio.sleep(0)
        assert sent < 1_000
    await until(lambda: len(heard) == sent)
    idle.close()
    link.cancel()
    left = server.listeners
    server.close()
    return left, sent


def test_who_takes_nothing_is_sent_away_and_holds_nobody_up(tmp_path: Path) -> None:
    left, sent = asyncio.run(_who_reads_nothing(f"unix:{tmp_path / 'alerts.sock'}"))
    assert left == 1
    assert sent * 500_000 > MOST_UNREAD


def test_an_alert_in_words() -> None:
    shown = in_words(told(7), "en", lambda code, **_facts: code)
    assert shown == {
        "id": "alt_0007",
        "grade": 2,
        "grade_text": "ui.riskdesk.grade.short.2",
        "title": "Rule",
        "flood": False,
        "at": "01-01 08:00:01",
        "who": "A1 · 600519.SH",
    }
    assert in_words(told(7), "zh_CN", lambda code, **_facts: code)["title"] == "规则"
