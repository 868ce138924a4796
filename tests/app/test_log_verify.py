"""`yunquan log verify` through the command line: whole, altered, cut off, removed, unreadable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.app.test_backup import Office
from yunquan.app.cli import main
from yunquan.kernel import log

Verify = Callable[[], tuple[int, str]]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Ten orders, snapshots, and the heads of a day signed at the end."""
    made = Office(tmp_path / "office")
    for number in range(1, 11):
        made.step(number)
    yield made
    made.close()


@pytest.fixture
def verify(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Verify:
    monkeypatch.setenv("YUNQUAN_DATA", str(office.settings.data))

    def run() -> tuple[int, str]:
        code = main(["log", "verify"])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def test_a_whole_log(verify: Verify) -> None:
    code, told = verify()
    assert code == 0
    assert "good counter-0: " in told
    assert "good 1 signed heads" in told


def test_an_altered_record_is_named_with_its_events(office: Office, verify: Verify) -> None:
    with office.database.engine.begin() as connection:
        rows = connection.execute(sa.select(log.records.c.first_seq, log.records.c.body)).all()
        first_seq, body = next(row for row in rows if b"counter.cash_moved@1" in bytes(row.body))
        changed = bytes(body).replace(b"icbc", b"mine")
        which = log.records.c.first_seq == first_seq
        connection.execute(log.records.update().where(which).values(body=changed))
    code, told = verify()
    assert code == 1
    assert f"BAD  counter-0 record {first_seq}: altered" in told
    assert "counter.cash_moved@1" in told
    assert "1 faults" in told


def test_a_log_cut_short_disagrees_with_the_signed_head(office: Office, verify: Verify) -> None:
    """Records and head together, so that the chain alone would look whole."""
    with office.database.engine.begin() as connection:
        rows = connection.execute(sa.select(log.records).order_by(log.records.c.first_seq)).all()
        last, before = rows[-1], rows[-2]
        which = log.records.c.first_seq == last.first_seq
        connection.execute(log.records.delete().where(which))
        end = {"next_seq": last.first_seq, "hash": before.hash}
        connection.execute(log.heads.update().values(**end))
    code, told = verify()
    assert code == 1
    assert "truncated" in told


def test_a_stream_that_is_gone_is_missed(office: Office, verify: Verify) -> None:
    with office.database.engine.begin() as connection:
        connection.execute(log.records.delete())
        connection.execute(log.heads.delete())
    code, told = verify()
    assert code == 1
    assert "BAD  counter-0: signed on 2026-07-13, and there is no such stream" in told


def test_a_file_that_is_gone_is_missed(office: Office, verify: Verify) -> None:
    office.database.dispose()
    for path in office.settings.data.glob("counter-0.db*"):
        path.unlink()
    code, told = verify()
    assert code == 1
    assert "BAD  counter-0: " in told
    assert not list(office.settings.data.glob("counter-0.db*")), "looking makes nothing"


def test_a_file_that_is_no_database_is_named(office: Office, verify: Verify) -> None:
    office.database.dispose()
    for path in office.settings.data.glob("counter-0.db-*"):
        path.unlink()
    (office.settings.data / "counter-0.db").write_bytes(b"nonsense" * 1000)
    code, told = verify()
    assert code == 1
    assert "BAD  counter-0: can't be read: file is not a database" in told
    assert "good rooms" not in told or "BAD" in told


def test_a_forged_head_is_named(office: Office, verify: Verify) -> None:
    path = office.settings.heads / "2026-07-13-counter-0.json"
    head = json.loads(path.read_text())
    path.write_text(json.dumps({**head, "next_seq": 2}))
    code, told = verify()
    assert code == 1
    assert "BAD  signed head of counter-0 on 2026-07-13: signature does not hold" in told


def test_heads_without_the_key_they_were_signed_with(office: Office, verify: Verify) -> None:
    (office.settings.heads / "public.pem").unlink()
    code, told = verify()
    assert code == 1
    assert "signature does not hold" in told


def test_where_nothing_ever_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "nowhere"
    monkeypatch.setenv("YUNQUAN_DATA", str(data))
    for words in (["log", "verify"], ["backup", str(tmp_path / "a.tar.gz")]):
        assert main(words) == 1
        assert capsys.readouterr().err.startswith("app.no_data: ")
    assert not data.exists()
    assert not (tmp_path / "a.tar.gz").exists()
