"""Deciding everything about an account that is not an order: opening, money in and out,
restrictions, freezes, the day roll.
"""

from __future__ import annotations

from typing import Any, Final

from yunquan.counter.events import (
    AccountOpened,
    AssetFrozen,
    AssetReleased,
    BalancesSettled,
    CashMoved,
    CommandRefused,
    DayEnded,
    DayRolled,
    Designated,
    OrderCancelled,
    PermissionGranted,
    Released,
    Restricted,
    SecuritiesMovedIn,
)
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.reports import unfreeze
from yunquan.counter.rules.state import Order, State
from yunquan.counter.types import (
    CloseDay,
    Deposit,
    Designate,
    Freeze,
    GrantPermission,
    MoveCash,
    OpenAccount,
    Release,
    Restrict,
    RollDay,
    TransferIn,
    Unfreeze,
    Withdraw,
)
from yunquan.kernel.scopes import is_scope, withdrawal_fault
from yunquan.ledger.rules import Balance
from yunquan.ledger.types import AVAILABLE, HELD, HOUSE, SETTLING, Posting

LARGEST_AMOUNT: Final = 10**15
KINDS: Final = ("ordinary", "credit", "option", "auxiliary")
# Where money is between two accounts of a client: for the length of a record.
BETWEEN: Final = "between:accounts"
POSTINGS_AN_EVENT: Final = 500

Facts = dict[str, int | str]


def _refuse(command: Any, digest: int, code: str, facts: Facts) -> CommandRefused:
    kind: str = command.__struct_config__.tag
    return CommandRefused(command.id, digest, command.account, kind, code, facts)


def _unknown(command: Any, digest: int) -> CommandRefused:
    return _refuse(command, digest, "account.unknown", {"account": command.account})


def decide_open(state: State, command: OpenAccount, digest: int) -> Any:
    """AccountOpened, unless the number is taken or the kind unknown."""
    if command.account in state.accounts:
        return _refuse(command, digest, "account.exists", {"account": command.account})
    if command.kind not in KINDS or ":" in command.account or not command.account:
        return _refuse(command, digest, "account.malformed", {"kind": command.kind})
    return AccountOpened(
        command.id,
        digest,
        command.account,
        command.client,
        command.kind,
        command.currency,
        command.securities,
        command.permissions,
        command.id_expires_on,
    )


def decide_designate(state: State, command: Designate, digest: int) -> Any:
    """Designated, if there is such an account in Shanghai; again is the same."""
    account = state.accounts.get(command.account)
    if account is None:
        return _unknown(command, digest)
    if ("SH", command.number) not in [(one.market, one.number) for one in account.securities]:
        facts: Facts = {"market": "SH"}
        return _refuse(command, digest, "order.no_securities_account", facts)
    return Designated(command.id, digest, command.account, command.number)


def decide_deposit(state: State, command: Deposit, digest: int) -> Any:
    """CashMoved in: money from the bank is settled money."""
    refusal = _amount_refusal(state, command, digest)
    if refusal is not None:
        return refusal
    account, amount, bank = command.account, command.amount, command.bank
    currency = state.accounts[account].currency
    posting = Posting(f"bank:{bank}", HOUSE, account, AVAILABLE, currency, amount)
    return CashMoved(command.id, digest, account, "deposit", amount, bank, (posting,))


def decide_withdraw(state: State, command: Withdraw, digest: int) -> Any:
    """CashMoved out of settled money, unless frozen, restricted or not yet settled."""
    refusal = _leaving_refusal(state, command, digest)
    if refusal is not None:
        return refusal
    account, amount, bank = command.account, command.amount, command.bank
    currency = state.accounts[account].currency
    posting = Posting(account, AVAILABLE, f"bank:{bank}", HOUSE, currency, amount)
    return CashMoved(command.id, digest, account, "withdraw", amount, bank, (posting,))


def decide_move(state: State, command: MoveCash, digest: int) -> list[Any]:
    """CashMoved out of one account and into another of the same client. What keeps money from being
    withdrawn keeps it here, or a freeze could be walked around.
    """
    source, target, amount = command.account, command.target, command.amount
    refusal = _leaving_refusal(state, command, digest)
    if refusal is not None:
        return [refusal]
    ours, theirs = state.accounts[source], state.accounts.get(target)
    if theirs is None or theirs.client != ours.client or target == source:
        return [_refuse(command, digest, "move.not_own", {"account": target})]
    if theirs.currency != ours.currency:
        facts: Facts = {"currency": theirs.currency}
        return [_refuse(command, digest, "move.currency", facts)]
    out = Posting(source, AVAILABLE, BETWEEN, HOUSE, ours.currency, amount)
    back = Posting(BETWEEN, HOUSE, target, AVAILABLE, ours.currency, amount)
    return [
        CashMoved(command.id, digest, source, "moved_out", amount, target, (out,)),
        CashMoved(command.id, digest, target, "moved_in", amount, source, (back,)),
    ]


