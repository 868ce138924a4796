"""The market tape in files: one folder a trading day, segments in it, an index beside each.

    tape/2026-07-13/000001.tape   blocks, append-only
    tape/2026-07-13/000001.index  where its blocks begin; made when the segment is closed, remade
                                  from the blocks when it is missing or older

One process writes. Readers may read while it does. Losing the tape stops no market: when the disk
refuses, ticks are counted as lost and the hole is written down once there is room again.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from yunquan.quotes.rules import ticks
from yunquan.quotes.rules.ticks import HEADER_SIZE, BlockHead, Damaged, Row
from yunquan.quotes.types import QuoteTick, TapeHole, TradeTick

logger = logging.getLogger("yunquan.tape")

SEGMENT_BYTES: Final = 64 << 20
BLOCK_TICKS: Final = 4096
FULL: Final = "tape.disk_full"
TORN: Final = "tape.torn"
DAMAGED: Final = "tape.damaged"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """A block in the index."""

    offset: int
    kind: int
    count: int
    first_seq: int
    length: int
    from_time: str
    until_time: str


class _Index(msgspec.Struct, frozen=True, array_like=True):
    """Blocks of a segment. size: bytes of the segment it tells of."""

    size: int
    entries: list[_Entry]


@dataclass(frozen=True, slots=True)
class _Segment:
    day: str
    number: int
    path: Path

    @property
    def index_path(self) -> Path:
        return self.path.with_suffix(".index")


def _segments(folder: Path) -> list[_Segment]:
    """Every segment, oldest first."""
    found = [
        _Segment(path.parent.name, int(path.stem), path)
        for path in folder.glob("*/*.tape")
        if _DAY.fullmatch(path.parent.name) and path.stem.isdigit()
    ]
    return sorted(found, key=lambda segment: (segment.day, segment.number))


def _walk(
    file: BinaryIO, size: int, *, at: int = 0, check: bool
) -> Iterator[tuple[int, BlockHead]]:
    """(offset, header) of each whole block; ends before the first that isn't.

    check: read the bodies too and compare their checksums.
    """
    while at + HEADER_SIZE <= size:
        file.seek(at)
        head_bytes = file.read(HEADER_SIZE)
        try:
            head = ticks.decode_head(head_bytes)
        except Damaged:
            return
        end = at + HEADER_SIZE + head.length
        if end > size or (check and not ticks.is_whole(head_bytes, file.read(head.length))):
            return
        yield at, head
        at = end


class TapeWriter:
    """Appends ticks. retention_days: trading days kept, older ones go when a new one begins.

    Opening finds a tail that a crash tore, cuts it and writes down where.
    """

    def __init__(
        self, folder: Path, *, retention_days: int = 30, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self.folder = folder
        self.next_seq = 1
        self.lost = 0
        self.holes = 0
        self._retention_days = retention_days
        self._segment_bytes = segment_bytes
        self._file: BinaryIO | None = None
        self._segment: _Segment | None = None
        self._size = 0
        self._entries: list[_Entry] = []
        self._hole: TapeHole | None = None
        self._recover()

    def _recover(self) -> None:
        found = _segments(self.folder)
        if not found:
            return
        last = found[-1]
        size = last.path.stat().st_size
        with last.path.open("rb") as file:
            blocks = list(_walk(file, size, check=True))
        end = 0
        for offset, head in blocks:
            end = offset + HEADER_SIZE + head.length
            self.next_seq = max(self.next_seq, head.next_seq)
        # The last segment may hold nothing whole; then the one before tells the sequence.
        for earlier in reversed(found[:-1] if not blocks else []):
            if index := load_index(earlier):
                self.next_seq = max(entry.first_seq + entry.count for entry in index)
                break
        if end < size:
            logger.error(
                "tape torn, tail cut",
                extra={"segment": str(last.path), "at": end, "bytes_cut": size - end},
            )
            os.truncate(last.path, end)
            self._hole = TapeHole(TORN, self.next_seq, 0, 0)
        self._segment, self._size = last, end
        self._entries = [_entry(offset, head) for offset, head in blocks]

    def write(self, day: str, rows: list[Row], heard_ms: int) -> None:
        """Append rows of one trading day. Never raises for a disk that refuses."""
        for start in range(0, len(rows), BLOCK_TICKS):
            self._write_block(day, rows[start : start + BLOCK_TICKS], heard_ms)

    def _write_block(self, day: str, rows: list[Row], heard_ms: int) -> None:
        first_seq, count = self.next_seq, len(rows)
        self.next_seq += count
        try:
            self._open_for(day)
            if self._hole is not None:
                self._append(ticks.encode_hole(self._hole))
                self.holes += 1
                self._hole = None
            self._append(ticks.encode_ticks(rows, first_seq))
        except OSError as error:
            self._lose(first_seq, count, heard_ms, error)

    def _lose(self, first_seq: int, count: int, heard_ms: int, error: OSError) -> None:
        self.lost += count
        if self._hole is None or self._hole.reason != FULL:
            logger.error("tape can't be written", extra={"reason": str(error)})
            self._hole = TapeHole(FULL, first_seq, count, heard_ms)
        else:
            self._hole = msgspec.structs.replace(self._hole, lost=self._hole.lost + count)
        if self._file is None:
            return
        try:
            # Half a block may be there: readers must not take it for the end of the tape.
            self._file.truncate(self._size)
            self._file.seek(self._size)
        except OSError:
            self._close_file()
            self._segment = None

    def _append(self, block: bytes) -> None:
        assert self._file is not None
        if self._file.write(block) < len(block):
            raise OSError(errno.ENOSPC, "only part of a block was taken")
        self._entries.append(_entry(self._size, ticks.decode_head(block)))
        self._size += len(block)

    def _open_for(self, day: str) -> None:
        segment = self._segment
        fits = segment is not None and segment.day == day and self._size < self._segment_bytes
        if self._file is not None and fits:
            return
        if segment is None or not fits:
            self.close()
            segment = self._next_segment(day)
            self._entries, self._size = [], 0
        # Unbuffered: a block is one write, and half of one is seen at once.
        self._file = segment.path.open("ab", buffering=0)
        self._segment = segment

    def _next_segment(self, day: str) -> _Segment:
        there = _segments(self.folder)
        if there and there[-1].day > day:
            # The clock of a venue that was started anew may go back; the tape's order may not.
            day = there[-1].day
        numbers = [segment.number for segment in there if segment.day == day]
        number = max(numbers, default=0) + 1
        path = self.folder / day / f"{number:06d}.tape"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not numbers:
            self._forget_old({segment.day for segment in there} | {day})
        return _Segment(day, number, path)

    def _forget_old(self, days: Collection[str]) -> None:
        for old in sorted(days)[: -self._retention_days or None]:
            shutil.rmtree(self.folder / old, ignore_errors=True)
            logger.info("tape of a day forgotten", extra={"day": old})

    def close(self) -> None:
        """Put everything on the disk and write the segment's index."""
        if self._file is None or self._segment is None:
            return
        try:
            os.fsync(self._file.fileno())
            self._segment.index_path.write_bytes(
                msgspec.msgpack.encode(_Index(self._size, self._entries))
            )
        except OSError as error:
            # The index is made again by whoever reads.
            logger.warning("tape's index can't be written", extra={"reason": str(error)})
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _entry(offset: int, head: BlockHead) -> _Entry:
    return _Entry(
        offset,
        head.kind,
        head.count,
        head.first_seq,
        head.length,
        head.from_time,
        head.until_time,
    )


