"""The tape: what goes in comes out, whatever a crash or a full disk did in between."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.clock import ManualClock
from yunquan.market.types import MarketStatus
from yunquan.quotes import TapeReader, TapeRecorder, TapeWriter
from yunquan.quotes.rules import ticks
from yunquan.quotes.types import Quote, QuoteTick, TapeHole, Trade, TradeTick

S, OTHER = "600519.SH", "000001.SZ"
DAY = "2026-07-13"


def quote(number: int, symbol: str = S, time: str = "10:42:18.123", day: str = DAY) -> Quote:
    levels = tuple((10_000 - 10 * level, 100 * level) for level in range(1, 11))
    at = f"{day}T{time}+08:00"
    head = (symbol, number, at, 10_000 + number, 9_990, 10_200, 9_900, 9_950, 100, 700)
    return Quote(*head, levels, (), 10_010, 500, -300)


def trade(number: int, symbol: str = S, time: str = "10:42:18.123", day: str = DAY) -> Trade:
    return Trade(symbol, number, f"{day}T{time}+08:00", 10_000, 100, "B")


def rows(first: int, count: int) -> list[ticks.Row]:
    return [ticks.row_of(trade(number), number) for number in range(first, first + count)]


def numbers(folder: Path) -> list[int | str]:
    """Venue's numbers of the ticks on a tape, reasons of its holes."""
    return [
        item.reason if isinstance(item, TapeHole) else item.number
        for _, item in TapeReader(folder).read()
    ]


def test_what_was_heard_is_read_again(tmp_path: Path) -> None:
    clock = ManualClock()
    recorder = TapeRecorder(TapeWriter(tmp_path), clock)
    recorder.on_market(MarketStatus(DAY, "10:42:18", "continuous", 10.0))
    recorder.on_quote(quote(1))
    recorder.on_trade(trade(2))
    recorder.on_quote(quote(3, OTHER))
    assert numbers(tmp_path) == []
    recorder.on_pulse()
    first, second, third = TapeReader(tmp_path).read()
    assert isinstance(first[1], QuoteTick)
    assert isinstance(second[1], TradeTick)
    assert isinstance(third[1], QuoteTick)
    assert (first[1].quote(), second[1].trade(), third[1].quote()) == (
        quote(1),
        trade(2),
        quote(3, OTHER),
    )
    assert [first[0], second[0], third[0]] == [1, 2, 3]
    assert first[1].heard_ms == int(clock.now().timestamp() * 1000)


def test_a_replay_is_narrowed_by_symbol_time_and_sequence(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path, segment_bytes=2_000)
    for hour in range(10, 15):
        pair = [trade(hour, time=f"{hour}:00:00.000"), trade(hour, OTHER, f"{hour}:30:00.000")]
        writer.write(DAY, [ticks.row_of(one, hour) for one in pair], hour)
    writer.write("2026-07-14", [ticks.row_of(trade(99, day="2026-07-14"), 99)], 99)
    writer.close()
    tape = TapeReader(tmp_path)
    assert tape.days() == [DAY, "2026-07-14"]

    def found(**narrowing: Any) -> list[tuple[int, int]]:
        items = tape.read(**narrowing)
        return [(seq, one.number) for seq, one in items if isinstance(one, TradeTick)]

    assert found(symbols=[S]) == [(1, 10), (3, 11), (5, 12), (7, 13), (9, 14), (11, 99)]
    assert found(symbols=[OTHER], from_time="11:30:00", until_time="12:30:00") == [(4, 11), (6, 12)]
    assert found(day="2026-07-14") == [(11, 99)]
    assert found(from_seq=9) == [(9, 14), (10, 14), (11, 99)]
    assert found(symbols=["none"]) == []


def test_what_was_heard_around_a_moment(tmp_path: Path) -> None:
    """Whatever the venue's own clock said: days and blocks are looked up by ours."""
    writer = TapeWriter(tmp_path, segment_bytes=3_000)
    heard = list(range(1_000, 61_000, 500))
    for at_ms in heard:
        pair = [trade(at_ms, S if at_ms % 1_000 else OTHER, day="2026-07-14")]
        writer.write(DAY if at_ms < 30_000 else "2026-07-14", [ticks.row_of(pair[0], at_ms)], at_ms)
    writer.close()
    tape = TapeReader(tmp_path)

    def found(from_ms: int, until_ms: int, *symbols: str) -> list[int]:
        told = tape.read_heard(from_ms, until_ms, symbols)
        return [item.heard_ms for _, item in told if not isinstance(item, TapeHole)]

    for from_ms, until_ms in ((0, 900), (1_000, 1_000), (28_250, 31_750), (60_400, 99_000)):
        within = [at for at in heard if from_ms <= at <= until_ms]
        assert found(from_ms, until_ms, S, OTHER) == within
        assert found(from_ms, until_ms, S) == [at for at in within if at % 1_000]
    assert found(0, 99_000) == []
    assert list(TapeReader(tmp_path / "none").read_heard(0, 1, (S,))) == []


