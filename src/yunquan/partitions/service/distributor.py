"""The distributor: reads the stream in the order that is written down, and sends it out as frames.

A monitor does the reading, as in one process; where it has its kernel stands a relay.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from yunquan.indicators.rules.judge import ALERT, Program
from yunquan.indicators.types import Rows
from yunquan.kernel.errors import Conflict
from yunquan.partitions.service.frames import Running, published
from yunquan.partitions.types import Forgotten, Frame, Names, Published
from yunquan.surveillance import Monitor

Numbers = tuple[dict[str, int], dict[str, int], dict[str, int]]


class _Pending(msgspec.Struct):
    """What a relay knows behind the last row: names that were told, and changes that wait."""

    next_row: int
    named: tuple[int, ...]
    changes: list[Forgotten | Published]


class Relay:
    """Stands where a monitor has its kernel: what is fed goes out as frames, and no alert comes
    back. running: the monitor's rules; numbers: of its encoder, accounts, instruments and devices
    by name; out: gets each frame.
    """

    def __init__(
        self,
        running: Callable[[], Running],
        numbers: Callable[[], Numbers],
        out: Callable[[Frame], None],
    ) -> None:
        self._running = running
        self._numbers = numbers
        self._out = out
        self._behind = _Pending(0, (0, 0, 0), [])

    def warm_up(self) -> None:
        """Nothing is compiled here."""

    def forget(self, number: int) -> None:
        """With the next frame."""
        self._behind.changes.append(Forgotten(number))

    def publish(self, program: Program) -> None:
        """With the next frame."""
        self._behind.changes.append(published(program, self._running()))

    def feed(self, rows: Rows) -> tuple[Any, Any]:
        """A frame of these."""
        if len(rows):
            first, after = int(rows["seq"][0]), int(rows["seq"][-1]) + 1
            changes, self._behind.changes = self._behind.changes, []
            frame = Frame(first, after, changes, self._new_names(), rows.tobytes())
            self._behind.next_row = after
            self._out(frame)
        return np.zeros(0, ALERT), np.zeros((0, 0))

    def _new_names(self) -> Names:
        known = self._numbers()
        told, self._behind.named = self._behind.named, tuple(map(len, known))
        # Numbers follow the order in which names came, which a dict keeps; the new ones are last.
        latest = [
            list(islice(reversed(names), len(names) - count))
            for names, count in zip(known, told, strict=True)
        ]
        return Names(*(names[::-1] for names in latest))

    def snapshot(self) -> bytes:
        """What it knows."""
        return msgspec.msgpack.encode(self._behind)

    def restore(self, snapshot: bytes) -> None:
        """As it was. Raises Conflict indicators.snapshot for what a kernel wrote."""
        try:
            self._behind = msgspec.msgpack.decode(snapshot, type=_Pending)
        except msgspec.MsgspecError as error:
            raise Conflict("indicators.snapshot") from error


class Distributor:
    """One process runs one. make: a monitor that feeds this relay, fresh or from its snapshot.

    A frame goes out only after the batch it is of was committed, so nobody sees a row that a
    restart could number otherwise.
    """

    def __init__(
        self, make: Callable[[Relay], Monitor], send: Callable[[Frame], None], sent_until: int
    ) -> None:
        """send: returns once a frame is kept where partitions find it. sent_until: the row after
        the last one that is kept there.
        """
        self._send = send
        self._sent_until = sent_until
        self._waiting = list[Frame]()
        self._committed = True
        self.relay = Relay(lambda: self.monitor.running, self._numbers, self._out)
        self.monitor = make(self.relay)

    def _numbers(self) -> Numbers:
        memory = self.monitor.encoder.memory
        return memory.accounts, memory.symbols, memory.devices

    def _out(self, frame: Frame) -> None:
        if frame.next_row <= self._sent_until:
            return
        if frame.first_row > self._sent_until:
            raise Conflict("partitions.gap", wanted=self._sent_until, got=frame.first_row)
        if self._committed:
            self._send(frame)
            self._sent_until = frame.next_row
        else:
            self._waiting.append(frame)

    def start(self) -> int:
        """As it was when it stopped; how many batches were read again. What was committed and isn't
        kept yet is sent. Raises Conflict partitions.gap when the rows between those that are kept
        and the snapshot are nowhere: it must begin without a snapshot.
        """
        again = self.monitor.start()
        if self._sent_until < self.monitor.next_row:
            raise Conflict("partitions.gap", wanted=self._sent_until, got=self.monitor.next_row)
        return again

    def step(self) -> int:
        """One batch, if there is anything; how many events. What raises leaves it to be begun
        again.
        """
        self._committed = False
        count = self.monitor.step()
        self._committed = True
        waiting, self._waiting = self._waiting, []
        for frame in waiting:
            self._out(frame)
        return count
