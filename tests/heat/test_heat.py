"""What stands out, minute by minute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.surveillance.stream import BUY, SELL, Stream, run
from yunquan.heat import Heat, store
from yunquan.heat.rules.pictures import peers_of
from yunquan.heat.service.keeper import KEPT_DAYS, HeatKeeper
from yunquan.heat.types import HeatBase
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database

SYMBOL = "600519.SH"


def test_who_lies_far_from_the_others_stands_out() -> None:
    values = np.array([10.0, 11, 9, 10, 12, 400])
    found = peers_of(values, 1)
    assert found[:5] == pytest.approx(0, abs=0.5)
    assert found[5] > 5
    assert np.isnan(peers_of(values[:4], 1)).all()
    assert np.isnan(peers_of(np.full(9, np.nan), 1)).all()
    # Where all are alike a trifle is no deviation.
    assert peers_of(np.array([10.0] * 8 + [11]), 1).max() < 1


def test_a_picture_a_minute(database: Database, clock: ManualClock, tmp_path: Path) -> None:
    stream = Stream(database, clock)
    monitor = stream.monitor(tmp_path)
    keeper, heat = HeatKeeper(monitor), Heat(database)
    assert heat.now() is None
    accounts = [f"A{n}" for n in range(8)]
    stream.open(*accounts)
    for account in accounts:
        stream.order(account, SYMBOL, BUY, 10_000, 100)
    for _ in range(60):
        stream.cancel(stream.order("A7", SYMBOL, SELL, 10_000, 100), "A7", 100)
    run(monitor)
    first = keeper.write()
    assert first
    assert keeper.write() is None
    assert heat.now() == first
    assert (first.strip.active, first.strip.orders, first.strip.cancels) == (8, 68, 60)
    assert first.strip.order_fen == 68 * 100_000
    assert first.accounts[0].name == "A7"
    cells = {cell.kind: cell for cell in first.accounts[0].cells}
    assert cells["orders"].value == 61
    assert cells["cancels"].deviation > 5
    assert {cells["orders"].base, cells["cash"].base} == {HeatBase.PEERS}
    clock.advance(60)
    stream.order("A1", SYMBOL, BUY, 10_000, 100)
    run(monitor)
    second = keeper.write()
    assert second
    assert second.strip.orders == 69
    # Any minute since is as it was; before the first there is nothing.
    assert heat.at(second.minute_ms - 1) == first
    assert heat.at(second.minute_ms) == second
    assert heat.at(first.minute_ms - 1) is None
    # Kept for a while only.
    clock.advance((KEPT_DAYS + 1) * 86_400)
    third = HeatKeeper(monitor).write()
    assert third
    assert third.accounts == ()
    with database.read() as tx:
        assert store.find(tx, third.minute_ms - 1) is None
