"""Backup while everything writes; restore elsewhere; archives that are damaged, and folders that
are not empty.
"""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.whole import wait_for
from tests.counter.desk import ACCOUNT, BUY, MAIN, Desk
from yunquan.app.backup import MANIFEST, backup, restore
from yunquan.app.cli import main
from yunquan.app.processes.follower import Follower
from yunquan.app.processes.supervisor import migrate_all
from yunquan.app.settings import Settings
from yunquan.counter import Journal, SnapshotFiles, state_digest
from yunquan.counter import restore as restore_counter
from yunquan.counter import types as c
from yunquan.counter.events import codec
from yunquan.history.readers import PROJECTION
from yunquan.kernel.clock import ManualClock, SystemClock
from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.log import read_head
from yunquan.kernel.readers import catch_up, lag
from yunquan.kernel.transaction import Database

STREAM = "counter-0"


class Office:
    """A brokerage's folder with a counter that works, its follower, readers, and an exchange's
    file.
    """

    def __init__(self, data: Path) -> None:
        self.settings = Settings(data)
        data.mkdir()
        migrate_all(self.settings)
        clock = ManualClock()
        self.database = Database(self.settings.counter_url(0), clock)
        self.rooms = Database(self.settings.rooms_url(), clock)
        self.desk = Desk(Journal(self.database, "0"), SnapshotFiles(self.settings.snapshots), clock)
        self.desk.begin()
        self.desk.open_account()
        self.desk.deposit(100_000_000)
        (data / "world").mkdir()
        self.exchange = sqlite3.connect(data / "world" / "exchange.sqlite", check_same_thread=False)
        self.exchange.execute("PRAGMA journal_mode = WAL")
        self.exchange.execute("CREATE TABLE reports (idx INTEGER PRIMARY KEY)")

    def step(self, number: int) -> None:
        """Orders, a report, the follower's snapshot and heads, the readers, as they follow each
        other.
        """
        order = self.desk.placed(BUY, 10_000, 100)
        self.exchange.execute("INSERT INTO reports VALUES (?)", (number,))
        self.exchange.commit()
        self.desk.report("accepted", order)
        catch_up(PROJECTION, STREAM, self.database, self.rooms, codec())
        if number % 5 == 0:
            follower = Follower(self.settings, 0)
            follower.catch_up()
            follower.save()
            follower.sign_heads("2026-07-13")
            follower.database.dispose()
            follower.rooms.dispose()

    def close(self) -> None:
        self.exchange.close()
        self.database.dispose()
        self.rooms.dispose()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "office")
    yield made
    made.close()


@pytest.fixture
def archive(office: Office, tmp_path: Path) -> Path:
    for number in range(1, 6):
        office.step(number)
    backup(office.settings, tmp_path / "office.tar.gz")
    return tmp_path / "office.tar.gz"


def cli(monkeypatch: pytest.MonkeyPatch, data: Path, *words: str) -> int:
    monkeypatch.setenv("YUNQUAN_DATA", str(data))
    return main(words)


