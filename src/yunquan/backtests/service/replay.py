"""The stream once more, through a kernel of its own, in the order that was written down. Nothing is
written, and nobody who reads the stream now is held up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from yunquan.indicators import Sizes
from yunquan.kernel.transaction import Database
from yunquan.rulebook.events import RuleStateSet
from yunquan.rulebook.types import RuleState, RuleVersion
from yunquan.surveillance import (
    Batch,
    Cursor,
    Item,
    KeptLimits,
    LogSource,
    Monitor,
    Source,
    first_batch_since,
    last_batch,
    load_batches,
)
from yunquan.surveillance.types import AlertView

NOWHERE: Final = Path()
BATCHES: Final = 100


@dataclass(frozen=True, slots=True)
class Gone:
    """A piece of the stream that can't be read any more. at_ms: when it was read first."""

    source: str
    at_ms: int
    events: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one batch gave. number: the batch's. first_ms, last_ms: the moments of its events, of
    its reading when nothing of it is left.
    """

    number: int
    first_ms: int
    last_ms: int
    events: int
    alerts: list[AlertView]
    gone: list[Gone]


class Replay:
    """These rules over the stream. An alert is told as if each of them were live."""

    def __init__(self, database: Database, sources: Sequence[Source], sizes: Sizes) -> None:
        self.database = database
        self._sources = sources
        # It is never started, and so writes nothing.
        self._monitor = Monitor(database, (), sizes, KeptLimits(database).of, NOWHERE)
        self._rules = list[RuleVersion]()
        self._cursors = {one.name: Cursor(one) for one in sources}

    def learn(self, before_ms: int) -> None:
        """Who is who, and who shared a device with whom, before the first batch."""
        encoder = self._monitor.encoder
        for source in self._sources:
            if isinstance(source, LogSource):
                for item in source.identities(before_ms):
                    encoder.put(item.event, item.at_ms)
                encoder.rows(0)

    def begin(self, rules: Sequence[RuleVersion], at_ms: int) -> None:
        """From here on these run, numbered as they come."""
        self._monitor.engine.warm_up()
        self._rules = list(rules)
        said = [
            RuleStateSet(one.text.code, one.version, RuleState.LIVE, number, one.text, "", "")
            for number, one in enumerate(rules)
        ]
        self._monitor.through([Item("", 0, at_ms, one) for one in said], at_ms)

    def span(self, from_ms: int, until_ms: int) -> tuple[int, int, int]:
        """Of what was read between two moments the first batch and the last, and the newest there
        is; zeros for none.
        """
        with self.database.read() as tx:
            newest = last_batch(tx)
            first = first_batch_since(tx, from_ms)
            after = first_batch_since(tx, until_ms)
        return first, after - 1 if after else newest, newest

    def run(self, first: int, last: int) -> Iterator[Stretch]:
        """Batch by batch, the first and the last included."""
        number = first
        while number <= last:
            with self.database.read() as tx:
                page = load_batches(tx, number, BATCHES)
            for one in page:
                if one.number > last:
                    return
                yield self._again(one)
            if not page:
                return
            number = page[-1].number + 1

    def _again(self, batch: Batch) -> Stretch:
        items, gone = list[Item](), list[Gone]()
        for source, first, count in batch.runs:
            cursor = self._cursors.get(source)
            found = cursor.take(first, count) if cursor else []
            if len(found) < count:
                gone.append(Gone(source, batch.at_ms, count - len(found)))
            items += found
        moments = [item.at_ms for item in items] or [batch.at_ms]
        # Who ran then is another question than what these would have found.
        ours = [item for item in items if not isinstance(item.event, RuleStateSet)]
        alerts = self._monitor.through(ours, batch.at_ms)
        return Stretch(batch.number, min(moments), max(moments), len(ours), alerts, gone)

    def kept_back(self) -> list[int]:
        """By rule, how many alerts were over its measure so far."""
        return [int(one) for one in self._monitor.own_engine.memory.kept_back]

    def faults(self) -> list[int]:
        """By rule, how often it divided by nothing so far."""
        return [int(one) for one in self._monitor.own_engine.memory.faults]

    def left_out(self) -> list[str]:
        """Codes of rules that didn't run: a limit they name came into force later."""
        running = self._monitor.running
        return [one.text.code for number, one in enumerate(self._rules) if number not in running]
