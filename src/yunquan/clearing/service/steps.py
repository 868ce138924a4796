"""What each step of a day end does. Every one may be repeated: what was planned is planned, what
was booked is read back from the log before anything is booked again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from yunquan.bars import load_closes
from yunquan.clearing import store
from yunquan.clearing.events import DayClosed
from yunquan.clearing.ports import Actions, Booker
from yunquan.clearing.rules import fees, proofs
from yunquan.clearing.rules.purses import within_means
from yunquan.clearing.service import bank_fees
from yunquan.clearing.service.closing import Checkpoints, ClosingBooks, booked_since, endings
from yunquan.clearing.types import Batch, Closing, Due, Obligation, Step
from yunquan.counter import Journal
from yunquan.counter.events import EntriesBooked
from yunquan.counter.rules.entries import MOST_ENTRIES
from yunquan.counter.types import Entry
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.ledger.rules import unbalanced
from yunquan.ledger.types import AVAILABLE
from yunquan.market import load_instruments
from yunquan.market.rules import RuleBook
from yunquan.market.types import Instrument

logger = logging.getLogger("yunquan.clearing")
CASH: Final = "CNY"
COMMISSION: Final = "firm:commission"
# With the pauses between tries (1 s, each half as long again) about thirteen seconds.
CLOSES_TRIES: Final = 6
Detail = dict[str, Any]


@dataclass
class Clearing:
    """The back office of one firm. journals: the counters' logs by counter; booker: how entries
    reach the counters; checkpoints: folder of the states at days' ends; closes_tries: how often
    the statements are tried before they go on without closes that nobody recorded.
    """

    database: Database
    journals: Mapping[str, Journal]
    booker: Booker
    actions: Actions
    rule_book: RuleBook
    checkpoints: Path
    closes_tries: int = CLOSES_TRIES
    _books: dict[str, ClosingBooks] = field(default_factory=dict)

    def books(self, day: str, counter: str) -> ClosingBooks:
        """A counter at the end of a day; built once a process and day."""
        found = self._books.get(counter)
        if found is not None and found.closing.day == day:
            return found
        with self.database.read() as tx:
            closing = store.find_closing(tx, day, counter)
        if closing is None:
            raise Unavailable("clearing.day_open", day=day, counter=counter)
        self._books.pop(counter, None)
        built = ClosingBooks.build(self.journals[counter], Checkpoints(self.checkpoints), closing)
        self._books[counter] = built
        return built

    def forget(self) -> None:
        """Let go of the books in memory."""
        self._books.clear()

    def do(self, day: str, step: Step) -> Detail:
        """Do one step for every counter; what it did, in figures. Raises Unavailable (again later),
        Conflict (somebody must look).
        """
        return _STEPS[step](self, day)

    # Noting where days end.

    def note_endings(self) -> list[str]:
        """Look where counters have ended days, and begin the runs; days that are new."""
        found: list[str] = []
        for counter, journal in self.journals.items():
            with self.database.read() as tx:
                last = store.last_closing(tx, counter)
            first_seq = last.ended_seq + 1 if last else 1
            for day, seq in endings(journal, first_seq):
                with self.database.transaction() as tx:
                    store.save_closing(tx, Closing(day, counter, first_seq, seq))
                    store.begin_run(tx, day)
                first_seq = seq + 1
                if day not in found:
                    found.append(day)
        return found


def close(office: Clearing, day: str) -> Detail:
    """Every counter has ended the day."""
    for counter in office.journals:
        office.booker.close(counter, day)
    office.note_endings()
    with office.database.read() as tx:
        found = {counter: store.find_closing(tx, day, counter) for counter in office.journals}
    missing = [counter for counter, closing in found.items() if closing is None]
    if missing:
        raise Unavailable("clearing.day_open", day=day, counter=", ".join(missing))
    return {f"counter-{name}": one.ended_seq for name, one in found.items() if one}


def final_fees(office: Clearing, day: str) -> Detail:
    """Each order's commission against a second reading; what differs is charged or given back,
    what is owed from before is asked for again, and what exchange, regulator and banks charge the
    firm is booked.
    """
    told: Detail = {"orders": 0, "differing": 0, "dues": 0, "bank_fees_fen": 0}
    first = next(iter(office.journals))
    for counter in office.journals:

        def wanted(name: str = counter) -> Iterable[tuple[str, str, Entry]]:
            books = office.books(day, name)
            for one in books.day_book.wrong:
                amount = one.charged - one.due
                yield "fee", f"final commission {day}", _cash(one.account, amount, one.order)
            with office.database.read() as tx:
                for due in store.open_dues(tx, name):
                    entry = Entry(due.account, CASH, AVAILABLE, -due.left, due.house, due.id)
                    yield "dues", f"owed since {due.day}", entry
                if name == first:
                    yield from bank_fees.to_book(tx, day)
            yield from _shares_of_commission(office, books)

        booked = _book(office, day, Step.FEES, counter, wanted)
        told["orders"] += office.books(day, counter).day_book.placed
        told["differing"] += len(
            {
                entry.ref
                for batch, _ in booked
                if batch.kind == "fee"
                for entry in batch.entries
                if ":" not in entry.account
            }
        )
        told["dues"] += _note_dues(office, day, counter, booked)
        with office.database.transaction() as tx:
            told["bank_fees_fen"] += bank_fees.note(tx, day, [batch for batch, _ in booked])
    return told


def _cash(account: str, amount: int, ref: str) -> Entry:
    return Entry(account, CASH, AVAILABLE, amount, COMMISSION, ref)


def _shares_of_commission(
    office: Clearing, books: ClosingBooks
) -> Iterable[tuple[str, str, Entry]]:
    """Handling fee 经手费 and levy 证管费 are inside the commission: the firm owes them on."""
    day = books.closing.day
    rules_of_day = office.rule_book.on(day)
    with office.database.read() as tx:
        known: dict[str, Instrument] = {one.symbol: one for one in load_instruments(tx)}
    totals: dict[str, int] = {}
    for symbol, amounts in books.day_book.turnover.items():
        one = known.get(symbol)
        if one is None:
            continue
        for rule, house in (("handling_e8", "exchange:handling"), ("levy_e8", "csrc:levy")):
            rate = rules_of_day.optional(rule, one.market, one.board, one.product)
            if rate:
                totals[house] = totals.get(house, 0) + fees.levied(amounts, rate)
    for house, total in sorted(totals.items()):
        if total:
            yield (
                "fee",
                f"share of commission {day}",
                Entry(COMMISSION, CASH, AVAILABLE, -total, house),
            )


def corporate_actions(office: Clearing, day: str) -> Detail:
    """What issuers give and take on this day."""
    told: Detail = {"entries": 0, "dues": 0}
    for counter in office.journals:

        def wanted(name: str = counter) -> Iterable[tuple[str, str, Entry]]:
            books = office.books(day, name)
            traded = books.day_book.traded
            held, subscribed = books.holdings(), books.subscribed()
            given = office.actions.act(office.database, day, name, held, traded, subscribed)
            for (kind, basis), entries in given.items():
                for entry in entries:
                    yield kind, basis, entry

        booked = _book(office, day, Step.ACTIONS, counter, wanted)
        told["entries"] += sum(len(batch.entries) for batch, _ in booked)
        told["dues"] += _note_dues(office, day, counter, booked)
        # Nothing later asks for it, and a step that fails makes the books anew.
        office.books(day, counter).day_book.traded.clear()
    return told


def settle(office: Clearing, day: str) -> Detail:
    """Trades of the day are netted per market; what was netted before is paid now (T+1)."""
    told: Detail = {}
    for counter in office.journals:
        nets = office.books(day, counter).day_book.nets
        with office.database.transaction() as tx:
            store.save_obligations(
                tx, [Obligation(day, counter, market, net) for market, net in nets.items()]
            )

        def wanted(name: str = counter) -> Iterable[tuple[str, str, Entry]]:
            with office.database.read() as tx:
                due = store.due_obligations(tx, day, name)
            for one in due:
                if one.net:
                    house, reserve = f"clearing:{one.market}", f"reserve:{one.market}"
                    entry = Entry(house, CASH, AVAILABLE, -one.net, reserve, one.day)
                    yield "settlement", f"net of {one.day}", entry

        _book(office, day, Step.SETTLE, counter, wanted)
        with office.database.transaction() as tx:
            store.settle_obligations(tx, day, counter, day)
        for market, net in nets.items():
            told[f"net_{market}_fen"] = told.get(f"net_{market}_fen", 0) + net
    return told


def statements(office: Clearing, day: str) -> Detail:
    """Every account's row and holdings. Raises Unavailable clearing.closes_missing while closes of
    what traded are still being recorded, but only so often.
    """
    told: Detail = {"accounts": 0, "positions": 0, "closes_missing": 0}
    with office.database.read() as tx:
        closes = load_closes(tx, day)
        tries = _tries(tx, day, Step.STATEMENTS)
    traded = {symbol for name in office.journals for symbol in office.books(day, name).traded}
    if missing := sorted(traded - closes.keys()):
        # Another process records them, a moment after the day has ended.
        if tries < office.closes_tries:
            raise Unavailable(
                "clearing.closes_missing", day=day, count=len(missing), first=missing[0]
            )
        told["closes_missing"] = len(missing)
        logger.warning("closes missing", extra={"day": day, "symbols": missing[:20]})
    for counter in office.journals:
        books = office.books(day, counter)
        after = booked_since(office.journals[counter], books.closing.ended_seq + 1)
        booked = [one for one in after if one.day == day]
        with office.database.read() as tx:
            before = store.day_before(tx, day)
            openings = store.closing_cash(tx, before, counter) if before else {}
        store.clear_rows(office.database, day, counter)
        not_listed = office.actions.not_listed(office.database, day, counter)
        rows = books.rows(booked, openings, closes, not_listed)
        accounts, positions = store.write_rows(office.database, counter, rows)
        told["accounts"] += accounts
        told["positions"] += positions
        books.day_book.accounts.clear()  # as with what was traded
    return told


def prove(office: Clearing, day: str) -> Detail:
    """Books balance, and every account's day adds up. Raises Conflict clearing.unproved."""
    digest, totals, faults = proofs.RowDigest(), dict[str, int](), list[str]()
    for counter in office.journals:
        off = unbalanced(office.books(day, counter).state.books)
        with office.database.read() as tx:
            before = store.day_before(tx, day)
            closings = store.closing_cash(tx, before, counter) if before else {}
            rows = _digested(store.each_day_row(tx, day, counter), digest)
            proof = proofs.prove(rows, closings, off)
        for name, amount in proof.figures.items():
            totals[name] = totals.get(name, 0) + amount
        faults += proof.faults
    if faults:
        for fault in faults:
            logger.critical("day end does not add up", extra={"day": day, "fault": fault})
        raise Conflict("clearing.unproved", day=day, count=len(faults), first=faults[0])
    return totals | {"digest": digest.hex()}


