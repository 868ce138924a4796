"""What a day end asks of other rooms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from yunquan.actions.types import Traded
from yunquan.clearing.types import Batch
from yunquan.counter.types import Entry
from yunquan.kernel.transaction import Database

Holdings = Iterable[tuple[str, str, int]]
# By account and symbol, what was traded on the day.
TradedOf = Mapping[tuple[str, str], Traded]
# By account and action, shares of a rights issue and the fen frozen for them.
SubscribedOf = Mapping[tuple[str, str], tuple[int, int]]


class Actions(Protocol):
    """Corporate actions of a day 公司行为."""

    def act(
        self,
        database: Database,
        day: str,
        counter: str,
        holdings: Holdings,
        traded: TradedOf,
        subscribed: SubscribedOf,
    ) -> Mapping[tuple[str, str], tuple[Entry, ...]]:
        """Entries to book at this counter, by kind and basis. holdings: account, symbol, shares at
        the close; subscribed: what is frozen for rights then. The same day gives the same entries;
        broken off, it goes on when asked again.
        """
        ...

    def not_listed(
        self, database: Database, day: str, counter: str
    ) -> Mapping[tuple[str, str], int]:
        """Shares by account and symbol that the day's end booked and nobody can sell yet."""
        ...


class NoActions:
    """Nothing is announced anywhere."""

    def act(
        self,
        database: Database,
        day: str,
        counter: str,
        holdings: Holdings,
        traded: TradedOf,
        subscribed: SubscribedOf,
    ) -> Mapping[tuple[str, str], tuple[Entry, ...]]:
        return {}

    def not_listed(
        self, database: Database, day: str, counter: str
    ) -> Mapping[tuple[str, str], int]:
        return {}


class Booker(Protocol):
    """Submits entries to a counter; what they could not take is read back from its log."""

    def book(self, batch: Batch) -> None:
        """Durable when it returns. Raises Unavailable: try again, the same batch."""
        ...

    def close(self, counter: str, day: str) -> None:
        """Have a counter end its day, if it hasn't. Raises Unavailable."""
        ...
