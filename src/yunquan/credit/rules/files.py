"""The margin system's file: a line of JSON that says what it is, then a line an account.

    {"kind": "credit", "day": "2026-11-26", "version": 1, "accounts": 2, "sha256": "..."}

The digest is of everything after the first line's end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from yunquan.credit.types import CreditAccount, CreditFile, KeptAccount
from yunquan.kernel.errors import Refused

KIND: Final = "credit"
LARGEST: Final = 256 << 20


class _Head(msgspec.Struct, frozen=True):
    kind: str
    day: str
    version: int
    accounts: int
    sha256: str


_head = msgspec.json.Decoder(_Head).decode
_account = msgspec.json.Decoder(CreditAccount).decode


def read_file(body: bytes, day: str, version: int) -> CreditFile | Refused:
    """A file as it was found under a day and version, or why it can't be taken."""
    first, _, rest = body.partition(b"\n")
    try:
        head = _head(first)
    except msgspec.MsgspecError:
        return Refused("credit.file_unreadable", {"line": 1})
    if (head.kind, head.day, head.version) != (KIND, day, version):
        return Refused("credit.file_other", {"day": head.day[:10], "version": head.version})
    if hashlib.sha256(rest).hexdigest() != head.sha256:
        return Refused("credit.file_damaged", {})
    found = list[CreditAccount]()
    for number, line in enumerate(rest.splitlines(), 2):
        try:
            found.append(_account(line))
        except msgspec.MsgspecError:
            return Refused("credit.file_unreadable", {"line": number})
    if len(found) != head.accounts:
        return Refused("credit.file_count", {"told": head.accounts, "found": len(found)})
    if refused := _check(found):
        return refused
    return CreditFile(day, version, head.sha256, tuple(found))


def _check(found: Sequence[CreditAccount]) -> Refused | None:
    names = {one.account for one in found}
    if len(names) != len(found):
        return Refused("credit.file_twice", {})
    for one in found:
        amounts = (one.cash_fen, one.loan_fen, one.interest_fen)
        shares = [qty for _, qty in (*one.collateral, *one.shorts)]
        if min((*amounts, *shares), default=0) < 0:
            return Refused("credit.file_negative", {"account": one.account[:40]})
    return None


def write_file(day: str, version: int, accounts: Iterable[CreditAccount]) -> bytes:
    """The file of these accounts."""
    lines = [msgspec.json.encode(one) for one in accounts]
    rest = b"".join(line + b"\n" for line in lines)
    head = _Head(KIND, day, version, len(lines), hashlib.sha256(rest).hexdigest())
    return msgspec.json.encode(head) + b"\n" + rest


def missing_from(file: CreditFile, known: Iterable[KeptAccount]) -> tuple[str, ...]:
    """Accounts that owed something and that the file has no line for: a debt doesn't vanish."""
    names = {one.account for one in file.accounts}
    return tuple(
        kept.account.account
        for kept in known
        if kept.account.account not in names and owes(kept.account)
    )


def owes(account: CreditAccount) -> bool:
    """Whether there is a debt."""
    return bool(account.loan_fen or account.interest_fen or any(qty for _, qty in account.shorts))
