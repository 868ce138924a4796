"""Tables of this room, and the search for a command in a counter's log.

Amounts in fen, times in milliseconds since 1970 UTC.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from yunquan.counter.events import codec
from yunquan.counter.types import Answer
from yunquan.funding.rules import facts_from_text, facts_to_text
from yunquan.funding.types import (
    BankTerms,
    Binding,
    Direction,
    FeeBearer,
    Initiator,
    Traffic,
    Transfer,
    TransferId,
    TransferState,
)
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.log import each_record, lock_head
from yunquan.kernel.transaction import ROOMS_STREAM, ReadTx, Tx, metadata
from yunquan.security.types import Attempts

_BANKS: Final = Path(__file__).parent / "rules" / "tables" / "banks.toml"
bindings = sa.Table(
    "funding_binding",
    metadata,
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("bank", sa.String(20), nullable=False),
    sa.Column("bank_account", sa.String(40), nullable=False),
    sa.Column("holder", sa.String(80), nullable=False),
    sa.Column("bound_at_ms", sa.BigInteger, nullable=False),
    sa.Index("funding_binding_by_bank", "bank", "bank_account"),
)
transfers = sa.Table(
    "funding_transfer",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("direction", sa.String(3), nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("bank", sa.String(20), nullable=False),
    sa.Column("bank_account", sa.String(40), nullable=False),
    sa.Column("holder", sa.String(80), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("caller", sa.String(80), nullable=False),
    sa.Column("request_key", sa.String(80), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("requested_at_ms", sa.BigInteger, nullable=False),
    sa.Column("moved_at_ms", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("bank_serial", sa.String(64), nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("doubt", sa.String(60), nullable=False),
    sa.Column("command_day", sa.String(10), nullable=False),
    sa.Column("command_seq", sa.BigInteger, nullable=False),
    sa.Column("initiator", sa.String(4), nullable=False),
    sa.Column("bank_day", sa.String(10), nullable=False),
    sa.Column("fee_fen", sa.BigInteger, nullable=False),
    sa.Column("awaits_file", sa.Boolean, nullable=False),
    sa.Column("proof", sa.String(40), nullable=False),
    sa.Column("reversed_by", sa.String(80), nullable=False),
    sa.Column("reversal_asked_at_ms", sa.BigInteger),
    sa.Column("bank_asked_at_ms", sa.BigInteger),
    sa.Column("bank_done_at_ms", sa.BigInteger),
    sa.Column("cash_moved_at_ms", sa.BigInteger),
    sa.Column("refused_at_ms", sa.BigInteger),
    sa.Column("given_back_at_ms", sa.BigInteger),
    sa.Column("doubted_at_ms", sa.BigInteger),
    sa.Column("ended_at_ms", sa.BigInteger),
    sa.UniqueConstraint("caller", "request_key", name="funding_transfer_request"),
    sa.Index("funding_transfer_by_account", "account", "id"),
    sa.Index("funding_transfer_by_day", "account", "direction", "day"),
    sa.Index("funding_transfer_unfinished", "ended_at_ms", "moved_at_ms"),
    sa.Index("funding_transfer_of_bank_day", "bank", "bank_day"),
)
passwords = sa.Table(
    "funding_cash_password",
    metadata,
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("hash", sa.String(200), nullable=False),
    sa.Column("failures", sa.BigInteger, nullable=False),
    sa.Column("last_at_ms", sa.BigInteger, nullable=False),
    sa.Column("locked_until_ms", sa.BigInteger, nullable=False),
)


def load_terms() -> tuple[BankTerms, ...]:
    """The banks' terms that ship with the code. Raises LookupError or ValueError for a bad row."""
    rows = tomllib.loads(_BANKS.read_text(encoding="utf-8"))["row"]
    return tuple(
        BankTerms(
            **{
                **row,
                "direction": Direction(row["direction"]),
                "days": tuple(row["days"]),
                "fee_bearer": FeeBearer(row["fee_bearer"]),
                "passwords": tuple(row["passwords"]),
            }
        )
        for row in rows
    )


