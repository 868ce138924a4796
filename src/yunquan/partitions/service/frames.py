"""Frames and finds as bytes, and what is in them as arrays."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from yunquan.indicators.rules.judge import ALERT, Program
from yunquan.indicators.types import EVENT, Rows
from yunquan.kernel.errors import Conflict
from yunquan.partitions.types import Found, Frame, Published, RunningRule
from yunquan.rulebook.types import CompiledRule, RuleState, RuleVersion

# A message of NATS has a million bytes at the most unless told otherwise.
PACKED_FROM: Final = 500_000
PLAIN: Final = b"\x00"
PACKED: Final = b"\x01"
Running = Mapping[int, tuple[CompiledRule, RuleVersion]]
Piece = TypeVar("Piece", Frame, Found)


def to_bytes(piece: Frame | Found) -> bytes:
    """As it goes through the wire: packed only where it is large."""
    body = msgspec.msgpack.encode(piece)
    return PLAIN + body if len(body) < PACKED_FROM else PACKED + zlib.compress(body, 1)


def from_bytes(body: bytes, kind: type[Piece]) -> Piece:
    """What `to_bytes` made bytes of. Raises Conflict partitions.message."""
    try:
        plain = zlib.decompress(body[1:]) if body[:1] == PACKED else body[1:]
        return msgspec.msgpack.decode(plain, type=kind)
    except (msgspec.MsgspecError, zlib.error) as error:
        raise Conflict("partitions.message") from error


def rows_of(frame: Frame) -> Rows:
    """Its rows."""
    return np.frombuffer(frame.rows, EVENT)


def hits_of(found: Found) -> Any:
    """Its hits."""
    return np.frombuffer(found.hits, ALERT)


def program_of(published: Published) -> Program:
    """The program the kernel runs."""
    # The kernel was compiled for arrays that may be written to.
    columns = {
        name: np.frombuffer(body, np.dtype(kind)).copy()
        for name, (kind, body) in published.program.items()
    }
    return Program(**columns)


def published(program: Program, running: Running) -> Published:
    """A program with the rules it was made of."""
    columns = {
        name: (column.dtype.str, column.tobytes()) for name, column in program._asdict().items()
    }
    rules = [
        RunningRule(
            number,
            version.text,
            version.version,
            version.state is RuleState.SHADOW,
            int(compiled.subject),
            compiled.places,
        )
        for number, (compiled, version) in sorted(running.items())
    ]
    return Published(columns, rules)