def _digested(rows: Iterable[Any], digest: proofs.RowDigest) -> Iterable[Any]:
    for row in rows:
        digest.add(row)
        yield row


def publish(office: Clearing, day: str) -> Detail:
    """Say that the day is cleared, and keep its end for the next run."""
    with office.database.read() as tx:
        proved = next(one for one in store.load_steps(tx, day) if one.step is Step.PROVE).detail
    figures = {name: value for name, value in proved.items() if isinstance(value, int)}
    for counter in office.journals:
        Checkpoints(office.checkpoints).save(office.books(day, counter))
    office.forget()
    return {"accounts": figures.get("accounts", 0), "digest": proved.get("digest", "")}


def day_closed(day: str, proved: Detail) -> DayClosed:
    """The event of a cleared day, from what was proved."""
    figures = {name: value for name, value in proved.items() if isinstance(value, int)}
    return DayClosed(
        day,
        figures.get("accounts", 0),
        figures.get("trades", 0),
        figures,
        str(proved.get("digest", "")),
    )


# Booking.

Booked = list[tuple[Batch, tuple[int, ...]]]
Wanted = Callable[[], Iterable[tuple[str, str, Entry]]]


def _book(office: Clearing, day: str, step: Step, counter: str, wanted: Wanted) -> Booked:
    """Plan once, book what isn't booked yet, and read back from the log what became of it."""
    with office.database.read() as tx:
        planned = store.load_batches(tx, day, step, counter)
        begun = _tries(tx, day, step)
    if not planned:
        planned = _plan(office, day, step, counter, wanted())
    if begun > 1:
        # An earlier try may have booked some whose answers it never wrote down.
        planned = _read_back(office, counter, planned)
    for batch, unpaid in planned:
        if unpaid is None:
            office.booker.book(batch)
    return [
        (batch, unpaid)
        for batch, unpaid in _read_back(office, counter, planned)
        if unpaid is not None
    ]


