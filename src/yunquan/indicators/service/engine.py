"""The kernel with its state: rows in, alerts out, a snapshot at any moment between two rows."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from yunquan.indicators.rules import catalogue
from yunquan.indicators.rules.code import RULES
from yunquan.indicators.rules.judge import ALERT, MEMORY, Memory, Program, make_memory
from yunquan.indicators.rules.kernel import run
from yunquan.indicators.rules.tables import EARLY, FULL, LATE, USED, WARM, Table
from yunquan.indicators.rules.update import State, make_state
from yunquan.indicators.types import EVENT, Family, Rows
from yunquan.kernel.errors import Conflict, Invalid

# Alerts a call of the kernel has room for; it is called again for the rest of the rows.
ROOM: Final = RULES + 2048
LAYOUT: Final = 1


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
    return Program(
        begins=np.zeros(17, np.int32),
        listed=np.zeros(0, np.int32),
        rule=np.zeros(0, np.int32),
        role=np.zeros(0, np.int8),
        step=np.zeros(0, np.int8),
        need=np.zeros(0, np.int32),
        guard=np.zeros(0, np.int8),
        guard_place=np.zeros(0, np.int32),
        guard_value=np.zeros(0, np.float64),
        code_from=np.zeros(0, np.int32),
        code_to=np.zeros(0, np.int32),
        code=np.zeros(0, np.int8),
        number=np.zeros(0, np.float64),
        subject=np.zeros(RULES, np.int8),
        quiet_ms=np.zeros(RULES, np.int64),
        most=np.zeros(RULES, np.int32),
        state=np.zeros(RULES, np.int8),
        steps=np.zeros(RULES, np.int8),
        within_ms=np.zeros(RULES, np.int64),
    )


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
        """(alerts, a line of every value for each). Rows whose `seq` was fed before are left out;
        they must be in order of it. Raises Invalid indicators.rows for what isn't EVENT.
        """
        if getattr(rows, "dtype", None) != EVENT:
            raise Invalid("indicators.rows")
        if len(rows) and rows["seq"][0] < self.next_seq:
            fresh = rows[np.searchsorted(rows["seq"], self.next_seq) :]
            self.repeated += len(rows) - len(fresh)
            rows = fresh
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
            "layout": np.array([LAYOUT, self.next_seq, self.repeated, len(catalogue.CATALOGUE)]),
            "peers": self.state.peers,
        }
        for family in Family:
            table: Table = self.state[family]
            parts[f"places{family}"] = table.places
            parts[f"keys{family}"] = table.keys[: table.counts[USED]].view(np.uint8)
            parts[f"warm{family}"] = table.warm[: table.counts[WARM]].view(np.uint8)
            parts[f"counts{family}"] = table.counts
        parts |= {f"memory_{name}": one for name, one in self.memory._asdict().items()}
        into = io.BytesIO()
        np.savez(into, **parts)
        return into.getvalue()

    def restore(self, snapshot: bytes) -> None:
        """As it was. Raises Conflict indicators.snapshot when that was of another layout or of
        tables of another size; nothing is changed then.
        """
        parts = self._readable(snapshot)
        _, self.next_seq, self.repeated, _ = (int(one) for one in parts["layout"])
        self.state.peers[:] = parts["peers"]
        for family in Family:
            table: Table = self.state[family]
            table.places[:] = parts[f"places{family}"]
            table.counts[:] = parts[f"counts{family}"]
            for records, name in ((table.keys, "keys"), (table.warm, "warm")):
                kept = parts[f"{name}{family}"]
                records.view(np.uint8)[: len(kept)] = kept
        for name, one in self.memory._asdict().items():
            one[:] = parts[f"memory_{name}"]

    def _readable(self, snapshot: bytes) -> dict[str, Any]:
        try:
            with np.load(io.BytesIO(snapshot), allow_pickle=False) as opened:
                parts = {name: opened[name] for name in opened.files}
            known = [LAYOUT, len(catalogue.CATALOGUE)] == parts["layout"][[0, 3]].tolist()
            fits = known and len(parts["memory_keys"]) == MEMORY
            for family in Family:
                table: Table = self.state[family]
                fits = fits and parts[f"places{family}"].shape == table.places.shape
                fits = fits and len(parts[f"keys{family}"]) <= table.keys.nbytes
                fits = fits and len(parts[f"warm{family}"]) <= table.warm.nbytes
        except (OSError, ValueError, KeyError, IndexError, EOFError) as error:
            raise Conflict("indicators.snapshot") from error
        if not fits:
            raise Conflict("indicators.snapshot")
        return parts