def _leaving_refusal(state: State, command: Any, digest: int) -> CommandRefused | None:
    """What keeps money in its account."""
    refusal = _amount_refusal(state, command, digest)
    if refusal is not None:
        return refusal
    account = state.accounts[command.account]
    cash = account.book.cash
    if account.judicial:
        return _refuse(command, digest, "withdrawal.judicial_freeze", {})
    restrictions = account.restrictions
    if restrictions is not None and (code := withdrawal_fault(restrictions)):
        return _refuse(command, digest, code, {})
    if command.amount > cash.available:
        unsettled = command.amount <= cash.usable()
        code = "withdrawal.unsettled_cash" if unsettled else "withdrawal.insufficient_cash"
        facts: Facts = {"withdrawable_fen": cash.available, "settling_fen": cash.settling}
        return _refuse(command, digest, code, facts)
    return None


def _amount_refusal(state: State, command: Any, digest: int) -> CommandRefused | None:
    if command.account not in state.accounts:
        return _unknown(command, digest)
    amount: int = command.amount
    if amount <= 0 or amount > LARGEST_AMOUNT:
        return _refuse(command, digest, "account.amount", {"amount": amount})
    return _age_refusal(state, command, digest)


def _age_refusal(state: State, command: Any, digest: int) -> CommandRefused | None:
    """Older than the ids that are remembered: it may have been done before."""
    day: str = command.day
    if day in ("", state.day, state.day_before):
        return None
    facts: Facts = {"day": day, "today": state.day}
    return _refuse(command, digest, "command.too_old", facts)


def decide_transfer_in(state: State, command: TransferIn, digest: int) -> Any:
    """SecuritiesMovedIn: shares held elsewhere arrive settled."""
    if command.account not in state.accounts:
        return _unknown(command, digest)
    if "." not in command.symbol:
        # A currency here would make money out of a custodian's book.
        return _refuse(command, digest, "account.symbol", {"symbol": command.symbol})
    if command.qty <= 0 or command.qty > LARGEST_AMOUNT:
        return _refuse(command, digest, "account.amount", {"amount": command.qty})
    refusal = _age_refusal(state, command, digest)
    if refusal is not None:
        return refusal
    account, symbol, qty, source = command.account, command.symbol, command.qty, command.source
    postings = (Posting(f"custodian:{source}", HOUSE, account, AVAILABLE, symbol, qty),)
    return SecuritiesMovedIn(command.id, digest, account, symbol, qty, source, postings)


def decide_restrict(state: State, command: Restrict, digest: int) -> Any:
    """Restricted; a scope already restricted takes the new basis."""
    if command.account not in state.accounts:
        return _unknown(command, digest)
    if not is_scope(command.scope) or not command.basis:
        return _refuse(command, digest, "restriction.malformed", {"scope": command.scope})
    return Restricted(command.id, digest, command.account, command.scope, command.basis)


def decide_release(state: State, command: Release, digest: int) -> Any:
    """Released, if there is such a restriction or freeze."""
    account = state.accounts.get(command.account)
    if account is None:
        return _unknown(command, digest)
    restrictions = account.restrictions
    stands = (
        account.judicial if command.scope == "judicial" else (restrictions or {}).get(command.scope)
    )
    if not stands:
        return _refuse(command, digest, "restriction.none", {"scope": command.scope})
    return Released(command.id, digest, command.account, command.scope, command.basis)


def decide_permission(state: State, command: GrantPermission, digest: int) -> Any:
    """PermissionGranted, also to who has it: the answer to a late repeat is the same."""
    if command.account not in state.accounts:
        return _unknown(command, digest)
    if not command.permission.isalpha() or not command.basis:
        facts: Facts = {"permission": command.permission[:20]}
        return _refuse(command, digest, "permission.malformed", facts)
    account, permission = command.account, command.permission
    return PermissionGranted(command.id, digest, account, permission, command.basis)


def _balance(state: State, account: str, asset: str) -> Balance | None:
    book = state.accounts[account].book
    return book.cash if asset == book.currency else book.positions.get(asset)


def decide_freeze(state: State, command: Freeze, digest: int) -> Any:
    """AssetFrozen: an amount of settled cash or sellable shares into HELD, or the whole account
    with asset "*".
    """
    if command.account not in state.accounts:
        return _unknown(command, digest)
    if not command.basis:
        return _refuse(command, digest, "restriction.malformed", {"scope": command.asset})
    if command.asset == "*":
        return AssetFrozen(command.id, digest, command.account, "*", 0, command.basis, ())
    account, asset, amount = command.account, command.asset, command.amount
    balance = _balance(state, account, asset)
    available = balance.available if balance is not None else 0
    if amount <= 0 or amount > available:
        facts: Facts = {"available": available, "amount": amount}
        return _refuse(command, digest, "freeze.insufficient", facts)
    posting = Posting(account, AVAILABLE, account, HELD, asset, amount)
    return AssetFrozen(command.id, digest, account, asset, amount, command.basis, (posting,))


