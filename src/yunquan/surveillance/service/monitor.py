"""The stream through the kernel, one batch after the other: what was read in which order, the
alerts and the places in the sources are written in one transaction.

After a restart the newest snapshot is taken and the batches behind it are read again in the order
that was written down: the same state, and no alert twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from yunquan.indicators import RULES, Engine, Sizes
from yunquan.indicators.rules.judge import Program
from yunquan.indicators.types import Rows
from yunquan.kernel.errors import Conflict, Refused, YunquanError
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import day_of
from yunquan.surveillance import store
from yunquan.surveillance.events import RuleStateSet
from yunquan.surveillance.rules.books import limits_on
from yunquan.surveillance.rules.language import compile_rule
from yunquan.surveillance.rules.program import make_program
from yunquan.surveillance.service.encoding import Encoder, Limits, StreamMemory
from yunquan.surveillance.service.sources import Item, Source
from yunquan.surveillance.service.telling import ACTOR, ROWS, told_until, view_of, write_alerts
from yunquan.surveillance.store import Batch
from yunquan.surveillance.types import AlertId, AlertView, CompiledRule, RuleState, RuleVersion

logger = logging.getLogger("yunquan.surveillance")

# Events a batch has at the most: what comes meanwhile shares the next one.
A_STEP: Final = 4_000
SNAPSHOT_EVERY: Final = 500
KEPT_SNAPSHOTS: Final = 2


class Snapshot(msgspec.Struct):
    """Everything behind a batch. rules: code, version, state and number of each that runs."""

    batch: int
    next_row: int
    places: dict[str, int]
    memory: StreamMemory
    rules: list[tuple[str, int, str, int]]
    day: str
    engine: bytes


class Kernel(Protocol):
    """What a monitor feeds: the engine, or what stands for one."""

    def warm_up(self) -> None: ...

    def publish(self, program: Program) -> None: ...

    def forget(self, number: int) -> None: ...

    def feed(self, rows: Rows) -> tuple[Any, Any]: ...

    def snapshot(self) -> bytes: ...

    def restore(self, snapshot: bytes) -> None: ...


class Monitor:
    """One process runs one. raised: told of the alerts of a batch once they are written. relay:
    takes the kernel's place and hands rows on to where it is.
    """

    def __init__(
        self,
        database: Database,
        sources: Sequence[Source],
        sizes: Sizes,
        limits: Limits,
        folder: Path,
        raised: Callable[[Sequence[AlertView]], None] = lambda _found: None,
        relay: Kernel | None = None,
    ) -> None:
        self.database = database
        self.sources = {one.name: one for one in sources}
        self._sizes = sizes
        self._limits = limits
        self._folder = folder
        self._raised = raised
        self.engine: Kernel = relay or Engine(sizes)
        self._is_relayed = relay is not None
        self.encoder = Encoder(limits)
        self.running: dict[int, tuple[CompiledRule, RuleVersion]] = {}
        self.places: dict[str, int] = {}
        self.batch = 0
        self.next_row = 0
        self.unread = 0
        # Limits are those of this day.
        self.day = ""

    # --- starting

    def start(self) -> int:
        """As it was when it stopped; how many batches were read again. Raises Conflict
        surveillance.untold when partitions have read on and their alerts aren't all written.
        """
        self.engine.warm_up()
        self._restore()
        again = 0
        while True:
            with self.database.read() as tx:
                found = store.load_batches(tx, self.batch + 1, 100)
            if not found:
                break
            for one in found:
                self._through(self._reread(one))
                self.batch = one.number
            again += len(found)
        with self.database.read() as tx:
            self.places = store.load_places(tx)
            if not self._is_relayed and (until := told_until(tx)) < self.next_row:
                raise Conflict("surveillance.untold", rows=self.next_row - until)
        return again

    def _is_ours(self, item: Item) -> bool:
        return isinstance(item.event, RuleStateSet) or self.encoder.knows(item.event)

    def _reread(self, batch: Batch) -> list[Item]:
        items = list[Item]()
        for source, first, count in batch.runs:
            found = self.sources[source].take(first, count)
            if len(found) < count:
                # A day of the tape that is forgotten, say: the alerts are written, the state is
                # poorer by what is missing.
                self.unread += count - len(found)
                logger.warning("stream has a gap", extra={"source": source, "first": first})
            items += found
        return items

    # --- going on

    def step(self) -> int:
        """One batch, if there is anything; how many events."""
        pages = [
            source.take(self.places.get(name, 1), A_STEP) for name, source in self.sources.items()
        ]
        # By time, each source in its own order: what one source says never overtakes itself.
        items = _merged(pages)
        if not items:
            return 0
        moved = {item.source: item.seq + 1 for item in items}
        ours = [item for item in items if self._is_ours(item)]
        if not ours:
            with self.database.transaction(actor=ACTOR) as tx:
                store.save_places(tx, moved)
            self.places |= moved
            return len(items)
        found = self._through(ours)
        views = self._written(ours, found, moved)
        self.places |= moved
        self.batch += 1
        if views:
            self._raised(views)
        if self.batch % SNAPSHOT_EVERY == 0:
            self.snapshot()
        return len(items)

    def _written(
        self, items: list[Item], found: list[AlertView], moved: dict[str, int]
    ) -> list[AlertView]:
        runs = _runs(items)
        with self.database.transaction(actor=ACTOR) as tx:
            views = [msgspec.structs.replace(one, id=str(tx.ids.new(AlertId))) for one in found]
            write_alerts(tx, views)
            store.insert_batch(tx, Batch(self.batch + 1, self.next_row, tx.now_ms(), runs))
            # Where the kernel is elsewhere, so is who writes its alerts.
            store.save_places(tx, moved if self._is_relayed else moved | {ROWS: self.next_row})
        return views

    def _through(self, items: Sequence[Item]) -> list[AlertView]:
        """Rows into the kernel, changes of rules between them."""
        found = list[AlertView]()
        for item in items:
            if (day := day_of(item.at_ms)) > self.day:
                found += self._fed()
                self._begin_day(day)
            if isinstance(item.event, RuleStateSet):
                found += self._fed()
                self._change(item.event, item.at_ms)
            else:
                self.encoder.put(item.event, item.at_ms)
        return found + self._fed()

    def _fed(self) -> list[AlertView]:
        rows = self.encoder.rows(self.next_row)
        self.next_row += len(rows)
        alerts, values = self.engine.feed(rows)
        return [self._view(one, line) for one, line in zip(alerts, values, strict=True)]

    def _view(self, alert: Any, values: Any) -> AlertView:
        rule, version = self.running[int(alert["rule"])]
        return view_of(
            alert,
            version.text,
            version.version,
            rule.subject.name.lower(),
            {place: values[place] for place in rule.places},
            self.encoder.name_of,
            shadow=version.state is RuleState.SHADOW,
        )

    # --- rules

    def _change(self, event: RuleStateSet, at_ms: int) -> None:
        """From the next row on."""
        version = RuleVersion(
            event.text,
            event.version,
            RuleState(event.state),
            event.number,
            event.by,
            at_ms,
            event.basis,
        )
        for number, (_, running) in list(self.running.items()):
            same = (running.text.code, running.version) == (event.code, event.version)
            if same and version.state is RuleState.RETIRED:
                del self.running[number]
        if version.state in (RuleState.LIVE, RuleState.SHADOW):
            if version.number not in self.running:
                self.engine.forget(version.number)
            self._run(version)
        self._publish()

    def _begin_day(self, day: str) -> None:
        """The same rules with the limits of another day."""
        self.day = day
        for _, version in list(self.running.values()):
            self._run(version)
        self._publish()

    def _run(self, version: RuleVersion) -> None:
        compiled = compile_rule(version.text, limits_on(self.day))
        if isinstance(compiled, Refused):
            # It was checked when it was drafted: a limit it names is gone from the table.
            logger.error("rule left out", extra={"rule": version.text.code, "why": compiled.code})
            return
        self.running[version.number] = (compiled, version)

    def _publish(self) -> None:
        rules = {
            number: (compiled, version.state)
            for number, (compiled, version) in self.running.items()
        }
        self.engine.publish(make_program(rules, RULES))

    # --- snapshots

    def snapshot(self) -> Path | None:
        """Write down everything; None when the disk refuses, which stops nothing."""
        rules = [
            (one.text.code, one.version, str(one.state), number)
            for number, (_, one) in self.running.items()
        ]
        made = Snapshot(
            self.batch,
            self.next_row,
            dict(self.places),
            self.encoder.memory,
            rules,
            self.day,
            self.engine.snapshot(),
        )
        path = self._folder / f"{self.batch:012d}.snapshot"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_bytes(msgspec.msgpack.encode(made))
            part.replace(path)
            for old in sorted(self._folder.glob("*.snapshot"))[:-KEPT_SNAPSHOTS]:
                old.unlink()
        except OSError as error:
            logger.error("no snapshot", extra={"reason": str(error)})
            return None
        return path

    def _restore(self) -> None:
        """From the newest snapshot that can be read; from the beginning without one."""
        with self.database.read() as tx:
            last = store.last_batch(tx)
        for path in sorted(self._folder.glob("*.snapshot"), reverse=True):
            try:
                made = msgspec.msgpack.decode(path.read_bytes(), type=Snapshot)
                if made.batch > last:
                    # Of a database that has been put back since.
                    continue
                self.engine.restore(made.engine)
            except (OSError, msgspec.MsgspecError, YunquanError) as error:
                logger.warning("snapshot left out", extra={"path": path.name, "why": str(error)})
                continue
            self.encoder = Encoder(self._limits, made.memory)
            self.batch, self.next_row, self.places = made.batch, made.next_row, made.places
            self.day = made.day
            self._restore_rules(made.rules)
            return

    def _restore_rules(self, rules: list[tuple[str, int, str, int]]) -> None:
        with self.database.read() as tx:
            for code, version, state, number in rules:
                for one in store.versions_of(tx, code):
                    if one.version == version:
                        self._run(replace(one, state=RuleState(state), number=number))
        self._publish()


def _merged(pages: Sequence[Sequence[Item]]) -> list[Item]:
    """By time, each source in its own order even where its clock went back; no source is read
    beyond the moment where another's page ends unread.
    """
    timed = [
        (moment, item)
        for page in pages
        for moment, item in zip(accumulate((item.at_ms for item in page), max), page, strict=True)
    ]
    full = [max(item.at_ms for item in page) for page in pages if len(page) >= A_STEP]
    until = min(full, default=None)
    timed = [one for one in timed if until is None or one[0] <= until]
    return [item for _, item in sorted(timed, key=lambda one: one[0])]


def _runs(items: Sequence[Item]) -> store.Runs:
    runs = store.Runs()
    at = 0
    for (source, _), group in groupby(
        enumerate(items), key=lambda pair: (pair[1].source, pair[1].seq - pair[0])
    ):
        count = sum(1 for _ in group)
        runs.append((source, items[at].seq, count))
        at += count
    return runs
