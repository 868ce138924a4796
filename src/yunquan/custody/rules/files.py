"""The file of a bank's day: is it whole, what does it decide, where does it differ. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from yunquan.custody.types import BankFile, Difference, DifferenceKind, FileRow, StaffTransfer
from yunquan.funding.rules import Text, terms_on, transfer_line
from yunquan.funding.types import (
    BankAnswer,
    BankResult,
    BankTerms,
    Direction,
    FeeBearer,
    Initiator,
    Transfer,
)
from yunquan.kernel.errors import Refused

_MAGIC: Final = ("YQBANK", "1")
_DIRECTIONS: Final = {"to_broker": Direction.IN, "to_bank": Direction.OUT}
_RESULTS: Final = frozenset({"done", "refused", "reversed", "open"})


def digest_of(body: bytes) -> str:
    """Tells whether the same file came again."""
    return hashlib.sha256(body).hexdigest()


def read_file(body: bytes) -> BankFile | Refused:
    """A file that is whole and adds up, or which check it fails.

    Format: docs/venue-protocol.md, section 5. The last line counts the others, sums what was done
    in fen and carries the SHA-256 of everything before it.
    """
    head, _, last = body.rstrip(b"\n").rpartition(b"\n")
    if not last.startswith(b"END|") or not body.endswith(b"\n"):
        return Refused("bank_file.half", {"bytes": len(body)})
    told = head + b"\n"
    try:
        _, count, in_fen, out_fen, fees_fen, digest = last.decode("ascii").split("|")
        if digest != hashlib.sha256(told).hexdigest():
            return Refused("bank_file.checksum", {})
        first, *lines = told.decode("utf-8").splitlines()
        magic, form, bank, firm, day, version = first.split("|")
        rows = tuple(_row(line) for line in lines)
        sums = (int(in_fen), int(out_fen), int(fees_fen))
        if (magic, form) != _MAGIC:
            return Refused("bank_file.malformed", {"line": 1})
        if int(count) != len(rows):
            return Refused("bank_file.count", {"told": int(count), "found": len(rows)})
        number = int(version)
    except (ValueError, KeyError):
        return Refused("bank_file.malformed", {"line": 0})
    if sums != _sums(rows):
        return Refused("bank_file.sums", {})
    return BankFile(bank, firm, day, number, digest_of(body), rows, *sums)


def _row(line: str) -> FileRow:
    mark, bank_serial, serial, begun, way, account, amount, fee, result, minute = line.split("|")
    if mark != "T" or result not in _RESULTS or int(amount) < 0:
        raise ValueError(line)
    return FileRow(
        bank_serial,
        serial,
        Initiator(begun),
        _DIRECTIONS[way],
        account,
        int(amount),
        int(fee),
        result,
        minute,
    )


def _sums(rows: Iterable[FileRow]) -> tuple[int, int, int]:
    done = [row for row in rows if row.result == "done"]
    in_fen, out_fen = (
        sum(row.amount_fen for row in done if row.direction is way) for way in Direction
    )
    return in_fen, out_fen, sum(row.fee_fen for row in done)


def firm_fees(file: BankFile, terms: Iterable[BankTerms]) -> int:
    """The fees of what was done that the bank charges us and not its customer, in fen."""
    known = list(terms)
    return sum(
        row.fee_fen
        for row in file.rows
        if row.result == "done"
        and row.fee_fen
        and terms_on(known, file.bank, row.direction, file.day).fee_bearer is FeeBearer.FIRM
    )


def serial_of(transfer: Transfer) -> str:
    """Under which a day's file lists it: our serial, or the bank's of what the bank began."""
    return transfer.request_key if transfer.initiator is Initiator.BANK else str(transfer.id)


def row_serial(row: FileRow) -> str:
    """The serial of its initiator."""
    return row.bank_serial if row.initiator is Initiator.BANK else row.serial


def decide_doubt(transfer: Transfer, row: FileRow | None) -> BankAnswer | None:
    """What a day's file says of a transfer in doubt; None while it says something impossible.

    A serial of ours that isn't there was never done: the bank takes it on that day or not at all.
    """
    if row is None:
        return BankAnswer(BankResult.REFUSED, "transfer.not_at_bank")
    if row.amount_fen != transfer.amount_fen and row.result == "done":
        return None
    if row.direction is not transfer.direction and row.result == "done":
        return None
    if row.result == "done":
        return BankAnswer(BankResult.DONE, "", row.bank_serial, fee_fen=row.fee_fen)
    code = "transfer.reversed" if row.result == "reversed" else "transfer.refused_by_file"
    return BankAnswer(BankResult.REFUSED, code, row.bank_serial)


def differences(file: BankFile, ours: Mapping[str, Transfer]) -> tuple[list[Difference], int]:
    """Where file and books disagree on money that moved, and how many of its lines agree.

    ours: by serial, every transfer that the bank was asked for on the file's day or that the file
    names. What we still owe the bank an answer on is neither.
    """
    rows = {row_serial(row): row for row in file.rows}
    found: list[Difference] = []
    matched = 0
    for serial in sorted(rows.keys() | ours.keys()):
        row, transfer = rows.get(serial), ours.get(serial)
        if row is not None and row.result == "open":
            continue
        theirs_fen = _moved(row.direction, row.amount_fen) if row and row.result == "done" else 0
        ours_fen = _ours(transfer) if transfer else 0
        if theirs_fen == ours_fen:
            matched += row is not None
            continue
        kind = DifferenceKind.AMOUNTS
        if not theirs_fen:
            kind = DifferenceKind.OURS_ONLY
        elif not ours_fen:
            kind = DifferenceKind.THEIRS_ONLY
        name = str(transfer.id) if transfer else ""
        amounts = (abs(ours_fen), abs(theirs_fen))
        found.append(Difference(file.bank, file.day, file.version, serial, name, kind, *amounts))
    return found, matched


def ours_net(file: BankFile, ours: Mapping[str, Transfer]) -> int:
    """What came in less what went out by our books, of what the file decides, in fen."""
    owed = {row_serial(row) for row in file.rows if row.result == "open"}
    return sum(_ours(transfer) for serial, transfer in ours.items() if serial not in owed)


def _ours(transfer: Transfer) -> int:
    """What moved by our books, below zero out of the account; 0 while nothing has."""
    undone = transfer.code and transfer.ended_at_ms
    if transfer.bank_done_at_ms is None or undone:
        return 0
    return _moved(transfer.direction, transfer.amount_fen)


def _moved(direction: Direction, amount_fen: int) -> int:
    return amount_fen if direction is Direction.IN else -amount_fen


def staff_transfer(transfer: Transfer, now_ms: int, text: Text) -> StaffTransfer:
    """A transfer as staff see it, masked like its owner does."""
    in_doubt = transfer.doubt and transfer.doubted_at_ms is not None
    since_ms = transfer.doubted_at_ms if in_doubt else now_ms
    return StaffTransfer(
        line=transfer_line(transfer, text),
        client=transfer.client,
        bank_code=transfer.bank,
        bank_day=transfer.bank_day,
        bank_serial=transfer.bank_serial,
        proof=transfer.proof,
        reversed_by=transfer.reversed_by,
        doubted_s=max(0, now_ms - (since_ms or now_ms)) // 1000,
        may_reverse=transfer.initiator is Initiator.FIRM and transfer.awaits_file,
    )