def load_index(segment: _Segment) -> list[_Entry]:
    """The blocks of a segment, from its index as far as that goes, else from the blocks."""
    size = segment.path.stat().st_size
    entries: list[_Entry] = []
    known = 0
    try:
        index = msgspec.msgpack.decode(segment.index_path.read_bytes(), type=_Index)
        if index.size <= size:
            entries, known = index.entries, index.size
    except (OSError, msgspec.MsgspecError):
        pass
    with segment.path.open("rb") as file:
        entries += [_entry(at, head) for at, head in _walk(file, size, at=known, check=False)]
    return entries


class TapeReader:
    """Reads a tape that may still be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def days(self) -> list[str]:
        """Trading days with a tape, oldest first."""
        return sorted({segment.day for segment in _segments(self.folder)})

    def since_ms(self) -> int:
        """When the oldest tick that is still here was heard, UTC; 0 for an empty tape."""
        for _, item in self.read():
            if not isinstance(item, TapeHole):
                return item.heard_ms
        return 0

    def read(
        self,
        *,
        day: str = "",
        symbols: Collection[str] = (),
        from_seq: int = 0,
        from_time: str = "",
        until_time: str = "",
    ) -> Iterator[tuple[int, QuoteTick | TradeTick | TapeHole]]:
        """(sequence, tick or hole) in order. Empty arguments don't narrow.

        from_time, until_time: the venue's time of day, "HH:MM:SS", both included.
        """
        wanted = frozenset(symbols)
        until = f"{until_time}\x7f" if until_time else "\x7f"
        for segment in _segments(self.folder):
            if day and segment.day != day:
                continue
            if not segment.path.is_file():
                # Forgotten while we read the days before it.
                continue
            with segment.path.open("rb") as file:
                for entry in load_index(segment):
                    if entry.first_seq + max(entry.count, 1) <= from_seq:
                        continue
                    if entry.kind == ticks.TICKS and not (
                        entry.from_time <= until and entry.until_time >= from_time
                    ):
                        continue
                    found = _items(file, entry)
                    if wanted or from_seq or from_time or until_time:
                        yield from _narrowed(found, wanted, from_seq, from_time, until)
                    else:
                        yield from found

    def read_heard(
        self, from_ms: int, until_ms: int, symbols: Collection[str]
    ) -> Iterator[tuple[int, QuoteTick | TradeTick | TapeHole]]:
        """(sequence, tick or hole) of what was heard between two moments of ours, both included.

        One process writes and hears in order, so the blocks are looked up by halves; a hole is told
        when it lies between blocks that are read.
        """
        wanted = frozenset(symbols)
        blocks = [
            (segment, entry)
            for segment in _segments(self.folder)
            if segment.path.is_file()
            for entry in load_index(segment)
        ]
        told = [place for place, (_, entry) in enumerate(blocks) if entry.kind == ticks.TICKS]
        before = bisect_left(told, from_ms, key=lambda place: _head(*blocks[place]).last_heard_ms)
        # A hole between the block before and the first that is wanted may be of our time.
        for segment, entry in blocks[told[before - 1] + 1 if before else 0 :]:
            if entry.kind == ticks.TICKS and _head(segment, entry).first_heard_ms > until_ms:
                return
            with segment.path.open("rb") as file:
                for seq, item in _items(file, entry):
                    told = isinstance(item, TapeHole) or item.symbol in wanted
                    if told and (not item.heard_ms or from_ms <= item.heard_ms <= until_ms):
                        yield seq, item


def _head(segment: _Segment, entry: _Entry) -> BlockHead:
    """A block's header, which its index leaves half of."""
    with segment.path.open("rb") as file:
        file.seek(entry.offset)
        return ticks.decode_head(file.read(HEADER_SIZE))


