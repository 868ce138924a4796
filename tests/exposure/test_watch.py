"""From a fill in a counter to the alert on the stream: concentration, and caps of one investor."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.fixtures_database import NewDatabase
from tests.partners.brokerage import CHENSHAN, DAY, HAIYUAN, Brokerage, make_brokerage
from yunquan.counter import Journal, SnapshotFiles
from yunquan.counter.types import CancelOrder, Deposit, OpenAccount, PlaceOrder, Side, TransferIn
from yunquan.exposure import ExposureOffice, ExposureWatch
from yunquan.surveillance import AlertNews
from yunquan.surveillance.types import AlertView
from yunquan.thresholds import load_standing

# Dated lines of caps begin on 2026-08-31.
TO_SEPTEMBER_S = 60 * 86_400
CAP = 500_000


@dataclass
class Firm:
    """A brokerage with one counter, and who watches what its clients hold."""

    made: Brokerage
    watch: ExposureWatch
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def name(self) -> str:
        return f"system:w{next(self.numbers)}"

    def step(self, **last: int) -> list[AlertView]:
        book = self.made.desk.quotes.book
        prices = {CHENSHAN: 100_000, HAIYUAN: 10_000} | {HAIYUAN: last.get("haiyuan", 10_000)}
        return self.watch.step(prices, book.instruments, DAY)

    def give(self, account: str, **shares: int) -> None:
        for symbol, qty in zip((CHENSHAN, HAIYUAN), shares.values(), strict=True):
            self.made.submit(TransferIn(self.name(), account, symbol, qty, "elsewhere"))

    def order(self, account: str, symbol: str, qty: int, price: int) -> str:
        command = PlaceOrder(self.name(), account, symbol, Side.BUY, price, qty, DAY)
        answer = self.made.submit(command)
        assert answer.accepted, answer
        self.made.report("accepted", answer.order)
        return answer.order

    def cap(self, symbol: str) -> None:
        """A risk-warned share from now on, as the counter's day has it."""
        before = self.made.driver.reference_parts

        def parts(now_ms: int) -> Any:
            told = before(now_ms)
            day = msgspec.structs.replace(told.instruments[symbol], daily_buy_cap=CAP)
            told.instruments[symbol] = day
            return told

        self.made.driver.reference_parts = parts

    def standing(self, name: str) -> list[str]:
        with self.made.desk.database.read() as tx:
            return [one.about for one in load_standing(tx, "exposure") if one.name == name]


@pytest.fixture
def firm(new_database: NewDatabase, tmp_path: Path) -> Iterator[Firm]:
    made = make_brokerage(new_database("sqlite"), tmp_path)
    database = made.desk.database
    database.clock.advance(TO_SEPTEMBER_S)  # type: ignore[attr-defined]
    watch = ExposureWatch(database, [Journal(database, "0")], SnapshotFiles(tmp_path / "snapshots"))
    watch.start()
    yield Firm(made, watch)
    made.passwords.close()


def kinds(alerts: list[AlertView]) -> set[tuple[str, int, str]]:
    return {(one.rule, one.grade, one.account) for one in alerts}


def test_a_fill_makes_a_client_hang_on_one_security(firm: Firm) -> None:
    account = firm.made.accounts["linxz"]
    # 4,000,000 of one and 2,000,000 of the other, beside what there was.
    firm.give(account, chenshan=40_000, haiyuan=200_000)
    assert "exposure.client_top" not in {one.rule for one in firm.step()}
    firm.made.submit(Deposit(firm.name(), account, 10_000_000_00, "simbank"))
    order = firm.order(account, CHENSHAN, 60_000, 100_000)
    assert firm.step() == []
    firm.made.report("filled", order, 100_000, 60_000)
    raised = firm.step()
    (top,) = [one for one in raised if one.rule == "exposure.client_top"]
    assert (top.account, top.symbol, top.grade) == (account, CHENSHAN, 1)
    assert top.values["exposure_value"] == 12_010_000_00
    # What stands isn't told twice, and the page shows the same book, at the latest in 3 s.
    firm.made.desk.clock.advance(4)  # type: ignore[attr-defined]
    assert firm.step(haiyuan=10_010) == []
    told = ExposureOffice(
        firm.made.desk.database, firm.made.desk.counters, firm.made.desk.quotes
    ).firm()
    assert told is not None
    assert (told.holdings[0].symbol, told.holdings[0].qty) == (CHENSHAN, 100_000)

    async def heard() -> list[str]:
        news, found = AlertNews(firm.made.desk.database), list[str]()
        news.listen(lambda new: found.extend(one.alert.id for one in new))
        news.catch_up()
        assert news._task
        await news._task
        return found

    assert top.id in asyncio.run(heard())


def test_a_cap_is_the_investors_whatever_account_they_buy_by(firm: Firm) -> None:
    first, client = firm.made.accounts["linxz"], firm.made.clients["linxz"]
    known = firm.made.driver.state.accounts[first]
    second = "880000000777"
    numbers = tuple(
        msgspec.structs.replace(one, number=f"{one.number[:-3]}777") for one in known.securities
    )
    firm.made.submit(
        OpenAccount(firm.name(), second, client, "ordinary", "CNY", numbers, (), "2039-12-31")
    )
    firm.cap(HAIYUAN)
    for account in (first, second):
        firm.made.submit(Deposit(firm.name(), account, 10_000_000_00, "simbank"))
    firm.step()
    one = firm.order(first, HAIYUAN, 300_000, 10_000)
    assert kinds(firm.step()) == set()
    firm.made.report("filled", one, 10_000, 300_000)
    # Neither account is beyond it; the investor nears it, and then passes it.
    two = firm.order(second, HAIYUAN, 160_000, 10_000)
    assert ("exposure.warned_cap", 2, second) in kinds(firm.step())
    three = firm.order(second, HAIYUAN, 100_000, 10_000)
    raised = [one for one in firm.step() if one.rule == "exposure.warned_cap"]
    assert [(one.grade, one.values["exposure_bought"]) for one in raised] == [(3, 560_000)]
    assert firm.standing("warned_cap") == [f"{client} {HAIYUAN}"]
    # What comes back untraded is not bought.
    for order, qty in ((two, 160_000), (three, 100_000)):
        assert firm.made.submit(CancelOrder(firm.name(), second, order)).accepted
        firm.made.report("cancelled", order, 0, qty)
    firm.step()
    assert firm.standing("warned_cap") == []
