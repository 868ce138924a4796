"""The exchange closes its day while the counter is away: what it still says is of that day."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.counter.desk import BUY, MAIN, NEXT_DAY, Desk, every_day
from tests.counter.invariants import check_state
from tests.faults.scripted_venue import instrument, market
from yunquan.app.processes.floor import Floor
from yunquan.counter import CounterServer
from yunquan.venues import ExchangeGateways


def test_a_fill_reported_after_the_logon_that_names_the_new_day() -> None:
    async def story() -> None:
        desk = Desk()
        desk.begin()
        desk.open_account()
        desk.deposit(100_000_000)
        order = desk.placed(BUY, 10_000, 100)
        server = CounterServer(desk.driver)
        floor = Floor("0", desk.driver, server, every_day)
        gateways = ExchangeGateways("unix:/nowhere", "YQ01", "counter-0", ("",), floor.listener)
        desk.driver.gateway = floor.gateways = gateways
        gateway = gateways.by_label[""]
        report: dict[str, Any] = {"type": "report", "id": order, "price_milli": 10_000, "qty": 100}
        gateway._received(market("logon_ok", NEXT_DAY, next_report=3))
        gateway._received(instrument(MAIN, "SH", "main", NEXT_DAY))
        gateway._received(market("market", NEXT_DAY, last_report=2))
        gateway._received({**report, "index": 2, "kind": "filled", "exec": "E2"})
        await asyncio.sleep(0.01)
        gateway._received(market("market", NEXT_DAY, last_report=2))
        await asyncio.sleep(0.01)
        assert desk.state.day < NEXT_DAY, "one of the reports is still missing"
        gateway._received({**report, "index": 1, "kind": "accepted"})
        await asyncio.sleep(0.01)
        gateway._received(market("market", NEXT_DAY, last_report=2))
        await asyncio.sleep(0.01)
        assert desk.state.day == NEXT_DAY
        assert desk.state.unmatched == 0
        assert desk.shares() == (100, 0, 0, 0)
        assert desk.cash() == (100_000_000 - 100_000 - 500 - 1, 0, 0, 0)
        check_state(desk.state)

    asyncio.run(story())