def _items(file: BinaryIO, entry: _Entry) -> Iterator[tuple[int, QuoteTick | TradeTick | TapeHole]]:
    file.seek(entry.offset)
    head_bytes = file.read(HEADER_SIZE)
    body = file.read(entry.length)
    try:
        if len(body) < entry.length or not ticks.is_whole(head_bytes, body):
            raise Damaged
        if entry.kind == ticks.HOLE:
            hole = ticks.decode_hole(body)
            return iter([(hole.first_seq, hole)])
        return enumerate(ticks.decode_ticks(body), entry.first_seq)
    except Damaged:
        logger.error("tape damaged", extra={"first_seq": entry.first_seq, "ticks": entry.count})
        return iter([(entry.first_seq, TapeHole(DAMAGED, entry.first_seq, entry.count, 0))])


def _narrowed(
    found: Iterator[tuple[int, QuoteTick | TradeTick | TapeHole]],
    wanted: frozenset[str],
    from_seq: int,
    from_time: str,
    until: str,
) -> Iterator[tuple[int, QuoteTick | TradeTick | TapeHole]]:
    for seq, item in found:
        if isinstance(item, TapeHole):
            yield seq, item
            continue
        asked = seq >= from_seq and (not wanted or item.symbol in wanted)
        if asked and from_time <= item.at[11:] <= until:
            yield seq, item
