"""The kernel with its state: rows in, alerts out, a snapshot at any moment between two rows."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from yunquan.indicators.rules import catalogue
from yunquan.indicators.rules.code import KINDS, RULES
from yunquan.indicators.rules.judge import ALERT, Memory, Program, make_memory
from yunquan.indicators.rules.kernel import run
from yunquan.indicators.rules.tables import (
    EARLY,
    FULL,
    LATE,
    USED,
    WARM,
    Table,
    empty_keys,
    empty_warm,
    place_all,
)
from yunquan.indicators.rules.update import State, make_state
from yunquan.indicators.types import EVENT, Family, Rows
from yunquan.kernel.errors import Conflict, Invalid

# Alerts a call of the kernel has room for; it is called again for the rest of the rows.
ROOM: Final = RULES + 2048
# To be raised whenever sums come to mean something else though their shape stays.
LAYOUT: Final = 1
MAGIC: Final = b"YQIND001"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Keys of each family at the most, and of those at work within the hour."""

    most: Mapping[Family, int]
    warm: Mapping[Family, int]


def sizes_for(accounts: int, active: int, symbols: int = 12_000) -> Sizes:
    """accounts: all there can be. active: that do something within an hour. A position and a pair
    are thought to be many an account, a device about one.
    """
    most = {
        Family.ACCOUNT: accounts,
        Family.POSITION: 8 * accounts,
        Family.PAIR: max(accounts // 4, 1_024),
        Family.DEVICE: accounts,
        Family.GROUP: max(accounts // 4, 1_024),
        Family.INSTRUMENT: symbols,
    }
    warm = {
        Family.ACCOUNT: active,
        Family.POSITION: 4 * active,
        Family.PAIR: max(active // 4, 256),
        Family.DEVICE: active,
        Family.GROUP: max(active // 4, 256),
        Family.INSTRUMENT: symbols,
    }
    return Sizes(most, {family: min(warm[family], most[family]) for family in Family})


@dataclass(frozen=True, slots=True)
class Fill:
    """How full a family's table is. early: keys that lost their windows to another though they
    were at work; late: events that came after a window had left them; full: events of keys there
    was no room for.
    """

    used: int
    most: int
    warm: int
    warm_most: int
    early: int
    late: int
    full: int


def no_rules() -> Program:
    """The empty program."""
    lines: dict[Any, str] = {
        np.int32: "listed rule need guard_place code_from code_to",
        np.int8: "role step guard code",
        np.float64: "guard_value number",
    }
    rules: dict[Any, str] = {
        np.int8: "subject state steps",
        np.int64: "quiet_ms within_ms",
        np.int32: "most",
    }
    told = {
        name: np.zeros(count, kind)
        for columns, count in ((lines, 0), (rules, RULES))
        for kind, names in columns.items()
        for name in names.split()
    }
    return Program(begins=np.zeros(KINDS + 1, np.int32), **told)


class Engine:
    """One writer feeds it; nobody else touches it."""

    def __init__(self, sizes: Sizes) -> None:
        self.state: State = make_state(dict(sizes.most), dict(sizes.warm))
        self.memory: Memory = make_memory(RULES)
        self.program: Program = no_rules()
        self.next_seq = 0
        self.repeated = 0
        self._alerts: Any = np.zeros(ROOM, ALERT)
        self._values: Any = np.zeros((ROOM, len(catalogue.CATALOGUE)))

    def warm_up(self) -> None:
        """Have the kernel compiled, or read from where it was kept, before the first event."""
        table: Table = self.state.account
        place_all(table.places[:0], table.keys, 0)
        run(self.state, self.program, self.memory, np.zeros(0, EVENT), self._alerts, self._values)

    def publish(self, program: Program) -> None:
        """These rules from the next row on. Everything that is remembered stays."""
        self.program = program

    def forget(self, number: int) -> None:
        """What a rule remembered, before its number goes to another."""
        memory = self.memory
        memory.rules[memory.rules == number] = -1
        for one in (memory.in_minute, memory.told, memory.kept_back, memory.faults):
            one[number] = 0
        memory.minute[number] = -1

    def feed(self, rows: Rows) -> tuple[Any, Any]:
        """(alerts, a line of every value for each). They must be in order of `seq`; rows whose seq
        isn't above all that came before, in this call or an earlier one, are repeated and left out.
        Raises Invalid indicators.rows for what isn't a list of EVENT.
        """
        if getattr(rows, "dtype", None) != EVENT or rows.ndim != 1:
            raise Invalid("indicators.rows")
        # The kernel was compiled for arrays that lie together and may be written to.
        rows = self._fresh(np.require(rows, requirements=("C", "W")))
        if not len(rows):
            return self._alerts[:0].copy(), self._values[:0].copy()
        found = list[tuple[Any, Any]]()
        self.next_seq = int(rows["seq"][-1]) + 1
        while len(rows):
            done, made = run(
                self.state, self.program, self.memory, rows, self._alerts, self._values
            )
            found.append((self._alerts[:made].copy(), self._values[:made].copy()))
            rows = rows[done:]
        if len(found) == 1:
            return found[0]
        alerts, values = zip(*found, strict=True)
        return np.concatenate(alerts), np.concatenate(values)

    def _fresh(self, rows: Rows) -> Rows:
        """Without those that are repeated."""
        seq = rows["seq"]
        before = np.maximum.accumulate(np.concatenate(([self.next_seq - 1], seq)))[:-1]
        fresh = seq > before
        if fresh.all():
            return rows
        self.repeated += int(len(rows) - fresh.sum())
        return rows[fresh]

    def fill_of(self, family: Family) -> Fill:
        """For whoever watches the watcher."""
        table: Table = self.state[family]
        counts = [int(one) for one in table.counts]
        return Fill(
            counts[USED],
            len(table.keys),
            counts[WARM],
            len(table.warm),
            counts[EARLY],
            counts[LATE],
            counts[FULL],
        )

    # --- over a restart

    def snapshot(self) -> bytes:
        """All that is remembered, as bytes: the parts in use."""
        parts: dict[str, Any] = {
            "layout": np.frombuffer(self._layout(), np.uint8),
            "numbers": np.array([self.next_seq, self.repeated], np.int64),
            "peers": self.state.peers,
        }
        for family in Family:
            table: Table = self.state[family]
            parts[f"keys{family}"] = table.keys[: table.counts[USED]].view(np.uint8)
            parts[f"warm{family}"] = table.warm[: table.counts[WARM]].view(np.uint8)
            parts[f"counts{family}"] = table.counts
        parts |= {f"memory_{name}": one for name, one in self.memory._asdict().items()}
        into = io.BytesIO()
        np.savez(into, **parts)
        body = into.getbuffer()
        return b"".join((MAGIC, len(body).to_bytes(8), zlib.crc32(body).to_bytes(4), body))

    def restore(self, snapshot: bytes) -> None:
        """As it was. Raises Conflict indicators.snapshot when that was of another layout or of
        tables of another size; nothing is changed then.
        """
        parts = self._readable(snapshot)
        self.next_seq, self.repeated = (int(one) for one in parts["numbers"])
        self.state.peers[:] = parts["peers"]
        for family in Family:
            table: Table = self.state[family]
            used, warm = table.counts[USED], table.counts[WARM]
            table.counts[:] = parts[f"counts{family}"]
            for records, name in ((table.keys, "keys"), (table.warm, "warm")):
                kept = parts[f"{name}{family}"]
                records.view(np.uint8)[: len(kept)] = kept
            # Who was here and isn't in the snapshot leaves nothing behind.
            empty_keys(table.keys[table.counts[USED] : used])
            empty_warm(table.warm[table.counts[WARM] : warm])
            place_all(table.places, table.keys, table.counts[USED])
        for name, one in self.memory._asdict().items():
            one[:] = parts[f"memory_{name}"]

    def _layout(self) -> bytes:
        """What a snapshot must have in common with who reads it: what is kept of whom, in what
        order, and how many there can be.
        """
        told = [LAYOUT, [(one.code, one.formula) for one in catalogue.CATALOGUE]]
        for family in Family:
            table: Table = self.state[family]
            told += [catalogue.MEASURES[family]]
            told += [(one.dtype.descr, one.shape) for one in (table.keys, table.warm)]
        told += [(name, one.dtype.str, one.shape) for name, one in self.memory._asdict().items()]
        return hashlib.sha256(repr(told).encode()).digest()

    def _readable(self, snapshot: bytes) -> dict[str, Any]:
        start = len(MAGIC) + 12
        head, body = snapshot[:start], memoryview(snapshot)[start:]
        told = MAGIC + len(body).to_bytes(8) + zlib.crc32(body).to_bytes(4)
        if head != told:
            raise Conflict("indicators.snapshot")
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as opened:
                parts = {name: opened[name] for name in opened.files}
            known = parts["layout"].tobytes() == self._layout()
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise Conflict("indicators.snapshot") from error
        if not known:
            raise Conflict("indicators.snapshot")
        return parts
