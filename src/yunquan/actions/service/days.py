"""What a day's end does about actions. Repeating it, even after it was broken off halfway, changes
nothing and gives the same entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Final

from yunquan.actions import rules, store
from yunquan.actions.events import EntitlementsFixed
from yunquan.actions.types import Action, Entitlement, Lot, TaxRate, TaxTaken, Traded
from yunquan.counter.types import Entry
from yunquan.kernel.transaction import Database
from yunquan.ledger.types import AVAILABLE, SETTLING
from yunquan.market import load_calendar

CASH: Final = "CNY"
TAX: Final = "tax:dividend"
# Accounts and securities written down together: nobody waits long for the database.
AT_ONCE: Final = 5_000
NOTHING: Final = Traded()

Key = tuple[str, str]
Arrival = tuple[str, int, int]
NOTHING_BOUGHT: Final[Mapping[Key, Sequence[Arrival]]] = MappingProxyType({})
Entries = dict[tuple[str, str], tuple[Entry, ...]]


class DayActions:
    """Corporate actions at the end of days. rates: of the tax on dividends, all dated rows.

    Which day's end books what: cash due on a pay day is booked by the end of the last trading day
    before it, as settling, so the day's beginning makes it withdrawable; new shares by the end of
    the last trading day before they may be sold, as available, since nothing trades between the
    two and a late day end then keeps nobody from selling. A day end that comes after that, or a
    pay day on which nothing trades, books at the next end there is.
    """

    def __init__(self, rates: Sequence[TaxRate]) -> None:
        self._rates = rates

    def act(
        self,
        database: Database,
        day: str,
        counter: str,
        holdings: Iterable[tuple[str, str, int]],
        traded: Mapping[Key, Traded],
        bought: Mapping[Key, Sequence[Arrival]] = NOTHING_BOUGHT,
    ) -> Entries:
        """Fix what is due, move the lots, and say what to book. Once for every day, in order.
        bought: by account and symbol, new shares paid for that the day's end books besides: the day
        from which they may be sold, how many, what they cost.
        """
        with database.transaction() as tx:
            following = load_calendar(tx).next_trading_day(day)
            recording = store.recording_on(tx, day)
            # From here on a change of these actions would be known to one counter and not another.
            store.save_recorded(tx, day)
            done = store.begin_day(tx, day, counter)
            pending = store.shares_due(tx, counter, following)
        if done:
            return _entries(database, day, counter)
        facts = (recording, pending, traded, bought)
        work = _Work(day, counter, following, self._rates, *facts)
        work.see(holdings)
        for portion in work.portions():
            _write_down(database, work, portion)
        with database.transaction() as tx:
            store.save_cash_on(tx, counter, following, day)
            store.end_day(tx, day, counter)
            for action in recording:
                totals = store.totals_of(tx, action.id, counter)
                tx.emit(EntitlementsFixed(action.id, day, counter, *totals))
        return _entries(database, day, counter)

    def not_listed(self, database: Database, day: str, counter: str) -> dict[Key, int]:
        """Shares by account and symbol that a day's end booked and nobody can sell yet."""
        found: dict[Key, int] = {}
        with database.read() as tx:
            for one in store.booked_on(tx, counter, day)[1]:
                if one.listing_day > day:
                    key = (one.account, one.symbol)
                    found[key] = found.get(key, 0) + one.shares
        return found


