"""What banks charge the firm: booked as their files say, late ones and corrections too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clearing.office import clear, office_of, open_accounts
from tests.counter.desk import DAY, NEXT_DAY, Desk
from tests.counter.invariants import check_state
from yunquan.clearing import Clearing, load_run, perform
from yunquan.clearing.types import Step
from yunquan.counter import Journal
from yunquan.custody.store import save_file
from yunquan.custody.types import FileOutcome, FileState
from yunquan.kernel.transaction import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    made = Desk(Journal(database, "0"))
    made.begin(DAY)
    open_accounts(made, ["600000000001"])
    return made


@pytest.fixture
def office(database: Database, tmp_path: Path, desk: Desk) -> Clearing:
    return office_of(database, tmp_path, {"0": desk})


def file_came(database: Database, bank: str, day: str, version: int, firm_fees_fen: int) -> None:
    sums = (1, 1, 0, 1_000, 0, firm_fees_fen + 7)
    digest = f"{bank}{day}{version}"
    taken = FileOutcome(
        bank, day, digest, version, FileState.TAKEN, "", *sums, 1, firm_fees_fen=firm_fees_fen
    )
    with database.transaction() as tx:
        save_file(tx, taken, b"")


def expense(desk: Desk) -> int:
    return desk.driver.state.books.house.get("firm:bank_fees", {}).get("CNY", 0)


def owed(desk: Desk, bank: str) -> int:
    return desk.driver.state.books.house.get(f"payable:{bank}", {}).get("CNY", 0)


def next_day(desk: Desk) -> None:
    desk.day = NEXT_DAY
    desk.begin(NEXT_DAY)


def test_what_a_file_says_is_booked_at_the_days_end(
    database: Database, desk: Desk, office: Clearing
) -> None:
    file_came(database, "yanpu", DAY, 1, 300)
    file_came(database, "qimei", DAY, 1, 0)
    clear(office, DAY)
    assert (expense(desk), owed(desk, "yanpu"), owed(desk, "qimei")) == (-300, 300, 0)
    with database.read() as tx:
        told = {one.step: one.detail for one in load_run(tx, DAY).steps}
    assert told[Step.FEES]["bank_fees_fen"] == 300
    check_state(desk.driver.state)


def test_twice_books_once(database: Database, desk: Desk, office: Clearing) -> None:
    file_came(database, "yanpu", DAY, 1, 300)
    clear(office, DAY)
    perform(office, DAY, Step.FEES)
    assert expense(desk) == -300


def test_a_late_file_and_a_correction_go_with_the_next_day(
    database: Database, desk: Desk, office: Clearing
) -> None:
    file_came(database, "yanpu", DAY, 1, 300)
    clear(office, DAY)
    file_came(database, "yanpu", DAY, 2, 250)
    file_came(database, "simbank", DAY, 1, 40)
    next_day(desk)
    clear(office, NEXT_DAY)
    assert (owed(desk, "yanpu"), owed(desk, "simbank"), expense(desk)) == (250, 40, -290)
    check_state(desk.driver.state)


def test_broken_off_before_it_is_written_down_it_is_not_booked_again(
    database: Database, desk: Desk, office: Clearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_came(database, "yanpu", DAY, 1, 300)
    office.note_endings()
    perform(office, DAY, Step.CLOSE)

    def dies(*_: object) -> int:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("yunquan.clearing.service.bank_fees.note", dies)
        with pytest.raises(OSError, match="disk full"):
            perform(office, DAY, Step.FEES)
    assert expense(desk) == -300
    clear(office, DAY)
    next_day(desk)
    clear(office, NEXT_DAY)
    assert (expense(desk), owed(desk, "yanpu")) == (-300, 300)
