"""What every account holds, followed from the counters' events alone."""

from __future__ import annotations

from array import array
from typing import Any, Final

import numpy as np

from yunquan.counter.events import AccountOpened
from yunquan.counter.rules.state import State
from yunquan.exposure.rules.book import assembled
from yunquan.exposure.types import Book
from yunquan.ledger.types import Posting

CURRENCY: Final = "CNY"


class Holdings:
    """Shares by account and security, and cash. Accounts and securities are numbered as they come;
    a row is made once and then only its quantity changes, so that a fill costs nothing.
    """

    def __init__(self) -> None:
        self.accounts: dict[str, int] = {}
        self.symbols: dict[str, int] = {}
        self.client_of: dict[str, str] = {}
        self._rows: dict[tuple[int, int], int] = {}
        self._owner, self._symbol, self._qty = array("q"), array("q"), array("q")
        self._cash = array("q")
        self._sorted = np.zeros(0, np.int64)
        # A change of any of it.
        self.version = 0

    def begin(self, state: State) -> None:
        """As a counter's snapshot has it."""
        for account in state.accounts.values():
            self.client_of[account.id] = account.client
            number = self._account(account.id)
            self._cash[number] += account.book.cash.owned()
            for symbol, position in account.book.positions.items():
                self._move(account.id, symbol, position.owned())
        self.version += 1

    def apply(self, event: Any) -> None:
        """One event of a counter."""
        if type(event) is AccountOpened:
            self.client_of[event.account] = event.client
            self._account(event.account)
            self.version += 1
            return
        postings: tuple[Posting, ...] = getattr(event, "postings", ())
        for posting in postings:
            # From bucket to bucket of one account changes nothing that is owned.
            if posting.source != posting.target:
                self._move(posting.source, posting.asset, -posting.amount)
                self._move(posting.target, posting.asset, posting.amount)
                self.version += 1

    def _account(self, account: str) -> int:
        number = self.accounts.setdefault(account, len(self.accounts))
        if number == len(self._cash):
            self._cash.append(0)
        return number

    def _move(self, account: str, asset: str, amount: int) -> None:
        if ":" in account:
            return
        number = self._account(account)
        if "." not in asset:
            self._cash[number] += amount if asset == CURRENCY else 0
            return
        symbol = self.symbols.setdefault(asset, len(self.symbols))
        row = self._rows.get((number, symbol))
        if row is None:
            row = self._rows[number, symbol] = len(self._qty)
            self._owner.append(number)
            self._symbol.append(symbol)
            self._qty.append(0)
        self._qty[row] += amount

    @property
    def cash_fen(self) -> int:
        """Of all accounts."""
        return sum(self._cash)

    def book(self) -> Book:
        """As it stands: who holds nothing is left out."""
        owner, symbol, qty = (
            np.array(column, np.int64) for column in (self._owner, self._symbol, self._qty)
        )
        if len(self._sorted) != len(owner):
            self._sorted = np.argsort(owner, kind="stable")
        order = self._sorted[qty[self._sorted] > 0]
        numbers, sizes = np.unique(owner[order], return_counts=True)
        names = list(self.accounts)
        clients = tuple(names[number] for number in numbers)
        return assembled(clients, sizes, symbol[order], qty[order])
