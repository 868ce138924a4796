"""The teller: sees the hits of all partitions in the order of rows, remembers silences, sequences
and floods, and writes alerts.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from yunquan.indicators import Engine, sizes_for
from yunquan.indicators.rules.judge import ALERT
from yunquan.indicators.types import Family
from yunquan.kernel.errors import Conflict
from yunquan.partitions.rules.kernel import settle
from yunquan.partitions.service.frames import hits_of, program_of
from yunquan.partitions.types import Forgotten, Found, Frame, Published, RunningRule
from yunquan.surveillance import AlertWriter, view_of
from yunquan.surveillance.types import AlertId, AlertView

ROOM: Final = 2_048
# Characters of an alert's id behind its prefix.
ID_CHARS: Final = 32


class _Behind(msgspec.Struct):
    """The teller behind a row. names: of accounts, symbols and devices."""

    partitions: int
    next_row: int
    names: dict[str, list[str]]
    running: Published | None
    engine: bytes


class Teller:
    """There is one. It hears heads of frames and what partitions found in them, in any order
    between them, each piece as often as it comes.
    """

    def __init__(
        self,
        partitions: int,
        writer: AlertWriter,
        raised: Callable[[Sequence[AlertView]], None] = lambda _found: None,
    ) -> None:
        """raised: told of alerts once they are written. To be made before the distributor: from
        here on the rows that are told are kept apart from those that are read.
        """
        self.partitions = partitions
        self.next_row = 0
        self._writer = writer
        self._raised = raised
        # Of an engine it needs the memory of rules only.
        self._engine = Engine(sizes_for(1, 1, 1))
        self._names: dict[str, list[str]] = {"accounts": [], "symbols": [], "devices": []}
        self._running: Published | None = None
        self._rules: dict[int, RunningRule] = {}
        self._heads = deque[Frame]()
        self._found: list[deque[Found]] = [deque() for _ in range(partitions)]
        self._alerts: Any = np.zeros(ROOM, ALERT)
        self._of: Any = np.zeros(ROOM, np.int64)
        self._told_until = writer.begin()

    def warm_up(self) -> None:
        """Have the kernel compiled, or read from where it was kept."""
        self._engine.warm_up()
        self._alerts_of(np.zeros(0, ALERT))

    # --- hearing

    def hear(self, piece: Frame | Found) -> None:
        """One piece; what was heard before is left out. Raises Conflict partitions.gap when the one
        before it is missing.
        """
        heard: Any = self._heads if isinstance(piece, Frame) else self._found[piece.partition]
        wanted = heard[-1].next_row if heard else self.next_row
        if piece.next_row <= wanted:
            return
        if piece.first_row != wanted:
            raise Conflict("partitions.gap", wanted=wanted, got=piece.first_row)
        heard.append(piece)

    def tell(self) -> int:
        """Alerts of every frame that all partitions have looked at, in one transaction; how many
        rows that were. Raises Conflict surveillance.told, Unavailable storage.failed: whoever did
        this begins again from a snapshot.
        """
        began, views = self.next_row, list[AlertView]()
        while self._heads and all(self._found):
            head = self._heads.popleft()
            views += self._through(head, [one.popleft() for one in self._found])
            self.next_row = head.next_row
        if self.next_row > self._told_until:
            self._writer.write(views, self._told_until, self.next_row)
            self._told_until = self.next_row
            if views:
                self._raised(views)
        return self.next_row - began

    def _through(self, head: Frame, found: Sequence[Found]) -> list[AlertView]:
        for change in head.changes:
            self._change(change)
        for what, new in msgspec.structs.asdict(head.names).items():
            self._names[what] += new
        hits = [hits_of(one) for one in found]
        values = [line for one in found for line in self._values_of(one)]
        every = np.concatenate(hits)
        # Each row was judged by one partition, which told its hits in the program's order.
        order = np.argsort(every["seq"], kind="stable")
        views = [
            self._view(alert, values[order[at]])
            for alert, at in self._alerts_of(np.require(every[order], requirements="W"))
        ]
        # Read again after a restart: written already.
        return views if head.next_row > self._told_until else []

    def _change(self, change: Forgotten | Published) -> None:
        if isinstance(change, Forgotten):
            self._engine.forget(change.number)
            return
        self._running = change
        self._engine.publish(program_of(change))
        self._rules = {rule.number: rule for rule in change.rules}

    def _values_of(self, found: Found) -> list[Any]:
        """By hit what its rule looks at."""
        told, at, lines = np.frombuffer(found.values), 0, list[Any]()
        for which in hits_of(found)["rule"].tolist():
            count = len(self._rules[int(self._engine.program.rule[which])].places)
            lines.append(told[at : at + count])
            at += count
        return lines

    def _alerts_of(self, hits: Any) -> list[tuple[Any, int]]:
        """Each with the place of the hit it came of."""
        found, begin = list[tuple[Any, int]](), 0
        while True:
            engine = self._engine
            done, made = settle(engine.program, engine.memory, hits[begin:], self._alerts, self._of)
            alerts = self._alerts[:made].copy()
            found += zip(alerts, (self._of[:made] + begin).tolist(), strict=True)
            begin += done
            if begin >= len(hits):
                return found

    def _view(self, alert: Any, values: Any) -> AlertView:
        rule = self._rules[int(alert["rule"])]
        view = view_of(
            alert,
            rule.text,
            rule.version,
            Family(rule.subject).name.lower(),
            dict(zip(rule.places, values, strict=True)),
            self._name_of,
            shadow=rule.shadow,
        )
        return msgspec.structs.replace(view, id=alert_id(rule, int(alert["seq"])))

    def _name_of(self, what: str, number: int) -> str:
        return self._names[what][number] if number >= 0 else ""

    # --- over a restart

    def snapshot(self) -> bytes:
        """All it remembers behind the last row whose alerts are told."""
        return msgspec.msgpack.encode(
            _Behind(
                self.partitions,
                self.next_row,
                self._names,
                self._running,
                self._engine.snapshot(),
            )
        )

    def restore(self, snapshot: bytes) -> None:
        """As it was; for a new one. Raises Conflict indicators.snapshot when that was of another
        number of partitions or layout.
        """
        try:
            behind = msgspec.msgpack.decode(snapshot, type=_Behind)
        except msgspec.MsgspecError as error:
            raise Conflict("indicators.snapshot") from error
        if behind.partitions != self.partitions:
            raise Conflict("indicators.snapshot")
        self._engine.restore(behind.engine)
        self.next_row, self._names = behind.next_row, behind.names
        if behind.running is not None:
            self._change(behind.running)


def alert_id(rule: RunningRule, row: int) -> AlertId:
    """The same for the same version of a rule at the same row, whoever comes to it and how often:
    a rule gives one alert a row at the most.
    """
    digest = hashlib.sha256(f"{rule.text.code}\0{rule.version}\0{row}".encode()).hexdigest()
    return AlertId(f"{AlertId.prefix}_{digest[:ID_CHARS]}")
