"""The cash password 资金密码: hashed like a login password, its attempts counted before they are
checked.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Final

from yunquan.clients.rules import main_of
from yunquan.funding import store
from yunquan.funding.events import CashPasswordFailed, CashPasswordSet
from yunquan.funding.service.drive import Funding
from yunquan.kernel.errors import Forbidden, Invalid, Refused
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.security.rules import admit, give_back, settle_failure
from yunquan.security.types import AddressLimits, AddressWindow, Attempts

DIGITS: Final = 6
_LOCKED: Final = "cash_password.locked"


def set_cash_password(tx: Tx, account: str, hashed: str) -> None:
    """Give an account its cash password, when it is opened. hashed: by `Passwords`."""
    store.save_password(tx, account, hashed)
    tx.emit(CashPasswordSet(account))


def has_cash_password(tx: ReadTx, account: str) -> bool:
    """Whether one was set."""
    return store.find_password(tx, account) is not None


def check_fit(password: str) -> None:
    """Raises Invalid cash_password.unfit for one that isn't six digits or is guessed at once."""
    if not _is_fit(password):
        raise Invalid("cash_password.unfit", digits=DIGITS)


async def change_cash_password(parts: Funding, account: str, old: str, new: str) -> None:
    """Replace the cash password. Raises Invalid for one that isn't six digits or is guessed at
    once, Forbidden if the old one is wrong.
    """
    check_fit(new)
    await check_cash_password(parts, account, old)
    hashed = await parts.passwords.hash(new)

    def change() -> None:
        with parts.database.transaction(actor="client") as tx:
            set_cash_password(tx, main_of(account), hashed)

    await asyncio.to_thread(change)


def _is_fit(password: str) -> bool:
    if len(password) != DIGITS or not (password.isascii() and password.isdigit()):
        return False
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(password)}
    return not steps <= {0} and steps not in ({1}, {9})


async def check_cash_password(parts: Funding, account: str, given: str) -> None:
    """Raises Forbidden cash_password.missing, .not_set, .wrong with how many guesses are left, or
    .locked with until when.
    """
    if not given:
        raise Forbidden("cash_password.missing")
    # A client has one for all of their money, at whichever bank it is.
    account = main_of(account)
    stored, admitted = await asyncio.to_thread(_count, parts, account)
    verdict = await parts.passwords.verify(stored, given[:128])
    await asyncio.to_thread(_settle, parts, account, admitted, verdict.matches)


def _count(parts: Funding, account: str) -> tuple[str, Attempts]:
    with parts.database.read() as tx:
        # A flood of attempts on a locked account must not make the disk write for each.
        _admitted(parts, tx, account)
    with parts.database.transaction(actor="client") as tx:
        stored, admitted = _admitted(parts, tx, account)
        store.save_attempts(tx, account, admitted)
    return stored, admitted


def _admitted(parts: Funding, tx: ReadTx, account: str) -> tuple[str, Attempts]:
    found = store.find_password(tx, account)
    if found is None:
        raise Forbidden("cash_password.not_set", account=account)
    stored, attempts = found
    now_ms = tx.now_ms()
    admitted = admit(attempts, AddressWindow(), now_ms, parts.lockout, AddressLimits())
    if isinstance(admitted, Refused):
        raise Forbidden(_LOCKED, **admitted.facts)
    return stored, admitted


def _settle(parts: Funding, account: str, admitted: Attempts, matches: bool) -> None:
    with parts.database.transaction(actor="client") as tx:
        if matches:
            store.save_attempts(tx, account, give_back(admitted))
            return
        tx.emit(CashPasswordFailed(account, admitted.failures))
        now_ms = tx.now_ms()
    failures, until_ms = admitted.failures, admitted.locked_until_ms
    refused = settle_failure(failures, until_ms, now_ms, parts.lockout, "cash_password.wrong")
    code = refused.code if refused.code == "cash_password.wrong" else _LOCKED
    raise Forbidden(code, **refused.facts)
