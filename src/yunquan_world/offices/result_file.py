"""The depository's file of a day for a firm: what became of each serial, and a checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """accounts: "SH:A:A000000001,SZ:A:0100000001", "" for none."""

    serial: str
    op: str
    result: str
    code: str
    ymt: str
    accounts: str


def write_results(firm: str, day: str, version: int, results: Sequence[Result]) -> bytes:
    """The file, as docs/offices-protocol.md lays it out."""
    lines = [f"YQDEPOSITORY|1|{firm}|{day}|{version}"]
    lines += [
        "|".join(("R", one.serial, one.op, one.result, one.code, one.ymt, one.accounts))
        for one in results
    ]
    return with_end(lines, len(results))


def with_end(lines: Sequence[str], count: int) -> bytes:
    """Lines with how many there are and the checksum of all of them."""
    body = "".join(f"{line}\n" for line in lines)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"{body}END|{count}|{digest}\n".encode()
