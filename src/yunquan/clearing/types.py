"""The day end 日终: runs and their steps, what an account's day came to. Amounts in fen,
quantities in shares, prices in milli.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from yunquan.counter.types import Entry


class RunState(StrEnum):
    """Where a run or one of its steps stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Step(StrEnum):
    """The steps of a day end, in order."""

    CLOSE = "close"
    FEES = "fees"
    ACTIONS = "actions"
    SETTLE = "settle"
    STATEMENTS = "statements"
    PROVE = "prove"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class StepRun:
    """One step of a run. detail: what it did, in figures; code, facts: why it failed."""

    step: Step
    state: RunState
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
    tries: int = 0
    detail: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """The day end of one trading day."""

    day: str
    state: RunState
    started_at_ms: int
    ended_at_ms: int | None
    steps: tuple[StepRun, ...] = ()

    @property
    def step(self) -> Step | None:
        """The step at hand: the first that isn't done; None when all are."""
        return next((one.step for one in self.steps if one.state is not RunState.DONE), None)


@dataclass(frozen=True, slots=True)
class Closing:
    """Where a counter's log stands at the end of a day. first_seq: first event of the day;
    ended_seq: its DayEnded.
    """

    day: str
    counter: str
    first_seq: int
    ended_seq: int


@dataclass(frozen=True, slots=True)
class DayRow:
    """What an account's day came to. opening: all its cash at the day before's end; available to
    held: its cash now by bucket; value: its securities at the day's closes, without new shares that
    nobody can sell yet. commission includes
    what clearing corrected; other: everything booked that has no column of its own.
    """

    day: str
    account: str
    client: str
    opening: int
    available: int
    settling: int
    frozen: int
    held: int
    deposits: int
    withdrawals: int
    bought: int
    sold: int
    commission: int
    stamp: int
    transfer: int
    dividends: int
    dividend_tax: int
    other: int
    trades: int
    value: int

    @property
    def closing(self) -> int:
        """All cash at the end of the day."""
        return self.available + self.settling + self.frozen + self.held

    @property
    def moved(self) -> int:
        """What the movements of the day add up to."""
        return (
            self.deposits
            - self.withdrawals
            - self.bought
            + self.sold
            - self.commission
            - self.stamp
            - self.transfer
            + self.dividends
            - self.dividend_tax
            + self.other
        )


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A holding at the end of a day. close_milli: 0 where no close is known."""

    day: str
    account: str
    symbol: str
    available: int
    settling: int
    frozen: int
    held: int
    close_milli: int

    @property
    def owned(self) -> int:
        return self.available + self.settling + self.frozen + self.held


@dataclass(frozen=True, slots=True)
class Due:
    """What an account owes since clearing could not take it. left: still owed in fen."""

    id: str
    account: str
    day: str
    kind: str
    house: str
    ref: str
    amount: int
    left: int


@dataclass(frozen=True, slots=True)
class DueLine:
    """What a client owes, as they read it. day: since when; why: in their language; ref: the order
    or action it is for; amount, left: CNY, owed at first and now.
    """

    id: str
    day: str
    kind: str
    why: str
    ref: str
    amount: str
    left: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """What the firm pays (positive) or receives for a market's trades of a day, net, one trading
    day later (T+1).
    """

    day: str
    counter: str
    market: str
    net: int
    settled_on: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries that go to a counter as one command. number: its place in the step."""

    day: str
    step: Step
    counter: str
    number: int
    kind: str
    basis: str
    entries: tuple[Entry, ...]

    @property
    def command(self) -> str:
        return f"clearing:{self.day}:{self.step.value}:{self.counter}:{self.number}"


@dataclass(frozen=True, slots=True)
class FeeCheck:
    """An order whose commission differs from what its fills make it. charged, due in fen."""

    order: str
    account: str
    charged: int
    due: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved of a day, and what was not. figures: totals over all accounts."""

    figures: dict[str, int]
    faults: tuple[str, ...]
