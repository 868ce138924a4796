"""Files, lines and notices through the watch, over real databases and a real folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.credit.test_rules import account
from yunquan.app.event_kinds import event_kinds
from yunquan.app.locale import catalogue
from yunquan.cases.service import fold
from yunquan.credit import CreditDrop, CreditWatch, SimulatedMargin, store
from yunquan.credit.adapters.simulated import ACCOUNTS, FAULTS, fault_of
from yunquan.credit.rules.files import write_file
from yunquan.credit.types import CreditAccount, Passed
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.market.types import Instrument, InstrumentNotice
from yunquan.messages import Messages
from yunquan.messages.readers import TELLING
from yunquan.surveillance import store as alerts
from yunquan.surveillance.events import AlertRaised
from yunquan.thresholds import load_standing

DAY = "2026-11-26"
OWN = "6000000001"
SYMBOL = "600519.SH"
TEN = 10 * 3600


def notice(symbol: str) -> InstrumentNotice:
    named = Instrument(symbol, symbol[-2:], "main", "某股", "Some share")
    return InstrumentNotice(named, DAY, 10_000, 11_000, 9_000, halted=False)


NOTICES = {one: notice(one) for one in (SYMBOL, "000001.SZ", "000002.SZ")}


class Bench:
    """A watch over a folder, prices that a test sets, and what came of it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.drop = CreditDrop(folder)
        self.watch = CreditWatch(database, self.drop, simulated=True)
        self.version = 0

    def leave(self, *accounts: CreditAccount, day: str = DAY, body: bytes | None = None) -> None:
        self.version += 1
        path = self.drop.path_of(day, self.version)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body or write_file(day, self.version, accounts))

    def step(self, price: int, day: str = DAY, second: int = TEN) -> list[str]:
        found = self.watch.step({SYMBOL: price}, NOTICES, day, second)
        return [f"{one.rule} {one.grade} {one.account or one.symbol}".strip() for one in found]

    def notices(self) -> list[str]:
        codec = EventCodec(event_kinds().values())
        catch_up(TELLING, ROOMS_STREAM, self.database, self.database, codec)
        page = Messages(self.database, catalogue()).page([OWN], "en")
        return [line.text for line in page.items][::-1]


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(database, tmp_path / "files")


def test_each_line_is_told_once(bench: Bench) -> None:
    # 1,000 shares against 7,000 CNY: 10.00 is 142.85%.
    bench.leave(account(loan_fen=700_000))
    # In a fall of a tenth the only account would be below 130%.
    assert bench.step(10_000) == [
        "credit.line 1 6000000001",
        "credit.shock 3",
        "credit.collateral 3 600519.SH",
    ]
    assert bench.step(10_001) == []
    assert bench.step(9_500) == ["credit.line 2 6000000001"]
    assert bench.step(9_700) == []
    assert bench.step(9_000) == ["credit.line 3 6000000001"]
    told = bench.notices()
    assert len(told) == 3
    assert "142.85%, below the line of attention of 150.00%" in told[0]
    assert "135.71%, below the warning line of 140.00%" in told[1]
    # 1.4 times 7,000 CNY is 9,800; there are 9,000.
    assert "128.57%, below the close-out line of 130.00%" in told[2]
    assert "CNY 800.00" in told[2]
    assert bench.step(10_800) == []
    assert "back at 154.28%" in bench.notices()[-1]
    with bench.database.read() as tx:
        assert [one for one in load_standing(tx, "credit") if one.name == "line"] == []
        assert store.load_accounts(tx)[0].passed is Passed.NONE


def test_a_line_that_still_stands_is_told_again_the_next_day(bench: Bench) -> None:
    bench.leave(account(loan_fen=700_000))
    bench.step(9_500)
    bench.step(9_500, day="2026-11-27")
    assert sum("warning line" in one for one in bench.notices()) == 2


def test_rising_above_the_withdrawal_line_is_told_but_not_at_first_sight(bench: Bench) -> None:
    bench.leave(account(loan_fen=300_000))
    bench.step(10_000)
    assert bench.notices() == []
    bench.step(8_000)
    bench.step(10_000)
    assert "CNY 1,000.00 above the withdrawal line" in bench.notices()[-1]
    bench.step(8_000)
    bench.step(10_000)
    assert len(bench.notices()) == 1


def test_who_has_no_account_with_us_is_told_nothing(bench: Bench) -> None:
    bench.leave(account(loan_fen=900_000, own_account=""))
    assert "credit.line 3 E1" in bench.step(10_000)
    assert bench.notices() == []


def test_a_file_that_is_late_says_so_until_it_comes(bench: Bench) -> None:
    bench.leave(account(loan_fen=300_000))
    bench.step(10_000)
    day = "2026-11-27"
    assert bench.step(10_000, day, 9 * 3600) == []
    assert bench.step(10_000, day, 9 * 3600 + 360) == ["credit.file_late 2"]
    assert bench.step(10_000, day, TEN + 60) == ["credit.file_late 3"]
    bench.leave(account(loan_fen=300_000), day=day)
    assert bench.step(10_000, day, TEN + 120) == []
    with bench.database.read() as tx:
        assert "file_late" not in {one.name for one in load_standing(tx, "credit")}


