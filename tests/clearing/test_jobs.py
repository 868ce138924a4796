"""The durable workflow in processes of its own: killed inside steps, begun again, in order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.clearing.office import open_accounts, trade_a_day
from tests.counter.desk import DAY, NEXT_DAY, Desk
from tests.fixtures_database import ROOT, NewDatabase
from yunquan.clearing import load_days, load_run
from yunquan.clearing.types import RunState, Step
from yunquan.counter import Journal
from yunquan.kernel.transaction import Database

ACCOUNTS = [f"60000000{number:02}" for number in range(1, 5)]


def clear_in_a_process(
    database: Database, folder: Path, step: str = ""
) -> subprocess.CompletedProcess[str]:
    workflows = f"sqlite:///{folder / 'workflows.db'}"
    command = [sys.executable, "-m", "tests.clearing.dying_run"]
    return subprocess.run(
        [*command, database.url, workflows, str(folder), step],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    """Two days that ended, the second one with trades too."""
    made = new_database("sqlite")
    desk = Desk(Journal(made, "0"))
    desk.begin(DAY)
    open_accounts(desk, ACCOUNTS)
    trade_a_day(desk, ACCOUNTS, seed=1)
    desk.day = NEXT_DAY
    desk.begin(NEXT_DAY)
    trade_a_day(desk, ACCOUNTS, seed=2)
    desk.day = "2026-07-15"
    desk.begin("2026-07-15")
    return made


def test_killed_inside_every_step_it_goes_on_and_clears_in_order(
    database: Database, tmp_path: Path
) -> None:
    for step in (Step.FEES, Step.STATEMENTS, Step.PUBLISH):
        assert clear_in_a_process(database, tmp_path, step.value).returncode == 9
    last = clear_in_a_process(database, tmp_path)
    assert last.returncode == 0, last.stderr[-2000:]
    with database.read() as tx:
        first, second = load_run(tx, DAY), load_run(tx, NEXT_DAY)
        assert (first.state, second.state) == (RunState.DONE, RunState.DONE)
        assert first.ended_at_ms is not None
        for account in ACCOUNTS:
            rows = load_days(tx, account, DAY, NEXT_DAY)
            assert [row.day for row in rows] == [DAY, NEXT_DAY]
            assert rows[1].opening == rows[0].closing
    again = clear_in_a_process(database, tmp_path)
    assert again.stdout.strip() == "[]", "there is nothing left to do"
