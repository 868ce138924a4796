"""`yunquan doctor`: what it shows, what it marks, and that looking changes nothing."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import sqlalchemy as sa

from yunquan.app.cli import main
from yunquan.app.doctor import examine
from yunquan.app.processes.supervisor import migrate_all
from yunquan.app.settings import Settings
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book, record_instruments, seed_calendar
from yunquan.market.types import Instrument, InstrumentNotice

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A brokerage that has run and runs no more. Nobody listens on port 9."""
    made = Settings(tmp_path / "data", port=9)
    made.data.mkdir()
    migrate_all(made)
    return made


def findings(settings: Settings) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"ok": [], "!!": [], "--": []}
    for mark, line in examine(settings):
        found[mark].append(line)
    return found


def test_what_is_not_running_is_marked(settings: Settings) -> None:
    found = findings(settings)
    assert found["!!"] == [
        "readers: not running",
        "jobs: not running",
        "surveillance: not running",
        "crowd: not running",
        "counter-0: not running",
        "follower-0: not running",
        "web http://127.0.0.1:9 does not answer",
    ]
    assert found["ok"][-2:] == ["rooms: empty log", "counter-0: empty log"]
    assert "simulated: exchange" in "".join(found["--"])
    assert "port = 9" in found["--"]


def test_before_the_first_start(tmp_path: Path) -> None:
    data = tmp_path / "not" / "yet"
    found = findings(Settings(data, port=9))
    assert found["!!"][0] == f"no brokerage has run in {data}"
    assert not data.exists(), "looking makes nothing"
    data.mkdir(parents=True)
    findings(Settings(data, port=9))
    assert list(data.iterdir()) == []


def test_a_database_behind_the_program_is_marked(settings: Settings) -> None:
    database = Database(settings.counter_url(0), SystemClock())
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    database.dispose()
    assert "counter-0: needs migration; empty log" in findings(settings)["!!"]


def test_a_database_that_is_none_is_marked(settings: Settings) -> None:
    for path in settings.data.glob("rooms.db*"):
        path.unlink()
    (settings.data / "rooms.db").write_bytes(b"nonsense" * 1000)
    assert any("rooms: " in line and "not a database" in line for line in findings(settings)["!!"])


def test_a_full_disk_is_marked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 10**12, 3 * 10**6))
    assert "3 MB free on disk" in findings(settings)["!!"]


def test_a_password_is_not_shown(settings: Settings) -> None:
    hidden = Settings(
        settings.data, port=9, database="postgresql+psycopg://me:hunter2@127.0.0.1:9/x"
    )
    assert "hunter2" not in str(findings(hidden))


def test_the_last_complaints_of_each_role(settings: Settings) -> None:
    logs = settings.data / "logs"
    logs.mkdir()
    lines = [json.dumps({"level": "info", "event": "all well"})]
    lines += [json.dumps({"level": "warning", "event": f"warned {number}"}) for number in range(9)]
    (logs / "web.log").write_text("\n".join([*lines, "{half a line", ""]))
    (logs / "world.log").write_text("Traceback (most recent call last):\n")
    told = [line for line in findings(settings)["--"] if line.startswith(("web: ", "world: "))]
    assert len(told) == 4
    assert "warned 8" in told[2]
    assert "all well" not in str(told)


def test_the_exit_code_says_whether_a_person_is_needed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("YUNQUAN_DATA", str(settings.data))
    monkeypatch.setenv("YUNQUAN_PORT", "9")
    assert main(["doctor"]) == 1
    assert "!! readers: not running" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("day", "mark", "left"), [("2026-07-13", "ok", 117), ("2026-12-31", "!!", 0)]
)
def test_how_far_the_calendar_reaches(settings: Settings, day: str, mark: str, left: int) -> None:
    assert "calendar: trading days known to no day" in findings(settings)["--"]
    database = Database(settings.rooms_url(), SystemClock())
    instrument = Instrument("600519.SH", "SH", "main", "样例", "Sample")
    with database.transaction("system") as tx:
        seed_calendar(tx)
        notice = InstrumentNotice(instrument, day, 10_000, 11_000, 9_000, halted=False)
        record_instruments(tx, [notice], load_rule_book())
    database.dispose()
    told = f"calendar: {left} trading days known after {day}, to 2026-12-31"
    assert told in findings(settings)[mark]


def test_days_of_a_file_go_into_the_calendar(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "2027.csv"
    path.write_text("day,kind,source\n2027-01-04,trading,notice of 2026-12-20\n", encoding="utf-8")
    monkeypatch.setenv("YUNQUAN_DATA", str(settings.data))
    assert main(["calendar", str(path)]) == 0
    assert "1 days new or changed; trading days are known to 2027-01-04" in capsys.readouterr().out
    path.write_text("day,kind,source\n2027-01-04,feast,x\n", encoding="utf-8")
    assert main(["calendar", str(path)]) == 1
    assert "market.days_unreadable" in capsys.readouterr().err