def test_a_hole_around_a_moment_is_told(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path)
    writer.write(DAY, rows(1_000, 3), 1_000)
    writer.close()
    path = next(tmp_path.rglob("*.tape"))
    path.write_bytes(path.read_bytes()[:-3])
    again = TapeWriter(tmp_path)
    again.write(DAY, rows(5_000, 3), 5_000)
    again.close()
    found = [item for _, item in TapeReader(tmp_path).read_heard(5_001, 9_000, (S,))]
    assert [type(item) for item in found] == [TapeHole, TradeTick, TradeTick]


@pytest.mark.parametrize("cut", [1, 30, 67, 68, 69, 200])
def test_a_torn_tail_is_cut_and_named(tmp_path: Path, cut: int) -> None:
    writer = TapeWriter(tmp_path)
    writer.write(DAY, rows(1, 5), 1)
    writer.write(DAY, rows(6, 5), 1)
    (path,) = tmp_path.glob("*/*.tape")
    os.truncate(path, path.stat().st_size - cut)
    # A reader beside the crash sees what is whole.
    assert numbers(tmp_path) == [1, 2, 3, 4, 5]
    again = TapeWriter(tmp_path)
    assert again.next_seq == 6
    again.write(DAY, rows(11, 2), 2)
    again.close()
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, "tape.torn", 11, 12]


@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=40))
def test_any_rubbish_at_the_end_costs_only_itself(
    tmp_path_factory: pytest.TempPathFactory, keep: int, rubbish: bytes
) -> None:
    folder = tmp_path_factory.mktemp("tape")
    writer = TapeWriter(folder)
    for first in (1, 11, 21):
        writer.write(DAY, rows(first, 10), 1)
    (path,) = folder.glob("*/*.tape")
    os.truncate(path, min(keep, path.stat().st_size))
    with path.open("ab") as file:
        file.write(rubbish)
    again = TapeWriter(folder)
    kept = again.next_seq - 1
    assert kept in (0, 10, 20, 30)
    again.write(DAY, rows(1_000, 1), 1)
    found = numbers(folder)
    assert found[:kept] == list(range(1, kept + 1))
    assert found[kept:] == ["tape.torn", 1_000]


def test_a_damaged_block_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path)
    for first in (1, 6, 11):
        writer.write(DAY, rows(first, 5), 1)
    writer.close()
    (path,) = tmp_path.glob("*/*.tape")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, "tape.damaged", 11, 12, 13, 14, 15]


def test_an_index_that_is_gone_or_old_is_made_again(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path)
    writer.write(DAY, rows(1, 5), 1)
    writer.close()
    writer.write(DAY, rows(6, 5), 1)
    assert numbers(tmp_path) == list(range(1, 11))
    (index,) = tmp_path.glob("*/*.index")
    index.write_bytes(b"\xc1rubbish")
    assert numbers(tmp_path) == list(range(1, 11))
    index.unlink()
    assert numbers(tmp_path) == list(range(1, 11))
    assert TapeWriter(tmp_path).next_seq == 11


def test_a_full_disk_makes_a_hole_and_stops_nothing(tmp_path: Path) -> None:
    """The system itself refuses: after fifty bytes of the block no more are taken."""
    writer = TapeWriter(tmp_path)
    writer.write(DAY, rows(1, 5), 1)
    (path,) = tmp_path.glob("*/*.tape")
    whole = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (whole + 50, hard))
    try:
        writer.write(DAY, rows(6, 5), 7)
        writer.write(DAY, rows(11, 5), 8)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (writer.lost, writer.next_seq) == (10, 16)
    assert path.stat().st_size == whole
    writer.write(DAY, rows(16, 2), 9)
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, "tape.disk_full", 16, 17]
    (hole,) = [item for _, item in TapeReader(tmp_path).read() if isinstance(item, TapeHole)]
    assert (hole.first_seq, hole.lost, hole.heard_ms) == (6, 10, 7)
    assert [seq for seq, _ in TapeReader(tmp_path).read()] == [1, 2, 3, 4, 5, 6, 16, 17]


def test_old_days_are_forgotten(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path, retention_days=2)
    for day in ("2026-07-13", "2026-07-14", "2026-07-15"):
        writer.write(day, [ticks.row_of(trade(1, day=day), 1)], 1)
    assert TapeReader(tmp_path).days() == ["2026-07-14", "2026-07-15"]
    assert [seq for seq, _ in TapeReader(tmp_path).read()] == [2, 3]


def test_a_venue_whose_day_goes_back_does_not_turn_the_tape_around(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path)
    writer.write("2026-07-14", rows(1, 2), 1)
    writer.write("2026-07-13", rows(3, 2), 2)
    writer.close()
    assert numbers(tmp_path) == [1, 2, 3, 4]
    assert TapeWriter(tmp_path).next_seq == 5


def test_journals_merge_in_one_order() -> None:
    tape = [(10, 1, "a"), (10, 2, "b"), (30, 3, "c")]
    log = [(5, 7, "x"), (10, 8, "y"), (30, 9, "z")]
    assert [what for _, _, what in ticks.merged(tape, log)] == ["x", "a", "b", "y", "c", "z"]
