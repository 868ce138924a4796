"""The file of a bank's day: every serial of a firm, how many, their sums, and a checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from yunquan_world.vault import TO_BANK, TO_BROKER, Kept


def write_file(bank: str, firm: str, day: str, version: int, kept: Sequence[Kept]) -> bytes:
    """The file, as docs/venue-protocol.md lays it out."""
    lines = [f"YQBANK|1|{bank}|{firm}|{day}|{version}"]
    lines += [_line(one) for one in kept]
    done = [one for one in kept if one.result == "done"]
    sums = [sum(one.amount_fen for one in done if one.direction == way) for way in _WAYS]
    fees_fen = sum(one.fee_fen for one in done)
    body = "".join(f"{line}\n" for line in lines)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"{body}END|{len(kept)}|{sums[0]}|{sums[1]}|{fees_fen}|{digest}\n".encode()


_WAYS = (TO_BROKER, TO_BANK)


def _line(one: Kept) -> str:
    serial = one.serial if one.begun == "firm" else ""
    fields = (one.bank_serial, serial, one.begun, one.direction, one.bank_account)
    fields += (str(one.amount_fen), str(one.fee_fen), one.result, one.minute)
    return "|".join(("T", *fields))


def lying(kept: Sequence[Kept]) -> list[Kept]:
    """The same with one fen more in the first transfer: consistent in itself, and wrong."""
    if not kept:
        return []
    return [replace(kept[0], amount_fen=kept[0].amount_fen + 1), *kept[1:]]


def half(body: bytes) -> bytes:
    """What is left when the line breaks in the middle."""
    return body[: len(body) // 2]


def with_wrong_sum(body: bytes) -> bytes:
    """The file with its checksum spoilt."""
    last = b"1" if body[-2:-1] == b"0" else b"0"
    return body[:-2] + last + b"\n"