def _plan(
    office: Clearing, day: str, step: Step, counter: str, wanted: Iterable[tuple[str, str, Entry]]
) -> list[tuple[Batch, Any]]:
    """Write down what is to be booked, and what can't be since the day's cash doesn't cover it: the
    latter is as good as booked, with nothing of it taken.
    """
    books = office.books(day, counter)
    after = booked_since(office.journals[counter], books.closing.ended_seq + 1)
    means = books.means([one for one in after if one.day == day])
    asked, owing = within_means(wanted, means, CASH)
    found = _batched(day, step, counter, asked)
    rest = _batched(day, step, counter, owing, len(found))
    unpaid = [tuple(-entry.amount for entry in batch.entries) for batch in rest]
    with office.database.transaction() as tx:
        store.plan(tx, [*found, *rest])
        for batch, amounts in zip(rest, unpaid, strict=True):
            store.save_unpaid(tx, batch, amounts)
    return [*((batch, None) for batch in found), *zip(rest, unpaid, strict=True)]


def _tries(tx: ReadTx, day: str, step: Step) -> int:
    return next((one.tries for one in store.load_steps(tx, day) if one.step is step), 0)


def _batched(
    day: str, step: Step, counter: str, wanted: Iterable[tuple[str, str, Entry]], first: int = 0
) -> list[Batch]:
    """Entries of one kind and basis together, as many as one command takes. first: the number of
    the first batch.
    """
    together: dict[tuple[str, str], list[Entry]] = {}
    for kind, basis, entry in wanted:
        together.setdefault((kind, basis), []).append(entry)
    found: list[Batch] = []
    for (kind, basis), entries in together.items():
        source = iter(entries)
        while portion := tuple(islice(source, MOST_ENTRIES)):
            found.append(Batch(day, step, counter, first + len(found), kind, basis, portion))
    return found


