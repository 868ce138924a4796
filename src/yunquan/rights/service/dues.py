"""Shares that are due and can't be sold yet, as a day ended."""

from __future__ import annotations

from yunquan.actions import find_action, not_listed
from yunquan.kernel.transaction import ReadTx
from yunquan.rights import store
from yunquan.rights.rules import as_it_ended
from yunquan.rights.types import NewShares


def new_shares(tx: ReadTx, account: str, day: str) -> list[NewShares]:
    """Bonus and paid shares of an account at the end of a day that are not listed by then, whether
    the books have them or not; what was paid for shares that never came is among them until it
    comes back.
    """
    found: list[NewShares] = []
    for due in not_listed(tx, account, day):
        standing = find_action(tx, due.action)
        if standing is None or standing.action.record_day > day or not due.shares:
            continue
        booked = bool(due.shares_on) and due.shares_on <= day
        ex = standing.action.ex_day <= day
        found.append(
            NewShares(due.action, due.symbol, "bonus", due.shares, 0, due.listing_day, booked, ex)
        )
    for paid in store.payments_of(tx, account, day):
        booked = bool(paid.shares_on) and paid.shares_on <= day
        if (booked and paid.listing_day <= day) or (paid.refund_on and paid.refund_on <= day):
            continue
        standing, outcome = find_action(tx, paid.action), store.find_outcome(tx, paid.action)
        # Until an issue is known to have succeeded its shares are worth what was paid.
        ex = (
            standing is not None
            and standing.action.ex_day <= day
            and outcome is not None
            and bool(as_it_ended(standing.action, outcome).rights_e6)
        )
        facts = (paid.qty, paid.paid_fen, paid.listing_day, booked, ex)
        found.append(NewShares(paid.action, paid.symbol, "rights", *facts))
    return found
