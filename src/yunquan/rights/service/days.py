"""What a day's end does about rights issues, with everything else issuers give and take. Repeating
it, even after it was broken off halfway, changes nothing and gives the same entries.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from yunquan.actions import DayActions, find_action, holders, recorded_since
from yunquan.actions.types import Traded
from yunquan.counter.types import Entry
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.ledger.types import AVAILABLE, FROZEN, SETTLING
from yunquan.market import load_calendar
from yunquan.rights import rules, store
from yunquan.rights.events import RightsReminded
from yunquan.rights.types import Payment

logger = logging.getLogger("yunquan.rights")
CASH: Final = "CNY"
AT_ONCE: Final = 2_000
HOLDERS_AT_ONCE: Final = 500
# No window is open this long after its record day.
LONGEST_WINDOW_DAYS: Final = 120

Key = tuple[str, str]
Entries = dict[tuple[str, str], tuple[Entry, ...]]
# By account and action, the shares subscribed and the fen frozen for them.
Subscribed = Mapping[Key, tuple[int, int]]
NOBODY: Final[Subscribed] = MappingProxyType({})


class DayRights:
    """Corporate actions and rights issues at the end of days.

    Which day's end books what: the window's last day takes the money; the last trading day before
    the listing day gives the shares, as available, once the issue is known to have succeeded; the
    money comes back, as settling, at the first end after the issue is known to have failed.
    """

    def __init__(self, actions: DayActions) -> None:
        self._actions = actions

    def act(
        self,
        database: Database,
        day: str,
        counter: str,
        holdings: Iterable[tuple[str, str, int]],
        traded: Mapping[Key, Traded],
        subscribed: Subscribed = NOBODY,
    ) -> Entries:
        """Everything to book at this counter. Once for every day, in order. subscribed: as the
        counter has it at the close.
        """
        with database.read() as tx:
            following = load_calendar(tx).next_trading_day(day)
            begun, done = store.begun(tx, day, counter)
        if not begun:
            _pay(database, day, counter, subscribed)
            with database.transaction() as tx:
                # Once: what becomes known after this is for the next day's end, since the lots move
                # by what is booked here.
                store.save_shares_on(tx, store.shares_due(tx, counter, following), day)
                store.save_refund_on(tx, store.refunds_due(tx, counter), day)
                store.begin_day(tx, day, counter)
        bought = _bought(database, day, counter)
        given = self._actions.act(database, day, counter, holdings, traded, bought)
        if not done:
            with database.transaction() as tx:
                for told in _reminders(tx, day, following, counter, subscribed):
                    tx.emit(told)
                store.end_day(tx, day, counter)
        return _entries(database, day, counter) | given

    def not_listed(self, database: Database, day: str, counter: str) -> dict[Key, int]:
        """Shares by account and symbol that a day's end booked and nobody can sell yet."""
        found = self._actions.not_listed(database, day, counter)
        with database.read() as tx:
            for one in store.booked_on(tx, counter, day, "shares_on"):
                if one.listing_day > day:
                    key = (one.account, one.symbol)
                    found[key] = found.get(key, 0) + one.qty
        return found


def _pay(database: Database, day: str, counter: str, subscribed: Subscribed) -> None:
    """Note what this day's end takes of what is frozen: windows that are over, and issues known to
    have failed before, whose money comes back at once.
    """
    with database.read() as tx:
        listing = {name: _listing_if_over(tx, name, day) for name in {one for _, one in subscribed}}
    found = [
        Payment(name, account, counter, name.partition(":")[0], qty, fen, listing_day, day)
        for (account, name), (qty, fen) in sorted(subscribed.items())
        if (listing_day := listing[name])
    ]
    for place in range(0, len(found), AT_ONCE):
        with database.transaction() as tx:
            store.insert_payments(tx, found[place : place + AT_ONCE])


def _listing_if_over(tx: ReadTx, name: str, day: str) -> str:
    """The listing day of an action that takes no more subscriptions, "" for another."""
    found, outcome = find_action(tx, name), store.find_outcome(tx, name)
    if found is None:
        logger.critical("money is frozen for no action", extra={"action": name})
        return ""
    over = found.action.rights_to <= day or (outcome is not None and outcome.failed)
    return found.action.listing_day if over else ""


def _bought(database: Database, day: str, counter: str) -> dict[Key, list[tuple[str, int, int]]]:
    """Paid shares that this day's end books, for the lots."""
    found: dict[Key, list[tuple[str, int, int]]] = {}
    with database.read() as tx:
        for one in store.booked_on(tx, counter, day, "shares_on"):
            lot = (one.listing_day, one.qty, one.paid_fen)
            found.setdefault((one.account, one.symbol), []).append(lot)
    return found


def _reminders(
    tx: ReadTx, day: str, following: str, counter: str, subscribed: Subscribed
) -> Iterator[RightsReminded]:
    """That a window opens tomorrow, that tomorrow is its last day, that it is over."""
    since = (date.fromisoformat(day) - timedelta(days=LONGEST_WINDOW_DAYS)).isoformat()
    for action in recorded_since(tx, since):
        what = rules.what_to_say(action, day, following) if action.rights_from else ""
        outcome = store.find_outcome(tx, action.id) if what else None
        if not what or (outcome is not None and outcome.failed):
            continue
        for lines in _left(tx, action.id, counter, subscribed):
            yield RightsReminded(
                action.id,
                action.symbol,
                what,
                day,
                counter,
                action.rights_from,
                action.rights_to,
                action.rights_price_milli,
                lines,
            )


def _left(
    tx: ReadTx, action: str, counter: str, subscribed: Subscribed
) -> Iterator[tuple[tuple[str, int], ...]]:
    """Accounts with the rights they haven't subscribed, some hundred at a time."""
    after = ""
    while found := holders(tx, action, counter, after, HOLDERS_AT_ONCE):
        after = found[-1].account
        left = (
            (one.account, one.rights - subscribed.get((one.account, action), (0, 0))[0])
            for one in found
        )
        if lines := tuple(line for line in left if line[1] > 0):
            yield lines


def _entries(database: Database, day: str, counter: str) -> Entries:
    """What a day's end books, read from what was written down."""
    found: dict[tuple[str, str], list[Entry]] = {}

    def add(kind: str, of: Payment, asset: str, bucket: int, amount: int) -> None:
        if amount:
            entry = Entry(of.account, asset, bucket, amount, f"issuer:{of.symbol}", of.action)
            found.setdefault((kind, of.action), []).append(entry)

    with database.read() as tx:
        paid, shares, back = (
            store.booked_on(tx, counter, day, what)
            for what in ("paid_on", "shares_on", "refund_on")
        )
        interest = _interest(tx, back)
    for one in paid:
        add("rights_payment", one, CASH, FROZEN, -one.paid_fen)
    for one in shares:
        add("rights", one, one.symbol, AVAILABLE, one.qty)
    for one in back:
        add("rights_refund", one, CASH, SETTLING, one.paid_fen)
        add("interest", one, CASH, SETTLING, rules.interest_fen(one.paid_fen, interest[one.action]))
    return {key: tuple(entries) for key, entries in found.items()}


def _interest(tx: ReadTx, back: Sequence[Payment]) -> dict[str, int]:
    ended = {name: store.find_outcome(tx, name) for name in {one.action for one in back}}
    return {name: one.interest_e6 if one else 0 for name, one in ended.items()}