def _read_back(
    office: Clearing, counter: str, planned: Sequence[tuple[Batch, Any]]
) -> list[tuple[Batch, Any]]:
    if all(unpaid is not None for _, unpaid in planned):
        return list(planned)
    day = planned[0][0].day
    with office.database.read() as tx:
        closing = store.find_closing(tx, day, counter)
    assert closing is not None, "nothing is booked for a day that hasn't ended"
    events: dict[str, EntriesBooked] = {
        event.command: event
        for event in booked_since(office.journals[counter], closing.ended_seq + 1)
    }
    found: list[tuple[Batch, Any]] = []
    with office.database.transaction() as tx:
        for batch, unpaid in planned:
            event = events.get(batch.command)
            if unpaid is None and event is not None:
                store.save_unpaid(tx, batch, event.unpaid)
                found.append((batch, event.unpaid))
            else:
                found.append((batch, unpaid))
    return found


def _note_dues(office: Clearing, day: str, counter: str, booked: Booked) -> int:
    """Write down what could not be taken, and what of earlier dues was paid; how much is new."""
    new: list[Due] = []
    older: dict[str, int] = {}
    with office.database.transaction() as tx:
        for batch, unpaid in booked:
            for place, (entry, left) in enumerate(zip(batch.entries, unpaid, strict=True)):
                if batch.kind == "dues":
                    older[entry.ref] = older.get(entry.ref, 0) + left
                elif left and ":" not in entry.account:
                    name = f"{batch.command}:{place}"
                    owed = -entry.amount
                    new.append(
                        Due(
                            name, entry.account, day, batch.kind, entry.house, entry.ref, owed, left
                        )
                    )
        for due, left in older.items():
            store.save_due_left(tx, due, left)
        store.insert_dues(tx, counter, new)
    return len(new)


_STEPS: Final[dict[Step, Callable[[Clearing, str], Detail]]] = {
    Step.CLOSE: close,
    Step.FEES: final_fees,
    Step.ACTIONS: corporate_actions,
    Step.SETTLE: settle,
    Step.STATEMENTS: statements,
    Step.PROVE: prove,
    Step.PUBLISH: publish,
}
