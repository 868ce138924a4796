"""Words of back-tests. Times ms UTC, days of the market."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from yunquan.kernel.ids import Id
from yunquan.surveillance.types import AlertView


class BacktestId(Id, prefix="bkt"):
    """A back-test that somebody asked for."""


class BacktestState(StrEnum):
    """Where a back-test stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RuleRef(msgspec.Struct, frozen=True):
    """A version of a rule."""

    code: str
    version: int


class NewBacktest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to run over which days, both included. warm_days: days before them that are read too,
    for what an engine remembers; their alerts don't count.
    """

    rules: tuple[RuleRef, ...]
    from_day: str
    until_day: str
    warm_days: int = 1


class Missing(msgspec.Struct, frozen=True):
    """What can't be read any more of a source: how many events, and between which moments."""

    source: str
    events: int
    from_ms: int
    until_ms: int


class Compared(msgspec.Struct, frozen=True):
    """Two lists of alerts beside each other; `new`, `old` and `both` are places in the lists: both
    are pairs.
    """

    both: tuple[tuple[int, int], ...]
    new: tuple[int, ...]
    old: tuple[int, ...]


class RuleFound(msgspec.Struct, frozen=True):
    """What one version found. over: the live version of its rule, which ran beside it; 0 for none.
    accounts: how many different ones. by_hour: alerts by hour of the day. flooding: alerts over its
    measure, which were kept back. faults: divisions by nothing. both, only_new, only_old: against
    `over`. examples_*: some of them. recorded: alerts on record about the same.
    """

    code: str
    version: int
    grade: int
    over: int
    alerts: int
    accounts: int
    by_hour: tuple[int, ...]
    flooding: int
    faults: int
    both: int
    only_new: int
    only_old: int
    examples_both: tuple[AlertView, ...]
    examples_new: tuple[AlertView, ...]
    examples_old: tuple[AlertView, ...]
    recorded: tuple[str, ...]


class Likeness(msgspec.Struct, frozen=True):
    """How far the run gives again what was on record: alerts on record of the versions that ran,
    those found again, and those found though the version was live and nothing is on record.
    """

    recorded: int
    again: int
    more: int


class BacktestResult(msgspec.Struct, frozen=True):
    """What came out. left_out: codes of rules that can't be read on those days. cut: there were
    more alerts than are looked at.
    """

    rules: tuple[RuleFound, ...]
    events: int
    missing: tuple[Missing, ...]
    likeness: Likeness
    left_out: tuple[str, ...]
    cut: bool


class Backtest(msgspec.Struct, frozen=True):
    """A back-test as it stands. done, total: batches of the stream. failed: the code of why not."""

    id: str
    by: str
    asked_at_ms: int
    wish: NewBacktest
    state: BacktestState
    tries: int = 0
    done: int = 0
    total: int = 0
    began_at_ms: int = 0
    ended_at_ms: int = 0
    failed: str = ""
    result: BacktestResult | None = None

    @property
    def is_over(self) -> bool:
        """Nothing more will happen to it."""
        return self.state not in (BacktestState.WAITING, BacktestState.RUNNING)

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(100, 100 * self.done // self.total) if self.total else 0


class Told(msgspec.Struct, frozen=True):
    """What people decided about cases of alerts: how many alerts, by outcome; waiting: not yet."""

    confirmed: int = 0
    innocent: int = 0
    unclear: int = 0
    waiting: int = 0

    @property
    def share(self) -> float | None:
        """Confirmed of those that could be told; None while there are none."""
        told = self.confirmed + self.innocent
        return self.confirmed / told if told else None


class StreamDay(msgspec.Struct, frozen=True):
    """A day that can be run again. tape: whether the market's part is still there."""

    day: str
    tape: bool


class ShadowReport(msgspec.Struct, frozen=True):
    """What a shadow raised beside the live version since it began to run. live: its version, 0 for
    none. told: of the live alerts about the same. cut: there were more than are looked at.
    """

    code: str
    version: int
    live: int
    since_ms: int
    shadow_alerts: int
    live_alerts: int
    both: int
    only_new: int
    only_old: int
    examples_new: tuple[AlertView, ...]
    examples_old: tuple[AlertView, ...]
    told: Told
    cut: bool
