"""Money between a client's bank and the account."""

from __future__ import annotations

from yunquan.desk.service.accounts import LONGEST_LIST, Accounts
from yunquan.desk.types import Page
from yunquan.funding import (
    Funding,
    list_transfers,
    load_terms,
    load_transfer,
    pay_in,
    pay_out,
)
from yunquan.funding.rules import transfer_line
from yunquan.funding.types import Direction, Secrets, TransferLine, TransferTerms
from yunquan.kernel.errors import Invalid
from yunquan.kernel.money import parse_fen


class Transfers:
    """Money in and out, and what stands in its way."""

    def __init__(self, accounts: Accounts, funding: Funding) -> None:
        self.accounts = accounts
        self.database = accounts.database
        self.funding = funding

    async def pay(
        self,
        caller: str,
        key: str,
        account: str,
        direction: str,
        amount: str,
        locale: str,
        secrets: Secrets,
    ) -> TransferLine:
        """Money from ("in") or to ("out") the bound bank account; a refusal is in its reason.

        The same caller and key give the same transfer. Raises Invalid, Forbidden for a cash
        password, Conflict command.reused.
        """
        move = {"in": pay_in, "out": pay_out}.get(direction)
        if move is None:
            raise Invalid("transfer.direction", direction=direction[:10])
        found = await move(self.funding, caller, key, account, parse_fen(amount), secrets)
        return transfer_line(found, self.accounts.text(locale))

    def transfers(
        self, account: str, locale: str, *, before: str | None = None, limit: int = 50
    ) -> Page:
        """Transfers of an account, newest first."""
        limit = max(1, min(limit, LONGEST_LIST))
        with self.database.read() as tx:
            found = list_transfers(tx, account, before, limit)
        text = self.accounts.text(locale)
        lines = tuple(transfer_line(transfer, text) for transfer in found)
        return Page(lines, lines[-1].id if len(lines) == limit else None)

    def transfer(self, account: str, transfer: str, locale: str) -> TransferLine:
        """One transfer of an account. Raises NotFound."""
        with self.database.read() as tx:
            return transfer_line(load_transfer(tx, account, transfer), self.accounts.text(locale))

    def transfer_terms(self, account: str, direction: str, locale: str) -> TransferTerms:
        """Bank, limits and hours of one direction ("in" or "out"), shown before they are hit."""
        with self.database.read() as tx:
            return load_terms(
                self.funding, tx, account, Direction(direction), self.accounts.text(locale)
            )
