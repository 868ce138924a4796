"""A log as a busy morning writes it: records of the counter with a group commit each, logins in the
rooms' stream, quotes on the tape beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy.engine import Connection

from yunquan.clients.events import ClientRegistered
from yunquan.counter import events as c
from yunquan.kernel.log import PLAIN, append, lock_head
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.ledger.types import FROZEN, HOUSE, Posting
from yunquan.quotes import TapeWriter
from yunquan.quotes.rules.ticks import row_of
from yunquan.quotes.types import Quote
from yunquan.security.events import LoggedIn

OPEN_MS: Final = 1_783_906_200_000
DAY: Final = "2026-07-13"
SYMBOLS: Final = 300
# Orders a second, and how many of them a commit of the counter takes together.
PER_S: Final = 400
TOGETHER: Final = 8
# Of a hundred orders: cancelled by their owner, filled, refused at once.
CANCELLED, FILLED, REFUSED = 40, 45, 1
# Of a hundred orders, so many transfers, logins and quotes come beside them.
TRANSFERS, LOGINS, QUOTES = 4, 4, 30
FEES: Final = (25_000, 500, 50_000, 1_000)


@dataclass(frozen=True, slots=True)
class Written:
    """What a log holds: events by kind of source, records, and the alert's subjects there are."""

    counter: int
    rooms: int
    quotes: int
    records: int
    accounts: int

    @property
    def events(self) -> int:
        """All of them."""
        return self.counter + self.rooms + self.quotes


def _postings(account: str, symbol: str, amount: int) -> tuple[Posting, ...]:
    return (
        Posting(account, FROZEN, "clearing:SH", HOUSE, "CNY", amount),
        Posting("clearing:SH", HOUSE, account, FROZEN, symbol, 100),
        Posting(account, FROZEN, "firm:commission", HOUSE, "CNY", 500),
    )


