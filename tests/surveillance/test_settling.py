"""Measured figures: each an alert once, in words, and a fall of the market not so many."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.kernel.clock import ManualClock
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.surveillance import Alerts, settle
from yunquan.surveillance.service.settling import MOST_AT_ONCE
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
        "3 All clients together: far too much in one security: All clients together: much in one"
        " security 36.0%; Line 35.0%; Value ¥123,456.00",
        "2 All clients together: much in one security: All clients together: much in one security"
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
