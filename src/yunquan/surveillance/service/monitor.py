"""The stream through the kernel, one batch after the other: what was read in which order, the
alerts and the places in the sources are written in one transaction.

After a restart the newest snapshot is taken and the batches behind it are read again in the order
that was written down: the same state, and no alert twice.
"""

from __future__ import annotations

import contextlib
import logging
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from yunquan.indicators import RULES, Engine, Sizes
from yunquan.indicators.rules.judge import Program
from yunquan.indicators.types import Rows
from yunquan.kernel.errors import Conflict, Refused, YunquanError
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import day_of, end_of_day_ms
from yunquan.rulebook import RUNNING, load_rules, mark_effect, versions_of
from yunquan.rulebook.events import RuleStateSet
from yunquan.rulebook.rules.books import limits_on
from yunquan.rulebook.rules.language import compile_rule
from yunquan.rulebook.rules.program import make_program
from yunquan.rulebook.types import CompiledRule, RuleState, RuleVersion
from yunquan.surveillance import store
from yunquan.surveillance.service.encoding import Encoder, Limits, StreamMemory
from yunquan.surveillance.service.limits import KeptLimits
from yunquan.surveillance.service.order import merged, runs_of
from yunquan.surveillance.service.sources import Cursor, Item, Source
from yunquan.surveillance.service.steady import SteadyTime
from yunquan.surveillance.service.telling import ACTOR, ROWS, told_until, view_of, write_alerts
from yunquan.surveillance.store import Batch
from yunquan.surveillance.types import AlertId, AlertView, Skipped, Unreadable

logger = logging.getLogger("yunquan.surveillance")

