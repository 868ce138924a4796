"""What was done to accounts, and on which basis."""

from __future__ import annotations

import msgspec


class AccountActDone(
    msgspec.Struct, frozen=True, array_like=True, tag="restrictions.account_act_done@1"
):
    """The counter did it. act: restrict, release, freeze, unfreeze; amount: fen or shares. basis:
    kind, text, document, authority, last day. second: who agreed, "" where one person is enough.
    """

    proposal: str
    act: str
    account: str
    scope: str
    asset: str
    amount: int
    kind: str
    text: str
    document: str
    authority: str
    expires_on: str
    by: str
    second: str


EVENTS = (AccountActDone,)