def test_a_damaged_file_takes_nothing_away_and_the_next_version_mends_it(bench: Bench) -> None:
    bench.leave(account(loan_fen=300_000))
    bench.step(10_000)
    bench.leave(body=write_file(DAY, 2, [account()])[:-9])
    assert bench.step(10_001) == ["credit.file_wrong 2"]
    with bench.database.read() as tx:
        assert store.load_accounts(tx)[0].account.loan_fen == 300_000
        assert [one.code for one in store.files_of(tx, DAY)] == ["", "credit.file_damaged"]
    bench.leave(account(loan_fen=310_000))
    assert bench.step(10_002) == []
    with bench.database.read() as tx:
        assert store.load_accounts(tx)[0].account.loan_fen == 310_000
        assert {one.name for one in load_standing(tx, "credit")} == {"collateral"}


def test_an_account_that_is_missing_stays_watched(bench: Bench) -> None:
    bench.leave(account("E1", loan_fen=300_000), account("E2", loan_fen=300_000))
    bench.step(10_000)
    bench.leave(account("E1", loan_fen=300_000))
    assert bench.step(10_001) == ["credit.missing 2"]
    assert "credit.line 3 6000000001" in bench.step(3_500)
    with bench.database.read() as tx:
        assert len([one for one in load_standing(tx, "credit") if one.name == "line"]) == 2


def test_the_same_again_changes_nothing(bench: Bench) -> None:
    bench.leave(account(loan_fen=300_000))
    bench.step(10_000)
    bench.leave(account(loan_fen=300_000))
    assert bench.step(10_001) == []
    with bench.database.read() as tx:
        assert [one.code for one in store.files_of(tx, DAY)] == ["", "credit.file_repeated"]


def test_an_alert_of_credit_becomes_a_case_like_any_other(bench: Bench) -> None:
    bench.leave(account(loan_fen=800_000))
    bench.step(10_000)
    with bench.database.transaction("test") as tx:
        found = alerts.list_alerts(tx, before_ms=2**62, limit=10, account=OWN)
        assert len(found) == 1
        told: dict[str, Any] = {
            name: getattr(found[0], name) for name in found[0].__struct_fields__
        }
        del told["shadow"]
        case = fold(tx, AlertRaised(alert=told.pop("id"), **told))
    assert case is not None
    assert (case.kind, case.account, case.grade) == ("credit", OWN, 3)


# --- the simulated margin system


def day_with(fault: str) -> str:
    days = (f"2026-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 28))
    return next(day for day in days if fault_of(7, day) == fault)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_simulated_system_has_the_faults_of_such_files(
    database: Database, tmp_path: Path, fault: str
) -> None:
    drop = CreditDrop(tmp_path / "files")
    margin = SimulatedMargin(drop, tmp_path / "margin")
    watch = CreditWatch(database, drop, simulated=True)
    prices = {symbol: 10_000 for symbol in NOTICES}
    day, found = day_with(fault), set[str]()
    margin.work("2025-12-31", 600, prices, [OWN])
    watch.step(prices, NOTICES, "2025-12-31", TEN)
    for minute in range(480, 620):
        margin.work(day, minute, prices, [OWN])
        raised = watch.step(prices, NOTICES, day, minute * 60)
        found |= {one.rule for one in raised if one.kind == "credit_file"}
    expected = {
        "late": {"credit.file_late"},
        "damaged": {"credit.file_wrong"},
        "missing": {"credit.missing"},
    }
    if fault == "damaged":
        expected["damaged"] = {"credit.file_wrong", "credit.file_late"}
    assert found == expected.get(fault, set())
    with database.read() as tx:
        kept, files = store.load_accounts(tx), store.files_of(tx, day)
        assert load_standing(tx, "credit") != []
        still = {one.name for one in load_standing(tx, "credit")}
    assert still.isdisjoint({"file_late", "file_wrong", "missing"})
    assert len(kept) == ACCOUNTS
    assert kept[0].account.interest_fen > 0
    assert (fault == "repeated") == ("credit.file_repeated" in {one.code for one in files})
    assert sum(one.account.own_account == OWN for one in kept) == 1


def test_it_begins_once_and_remembers(tmp_path: Path, clock: ManualClock) -> None:
    drop = CreditDrop(tmp_path / "files")
    margin = SimulatedMargin(drop, tmp_path / "margin")
    margin.work(DAY, 600, {}, [])
    assert drop.versions(DAY) == []
    margin.work(DAY, 600, {SYMBOL: 10_000}, [OWN])
    first = drop.fetch(DAY, 1)
    SimulatedMargin(drop, tmp_path / "margin").work(DAY, 600, {SYMBOL: 99_000}, [])
    assert drop.fetch(DAY, 1) == first