class Morning:
    """Orders, transfers, logins and quotes from a seed. Nine of ten orders are of a twentieth of
    the accounts.
    """

    def __init__(self, accounts: int, seed: int = 5) -> None:
        self._dice = Random(seed)
        self.accounts = [f"6{number:09d}" for number in range(accounts)]
        self._active = self.accounts[: max(accounts // 20, 1)]
        self._standing = list[c.OrderPlaced]()
        self._orders = 0
        self.now_ms = OPEN_MS

    def opening(self) -> Iterator[Any]:
        """Every account is opened before the first order."""
        for one in self.accounts:
            yield c.AccountOpened("c", 0, one, f"cli_{one}", "cash", "CNY", (), (), "")

    def clients(self) -> Iterator[Any]:
        """Who they are."""
        for one in self.accounts:
            yield ClientRegistered(f"cli_{one}", f"prn_{one}", [], "2030-01-01", "system")

    def commit(self) -> list[Any]:
        """The events of one group commit of the counter: some orders come in, older ones are
        accepted, cancelled, filled.
        """
        self.now_ms += 1_000 * TOGETHER // PER_S
        placed = [self._placed() for _ in range(TOGETHER)]
        found: list[Any] = [*placed, c.OrdersRouted("r", tuple(one.order for one in placed), "g")]
        found += [c.OrderAccepted("g", self._orders, one.order, one.account) for one in placed]
        self._standing += placed
        while len(self._standing) > 40 * TOGETHER:
            found += self._ended(self._standing.pop(self._dice.randrange(len(self._standing))))
        if self._dice.random() < TRANSFERS * TOGETHER / 100:
            kind = self._dice.choice(("deposit", "withdraw"))
            amount = self._dice.randrange(1, 500) * 100_000
            account = self._account()
            found.append(c.CashMoved("c", 0, account, kind, amount, "icbc", ()))
        return found

    def login(self) -> Any:
        """Somebody's, from a device that is mostly their own."""
        account = self._account()
        device = int(account) // 2 if self._dice.random() < 0.05 else int(account)
        return LoggedIn(f"prn_{account}", "client", "ses_1", "10.1.2.3", f"Chrome {device}")

    def quote(self, number: int) -> Quote:
        """Of some instrument, five levels a side."""
        minute, second = divmod((self.now_ms - OPEN_MS) // 1_000, 60)
        at = f"{DAY}T{9 + (30 + minute) // 60:02d}:{(30 + minute) % 60:02d}:{second:02d}.000+08:00"
        price = 10_000 + 10 * self._dice.randrange(-40, 40)
        bids = tuple((price - 10 * level, 10_000 * level) for level in range(1, 6))
        asks = tuple((price + 10 * level, 10_000 * level) for level in range(1, 6))
        head = (self._symbol(), number, at, price, 9_990, 10_990, 9_900, 9_950)
        return Quote(*head, 1_000 * number, 10_000_000 * number, bids, asks)

    def _account(self) -> str:
        return self._dice.choice(self._active if self._dice.random() < 0.9 else self.accounts)

    def _symbol(self) -> str:
        return f"{600000 + self._dice.randrange(SYMBOLS)}.SH"

    def _placed(self) -> c.OrderPlaced:
        self._orders += 1
        account = self._account()
        symbol = f"{600000 + (int(account) * 7 + self._dice.randrange(4) * 31) % SYMBOLS}.SH"
        price = 10_000 + 10 * self._dice.randrange(-40, 40)
        qty = 100 * self._dice.randrange(1, 50)
        amount = price * qty // 10
        return c.OrderPlaced(
            f"ord_01J{self._orders:022d}", 7, f"ord_01J{self._orders:022d}", account, symbol,
            self._dice.choice((1, 2)), price, qty, 0, self.now_ms, amount, 0, *FEES,
            _postings(account, symbol, amount)[:1], "limit", price, 36_000, "g",
        )  # fmt: skip

    def _ended(self, one: c.OrderPlaced) -> list[Any]:
        fate = self._dice.randrange(100)
        postings = _postings(one.account, one.symbol, one.price * one.qty // 10)
        if fate < REFUSED:
            return [c.OrderRejected("g", 1, one.order, one.account, "price", postings[:1])]
        if fate < REFUSED + CANCELLED:
            return [
                c.CancelRequested("c", 9, one.order, one.account),
                c.OrderCancelled(
                    "g", 1, "c", 9, one.order, one.account, one.qty, "user", True, postings[:1]
                ),
            ]
        if fate < REFUSED + CANCELLED + FILLED:
            amount, execution = one.price * one.qty // 10, f"E{one.order}"
            return [
                c.OrderFilled(
                    "g", 1, one.order, one.account, one.symbol, one.side, execution, one.price,
                    one.qty, amount, 500, 50, 10, 0, True, self.now_ms, postings,
                )
            ]  # fmt: skip
        return [
            c.OrderCancelled(
                "g", 1, "", 0, one.order, one.account, one.qty, "expired", True, postings[:1]
            )
        ]


def write(database: Database, tape: Path, accounts: int, orders: int) -> Written:
    """A morning with so many orders, in the database's log and on a tape."""
    morning = Morning(accounts)
    counted = {"counter": 0, "rooms": 0, "quotes": 0, "records": 0}
    with database.transaction("benchmark") as tx:
        for stream, known in (("counter-0", morning.opening()), (ROOMS_STREAM, morning.clients())):
            _append(tx.connection, stream, list(known), morning.now_ms)
    writer, waiting = TapeWriter(tape), list[Any]()
    dice = Random(11)
    with database.transaction("benchmark") as tx:
        while counted["counter"] == 0 or morning._orders < orders:
            found = morning.commit()
            _append(tx.connection, "counter-0", found, morning.now_ms)
            counted["counter"] += len(found)
            counted["records"] += 1
            if dice.random() < LOGINS * TOGETHER / 100:
                _append(tx.connection, ROOMS_STREAM, [morning.login()], morning.now_ms)
                counted["rooms"] += 1
                counted["records"] += 1
            for _ in range(int(QUOTES * TOGETHER / 100 + dice.random())):
                counted["quotes"] += 1
                waiting.append(row_of(morning.quote(counted["quotes"]), morning.now_ms))
            if len(waiting) >= 128:
                writer.write(DAY, waiting, morning.now_ms)
                waiting = []
    writer.write(DAY, waiting, morning.now_ms)
    writer.close()
    return Written(**counted, accounts=accounts)


def _append(connection: Connection, stream: str, events: list[Any], at_ms: int) -> None:
    head = lock_head(connection, stream)
    append(connection, head, PLAIN.encode(events), len(events), at_ms=at_ms)
