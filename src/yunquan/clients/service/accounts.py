"""The account tree: opened here, kept true by the counter."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.clients import events, rules, store
from yunquan.clients.service.identity import load_client
from yunquan.clients.types import (
    AccountTree,
    CashAccount,
    CashKind,
    Client,
    ClientId,
    NewAccounts,
    Opening,
    SecuritiesAccount,
    SecuritiesKind,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx

_DEMO_CUSTODY_UNIT = "390001"


def open_accounts(tx: Tx, client_id: ClientId, new: NewAccounts) -> Opening:
    """Add a cash account and what settles through it; what the counter needs to open it.

    The counter is told after the commit, under the account's number as key, so a repeat is
    harmless.
    """
    client = load_client(tx, client_id)
    tree = store.load_tree(tx, client_id)
    if refused := rules.check_opening(tree, new):
        raise Invalid(refused.code, **refused.facts)
    if taken := store.taken_numbers(tx, [account.number for account in new.securities]):
        raise Conflict("client.securities_taken", number=taken[0])
    if new.kind is CashKind.AUXILIARY:
        number = rules.auxiliary_number(tree, new.currency)
    else:
        number = f"8800{store.next_number(tx, 'cash'):08d}"
    account = CashAccount(number, new.kind, new.currency, new.securities, tx.now_ms())
    store.insert_accounts(tx, client_id, account)
    opening = opening_of(client, account)
    tx.emit(
        events.AccountsOpened(
            str(client_id),
            number,
            new.kind.value,
            new.currency,
            [
                (s.market, s.number, s.kind.value, s.designated, s.custody_unit)
                for s in new.securities
            ],
            list(opening.permissions),
            client.id_valid_until,
            tx.actor,
        )
    )
    return opening


def confirm_designation(tx: Tx, number: str) -> str:
    """The depository has confirmed that a Shanghai account trades here 指定交易: the cash account
    it settles through, whose counter is to be told (`counter.types.Designate`). Again is the same.

    Raises NotFound client.securities_unknown.
    """
    found = store.designate(tx, number)
    if found is None:
        raise NotFound("client.securities_unknown", number=number[:20])
    account, is_news = found
    owner = store.find_owner(tx, account)
    assert owner is not None
    if is_news:
        tx.emit(events.DesignationConfirmed(str(owner), account, number))
    return account


def taken_numbers(tx: ReadTx, numbers: Iterable[str]) -> list[str]:
    """Those of these securities account numbers that are some client's already."""
    return store.taken_numbers(tx, numbers)


def opening_of(client: Client, account: CashAccount) -> Opening:
    """What the counter needs to open this account."""
    return Opening(
        account=account.number,
        client=client.id,
        kind=account.kind,
        currency=account.currency,
        securities=account.securities,
        permissions=tuple(sorted(permission.value for permission in client.permissions)),
        id_valid_until=client.id_valid_until,
    )


def load_opening(tx: ReadTx, client_id: ClientId) -> Opening:
    """What the counter needs to open a client's first account; harmless to tell it again. Raises
    NotFound client.unknown, client.no_account.
    """
    held = store.load_tree(tx, client_id).cash
    if not held:
        raise NotFound("client.no_account", client=client_id)
    return opening_of(load_client(tx, client_id), held[0])


def issue_simulated_securities(tx: Tx, kind: CashKind) -> tuple[SecuritiesAccount, ...]:
    """Numbers as the depository would issue them, from a range of our own until it is connected."""
    is_credit = kind is CashKind.CREDIT
    number = store.next_number(tx, "simulated securities")
    securities_kind = SecuritiesKind.CREDIT if is_credit else SecuritiesKind.ORDINARY
    shanghai, shenzhen = ("E9", "06") if is_credit else ("A9", "09")
    return (
        SecuritiesAccount(f"{shanghai}{number:08d}", "SH", securities_kind, designated=True),
        SecuritiesAccount(
            f"{shenzhen}{number:08d}", "SZ", securities_kind, custody_unit=_DEMO_CUSTODY_UNIT
        ),
    )


def load_accounts(tx: ReadTx, client_id: ClientId) -> AccountTree:
    """All accounts of a client, the ordinary one first."""
    return store.load_tree(tx, client_id)


def account_numbers(tx: ReadTx, client_id: ClientId) -> tuple[str, ...]:
    """Numbers of a client's cash accounts, the ordinary one first; () for someone unknown."""
    return tuple(account.number for account in store.load_tree(tx, client_id).cash)


def owner_of(tx: ReadTx, account: str) -> ClientId | None:
    """Whose cash account this is; None if there is no such account."""
    return store.find_owner(tx, account)