def queue_requests(tx: Tx) -> None:
    """Let one request after the other decide, so that two at once can't both fit below a limit.

    Every request ends with an event in this stream, so the lock is one it takes anyway.
    """
    lock_head(tx.connection, ROOMS_STREAM)


def _transfer(row: Any) -> Transfer:
    values = dict(row._mapping)
    values["id"] = TransferId(row.id)
    values["direction"] = Direction(row.direction)
    values["state"] = TransferState(row.state)
    values["initiator"] = Initiator(row.initiator)
    values["facts"] = facts_from_text(row.facts)
    return Transfer(**values)


def _values(transfer: Transfer) -> dict[str, Any]:
    values = asdict(transfer)
    values["direction"] = transfer.direction.value
    values["state"] = transfer.state.value
    values["initiator"] = transfer.initiator.value
    values["facts"] = facts_to_text(transfer.facts)
    return values


def insert_transfer(tx: Tx, transfer: Transfer) -> None:
    tx.execute(transfers.insert().values(**_values(transfer)))


def update_transfer(tx: Tx, before: Transfer, after: Transfer) -> bool:
    """Write `after` if the row is still as `before`; whether it was."""
    mine = (transfers.c.id == before.id, transfers.c.version == before.version)
    return tx.execute(transfers.update().where(*mine).values(**_values(after))).rowcount == 1


def find_transfer(tx: ReadTx, transfer: str) -> Transfer | None:
    row = tx.execute(sa.select(transfers).where(transfers.c.id == transfer)).one_or_none()
    return _transfer(row) if row else None


def find_request(tx: ReadTx, caller: str, request_key: str) -> Transfer | None:
    """The transfer that this caller asked for under this key."""
    mine = (transfers.c.caller == caller, transfers.c.request_key == request_key)
    row = tx.execute(sa.select(transfers).where(*mine)).one_or_none()
    return _transfer(row) if row else None


def asked_fen(tx: ReadTx, account: str, direction: Direction, day: str) -> int:
    """What an account has asked for on a day in one direction, refused ones left out."""
    query = sa.select(sa.func.sum(transfers.c.amount_fen)).where(
        transfers.c.account == account,
        transfers.c.direction == direction.value,
        transfers.c.day == day,
        transfers.c.state != TransferState.REFUSED.value,
    )
    return int(tx.execute(query).scalar() or 0)


def page_of_transfers(tx: ReadTx, account: str, before: str | None, limit: int) -> list[Transfer]:
    """Newest first. before: an id, excluded."""
    query = sa.select(transfers).where(transfers.c.account == account)
    if before:
        query = query.where(transfers.c.id < before)
    return [
        _transfer(row) for row in tx.execute(query.order_by(transfers.c.id.desc()).limit(limit))
    ]


def unfinished_ids(tx: ReadTx, moved_before_ms: int, limit: int) -> list[TransferId]:
    """Those that have neither ended nor moved lately, the longest untouched first; what awaits a
    bank's file is left out, as nothing we do moves it.
    """
    query = sa.select(transfers.c.id).where(
        transfers.c.ended_at_ms.is_(None),
        transfers.c.moved_at_ms <= moved_before_ms,
        transfers.c.awaits_file.is_(False),
    )
    rows = tx.execute(query.order_by(transfers.c.moved_at_ms, transfers.c.id).limit(limit))
    return [TransferId(found) for found in rows.scalars()]


def unfinished_of(tx: ReadTx, account: str, limit: int) -> list[Transfer]:
    """What of an account is on its way, oldest first."""
    mine = (transfers.c.account == account, transfers.c.ended_at_ms.is_(None))
    query = sa.select(transfers).where(*mine).order_by(transfers.c.id).limit(limit)
    return [_transfer(row) for row in tx.execute(query)]


