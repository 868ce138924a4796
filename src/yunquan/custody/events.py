"""What became of the banks' files."""

from __future__ import annotations

import msgspec


class BankFileTaken(msgspec.Struct, frozen=True, array_like=True, tag="funding.bank_file_taken@1"):
    """A bank's day is known. Counts of its serials, of doubts it decided, of differences."""

    bank: str
    day: str
    version: int
    rows: int
    resolved: int
    differences: int


class BankFileRefused(
    msgspec.Struct, frozen=True, array_like=True, tag="funding.bank_file_refused@1"
):
    """A bank's file was no file to believe. code: why."""

    bank: str
    day: str
    code: str


EVENTS = (BankFileRefused, BankFileTaken)
