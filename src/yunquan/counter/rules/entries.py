"""Deciding what clearing books and by which fee plan an account pays."""

from __future__ import annotations

from typing import Any, Final

from yunquan.counter.events import CommandRefused, EntriesBooked, FeePlanSet
from yunquan.counter.rules.state import State
from yunquan.counter.types import BookEntries, Entry, SetFeePlan
from yunquan.ledger.types import AVAILABLE, FROZEN, HOUSE, SETTLING, Posting

KINDS: Final = (
    "dividend",
    "dividend_tax",
    "bonus",
    "rights",
    "rights_payment",
    "rights_refund",
    "fee",
    "settlement",
    "interest",
    "correction",
    "dues",
)
MOST_ENTRIES: Final = 500
LARGEST_AMOUNT: Final = 10**15
DEAREST_E8: Final = 300_000  # three per thousand: the most a commission may be
DEAREST_MINIMUM_FEN: Final = 100_000
LONGEST_PLAN: Final = 40

Facts = dict[str, int | str]


def decide_book(state: State, command: BookEntries, digest: int) -> Any:
    """EntriesBooked with every entry, the debits as far as the accounts can pay; or all refused."""
    entries = command.entries
    if command.kind not in KINDS or not command.basis or not command.day:
        return _refuse(command, digest, "book.malformed", {"kind": command.kind[:20]})
    if not 0 < len(entries) <= MOST_ENTRIES:
        return _refuse(command, digest, "book.malformed", {"entries": len(entries)})
    if command.sent not in ("", state.day, state.day_before):
        facts: Facts = {"day": command.sent, "today": state.day}
        return _refuse(command, digest, "command.too_old", facts)
    for entry in entries:
        fault = _fault(state, command.kind, entry)
        if fault:
            return _refuse(command, digest, fault, {"account": entry.account, "ref": entry.ref})
    left = _Left(state)
    postings: list[Posting] = []
    unpaid = tuple(left.take(entry, postings) for entry in entries)
    return EntriesBooked(
        command.id,
        digest,
        command.day,
        command.kind,
        command.basis,
        entries,
        unpaid,
        tuple(postings),
    )


def _refuse(command: BookEntries, digest: int, code: str, facts: Facts) -> CommandRefused:
    return CommandRefused(command.id, digest, "", "book_entries", code, facts)


def _fault(state: State, kind: str, entry: Entry) -> str:
    amount = entry.amount
    if not amount or amount > LARGEST_AMOUNT or amount < -LARGEST_AMOUNT:
        return "book.malformed"
    # Of what is frozen, only what was frozen for a rights issue may be taken, and only for it.
    frozen = kind == "rights_payment" and amount < 0 and ":" not in entry.account
    if entry.bucket not in ((AVAILABLE, SETTLING, FROZEN) if frozen else (AVAILABLE, SETTLING)):
        return "book.malformed"
    if ":" not in entry.house:
        return "book.malformed"
    if ":" in entry.account:
        return ""
    account = state.accounts.get(entry.account)
    if account is None:
        return "account.unknown"
    if entry.asset != account.currency and "." not in entry.asset:
        return "account.symbol"
    return ""


class _Left:
    """What is left to take from each account while entries are gone through, one after another."""

    __slots__ = ("_earmarked", "_known", "_state")

    def __init__(self, state: State) -> None:
        self._state: State = state
        self._known: dict[tuple[str, str], list[int]] = {}
        self._earmarked: dict[tuple[str, str], int] = {}

    def take(self, entry: Entry, postings: list[Posting]) -> int:
        """Add the postings of one entry; how much of it could not be taken."""
        name, asset, house = entry.account, entry.asset, entry.house
        amount = int(entry.amount)
        if ":" in name:
            source, target = (house, name) if amount > 0 else (name, house)
            postings.append(Posting(source, HOUSE, target, HOUSE, asset, abs(amount)))
            return 0
        if entry.bucket == FROZEN:
            return self._take_earmarked(entry, postings)
        buckets = self._of(name, asset)
        if amount > 0:
            buckets[entry.bucket] += amount
            postings.append(Posting(house, HOUSE, name, entry.bucket, asset, amount))
            return 0
        due = -amount
        for bucket in (AVAILABLE, SETTLING):
            part = min(buckets[bucket], due)
            if part > 0:
                buckets[bucket] -= part
                due -= part
                postings.append(Posting(name, bucket, house, HOUSE, asset, part))
        return due

    def _take_earmarked(self, entry: Entry, postings: list[Posting]) -> int:
        name, action = entry.account, entry.ref
        left = self._earmarked.get((name, action))
        if left is None:
            account = self._state.accounts[name]
            left = account.earmarked(action) if entry.asset == account.currency else 0
        due = -int(entry.amount)
        part = min(left, due)
        self._earmarked[name, action] = left - part
        if part:
            postings.append(Posting(name, FROZEN, entry.house, HOUSE, entry.asset, part))
        return due - part

    def _of(self, name: str, asset: str) -> list[int]:
        key = (name, asset)
        found = self._known.get(key)
        if found is None:
            book = self._state.accounts[name].book
            balance = book.cash if asset == book.currency else book.positions.get(asset)
            found = [0, 0] if balance is None else [balance.available, balance.settling]
            self._known[key] = found
        return found


def decide_fee_plan(state: State, command: SetFeePlan, digest: int) -> Any:
    """FeePlanSet, unless the account is unknown or a rate is not one."""
    if command.account not in state.accounts:
        return _plan_refused(command, digest, "account.unknown", {"account": command.account})
    sound = bool(command.basis) and 0 < len(command.plan) <= LONGEST_PLAN
    for rate in command.rates:
        sound = (
            sound
            and bool(rate.product)
            and 0 <= rate.commission_e8 <= DEAREST_E8
            and 0 <= rate.commission_min_fen <= DEAREST_MINIMUM_FEN
        )
    if not sound:
        return _plan_refused(command, digest, "plan.malformed", {"plan": command.plan[:40]})
    return FeePlanSet(
        command.id, digest, command.account, command.plan, command.rates, command.basis
    )


def _plan_refused(command: SetFeePlan, digest: int, code: str, facts: Facts) -> CommandRefused:
    return CommandRefused(command.id, digest, command.account, "set_fee_plan", code, facts)
