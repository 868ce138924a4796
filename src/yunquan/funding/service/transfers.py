"""Binding a bank account, paying in and out, and driving what a fault has left unfinished."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from yunquan.counter.types import AskAccount
from yunquan.funding import rules, store
from yunquan.funding.events import BankAccountBound, TransferRequested
from yunquan.funding.service.drive import Funding, drive, load, tell
from yunquan.funding.service.passwords import check_cash_password
from yunquan.funding.types import (
    BankTerms,
    Binding,
    Direction,
    Secrets,
    Transfer,
    TransferId,
    TransferState,
    TransferTerms,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound, YunquanError
from yunquan.kernel.money import LARGEST_MINOR, fen_to_text
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.market import load_calendar

logger = logging.getLogger("yunquan.funding")

SIMULATED_BANK = "simbank"
# A transfer that moved more lately is in somebody's hands, so a recovery leaves it to them.
QUIET_MS = 2_000
RECOVERED_AT_ONCE = 200
DRIVEN_SIDE_BY_SIDE = 8
LONGEST_LIST = 200
LONGEST_KEY = 80
LONGEST_BANK_ACCOUNT = 40
LONGEST_HOLDER = 80
NOBODY = Secrets()


def bind(
    tx: Tx, account: str, bank_account: str, holder: str, bank: str = SIMULATED_BANK
) -> Binding:
    """Bind a cash account to its owner's bank account. holder: the client's name, as registered.

    The same again changes nothing. Raises Invalid for what no bank would take, Conflict if the
    account is bound to another.
    """
    plain = bank_account.isascii() and bank_account.isalnum()
    if not plain or len(bank_account) > LONGEST_BANK_ACCOUNT:
        raise Invalid("transfer.bank_account_malformed")
    if not holder.isprintable() or not 0 < len(holder) <= LONGEST_HOLDER:
        raise Invalid("transfer.holder_malformed")
    wanted = Binding(account, bank, bank_account, holder, tx.now_ms())
    known = store.find_binding(tx, account)
    if known is None:
        store.insert_binding(tx, wanted)
        tx.emit(BankAccountBound(account, bank))
        return wanted
    if replace(known, bound_at_ms=0) != replace(wanted, bound_at_ms=0):
        raise Conflict("transfer.already_bound", account=account)
    return known


async def pay_in(
    parts: Funding,
    caller: str,
    key: str,
    account: str,
    amount_fen: int,
    secrets: Secrets = NOBODY,
) -> Transfer:
    """Move money from the bound bank account into the cash account 银行转证券.

    Returns it posted, refused, or in doubt; what only the bank can tell is decided by its file of
    the day. The same caller and key: the same transfer. Raises Invalid, NotFound, Forbidden for a
    cash password, Conflict command.reused, and Unavailable when it is not even written down: repeat
    with the same key.
    """
    return await _pay(parts, Direction.IN, caller, key, account, amount_fen, secrets)


async def pay_out(
    parts: Funding,
    caller: str,
    key: str,
    account: str,
    amount_fen: int,
    secrets: Secrets = NOBODY,
) -> Transfer:
    """Move settled money from the cash account to the bound bank account 证券转银行.

    Otherwise as `pay_in`.
    """
    return await _pay(parts, Direction.OUT, caller, key, account, amount_fen, secrets)


async def resolve(parts: Funding, transfer: str) -> Transfer:
    """Drive one transfer on by what is known here; the bank isn't asked again. Raises NotFound."""
    return await drive(parts, await asyncio.to_thread(load, parts, transfer))


async def recover(parts: Funding) -> int:
    """Drive on everything that nobody has touched for two seconds; how many came to an end."""
    waiting = await asyncio.to_thread(_unfinished, parts)
    free = asyncio.Semaphore(DRIVEN_SIDE_BY_SIDE)

    async def one(transfer: TransferId) -> bool:
        async with free:
            try:
                return (await resolve(parts, transfer)).ended_at_ms is not None
            except YunquanError as error:
                logger.warning("transfer waits", extra={"transfer": transfer, "reason": error.code})
                return False

    return sum(await asyncio.gather(*(one(transfer) for transfer in waiting)))


def load_transfer(tx: ReadTx, account: str, transfer: str) -> Transfer:
    """One transfer of an account. Raises NotFound, for another account's too."""
    found = store.find_transfer(tx, transfer)
    if found is None or found.account != account:
        raise NotFound("transfer.unknown", transfer=transfer)
    return found


def list_transfers(tx: ReadTx, account: str, before: str | None, limit: int) -> list[Transfer]:
    """Transfers of an account, newest first. before: a transfer's id, excluded."""
    return store.page_of_transfers(tx, account, before, max(1, min(limit, LONGEST_LIST)))


def load_binding(tx: ReadTx, account: str) -> Binding:
    """The bank account of a cash account. Raises NotFound."""
    found = store.find_binding(tx, account)
    if found is None:
        raise NotFound("transfer.no_bank_account", account=account)
    return found