def doubted(tx: ReadTx, limit: int) -> list[Transfer]:
    """Every transfer in doubt, the oldest first."""
    mine = (transfers.c.ended_at_ms.is_(None), transfers.c.doubt != "")
    query = sa.select(transfers).where(*mine).order_by(transfers.c.id).limit(limit)
    return [_transfer(row) for row in tx.execute(query)]


def of_bank_day(tx: ReadTx, bank: str, day: str) -> list[Transfer]:
    """All that a bank was asked for on its day, or asked us for."""
    mine = (transfers.c.bank == bank, transfers.c.bank_day == day)
    return [_transfer(row) for row in tx.execute(sa.select(transfers).where(*mine))]


def find_bound(tx: ReadTx, bank: str, bank_account: str) -> list[Binding]:
    """Cash accounts bound to an account at a bank, the oldest first."""
    mine = (bindings.c.bank == bank, bindings.c.bank_account == bank_account)
    query = sa.select(bindings).where(*mine).order_by(bindings.c.bound_at_ms, bindings.c.account)
    return [Binding(**row._mapping) for row in tx.execute(query)]


def save_password(tx: Tx, account: str, hashed: str) -> None:
    """Set or replace an account's cash password; what was counted against it is forgotten."""
    tx.execute(passwords.delete().where(passwords.c.account == account))
    values = {"failures": 0, "last_at_ms": 0, "locked_until_ms": 0}
    tx.execute(passwords.insert().values(account=account, hash=hashed, **values))


def find_password(tx: ReadTx, account: str) -> tuple[str, Attempts] | None:
    """The hash, and the attempts so far; held until the transaction ends where it writes."""
    query = sa.select(passwords).where(passwords.c.account == account)
    row = tx.execute(query.with_for_update() if isinstance(tx, Tx) else query).one_or_none()
    if row is None:
        return None
    return row.hash, Attempts(row.failures, row.last_at_ms, row.locked_until_ms)


def save_attempts(tx: Tx, account: str, attempts: Attempts) -> None:
    mine = passwords.update().where(passwords.c.account == account)
    tx.execute(mine.values(**asdict(attempts)))


def find_binding(tx: ReadTx, account: str) -> Binding | None:
    row = tx.execute(sa.select(bindings).where(bindings.c.account == account)).one_or_none()
    return Binding(**row._mapping) if row else None


def insert_binding(tx: Tx, binding: Binding) -> None:
    tx.execute(bindings.insert().values(**asdict(binding)))


def find_answer(
    tx: ReadTx, stream: str, after_seq: int, last_seq: int, command: str
) -> Answer | None:
    """What a counter's log between two positions says became of a command; None if it never came.

    Raises Unavailable transfer.log_unreadable if the log doesn't reach `last_seq` here: what isn't
    read can't be taken for absent.
    """
    named = command.encode()
    events = codec()
    reached = after_seq
    for record in each_record(tx.connection, stream, after_seq + 1):
        # Text stands in the record as it is, so most records need no decoding.
        if named in record.body:
            for event in events.decode(record.body):
                if getattr(event, "command", "") == command:
                    facts = getattr(event, "facts", {})
                    return Answer(command, getattr(event, "code", ""), facts=facts)
        reached = record.next_seq - 1
        if reached >= last_seq:
            break
    if reached < last_seq:
        raise Unavailable("transfer.log_unreadable", stream=stream)
    return None


def load_traffic(tx: ReadTx, since_ms: int) -> Traffic:
    """Sums over what ended since a moment and what hasn't ended; both by the index of ends."""
    c, fen = transfers.c, sa.func.sum(transfers.c.amount_fen)
    posted = sa.and_(c.ended_at_ms >= since_ms, c.state == TransferState.POSTED)
    ways = (posted & (c.direction == Direction.IN), posted & (c.direction == Direction.OUT))
    came, went = (int(tx.execute(sa.select(fen).where(w)).scalar() or 0) for w in ways)
    waits = sa.select(c.bank, fen.label("fen")).where(c.ended_at_ms.is_(None)).group_by(c.bank)
    return Traffic(came, went, {row.bank: int(row.fen) for row in tx.execute(waits)})
