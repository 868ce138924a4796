"""A month of clients' days against a plain, separate bookkeeping, to the fen; and it can fail."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.proofs import month_checks as checks
from tests.proofs.month import Month
from tests.proofs.month_market import BEFORE, JULY
from yunquan.actions import store as lots_of
from yunquan.clearing import store as rows_of
from yunquan.history import store as history
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database

WHOLE = bool(os.environ.get("YUNQUAN_PROOF_WHOLE"))
DAYS, CLIENTS = (BEFORE + JULY, 200) if WHOLE else (BEFORE + JULY[:8], 24)
SEED = int(os.environ.get("YUNQUAN_PROOF_SEED", "7"))
HAPPENED = {
    *("in done", "in lost", "in away", "in down", "in twice", "in refused", "bank files"),
    *("out done", "out lost", "out away", "out down", "out twice", "out refused"),
    *("out refused here", "refused order.insufficient_cash", "refused order.insufficient_shares"),
    *("orders", "fills", "cancelled", "plans", "held by a court", "held no more", "cleared late"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("month")


@pytest.fixture(scope="module")
def played(folder: Path, migrated_sqlite: Path) -> Iterator[tuple[Month, checks.Differences]]:
    """The month, each day compared as it went."""
    shutil.copy(migrated_sqlite, folder / "month.db")
    clock = ManualClock()
    database = Database(f"sqlite:///{folder / 'month.db'}", clock, IdSource(clock, SEED))
    month, differences = Month(database, folder, DAYS, CLIENTS, SEED), checks.Differences()
    for day in DAYS:
        month.play(day)
        checks.check_now(month, differences)
        month.close(day)
        if month.chance.random() < 0.25:
            # The back office was away: the next day has begun before this one is cleared.
            month.begin(month.following(day))
            month.count("cleared late")
        month.clear(day)
        checks.check_cleared(month, day, differences)
    if month.desk.day == DAYS[-1]:
        month.begin(month.following(DAYS[-1]))
    month.catch_up()
    yield month, differences
    database.dispose()


def agreed(differences: checks.Differences) -> None:
    assert differences.found == [], "\n".join(differences.found[:40])
    assert differences.compared > 0


def test_each_day_at_the_counter_and_as_cleared(played: tuple[Month, checks.Differences]) -> None:
    month, differences = played
    agreed(differences)
    assert month.wrong_answers == []
    assert set(month.counted) >= HAPPENED
    print(f"{CLIENTS} clients, {len(DAYS)} days, {differences.compared:,} figures: {month.counted}")


def test_statements_of_every_day_and_of_the_month(
    played: tuple[Month, checks.Differences],
) -> None:
    month, differences = played[0], checks.Differences()
    today = month.books.day
    checks.check_statements(month, [*DAYS, today, "2026-07"], differences)
    agreed(differences)
    print(f"{differences.compared:,} figures of statements")


def test_pages_of_money_and_profit(played: tuple[Month, checks.Differences]) -> None:
    month, differences = played[0], checks.Differences()
    checks.check_now(month, differences)
    checks.check_profits(month, differences)
    checks.check_assets(month, differences)
    checks.check_clear_money(month, differences)
    agreed(differences)
    print(f"{differences.compared:,} figures of pages")


def test_the_firm_and_the_banks(played: tuple[Month, checks.Differences]) -> None:
    month, differences = played[0], checks.Differences()
    month.end_doubts()
    checks.check_firm(month, differences)
    agreed(differences)


@pytest.fixture
def copy(
    played: tuple[Month, checks.Differences], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Month]:
    """The same month over a copy of its database, for somebody to alter."""
    month = played[0]
    with (
        sqlite3.connect(folder / "month.db") as source,
        sqlite3.connect(folder / "copy.db") as target,
    ):
        source.backup(target)
    database = Database(f"sqlite:///{folder / 'copy.db'}", month.clock)
    monkeypatch.setattr(month, "database", database)
    monkeypatch.setattr(month.statements, "database", database)
    yield month
    database.dispose()


def test_one_fen_of_a_fee_is_found(copy: Month) -> None:
    days, day = rows_of.days.c, DAYS[-1]
    with copy.database.transaction() as tx:
        client = tx.execute(rows_of.days.select().where(days.day == day, days.commission > 0))
        row = client.first()
        assert row is not None
        mine = (days.day == day, days.account == row.account)
        tx.execute(rows_of.days.update().where(*mine).values(commission=row.commission + 1))
    differences = checks.Differences()
    checks.check_cleared(copy, day, differences)
    fees = f"{row.commission} by the plain books, {row.commission + 1} told"
    assert differences.found == [f"{row.account} {day} clearing commission: {fees}"]


def test_one_share_of_a_lot_is_found(copy: Month) -> None:
    with copy.database.transaction() as tx:
        lots = lots_of.load_lots(tx, copy.names)
        key, (day, held) = next((key, found) for key, found in lots.items() if found[1])
        other = (msgspec.structs.replace(held[0], quantity=held[0].quantity + 1), *held[1:])
        lots_of.save_lots(tx, {key: other}, lots, day)
    differences = checks.Differences()
    checks.check_cleared(copy, DAYS[-1], differences)
    (found,) = differences.found
    assert found.startswith(f"{key[0]} {DAYS[-1]} tax lots {key[1]}: ")


def test_one_fen_of_a_posting_is_found(copy: Month) -> None:
    """On the statement of its day, on every later one, and on that of the month."""
    postings = history.postings.c
    with copy.database.transaction() as tx:
        row = tx.execute(
            history.postings.select()
            .where(postings.target == "tax:stamp")
            .order_by(postings.seq.desc())
        ).first()
        assert row is not None
        mine = (postings.stream == row.stream, postings.seq == row.seq, postings.line == row.line)
        tx.execute(history.postings.update().where(*mine).values(amount=row.amount + 1))
    differences = checks.Differences()
    checks.check_statements(copy, [*DAYS, "2026-07"], differences)
    named = {tuple(line.split(":")[0].split(" ", 2)) for line in differences.found}
    (day,) = {period for _, period, figure in named if figure == "statement sums stamp"} - {
        "2026-07"
    }
    assert {client for client, _, _ in named} == {row.source}
    assert (row.source, "2026-07", "statement sums stamp") in named
    assert (row.source, day, "statement closing") in named