def load_terms(
    parts: Funding, tx: ReadTx, account: str, direction: Direction, text: rules.Text
) -> TransferTerms:
    """What may be transferred today, for a page that shows limits before they are hit."""
    binding = load_binding(tx, account)
    moment, calendar = parts.moment(), load_calendar(tx)
    terms = rules.terms_on(parts.terms, binding.bank, direction, moment.day)
    asked_fen = store.asked_fen(tx, account, direction, moment.day)
    open_now = rules.is_open(terms, calendar, moment)
    next_open = "" if open_now else " ".join(rules.next_opening(terms, calendar, moment))
    bank, bearer = text(f"bank.{binding.bank}"), terms.fee_bearer.value
    fee = fen_to_text(terms.fee_fen)
    hours = {"opens": terms.opens, "closes": terms.closes}
    always, cut_off = terms.always_open, terms.cut_off
    return TransferTerms(
        direction=direction.value,
        bank=bank,
        bank_account=rules.masked(binding.bank_account),
        single=fen_to_text(terms.single_fen),
        day=fen_to_text(terms.day_fen),
        left=fen_to_text(max(terms.day_fen - asked_fen, 0)),
        opens="00:00" if always else terms.opens,
        closes="24:00" if always else terms.closes,
        always_open=always,
        open_now=open_now,
        next_open=next_open,
        fee=fee,
        fee_bearer=bearer,
        passwords=terms.passwords,
        note=text("transfer.always_open", bank=bank) if always else text("transfer.hours", **hours),
        fee_note=text(f"transfer.fee.{bearer}" if terms.fee_fen else "transfer.free", fee=fee),
        cut_off_note=text("transfer.cut_off", cut_off=cut_off)
        if cut_off
        else text("transfer.cut_off_market"),
    )


async def _pay(
    parts: Funding,
    direction: Direction,
    caller: str,
    key: str,
    account: str,
    amount_fen: int,
    secrets: Secrets,
) -> Transfer:
    if not 0 < amount_fen <= LARGEST_MINOR:
        raise Invalid("transfer.amount")
    if not 0 < len(key) <= LONGEST_KEY or not 0 < len(caller) <= LONGEST_KEY:
        raise Invalid("transfer.key")
    digest = rules.request_digest(direction, account, amount_fen)
    known = await asyncio.to_thread(_repeated, parts, caller, key, digest)
    if known is not None:
        return await drive(parts, known, secrets)
    view = await parts.counters.of(account).ask(AskAccount(account, 0))
    if view is None:
        raise NotFound("account.unknown", account=account)
    binding = await asyncio.to_thread(_bound, parts, account)
    day = view.day or parts.moment().day
    terms = rules.terms_on(parts.terms, binding.bank, direction, day)
    if "cash" in terms.passwords:
        await check_cash_password(parts, account, secrets.cash)
    if "bank" in terms.passwords and not secrets.bank:
        raise Invalid("transfer.bank_password_missing")

    def begin() -> Transfer:
        with parts.database.transaction(actor=caller) as tx:
            store.queue_requests(tx)
            earlier = _earlier(tx, caller, key, digest)
            if earlier is not None:
                return earlier
            now_ms = tx.now_ms()
            asked = Transfer(
                id=tx.ids.new(TransferId),
                account=account,
                client=view.client,
                direction=direction,
                amount_fen=amount_fen,
                bank=binding.bank,
                bank_account=binding.bank_account,
                holder=binding.holder,
                day=day,
                caller=caller,
                request_key=key,
                digest=digest,
                state=TransferState.REQUESTED,
                requested_at_ms=now_ms,
                moved_at_ms=now_ms,
            )
            return admit(parts, tx, asked, terms)

    return await drive(parts, await asyncio.to_thread(begin), secrets)


def admit(parts: Funding, tx: Tx, asked: Transfer, terms: BankTerms) -> Transfer:
    """Write a request down, refused at once if a limit or the hour is against it."""
    already_fen = store.asked_fen(tx, asked.account, asked.direction, asked.day)
    moment, calendar = parts.moment(), load_calendar(tx)
    refusal = rules.decide_request(terms, calendar, moment, asked.amount_fen, already_fen)
    admitted = asked
    if refusal is not None:
        admitted = rules.refused_now(asked, refusal.code, refusal.facts, tx.now_ms())
    record(tx, asked, admitted)
    return admitted


def record(tx: Tx, asked: Transfer, admitted: Transfer) -> None:
    """Write a new transfer down and tell of it."""
    store.insert_transfer(tx, admitted)
    tx.emit(
        TransferRequested(
            str(asked.id), asked.account, asked.direction, asked.amount_fen, asked.bank, asked.day
        )
    )
    tell(tx, asked, admitted)


def _bound(parts: Funding, account: str) -> Binding:
    with parts.database.read() as tx:
        return load_binding(tx, account)


def _earlier(tx: ReadTx, caller: str, key: str, digest: str) -> Transfer | None:
    earlier = store.find_request(tx, caller, key)
    if earlier is not None and earlier.digest != digest:
        raise Conflict("command.reused", command=f"{caller}:{key}")
    return earlier


def _repeated(parts: Funding, caller: str, key: str, digest: str) -> Transfer | None:
    with parts.database.read() as tx:
        return _earlier(tx, caller, key, digest)


def _unfinished(parts: Funding) -> list[TransferId]:
    with parts.database.read() as tx:
        return store.unfinished_ids(tx, parts.now_ms() - QUIET_MS, RECOVERED_AT_ONCE)
