"""Measured figures: each an alert once, in words, and a fall of the market not so many."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from yunquan.kernel.clock import ManualClock
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.surveillance import AlertNews, Alerts, is_settled, settle
from yunquan.surveillance.service.settling import MOST_AT_ONCE
from yunquan.surveillance.types import ToldAlert
from yunquan.thresholds import standing_of
from yunquan.thresholds.types import Measured


def told(database: Database) -> Sequence[str]:
    with database.read() as tx:
        return [
            f"{one.alert.grade} {one.title}: {reasons}"
            for one in Alerts(database).recent("en")
            for reasons in ("; ".join(f"{why.name} {why.value}" for why in one.reasons),)
        ] + [str(len(read_records(tx.connection, ROOMS_STREAM, 1)))]


def test_a_figure_is_told_of_in_words_once_and_ends(database: Database, clock: ManualClock) -> None:
    def put(*measured: Measured) -> list[int]:
        with database.transaction("test") as tx:
            found = settle(tx, "exposure", ["firm_top"], measured)
        clock.advance(1)
        return [one.grade for one in found]

    def top(share: float) -> Measured:
        beside = {"exposure_value": 123_456_00.0}
        return Measured("firm_top", "600519.SH", share, symbol="600519.SH", beside=beside)

    assert put(top(0.19)) == []
    assert put(top(0.21)) == [2]
    assert put(top(0.22)) == []
    assert put(top(0.36)) == [3]
    assert put(top(0.33)) == []
    with database.read() as tx:
        standing = standing_of(tx, "exposure", "en")
    assert [(one.value, one.line) for one in standing] == [("33.0%", "35.0%")]
    assert put() == []
    assert told(database) == [
        "3 All clients together: far too much in one security: Share of the largest"
        " holding 36.0%; Line 35.0%; Value ¥123,456.00",
        "2 All clients together: much in one security: Share of the largest holding"
        " 21.0%; Line 20.0%; Value ¥123,456.00",
        "3",
    ]


def test_a_fall_of_the_market_is_not_so_many_findings(database: Database) -> None:
    many = [
        Measured("client_units", f"{number} S", 0.06, str(number), "S")
        for number in range(MOST_AT_ONCE + 30)
    ]
    with database.transaction("test") as tx:
        found = settle(tx, "exposure", ["client_units"], many)
        assert len(found) == MOST_AT_ONCE
        assert [one.flood for one in found].count(True) == 1
        assert found[-1].flood
    with database.transaction("test") as tx:
        assert settle(tx, "exposure", ["client_units"], many) == []


async def _caught_up(database: Database) -> list[ToldAlert]:
    news, heard = AlertNews(database), list[ToldAlert]()
    news.listen(heard.extend)
    with database.transaction("test") as tx:
        settle(tx, "exposure", ["firm_top"], [Measured("firm_top", "S", 0.36, symbol="S")])
    news.catch_up()
    async with asyncio.timeout(20):
        while not heard:
            await asyncio.sleep(0.01)
    return heard


def test_who_asks_for_what_was_missed_is_told_in_words(database: Database) -> None:
    (one,) = asyncio.run(_caught_up(database))
    assert one.alert.rule == "exposure.firm_top"
    assert one.title_en == "All clients together: far too much in one security"
    assert one.title_zh not in ("", one.title_en, one.alert.rule)


def test_settled_is_what_another_settling_would_not_change(database: Database) -> None:
    measured = [Measured("firm_top", "S", 0.36, symbol="S")]
    for was_settled in (False, True):
        with database.transaction("test") as tx:
            assert is_settled(tx, "exposure", ["firm_top"], measured) is was_settled
            settle(tx, "exposure", ["firm_top"], measured)
