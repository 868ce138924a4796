"""The office that looks after client money at banks: for staff, and for whoever asks what their
cash is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from yunquan.counter.types import AskAccount
from yunquan.custody import rules, store
from yunquan.custody.service import auxiliary
from yunquan.custody.service.files import LONGEST_LIST, load_differences
from yunquan.custody.types import (
    BankAccountLine,
    BankLine,
    CashLineView,
    StaffTransfer,
    TransferBoard,
)
from yunquan.funding import (
    Funding,
    change_cash_password,
    load_doubts,
    reverse,
    unfinished_of,
)
from yunquan.funding.types import Transfer
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.market import load_calendar
from yunquan.market.rules.calendar import Calendar

MOST_DOUBTS: Final = 500
MOST_ORDERS: Final = 200
SHORTEST_BASIS: Final = 4
LONGEST_BASIS: Final = 200


@dataclass(frozen=True, slots=True)
class Custody:
    """The office of staff who look after transfers, and of whoever asks what their cash is."""

    funding: Funding
    catalogue: Catalogue

    def board(self, locale: str) -> TransferBoard:
        """Banks, doubts, files and differences as they stand."""
        text = self.text(locale)
        parts, now_ms = self.funding, self.funding.now_ms()
        day = parts.moment().day
        with parts.database.read() as tx:
            doubts = load_doubts(tx, MOST_DOUBTS)
            files = store.load_files(tx, LONGEST_LIST)
            found = load_differences(tx)
        banks = tuple(
            BankLine(
                code,
                text(f"bank.{code}"),
                bank.day,
                bank.is_up,
                tuple(row for row in parts.terms if row.bank == code and row.effective_from <= day),
            )
            for code, bank in parts.banks.items()
        )
        shown = tuple(rules.staff_transfer(one, now_ms, text) for one in doubts)
        return TransferBoard(banks, shown, tuple(files), tuple(found))

    async def reverse(self, actor: str, transfer: str, basis: str, locale: str) -> StaffTransfer:
        """Reverse a transfer of ours that is in doubt. basis: why, kept in the log. Raises Invalid
        without one, NotFound, Conflict where it isn't ours to reverse or not in doubt.
        """
        basis = basis.strip()
        if not SHORTEST_BASIS <= len(basis) <= LONGEST_BASIS:
            raise Invalid("act.basis_missing", shortest=SHORTEST_BASIS)
        found = await reverse(self.funding, actor, transfer, basis)
        return rules.staff_transfer(found, self.funding.now_ms(), self.text(locale))

    async def cash(self, account: str, locale: str) -> tuple[CashLineView, ...]:
        """What the cash of an account is, with reasons and dates. Raises NotFound, Unavailable."""
        parts, text = self.funding, self.text(locale)
        view = await parts.counters.of(account).ask(AskAccount(account, MOST_ORDERS))
        if view is None:
            raise NotFound("account.unknown", account=account)

        def load() -> tuple[list[Transfer], Calendar]:
            with parts.database.read() as tx:
                return unfinished_of(tx, account, LONGEST_LIST), load_calendar(tx)

        lines = rules.cash_lines(view, *await asyncio.to_thread(load))
        return tuple(rules.cash_line_view(line, text) for line in lines)

    async def bank_accounts(self, client: str, locale: str) -> tuple[BankAccountLine, ...]:
        """A client's cash accounts by bank with what each holds, the main one first. Raises
        Unavailable.
        """
        return await auxiliary.lines(self.funding, client, self.text(locale))

    def other_banks(self, client: str) -> list[str]:
        """Codes of the banks that keep none of this client's money yet."""
        return auxiliary.free_banks(self.funding, client)

    async def bind_auxiliary(self, client: str, bank: str, bank_account: str, password: str) -> str:
        """Open an auxiliary account for money at another bank; its number. The same again is the
        same account. Raises Invalid, Conflict with the refusal, Unavailable.
        """
        return await auxiliary.bind(self.funding, client, bank, bank_account, password)

    async def move_cash(
        self, caller: str, key: str, account: str, target: str, amount: str
    ) -> None:
        """Move settled money between two accounts of one client. The same caller and key move once.
        Raises Invalid, Conflict with the counter's refusal, Unavailable.
        """
        await auxiliary.move(self.funding, caller, key, account, target, amount)

    async def change_cash_password(self, account: str, old: str, new: str) -> None:
        """Replace the cash password. Raises Invalid, Forbidden."""
        await change_cash_password(self.funding, account, old, new)

    def text(self, locale: str) -> rules.Text:
        """Sentences by code in one language."""
        return lambda code, /, **facts: self.catalogue.text(code, locale, **facts)