# Events a batch has at the most: what comes meanwhile shares the next one.
A_STEP: Final = 4_000
SNAPSHOT_EVERY: Final = 500
KEPT_SNAPSHOTS: Final = 2
FORGOTTEN_AT_ONCE: Final = 5_000
# How far an event's time may be ahead of when it is read: clocks of two machines differ.
AHEAD_MS: Final = 60_000
# What numbers that no row has room for come to.
NUMBERS: Final = (OverflowError, ValueError, struct.error)


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
        self._limits = KeptLimits(database, limits)
        self._folder = folder
        self._raised = raised
        self.engine: Kernel = relay or Engine(sizes)
        self._is_relayed = relay is not None
        self.encoder = Encoder(self._limits.of)
        self.running: dict[int, tuple[CompiledRule, RuleVersion]] = {}
        self.places: dict[str, int] = {}
        self.batch = 0
        self.next_row = 0
        self.unread = 0
        # Events that couldn't be read, and those whose time was of later than their reading.
        self.skipped = 0
        self.ahead = 0
        self._left_out = list[Skipped]()
        self._time = SteadyTime(database.clock)
        # Limits are those of this day, which ends then.
        self.day = ""
        self._day_ends_ms = 0
        # Whether rules have changed since the kernel was told.
        self._stale = False

    @property
    def own_engine(self) -> Engine:
        """The kernel, where it is here."""
        assert isinstance(self.engine, Engine)
        return self.engine

    # --- starting

    def start(self) -> int:
        """As it was when it stopped; how many batches were read again. Raises Conflict
        surveillance.untold when partitions have read on and their alerts aren't all written.
        """
        self.engine.warm_up()
        self._restore()
        again = 0
        cursors = {name: Cursor(source) for name, source in self.sources.items()}
        while True:
            with self.database.read() as tx:
                found = store.load_batches(tx, self.batch + 1, 100)
            if not found:
                break
            for one in found:
                self.through(self._reread(one, cursors), one.at_ms)
                self.batch = one.number
            again += len(found)
        with self.database.read() as tx:
            self.places = store.load_places(tx)
            if not self._is_relayed and (until := told_until(tx)) < self.next_row:
                raise Conflict("surveillance.untold", rows=self.next_row - until)
        return again

    def _reread(self, batch: Batch, cursors: Mapping[str, Cursor]) -> list[Item]:
        items = list[Item]()
        for source, first, count in batch.runs:
            known = cursors[source].take(first, count)
            if len(known) < count:
                # A day of the tape that is forgotten, say: the alerts are written, the state is
                # poorer by what is missing.
                self.unread += count - len(known)
                logger.warning("stream has a gap", extra={"source": source, "first": first})
            items += known
        return items

    # --- going on

    def step(self) -> int:
        """One batch, if there is anything; how many events."""
        pages = [
            source.take(self.places.get(name, 1), A_STEP) for name, source in self.sources.items()
        ]
        # By time, each source in its own order: what one source says never overtakes itself.
        items = merged(pages, A_STEP)
        if not items:
            return 0
        moved = {item.source: item.seq + 1 for item in items}
        count = sum(then - self.places.get(name, 1) for name, then in moved.items())
        ours = [item for item in items if item.event is not None]
        if not ours:
            with self.database.transaction(actor=ACTOR) as tx:
                store.save_places(tx, moved)
            self.places |= moved
            return count
        read_ms = self._time.now_ms()
        found = self.through(ours, read_ms)
        views = self._written(ours, found, moved, read_ms)
        self.places |= moved
        self.batch += 1
        if views:
            self._raised(views)
        if self.batch % SNAPSHOT_EVERY == 0:
            self.snapshot()
        return count

    def _written(
        self, items: list[Item], found: list[AlertView], moved: dict[str, int], read_ms: int
    ) -> list[AlertView]:
        runs, batch = runs_of(items), self.batch + 1
        with self.database.transaction(actor=ACTOR) as tx:
            views = [msgspec.structs.replace(one, id=str(tx.ids.new(AlertId))) for one in found]
            write_alerts(tx, views)
            store.insert_skipped(tx, self._left_out, batch)
            store.insert_batch(tx, Batch(batch, self.next_row, read_ms, runs))
            # Where the kernel is elsewhere, so is who writes its alerts.
            store.save_places(tx, moved if self._is_relayed else moved | {ROWS: self.next_row})
            self._limits.write(tx, batch)
            for item in items:
                if isinstance(one := item.event, RuleStateSet):
                    mark_effect(tx, one.code, one.version, one.state, batch)
        return views

    def through(self, items: Sequence[Item], read_ms: int) -> list[AlertView]:
        """Rows into the kernel, changes of rules between them. read_ms: when they were read; what
        says that it is of later is taken to be of then.
        """
        found = list[AlertView]()
        self._left_out = []
        latest_ms = read_ms + AHEAD_MS
        for item in items:
            at_ms, event = item.at_ms, item.event
            if at_ms > latest_ms:
                self.ahead += 1
                at_ms = read_ms
            if at_ms >= self._day_ends_ms:
                self._day_ends_ms = end_of_day_ms(at_ms)
                if (day := day_of(at_ms)) > self.day:
                    found += self._fed()
                    self._begin_day(day)
            kind = type(event)
            if kind is RuleStateSet:
                found += self._fed()
                self._change(event, at_ms)
            elif kind is Unreadable:
                self._leave_out(item, event)
            else:
                try:
                    self.encoder.put(event, at_ms)
                except NUMBERS as error:
                    tag = str(kind.__struct_config__.tag)
                    self._leave_out(item, Unreadable(tag, str(error), 1))
        return found + self._fed()

    def _leave_out(self, item: Item, one: Unreadable) -> None:
        """Named, counted and gone on from: one event mustn't blind us to all others."""
        self.skipped += one.count
        left = Skipped(item.source, item.seq, item.at_ms, one.count, one.what, one.why)
        self._left_out.append(left)
        logger.error("event left out", extra={"source": item.source, "at_seq": item.seq})

    def _fed(self) -> list[AlertView]:
        rows = self.encoder.rows(self.next_row)
        if not len(rows):
            return []
        if self._stale:
            self._publish()
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
        if version.state in RUNNING:
            if version.number not in self.running:
                self.engine.forget(version.number)
            self._run(version)
        self._stale = True

    def _begin_day(self, day: str) -> None:
        """The same rules with the limits of another day."""
        self.day = day
        for _, version in list(self.running.values()):
            self._run(version)
        self._stale = True

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
        self._stale = False

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
        part = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.msgpack.encode(made))
            part.replace(path)
            for old in self._snapshots()[:-KEPT_SNAPSHOTS]:
                old.unlink()
        except OSError as error:
            logger.error("no snapshot", extra={"reason": str(error)})
            with contextlib.suppress(OSError):
                # Half of one would keep the room that others wait for.
                part.unlink(missing_ok=True)
            return None
        return path

    def _snapshots(self) -> list[Path]:
        """The oldest first."""
        return sorted(self._folder.glob("*.snapshot"))

    def forget(self, before_ms: int) -> int:
        """Batches read before a moment, some thousands of them, and none that a restart would read
        again, with what was told and left out in them; how many went. What happened is in the log
        for ever: only in which order it was read is forgotten.
        """
        kept = self._snapshots()
        if len(kept) < KEPT_SNAPSHOTS:
            return 0
        with self.database.transaction(actor=ACTOR) as tx:
            gone = store.forget_batches(tx, before_ms, int(kept[0].stem), FORGOTTEN_AT_ONCE)
            store.forget_beside(tx)
        return gone

    def _restore(self) -> None:
        """From the newest snapshot that can be read; from the beginning without one."""
        with self.database.read() as tx:
            last = store.last_batch(tx)
        for path in reversed(self._snapshots()):
            try:
                made = msgspec.msgpack.decode(path.read_bytes(), type=Snapshot)
                if made.batch > last:
                    # Of a database that has been put back since.
                    continue
                self.engine.restore(made.engine)
            except (OSError, msgspec.MsgspecError, YunquanError) as error:
                logger.warning("snapshot left out", extra={"path": path.name, "why": str(error)})
                continue
            self.encoder = Encoder(self._limits.of, made.memory)
            self.batch, self.next_row, self.places = made.batch, made.next_row, made.places
            self.day = made.day
            self._restore_rules(made.rules)
            return
        with self.database.read() as tx:
            first = store.load_batches(tx, 1, 1)
            rules = load_rules(tx, RUNNING)
        if first and first[0].number > 1:
            # The beginning is forgotten and every snapshot lost: who watches must watch by the
            # rules there are, poorer by what it can't remember.
            logger.error("begun in the middle", extra={"batch": first[0].number})
            self.day = day_of(first[0].at_ms)
            for one in rules:
                self._run(one)
            self._publish()

    def _restore_rules(self, rules: list[tuple[str, int, str, int]]) -> None:
        with self.database.read() as tx:
            for code, version, state, number in rules:
                for one in versions_of(tx, code):
                    if one.version == version:
                        self._run(replace(one, state=RuleState(state), number=number))
        self._publish()
