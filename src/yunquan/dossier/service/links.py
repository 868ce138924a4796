"""Whom an account may be in one hand with: by its client, bank account, trades, devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from yunquan import history
from yunquan.clients import account_numbers, load_client, owner_of
from yunquan.clients.types import ClientId
from yunquan.dossier import store
from yunquan.dossier.rules.links import STRENGTHS, crowded, matched_strength, together
from yunquan.dossier.service.parts import DossierParts, Text
from yunquan.dossier.types import LinkedAccount, LinkKind, LinkReason
from yunquan.funding import find_bound, load_binding
from yunquan.kernel.errors import NotFound
from yunquan.kernel.money import fen_to_text
from yunquan.kernel.transaction import ReadTx
from yunquan.security import find_principal_of, load_principal
from yunquan.security.types import PrincipalId

DAYS: Final = 30
DAY_MS: Final = 86_400_000
PLACES: Final = 20
USERS: Final = 50
MATCHED: Final = 20
MOST: Final = 50
# Of those on one device, how many are asked whom else they share another with.
HOPS: Final = 10
Reasons = dict[str, dict[LinkKind, LinkReason]]


def linked_accounts(parts: DossierParts, account: str, locale: str) -> tuple[LinkedAccount, ...]:
    """The strongest first; of the last 30 days. Raises NotFound account.unknown."""
    text = parts.text(locale)
    with parts.database.read() as tx:
        owner = owner_of(tx, account)
        if owner is None:
            raise NotFound("account.unknown", account=account[:40])
        since_ms = tx.now_ms() - DAYS * DAY_MS
        found: Reasons = defaultdict(dict)
        for other in account_numbers(tx, owner):
            _add(
                found,
                other,
                LinkKind.CLIENT,
                STRENGTHS[LinkKind.CLIENT],
                text("dossier.link.client"),
            )
        _of_card(tx, account, found, text)
        _of_trades(tx, account, since_ms, found, text)
        if principal := find_principal_of(tx, str(owner)):
            _of_doors(tx, str(principal.id), since_ms, found, text)
        found.pop(account, None)
        names = {other: _name(tx, other) for other in found}
    waiting = parts.cases.waiting_of(list(found))
    lines = (
        LinkedAccount(
            other,
            names[other],
            together(reasons.values()),
            tuple(sorted(reasons.values(), key=lambda one: -one.strength)),
            waiting.get(other, 0),
        )
        for other, reasons in found.items()
    )
    ordered = sorted(lines, key=lambda one: (-one.strength, one.account))
    return tuple(one for one in ordered if one.strength)[:MOST]


def _add(found: Reasons, account: str, kind: LinkKind, strength: int, text: str) -> None:
    """The strongest of each kind."""
    known = found[account].get(kind)
    if strength and (known is None or known.strength < strength):
        found[account][kind] = LinkReason(kind, strength, text)


def _of_card(tx: ReadTx, account: str, found: Reasons, text: Text) -> None:
    try:
        mine = load_binding(tx, account)
    except NotFound:
        return
    bank = text(f"bank.{mine.bank}")
    told = text("dossier.link.card", bank=bank, tail=mine.bank_account[-4:])
    for one in find_bound(tx, mine.bank, mine.bank_account):
        _add(found, one.account, LinkKind.CARD, STRENGTHS[LinkKind.CARD], told)


def _of_trades(tx: ReadTx, account: str, since_ms: int, found: Reasons, text: Text) -> None:
    traded = history.traded_since(tx, account, since_ms)
    for row in history.counterparties(tx, account, since_ms, MATCHED):
        strength = matched_strength(int(row.amount), traded, row.matches)
        amount = fen_to_text(int(row.amount))
        told = text("dossier.link.matched", count=row.matches, amount=amount)
        _add(found, row.account, LinkKind.MATCHED, strength, told)


def _of_doors(tx: ReadTx, principal: str, since_ms: int, found: Reasons, text: Text) -> None:
    near = list[str]()
    for address, device in store.places_of(tx, principal, since_ms, PLACES):
        users = store.users_of(tx, address, since_ms, USERS)
        here = {name for name, label, _ in users if label == device}
        everybody = {name for name, _, _ in users}
        for name in sorted(everybody - {principal}):
            kind = LinkKind.DEVICE if name in here else LinkKind.ADDRESS
            many = len(here) if name in here else len(everybody)
            told = text(f"dossier.link.{kind}", device=device, address=address, count=many)
            for account in _accounts_of(tx, name):
                _add(found, account, kind, crowded(STRENGTHS[kind], many), told)
            if name in here and len(here) <= HOPS:
                near.append(name)
    _of_group(tx, {principal, *near}, near[:HOPS], since_ms, found, text)


def _of_group(
    tx: ReadTx,
    known: set[str],
    near: Iterable[str],
    since_ms: int,
    found: Reasons,
    text: Text,
) -> None:
    """Who shares another device with somebody on ours: one group, as surveillance counts it."""
    for through in near:
        via = ", ".join(_accounts_of(tx, through)[:1])
        for address, device in store.places_of(tx, through, since_ms, PLACES):
            users = store.users_of(tx, address, since_ms, USERS)
            for name in sorted({name for name, label, _ in users if label == device} - known):
                told = text("dossier.link.group", account=via, device=device, address=address)
                for account in _accounts_of(tx, name):
                    strength = crowded(STRENGTHS[LinkKind.GROUP], len(users))
                    _add(found, account, LinkKind.GROUP, strength, told)


def _accounts_of(tx: ReadTx, principal: str) -> tuple[str, ...]:
    subject = load_principal(tx, PrincipalId(principal)).subject
    return account_numbers(tx, ClientId(subject)) if subject.startswith("cli_") else ()


def _name(tx: ReadTx, account: str) -> str:
    owner = owner_of(tx, account)
    return load_client(tx, owner).name_masked if owner else ""
