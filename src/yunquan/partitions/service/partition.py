"""One partition: keeps the sums of its accounts and of what all have in common, and finds what
meets a condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from yunquan.indicators import Engine, Sizes
from yunquan.indicators.rules.catalogue import CATALOGUE
from yunquan.indicators.rules.judge import ALERT
from yunquan.indicators.types import EVENT, Family, Rows
from yunquan.kernel.errors import Conflict
from yunquan.partitions.rules.kernel import sift
from yunquan.partitions.rules.ownership import owner_of
from yunquan.partitions.service.frames import program_of, rows_of
from yunquan.partitions.types import Forgotten, Found, Frame, Published

# Hits a call of the kernel has room for; it is called again for the rest of the rows.
ROOM: Final = 4_096
# More accounts than an even share a partition has room for, in per cent, and some in any case.
SPARE: Final = 25
SOME: Final = 1_024


class _Behind(msgspec.Struct):
    """A partition behind a row. accounts, instruments: whether each, by number, is its own."""

    number: int
    partitions: int
    next_row: int
    accounts: bytes
    symbols: bytes
    ordered: bytes
    running: Published | None
    engine: bytes


def sizes_of(whole: Sizes, partitions: int) -> Sizes:
    """Room for a partition's share of accounts and positions, and for all of what all keep."""

    def share(family: Family, count: int) -> int:
        if family not in (Family.ACCOUNT, Family.POSITION):
            return count
        return min(count, count * (100 + SPARE) // (100 * partitions) + SOME)

    most = {family: share(family, count) for family, count in whole.most.items()}
    warm = {family: share(family, count) for family, count in whole.warm.items()}
    return Sizes(most, {family: min(warm[family], most[family]) for family in Family})


class Partition:
    """One of `partitions`, counted from 0. One writer feeds it. sizes: as of one engine for all."""

    def __init__(self, number: int, partitions: int, sizes: Sizes) -> None:
        self.number = number
        self.partitions = partitions
        self.engine = Engine(sizes_of(sizes, partitions))
        self.next_row = 0
        self._running: Published | None = None
        self._places: dict[int, tuple[int, ...]] = {}
        self._accounts: Any = np.zeros(0, np.bool_)
        self._symbols: Any = np.zeros(0, np.bool_)
        self._ordered: Any = np.zeros(0, np.int32)
        self._hits: Any = np.zeros(ROOM, ALERT)
        self._values: Any = np.zeros((ROOM, len(CATALOGUE)))

    def warm_up(self) -> None:
        """Have the kernel compiled, or read from where it was kept, before the first event."""
        self.engine.warm_up()
        self._sift(np.zeros(0, EVENT), np.zeros(0, np.bool_))

    def take(self, frame: Frame) -> Found | None:
        """What is found in it; None of a frame that was taken before. Raises Conflict
        partitions.gap when there was one in between.
        """
        if frame.next_row <= self.next_row:
            return None
        if frame.first_row != self.next_row:
            raise Conflict("partitions.gap", wanted=self.next_row, got=frame.first_row)
        for change in frame.changes:
            self._change(change)
        self._accounts = np.append(self._accounts, self._are_mine(frame.names.accounts))
        self._symbols = np.append(self._symbols, self._are_mine(frame.names.symbols))
        new = np.full(len(frame.names.accounts), -1, np.int32)
        self._ordered = np.append(self._ordered, new)
        rows = np.require(rows_of(frame), requirements=("C", "W"))
        hits, values = self._sift(rows, self._judged_here(rows))
        self.next_row = frame.next_row
        return Found(self.number, frame.first_row, frame.next_row, hits.tobytes(), values)

    def _change(self, change: Forgotten | Published) -> None:
        if isinstance(change, Forgotten):
            self.engine.forget(change.number)
            return
        self._running = change
        program = program_of(change)
        self.engine.publish(program)
        self._places = {rule.number: rule.places for rule in change.rules}
        most = int(np.diff(program.begins).max())
        if most > len(self._hits):
            # One row may meet every condition that looks at its kind.
            self._hits = np.zeros(most, ALERT)
            self._values = np.zeros((most, len(CATALOGUE)))

    def _are_mine(self, names: Sequence[str]) -> Any:
        return np.array([owner_of(name, self.partitions) == self.number for name in names], bool)

    def _judged_here(self, rows: Rows) -> Any:
        """By the row's account; where there is none, by its instrument."""
        nobody = rows["account"] < 0
        mine = np.append(self._accounts, [False])[rows["account"]]
        mine[nobody] = np.append(self._symbols, [self.number == 0])[rows["symbol"][nobody]]
        return mine

    def _sift(self, rows: Rows, mine: Any) -> tuple[Any, bytes]:
        engine, found, told = self.engine, list[Any](), list[bytes]()
        while True:
            done, made = sift(
                engine.state,
                self._ordered,
                engine.program,
                engine.memory,
                rows,
                mine,
                self._hits,
                self._values,
            )
            hits = self._hits[:made].copy()
            found.append(hits)
            for line, which in zip(self._values, hits["rule"].tolist(), strict=False):
                told.append(line[list(self._places[int(engine.program.rule[which])])].tobytes())
            rows, mine = rows[done:], mine[done:]
            if not len(rows):
                return np.concatenate(found), b"".join(told)

    def snapshot(self) -> bytes:
        """All it remembers."""
        return msgspec.msgpack.encode(
            _Behind(
                self.number,
                self.partitions,
                self.next_row,
                self._accounts.tobytes(),
                self._symbols.tobytes(),
                self._ordered.tobytes(),
                self._running,
                self.engine.snapshot(),
            )
        )

    def restore(self, snapshot: bytes) -> None:
        """As it was. Raises Conflict indicators.snapshot when that was of another partition, layout
        or size; nothing is changed then.
        """
        try:
            behind = msgspec.msgpack.decode(snapshot, type=_Behind)
        except msgspec.MsgspecError as error:
            raise Conflict("indicators.snapshot") from error
        if (behind.number, behind.partitions) != (self.number, self.partitions):
            raise Conflict("indicators.snapshot")
        self.engine.restore(behind.engine)
        self.next_row = behind.next_row
        self._accounts = np.frombuffer(behind.accounts, np.bool_).copy()
        self._symbols = np.frombuffer(behind.symbols, np.bool_).copy()
        self._ordered = np.frombuffer(behind.ordered, np.int32).copy()
        if behind.running is not None:
            self._change(behind.running)
