"""Auxiliary accounts 辅助资金账户: a client's money at other banks than the main one, each bank
with a cash account of its own; and money between them.
"""

from __future__ import annotations

import asyncio

from yunquan.clients import account_numbers, load_accounts, load_client, open_accounts
from yunquan.clients.rules import auxiliary_number, branch_of, check_opening, main_account
from yunquan.clients.types import CashKind, ClientId, NewAccounts
from yunquan.counter.types import AskAccount, MoveCash, OpenAccount
from yunquan.custody.types import BankAccountLine
from yunquan.funding import Funding, load_binding
from yunquan.funding import bind as bind_account
from yunquan.funding.rules import Text, masked
from yunquan.funding.types import Binding
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.i18n import readable
from yunquan.kernel.money import fen_to_text, parse_fen
from yunquan.kernel.transaction import ReadTx

_NEW = NewAccounts(CashKind.AUXILIARY, ())


def _bindings(tx: ReadTx, client: ClientId) -> list[Binding]:
    """Where a client's money is, the main account first."""
    found: list[Binding] = []
    for number in account_numbers(tx, client):
        try:
            found.append(load_binding(tx, number))
        except NotFound:
            continue
    return found


def free_banks(parts: Funding, client: str) -> list[str]:
    """Banks of ours that keep nothing of this client's."""
    with parts.database.read() as tx:
        taken = {one.bank for one in _bindings(tx, ClientId.parse(client))}
    return [code for code in parts.banks if code not in taken]


async def lines(parts: Funding, client: str, text: Text) -> tuple[BankAccountLine, ...]:
    """Each bank with what may leave the account there."""

    def load() -> list[Binding]:
        with parts.database.read() as tx:
            return _bindings(tx, ClientId.parse(client))

    found: list[BankAccountLine] = []
    for one in await asyncio.to_thread(load):
        view = await parts.counters.of(one.account).ask(AskAccount(one.account, 0))
        found.append(
            BankAccountLine(
                one.account,
                one.bank,
                text(f"bank.{one.bank}"),
                masked(one.bank_account),
                fen_to_text(view.cash.available) if view else "",
                branch_of(one.account) == 0,
            )
        )
    return tuple(found)


async def bind(parts: Funding, client: str, bank: str, bank_account: str, password: str) -> str:
    """Open an auxiliary account and bind it: the bank agrees, the counter opens it under the number
    that is next, and only then is it written down. Whoever dies in between leaves an empty account
    at the counter, which the next try takes up.
    """
    owner = ClientId.parse(client)
    known, holder, number, main = await asyncio.to_thread(_plan, parts, owner, bank)
    if known is not None:
        if known.bank_account != bank_account:
            raise Conflict("custody.bank_taken", bank=bank)
        return known.account
    if bank not in parts.banks:
        raise Invalid("custody.bank_unknown", bank=bank[:20])
    if code := await parts.bank(bank).sign(bank_account, holder, password):
        raise Conflict(code)
    opening = OpenAccount(f"open:{number}", number, client, "auxiliary", "CNY", (), (), main)
    answer = await parts.counters.of(number).submit(opening)
    if answer.code not in ("", "account.exists"):
        raise Conflict(answer.code, **readable(answer.facts))

    def write() -> str:
        with parts.database.transaction(actor=client) as tx:
            opened = open_accounts(tx, owner, _NEW).account
            if opened != number:
                raise Conflict("custody.opened_meanwhile")
            return bind_account(tx, number, bank_account, holder, bank).account

    return await asyncio.to_thread(write)


def _plan(parts: Funding, owner: ClientId, bank: str) -> tuple[Binding | None, str, str, str]:
    """What is bound at this bank already, the holder's name, the next number, and until when the
    client's document holds.
    """
    with parts.database.read() as tx:
        held = _bindings(tx, owner)
        person, tree = load_client(tx, owner), load_accounts(tx, owner)
    known = next((one for one in held if one.bank == bank), None)
    if known is None and (refused := check_opening(tree, _NEW)):
        raise Invalid(refused.code, **refused.facts)
    number = auxiliary_number(tree, "CNY") if main_account(tree, "CNY") else ""
    return known, person.name, number, person.id_valid_until


async def move(
    parts: Funding, caller: str, key: str, account: str, target: str, amount: str
) -> None:
    """One command to the counter that holds both."""
    fen, day = parse_fen(amount), ""
    view = await parts.counters.of(account).ask(AskAccount(account, 0))
    if view is not None:
        day = view.day
    command = MoveCash(f"{caller}:{key}", account, target, fen, day)
    answer = await parts.counters.of(account).submit(command)
    if answer.code:
        raise Conflict(answer.code, **readable(answer.facts))
