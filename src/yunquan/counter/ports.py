"""What the counter needs of the outside, and what the outside may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from yunquan.counter.types import Answer


class CheckView(msgspec.Struct, frozen=True, array_like=True):
    """An order checked and not placed. Fees in fen as if filled at once at its limit; code: "" if
    it would pass.

    total: fen to freeze for a buy, to receive for a sell. max_qty: the most shares this account
    could order now. price_low, price_high: prices in milli taken now, by limits and cage; 0 where
    nothing bounds them or none is named. caged: the cage bounds them more than the limits.
    """

    code: str
    facts: dict[str, int | str]
    max_qty: int
    amount: int
    commission: int
    stamp: int
    transfer: int
    total: int
    price_low: int = 0
    price_high: int = 0
    caged: bool = False


class CounterClient(Protocol):
    """Submits commands and asks for the current state. Two adapters: direct (tests, simulation) and
    socket.
    """

    async def submit(self, command: Any) -> Answer:
        """The command's answer once it is durable; a repeat of its id gets the first answer.

        Raises Unavailable when the outcome is unknown (retry with the same id), Conflict
        command.reused when the id
        was used with another body.
        """
        ...

    async def ask(self, query: Any) -> Any:
        """A view of the current state (see `yunquan.counter.types` queries). Raises Unavailable."""
        ...


class OrderGateway(Protocol):
    """Where decided orders go. Called only after their commit; sending is queued and never
    blocks.
    """

    def send_order(
        self,
        gateway: str,
        order: str,
        account: str,
        symbol: str,
        side: int,
        kind: str,
        price: int,
        qty: int,
    ) -> None:
        """gateway: by which of the counter's gateways, "" the first. price: 0 where the kind names
        none.
        """
        ...

    def send_cancel(self, gateway: str, order: str) -> None:
        """Through the gateway that the order went out by."""
        ...

    def query(self, gateway: str, order: str) -> None:
        """Ask what became of an order in doubt; the exchange answers with its reports and a
        status.
        """
        ...


class SnapshotStore(Protocol):
    """Where the follower leaves snapshots and a restarting counter finds the newest whole one."""

    def save(self, state: Any, seq: int) -> None: ...

    def load(self, name: str) -> tuple[Any, int] | None:
        """The newest readable state and the last sequence it includes."""
        ...


OnCommit = Callable[[int, bytes, list[Any]], None]