def test_taken_while_everything_writes(
    office: Office,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stop = threading.Event()
    done: list[int | Exception] = []

    def work() -> None:
        while not stop.is_set():
            try:
                office.step(len(done) + 1)
                done.append(1)
            except Exception as error:
                done.append(error)
                return

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for number in range(4):
            seen = len(done)
            backup(office.settings, tmp_path / f"{number}.tar.gz")
            wait_for("more work", lambda seen=seen: len(done) > seen + 1)
    finally:
        stop.set()
        worker.join()
    assert set(done) == {1}
    for number in range(4):
        data = tmp_path / "elsewhere" / str(number)
        assert cli(monkeypatch, data, "restore", str(tmp_path / f"{number}.tar.gz")) == 0
        assert "signed heads hold" in capsys.readouterr().out
        check_restored(Settings(data))


def check_restored(settings: Settings) -> None:
    """A counter starts from it; readers and exchange agree with it."""
    database = Database(settings.counter_url(0), SystemClock())
    rooms = Database(settings.rooms_url(), SystemClock())
    journal = Journal(database, "0")
    journal.open()
    state = restore_counter(journal, SnapshotFiles(settings.snapshots), "0")
    assert ACCOUNT in state.accounts
    assert lag(PROJECTION.name, STREAM, database, rooms) >= 0, "readers are not ahead of the log"
    with closing(sqlite3.connect(settings.data / "world" / "exchange.sqlite")) as exchange:
        (reports,) = exchange.execute("SELECT count(*) FROM reports").fetchone()
    mark = state.marks.get(STREAM)
    assert reports >= (mark.next - 1 if mark else 0), "nobody took reports that were never made"
    database.dispose()
    rooms.dispose()


def test_what_is_restored_is_what_was_saved(office: Office, archive: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "new" / "home")
    assert restore(settings, archive) == len(names(archive)) - 1
    database = Database(settings.counter_url(0), SystemClock())
    journal = Journal(database, "0")
    with database.read() as tx:
        journal._head = read_head(tx.connection, STREAM)
    state = restore_counter(journal, SnapshotFiles(settings.snapshots), "0")
    seq = office.desk.journal.next_seq - 1
    assert state_digest(state, seq) == office.desk.digest()
    database.dispose()
    keys = {path.name: path.stat().st_mode & 0o777 for path in (settings.data / "keys").iterdir()}
    assert keys == {"log-head.pem": 0o600}


def test_nobody_else_reads_an_archive_with_keys_in_it(archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    assert {"keys/log-head.pem", "counter-0.db", "rooms.db", "world/exchange.sqlite"} <= names(
        archive
    )
    assert not [name for name in names(archive) if name.endswith(("-wal", "-shm", ".lock"))]


def test_every_room_that_keeps_files_is_in_it(office: Office, tmp_path: Path) -> None:
    """Films of witnesses, what the clearing house sent, and what a room adds later."""
    kept = ("recordings/a/film.webm", "clearing/in/2026-07-13.txt", "archive/sealed")
    kept += ("surveillance/1.snapshot", "of_later/file", "workflows.db")
    left = ("run/socket", "logs/web.log", "tape/2026-07-13/0.tape", "lock", "recordings/b.draft")
    for name in (*kept, *left):
        path = office.settings.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".db":
            sqlite3.connect(path).close()
        else:
            path.write_text("something")
    backup(office.settings, tmp_path / "all.tar.gz")
    found = names(tmp_path / "all.tar.gz")
    assert set(kept) <= found
    assert not found & set(left)


def test_an_archive_is_never_overwritten(office: Office, archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(Conflict) as caught:
        backup(office.settings, archive)
    assert caught.value.code == "backup.exists"
    assert archive.read_bytes() == before


def test_a_server_database_is_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        backup(Settings(tmp_path, database="postgresql+psycopg://x/y"), tmp_path / "a.tar.gz")
    assert caught.value.code == "backup.postgres"


@pytest.mark.parametrize("inside", ["lock", "rooms.db"])
def test_a_folder_in_use_is_not_restored_into(archive: Path, tmp_path: Path, inside: str) -> None:
    data = tmp_path / "used"
    data.mkdir()
    (data / inside).write_text("mine")
    with pytest.raises(Conflict) as caught:
        restore(Settings(data), archive)
    assert caught.value.code == "restore.not_empty"
    assert (data / inside).read_text() == "mine"
    assert [path.name for path in data.iterdir()] == [inside]


def names(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return set(tar.getnames())


def altered(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same archive with other content."""
    with tarfile.open(archive) as tar:
        members = {entry.name: tar.extractfile(entry).read() for entry in tar.getmembers()}  # type: ignore[union-attr]
    change(members)
    target = archive.with_name("altered.tar.gz")
    with tarfile.open(target, "w:gz") as tar:
        for name, body in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return target


def flip(members: dict[str, bytes], name: str) -> None:
    body = bytearray(members[name])
    body[len(body) // 2] ^= 1
    members[name] = bytes(body)


def drop_from_manifest(members: dict[str, bytes]) -> None:
    manifest = json.loads(members[MANIFEST])
    del manifest["files"]["rooms.db"]
    members[MANIFEST] = json.dumps(manifest).encode()


DAMAGES: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "altered file": (lambda members: flip(members, "counter-0.db"), "counter-0.db"),
    "missing file": (lambda members: members.pop("rooms.db"), "rooms.db"),  # type: ignore[dict-item]
    "file nobody listed": (drop_from_manifest, "rooms.db"),
    "no manifest": (lambda members: members.pop(MANIFEST), "altered.tar.gz"),  # type: ignore[dict-item]
    "manifest of nonsense": (lambda members: members.update({MANIFEST: b"[1]"}), "altered.tar.gz"),
    "outside the folder": (lambda members: members.update({"../evil": b"x"}), "altered.tar.gz"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_is_named_and_changes_nothing(
    archive: Path, tmp_path: Path, damage: str
) -> None:
    change, named = DAMAGES[damage]
    data = tmp_path / "there"
    with pytest.raises(Invalid) as caught:
        restore(Settings(data), altered(archive, change))
    assert caught.value.code == "restore.damaged"
    assert caught.value.facts["file"].startswith(named)
    assert not data.exists()
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.99])
def test_an_archive_cut_short_is_refused(archive: Path, tmp_path: Path, kept: float) -> None:
    body = archive.read_bytes()
    short = tmp_path / "short.tar.gz"
    short.write_bytes(body[: int(kept if kept > 1 else len(body) * kept)])
    with pytest.raises(Invalid) as caught:
        restore(Settings(tmp_path / "there"), short)
    assert caught.value.code == "restore.damaged"
    assert not (tmp_path / "there").exists()


def test_no_such_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli(monkeypatch, tmp_path / "data", "restore", str(tmp_path / "none.tar.gz")) == 1
    assert capsys.readouterr().err.startswith("restore.damaged: ")


def test_money_is_not_paid_out_twice_after_a_restore(archive: Path, tmp_path: Path) -> None:
    """Ids of commands come back with the books: what a client repeats is recognised."""
    settings = Settings(tmp_path / "home")
    restore(settings, archive)
    database = Database(settings.counter_url(0), SystemClock())
    desk = Desk(Journal(database, "0"), SnapshotFiles(settings.snapshots), ManualClock())
    before = desk.cash()
    # What Desk sent third: the deposit.
    assert desk.one(c.Deposit("test:3", ACCOUNT, 100_000_000, "icbc")).accepted
    assert desk.cash() == before
    assert MAIN in desk.instruments
    database.dispose()
