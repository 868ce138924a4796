"""Posting rules: the books of one counter and what must always hold of them. Pure; compiled where a
compiler is at hand.
"""

from __future__ import annotations

import sys
from typing import Final

from msgspec.structs import astuple

from yunquan.ledger.types import AVAILABLE, FROZEN, HELD, HOUSE, SETTLING, Posting


class Overdrawn(Exception):
    """A posting would make a client's bucket negative: our own bug, never the customer's."""


class Balance:
    """What one account owns of one asset, by bucket."""

    __slots__ = ("available", "frozen", "held", "settling")

    def __init__(
        self, available: int = 0, settling: int = 0, frozen: int = 0, held: int = 0
    ) -> None:
        self.available: int = available
        self.settling: int = settling
        self.frozen: int = frozen
        self.held: int = held

    def owned(self) -> int:
        """Everything, whatever bucket it is in."""
        return self.available + self.settling + self.frozen + self.held

    def usable(self) -> int:
        """Cash that can buy 可用: settled plus today's proceeds. For securities use `available`."""
        return self.available + self.settling

    def is_empty(self) -> bool:
        return not (self.available or self.settling or self.frozen or self.held)

    def move(self, bucket: int, amount: int) -> None:
        """Add `amount` (may be negative) to a bucket; Overdrawn, with nothing changed, if it would
        fall below zero.
        """
        if bucket == AVAILABLE:
            left = self.available + amount
            if left >= 0:
                self.available = left
        elif bucket == SETTLING:
            left = self.settling + amount
            if left >= 0:
                self.settling = left
        elif bucket == FROZEN:
            left = self.frozen + amount
            if left >= 0:
                self.frozen = left
        elif bucket == HELD:
            left = self.held + amount
            if left >= 0:
                self.held = left
        else:
            raise ValueError(f"no bucket {bucket}")
        if left < 0:
            raise Overdrawn(f"bucket {bucket} by {-left}")


class Book:
    """One cash account: its money and the securities bought with it. settles: something of it came
    into SETTLING since the last settlement.
    """

    __slots__ = ("cash", "currency", "positions", "settles")

    def __init__(self, currency: str) -> None:
        self.currency: str = currency
        self.cash: Balance = Balance()
        self.positions: dict[str, Balance] = {}
        self.settles: bool = False

    def position(self, symbol: str) -> Balance:
        """The balance of a security, created empty on first use."""
        balance = self.positions.get(symbol)
        if balance is None:
            balance = Balance()
            self.positions[sys.intern(symbol)] = balance
        return balance

    def shift(self, source_bucket: int, target_bucket: int, asset: str, amount: int) -> None:
        """Move between two buckets of one balance, as every freeze does: it is looked up once."""
        _check(amount)
        balance = self.cash if asset == self.currency else self.positions.get(asset)
        if balance is None:
            balance = Balance()  # nothing held: it will say what is missing
        balance.move(source_bucket, -amount)
        try:
            balance.move(target_bucket, amount)
        except ValueError:
            balance.move(source_bucket, amount)
            raise


def _check(amount: int) -> None:
    if amount <= 0:
        raise ValueError("a posting moves more than zero")


class Books:
    """All accounts of one counter, and the house accounts on the other side of their postings.
    settling: accounts with something to settle, in the order in which they came.
    """

    __slots__ = ("clients", "house", "settling")

    def __init__(self) -> None:
        self.clients: dict[str, Book] = {}
        self.house: dict[str, dict[str, int]] = {}
        self.settling: list[str] = []

    def open(self, account: str, currency: str) -> Book:
        """A new, empty book."""
        assert account not in self.clients
        book = Book(currency)
        self.clients[account] = book
        return book

    def settles(self, account: str) -> None:
        """Remember that something of this account is to settle."""
        book = self.clients[account]
        if not book.settles:
            book.settles = True
            self.settling.append(account)

    def settled(self) -> None:
        """Everything that was to settle has."""
        for account in self.settling:
            self.clients[account].settles = False
        self.settling = []

    def post(self, posting: Posting) -> None:
        """Apply one posting to both sides; one that can't be applied to both leaves both
        untouched.
        """
        source: str
        source_bucket: int
        target: str
        target_bucket: int
        asset: str
        amount: int
        # All at once: reading a Struct's fields one by one is what posting would mostly consist of.
        source, source_bucket, target, target_bucket, asset, amount = astuple(posting)
        _check(amount)
        if source == target and source_bucket != HOUSE != target_bucket:
            self.clients[source].shift(source_bucket, target_bucket, asset, amount)
            if target_bucket == SETTLING:
                self.settles(target)
            return
        try:
            self._move(source, source_bucket, asset, -amount)
        except (Overdrawn, ValueError):
            self._forget_if_empty(source, asset)
            raise
        try:
            self._move(target, target_bucket, asset, amount)
        except (KeyError, ValueError):
            self._move(source, source_bucket, asset, amount)
            raise
        if target_bucket == HOUSE:
            self._forget_if_empty(source, asset)
        elif target_bucket == SETTLING:
            self.settles(target)

    def _move(self, account: str, bucket: int, asset: str, amount: int) -> None:
        if bucket == HOUSE:
            balances = self.house.get(account)
            if balances is None:
                balances = {}
                self.house[account] = balances
            balances[asset] = balances.get(asset, 0) + amount
            return
        book = self.clients[account]
        if asset == book.currency:
            book.cash.move(bucket, amount)
            return
        book.position(asset).move(bucket, amount)

    def _forget_if_empty(self, account: str, asset: str) -> None:
        book = self.clients.get(account)
        if book is not None and asset in book.positions and book.positions[asset].is_empty():
            del book.positions[asset]


def unbalanced(books: Books) -> dict[str, int]:
    """Assets whose debits and credits differ, with the difference; empty when the books balance."""
    totals: dict[str, int] = {}
    for book in books.clients.values():
        totals[book.currency] = totals.get(book.currency, 0) + book.cash.owned()
        for symbol, position in book.positions.items():
            totals[symbol] = totals.get(symbol, 0) + position.owned()
    for balances in books.house.values():
        for asset, amount in balances.items():
            totals[asset] = totals.get(asset, 0) + amount
    return {asset: total for asset, total in totals.items() if total}


def negative(books: Books) -> list[str]:
    """Client balances with a bucket below zero, as "account asset"; empty, always."""
    found: list[str] = []
    for account, book in books.clients.items():
        if _is_negative(book.cash):
            found.append(f"{account} {book.currency}")
        found.extend(
            f"{account} {symbol}"
            for symbol, position in book.positions.items()
            if _is_negative(position)
        )
    return found


def _is_negative(balance: Balance) -> bool:
    return min(balance.available, balance.settling, balance.frozen, balance.held) < 0


CURRENCY: Final = "CNY"
