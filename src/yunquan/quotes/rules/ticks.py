"""Blocks of the tape: ticks to bytes and back, and what can be told of bytes that were cut short.

A block: header (68 bytes, little-endian), then a msgpack list. Nothing in it is chained: a tape is
evidence of what was heard, not of who owns what.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import msgspec
from msgspec.structs import astuple

from yunquan.quotes.types import Quote, QuoteTick, TapeHole, Trade, TradeTick

TICKS: Final = 1
HOLE: Final = 2
# Magic, kind, count, first sequence, length of the body, first and last time heard in ms, earliest
# and latest venue time of day as text, checksum over all of that and the body.
_HEADER: Final = struct.Struct("<4sHIQIqq12s12s")
_CHECK: Final = struct.Struct("<I")
HEADER_SIZE: Final = _HEADER.size + _CHECK.size
_MAGIC: Final = b"YQT1"
MOST_BODY: Final = 32 << 20
_TIME_OF_DAY: Final = slice(11, 23)

_encoder = msgspec.msgpack.Encoder()
_ticks = msgspec.msgpack.Decoder(list[QuoteTick | TradeTick])
_hole = msgspec.msgpack.Decoder(TapeHole)

Row = tuple[object, ...]
Tick = QuoteTick | TradeTick


@dataclass(frozen=True, slots=True)
class BlockHead:
    """What a block's header tells. from_time, until_time: venue's time of day, "HH:MM:SS.mmm"."""

    kind: int
    count: int
    first_seq: int
    length: int
    first_heard_ms: int
    last_heard_ms: int
    from_time: str
    until_time: str
    checksum: int

    @property
    def next_seq(self) -> int:
        """The first sequence number after this block."""
        return self.first_seq + self.count


class Damaged(Exception):
    """Bytes that aren't a whole block."""


def row_of(tick: Quote | Trade, heard_ms: int) -> Row:
    """A tick as the block encodes it: cheaper than making another object of it."""
    return ("q" if type(tick) is Quote else "t", heard_ms, *astuple(tick))


def encode_ticks(rows: Sequence[Row], first_seq: int) -> bytes:
    """A block of at least one row."""
    times = [str(row[4])[_TIME_OF_DAY] for row in rows]
    span = (min(times), max(times))
    heard: tuple[int, int] = (int(str(rows[0][1])), int(str(rows[-1][1])))
    return _block(TICKS, len(rows), first_seq, heard, span, _encoder.encode(rows))


def encode_hole(hole: TapeHole) -> bytes:
    """A block that says what is missing; it takes the missing sequence numbers."""
    heard = (hole.heard_ms, hole.heard_ms)
    return _block(HOLE, hole.lost, hole.first_seq, heard, ("", ""), _encoder.encode(hole))


def _block(
    kind: int,
    count: int,
    first_seq: int,
    heard: tuple[int, int],
    span: tuple[str, str],
    body: bytes,
) -> bytes:
    header = _HEADER.pack(
        _MAGIC, kind, count, first_seq, len(body), *heard, *(text.encode() for text in span)
    )
    return header + _CHECK.pack(crc32(body, crc32(header))) + body


def decode_head(data: bytes) -> BlockHead:
    """Raises Damaged when these aren't the first bytes of a block."""
    if len(data) < HEADER_SIZE:
        raise Damaged
    magic, kind, count, first_seq, length, first, last, start, end = _HEADER.unpack_from(data)
    if magic != _MAGIC or kind not in (TICKS, HOLE) or length > MOST_BODY:
        raise Damaged
    (checksum,) = _CHECK.unpack_from(data, _HEADER.size)
    times = (start.rstrip(b"\0"), end.rstrip(b"\0"))
    from_time, until_time = (text.decode("ascii", "replace") for text in times)
    return BlockHead(kind, count, first_seq, length, first, last, from_time, until_time, checksum)


def is_whole(head_bytes: bytes, body: bytes) -> bool:
    """Whether the body belongs to its header, to the bit."""
    (checksum,) = _CHECK.unpack_from(head_bytes, _HEADER.size)
    return crc32(body, crc32(head_bytes[: _HEADER.size])) == checksum


def decode_ticks(body: bytes) -> list[Tick]:
    """The ticks of a block that is whole. Raises Damaged."""
    try:
        return _ticks.decode(body)
    except msgspec.MsgspecError as error:
        raise Damaged from error


def decode_hole(body: bytes) -> TapeHole:
    """The hole of a block that is whole. Raises Damaged."""
    try:
        return _hole.decode(body)
    except msgspec.MsgspecError as error:
        raise Damaged from error


def merged(*journals: Iterable[tuple[int, int, object]]) -> Iterator[tuple[int, int, object]]:
    """Several journals as one, by time heard, each entry (heard_ms, seq, what).

    At the same millisecond the journal named first goes first, each in its own order: a replay
    that asks again gets the same order.
    """
    keyed = (
        ((heard_ms, place, seq, what) for heard_ms, seq, what in journal)
        for place, journal in enumerate(journals)
    )
    for heard_ms, _, seq, what in heapq.merge(*keyed, key=lambda entry: entry[:3]):
        yield heard_ms, seq, what