class _Work:
    """What one day's end at one counter has to go through."""

    def __init__(
        self,
        day: str,
        counter: str,
        following: str,
        rates: Sequence[TaxRate],
        recording: Sequence[Action],
        pending: Sequence[Entitlement],
        traded: Mapping[Key, Traded],
        bought: Mapping[Key, Sequence[Arrival]],
    ) -> None:
        self.day = day
        self.counter = counter
        self.following = following
        self.rates = rates
        self.traded = traded
        self.bought = bought
        self.recording: dict[str, list[Action]] = {}
        for action in recording:
            self.recording.setdefault(action.symbol, []).append(action)
        self.pending: dict[Key, list[Entitlement]] = {}
        for one in pending:
            self.pending.setdefault((one.account, one.symbol), []).append(one)
        self.owned: dict[Key, int] = dict.fromkeys(traded, 0)
        self.owned.update(dict.fromkeys((*self.pending, *bought), 0))

    def see(self, holdings: Iterable[tuple[str, str, int]]) -> None:
        """Go through everything held; only what this day concerns is kept."""
        owned, recording = self.owned, self.recording
        for account, symbol, quantity in holdings:
            key = (account, symbol)
            if key in owned or symbol in recording:
                owned[key] = quantity

    def portions(self) -> Iterator[list[Key]]:
        """All that is concerned, in order, a portion at a time."""
        source = iter(sorted(self.owned))
        while portion := list(islice(source, AT_ONCE)):
            yield portion


def _write_down(database: Database, work: _Work, portion: Sequence[Key]) -> None:
    """Entitlements, lots and tax of some; those that this day was written down of stay."""
    day = work.day
    due: list[Entitlement] = []
    booked: list[Key] = []
    taken: list[TaxTaken] = []
    new: dict[Key, tuple[Lot, ...]] = {}
    with database.transaction() as tx:
        accounts = sorted({account for account, _ in portion})
        known = store.load_lots(tx, accounts, frozenset(symbol for _, symbol in portion))
        for key in portion:
            since, lots = known.get(key, ("", ()))
            if since >= day:
                continue
            account, symbol = key
            actions = work.recording.get(symbol, ())
            fixed = [found for one in actions if (found := _fix(work, one, key)) is not None]
            given = [*work.pending.get(key, ()), *(one for one in fixed if one.shares_on)]
            arriving = [(one.listing_day, one.shares, 0) for one in given]
            arriving += work.bought.get(key, ())
            traded, owned = work.traded.get(key, NOTHING), work.owned[key]
            gone = rules.close_lots(lots, day, traded, owned, actions, arriving, work.rates)
            new[key] = gone.lots
            due += fixed
            booked += [(one.action, account) for one in work.pending.get(key, ())]
            if gone.tax_fen:
                tax = (gone.quantity, gone.tax_fen)
                taken.append(TaxTaken(day, account, symbol, work.counter, *tax))
        store.insert_entitlements(tx, due)
        store.save_shares_on(tx, booked, day)
        store.save_lots(tx, new, known, day)
        store.insert_taxes(tx, taken)


def _fix(work: _Work, action: Action, key: Key) -> Entitlement | None:
    """What one holder is due, booked at once where it is due on the following day."""
    account, symbol = key
    for due in rules.entitle(action, [(account, symbol, work.owned[key])]):
        shares = due.bonus + due.capital
        now = bool(shares) and action.listing_day <= work.following
        return Entitlement(
            action.id,
            account,
            work.counter,
            symbol,
            due.quantity,
            due.cash_fen,
            due.bonus,
            due.capital,
            due.rights,
            due.lost_shares_e7,
            action.pay_day,
            action.listing_day,
            "",
            work.day if now else "",
        )
    return None


def _entries(database: Database, day: str, counter: str) -> Entries:
    """What a day's end books, read from what was written down."""
    with database.read() as tx:
        cash, shares = store.booked_on(tx, counter, day)
        taken = store.taxes_on(tx, counter, day)
    found: dict[tuple[str, str], list[Entry]] = {}
    for one in cash:
        entry = Entry(one.account, CASH, SETTLING, one.cash_fen, f"issuer:{one.symbol}", one.action)
        found.setdefault(("dividend", one.action), []).append(entry)
    for one in shares:
        entry = Entry(
            one.account, one.symbol, AVAILABLE, one.shares, f"issuer:{one.symbol}", one.action
        )
        found.setdefault(("bonus", one.action), []).append(entry)
    for tax in taken:
        entry = Entry(tax.account, CASH, AVAILABLE, -tax.tax_fen, TAX, tax.symbol)
        found.setdefault(("dividend_tax", f"sold {day}"), []).append(entry)
    return {key: tuple(entries) for key, entries in found.items()}