def decide_unfreeze(state: State, command: Unfreeze, digest: int) -> Any:
    """AssetReleased: back from HELD, never more than is held."""
    if command.account not in state.accounts:
        return _unknown(command, digest)
    account, asset, amount = command.account, command.asset, command.amount
    balance = _balance(state, account, asset)
    held = balance.held if balance is not None else 0
    if amount <= 0 or amount > held:
        facts: Facts = {"held": held, "amount": amount}
        return _refuse(command, digest, "freeze.not_held", facts)
    posting = Posting(account, HELD, account, AVAILABLE, asset, amount)
    return AssetReleased(command.id, digest, account, asset, amount, command.basis, (posting,))


def _is_day(text: str) -> bool:
    """Whether this is a day written YYYY-MM-DD."""
    digits = text[:4] + text[5:7] + text[8:]
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return False
    if not digits.isascii() or not digits.isdigit():
        return False
    return 1 <= int(text[5:7]) <= 12 and 1 <= int(text[8:]) <= 31


def decide_roll(state: State, command: RollDay, digest: int, reference: Reference) -> list[Any]:
    """Expire what is open, settle what was in settlement, begin the day. A day not after the
    current one is refused.
    """
    if not _is_day(command.day):
        # Text that sorts after every day would be the last day this counter ever begins.
        malformed: Facts = {"day": command.day}
        return [CommandRefused(command.id, digest, "", "roll_day", "day.malformed", malformed)]
    if command.day <= state.day:
        facts: Facts = {"day": command.day, "today": state.day}
        return [CommandRefused(command.id, digest, "", "roll_day", "day.not_after", facts)]
    releases: dict[str, int] = {}
    events: list[Any] = _expiries(state, releases)
    if state.day and not state.day_ended:
        # Nobody ended it, since we were away: it ends with the last that happened in it.
        events.append(DayEnded("", 0, state.day))
    events.extend(_settlements(state, command.day, releases))
    events.append(DayRolled(command.id, digest, command.day))
    return events


def decide_close(state: State, command: CloseDay, digest: int) -> list[Any]:
    """Expire what is open and end the day; refused for any other day than the present one."""
    if command.day != state.day:
        facts: Facts = {"day": command.day[:10], "today": state.day}
        return [CommandRefused(command.id, digest, "", "close_day", "day.not_today", facts)]
    if state.day_ended:
        facts = {"day": state.day}
        return [CommandRefused(command.id, digest, "", "close_day", "day.ended", facts)]
    return [*_expiries(state, {}), DayEnded(command.id, digest, state.day)]


def _expiries(state: State, releases: dict[str, int]) -> list[Any]:
    """What is still open ends. releases: what it gives back to SETTLING is counted there."""
    events: list[Any] = []
    if not state.open_orders:
        return events
    for order in state.orders.values():
        if order.open:
            postings = unfreeze(state, order)
            _count_settling(releases, order, postings)
            left = order.remaining()
            events.append(
                OrderCancelled(
                    "", 0, "", 0, order.id, order.account, left, "expired", True, postings
                )
            )
    return events


def _count_settling(releases: dict[str, int], order: Order, postings: tuple[Posting, ...]) -> None:
    """Expiring orders give proceeds back to SETTLING first; the settlement that follows must move
    those too.
    """
    for posting in postings:
        if posting.target_bucket == SETTLING:
            releases[order.account] = releases.get(order.account, 0) + int(posting.amount)


def _settlements(state: State, day: str, releases: dict[str, int]) -> list[Any]:
    events: list[Any] = []
    postings: list[Posting] = []
    accounts = list(state.books.settling)
    accounts.extend(one for one in releases if not state.accounts[one].book.settles)
    for account in accounts:
        book = state.accounts[account].book
        cash = book.cash.settling + releases.get(account, 0)
        if cash:
            postings.append(Posting(account, SETTLING, account, AVAILABLE, book.currency, cash))
        for symbol, position in book.positions.items():
            if position.settling:
                postings.append(
                    Posting(account, SETTLING, account, AVAILABLE, symbol, position.settling)
                )
        if len(postings) >= POSTINGS_AN_EVENT:
            events.append(BalancesSettled(day, tuple(postings)))
            postings = []
    if postings:
        events.append(BalancesSettled(day, tuple(postings)))
    return events
