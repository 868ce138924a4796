"""A margin system that behaves like one, for a firm that has none yet: credit accounts with debts
that grow by interest, a file a day, and the faults of such files.

It keeps its own books in its own folder and knows of us only which ordinary accounts there are.
Its faults come by the day: a file that is late, one cut short, one that lacks an account, one that
comes twice. What was wrong is put right by the next version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from yunquan.credit.adapters.drop import CreditDrop
from yunquan.credit.rules.files import write_file
from yunquan.credit.types import CreditAccount, Lines

ACCOUNTS: Final = 36
SEED: Final = 7
FAULTS: Final = ("", "late", "damaged", "missing", "repeated")
# Minutes of the market's day: when the file comes, when it comes late, and the second one.
COMES: Final = 500
COMES_LATE: Final = 560
PUT_RIGHT: Final = 590
# Ratios accounts begin with, in basis points: most are well, some near each line.
BEGINNINGS: Final = (
    *(15_400, 26_000, 41_000, 22_000, 19_500, 36_500, 24_000, 17_200, 28_000),
    *(32_000, 21_000, 14_600, 18_300, 30_500, 16_100, 13_700, 23_500, 14_200),
)
RATE_E8_A_DAY: Final = 18_600
OWN_LINES: Final = Lines(16_000, 15_000, 13_500)


class SimBooks(msgspec.Struct):
    """What it keeps. day: of the last file it made."""

    day: str = ""
    accounts: list[CreditAccount] = []


class SimulatedMargin:
    """Leaves files in the drop's folder as their time comes. seed: another one has other faults."""

    def __init__(self, drop: CreditDrop, folder: Path, seed: int = SEED) -> None:
        self.drop = drop
        self._books_path = folder / "books.json"
        self._seed = seed

    def work(
        self, day: str, minute: int, prices: Mapping[str, int], own_accounts: Sequence[str]
    ) -> None:
        """What is due at a minute of a trading day. prices: milli by symbol, to begin accounts
        with; nothing is done before there are any.
        """
        books = self._books()
        if not books.accounts:
            if not prices:
                return
            books.accounts = begun(self._seed, prices)
        fault = fault_of(self._seed, day)
        if books.day != day:
            if minute < (COMES_LATE if fault == "late" else COMES):
                return
            if books.day:
                books.accounts = [grown(one) for one in books.accounts]
            books.accounts = linked(books.accounts, own_accounts)
            books.day = day
            self._keep(books)
            self._leave(day, 1, spoilt(books.accounts, fault), cut=fault == "damaged")
        wrong = fault in ("damaged", "missing", "repeated")
        if wrong and minute >= PUT_RIGHT and self.drop.versions(day) == [1]:
            self._leave(day, 2, books.accounts)

    def _leave(
        self, day: str, version: int, accounts: Sequence[CreditAccount], *, cut: bool = False
    ) -> None:
        body = write_file(day, version, accounts)
        path = self.drop.path_of(day, version)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(body[: len(body) * 2 // 3] if cut else body)
        part.replace(path)

    def _books(self) -> SimBooks:
        try:
            return msgspec.json.decode(self._books_path.read_bytes(), type=SimBooks)
        except (OSError, msgspec.MsgspecError):
            return SimBooks()

    def _keep(self, books: SimBooks) -> None:
        self._books_path.parent.mkdir(parents=True, exist_ok=True)
        part = self._books_path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(books))
        part.replace(self._books_path)


def fault_of(seed: int, day: str) -> str:
    """What goes wrong on a day; half of the days nothing."""
    number = _number(seed, day)
    return FAULTS[number // 2 % len(FAULTS)] if number % 2 else ""


def spoilt(accounts: Sequence[CreditAccount], fault: str) -> Sequence[CreditAccount]:
    """The accounts of a first file."""
    return accounts[:-1] if fault == "missing" else accounts


def linked(accounts: Sequence[CreditAccount], own: Sequence[str]) -> list[CreditAccount]:
    """Clients of ours, where there are any, are those of the first accounts."""
    known = {one.own_account for one in accounts}
    free = [account for account in own if account not in known]
    return [
        one if one.own_account or not free else replace(one, own_account=free.pop(0))
        for one in accounts
    ]


def begun(seed: int, prices: Mapping[str, int]) -> list[CreditAccount]:
    """Accounts whose debts stand in the ratios of BEGINNINGS to what they pledged."""
    symbols = sorted(symbol for symbol, price in prices.items() if price > 0)
    found = list[CreditAccount]()
    for number in range(ACCOUNTS):
        draw = _number(seed, str(number))
        picked = [symbols[(draw >> (7 * step)) % len(symbols)] for step in range(1 + draw % 4)]
        worth = 20_000_000 + draw % 180_000_000
        collateral = tuple(
            (symbol, max(worth // len(picked) * 10 // prices[symbol] // 100 * 100, 100))
            for symbol in dict.fromkeys(picked)
        )
        value = sum(prices[symbol] * qty // 10 for symbol, qty in collateral)
        cash = worth // 20
        debts = (value + cash) * 10_000 // BEGINNINGS[number % len(BEGINNINGS)]
        shorts = ()
        if number % 6 == 5:
            symbol = symbols[(draw >> 40) % len(symbols)]
            qty = max(debts // 3 * 10 // prices[symbol] // 100 * 100, 100)
            shorts = ((symbol, qty),)
            debts = max(debts - prices[symbol] * qty // 10, 0)
        found.append(
            CreditAccount(
                f"E9{number:08d}",
                "",
                cash,
                collateral,
                debts,
                0,
                shorts,
                f"RZRQ-{2026_0000 + number}",
                "2027-03-31",
                OWN_LINES if number % 9 == 4 else None,
            )
        )
    return found


def grown(one: CreditAccount) -> CreditAccount:
    """A day's interest on the loan, rounded up."""
    interest = -(-one.loan_fen * RATE_E8_A_DAY // 10**8)
    return replace(one, interest_fen=one.interest_fen + interest)


def _number(seed: int, text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {text}".encode()).digest()[:8])
