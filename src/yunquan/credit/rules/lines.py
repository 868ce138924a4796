"""Lines as dated rows, and where a ratio stands against them."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec

from yunquan.credit.types import CreditAccount, CreditLine, Lines, Passed

WHOLE_BP: Final = 10_000
NAMES: Final = {
    Passed.ATTENTION: "attention",
    Passed.WARNING: "warning",
    Passed.CLOSE_OUT: "close_out",
}


@cache
def all_lines() -> tuple[CreditLine, ...]:
    """Every row, whatever its day."""
    folder = importlib.resources.files("yunquan.credit.rules.tables")
    rows = tomllib.loads((folder / "lines.toml").read_text(encoding="utf-8"))["line"]
    return tuple(msgspec.convert(row, CreditLine) for row in rows)


@cache
def lines_on(day: str) -> Mapping[str, int]:
    """The numbers in force on a day, by code."""
    found = dict[str, int]()
    for one in sorted(all_lines(), key=lambda row: row.effective_from):
        if one.effective_from <= day:
            found[one.code] = one.value
    return found


def lines_of(account: CreditAccount, firm: Mapping[str, int]) -> Lines:
    """The contract's, or else the firm's."""
    return account.lines or Lines(firm["attention"], firm["warning"], firm["close_out"])


def ratio_bp(assets_fen: int, debts_fen: int) -> int | None:
    """Maintenance ratio 维持担保比例, rounded down; None where nothing is owed.

    (cash + market value + other collateral) / (margin loan + shorts at market + interest and fees).
    Source: 证券公司融资融券业务管理办法; reference section 9.
    """
    return max(assets_fen, 0) * WHOLE_BP // debts_fen if debts_fen > 0 else None


def passed(ratio: int | None, lines: Lines, withdraw_bp: int) -> Passed:
    """The worst line a ratio is beyond: below it, not at it."""
    if ratio is None:
        return Passed.NONE
    if ratio < lines.close_out_bp:
        return Passed.CLOSE_OUT
    if ratio < lines.warning_bp:
        return Passed.WARNING
    if ratio < lines.attention_bp:
        return Passed.ATTENTION
    return Passed.WITHDRAWABLE if ratio > withdraw_bp else Passed.NONE


def passed_now(
    ratio: int | None, lines: Lines, withdraw_bp: int, before: Passed, trembling_bp: int
) -> Passed:
    """The same, but a line that was passed counts until the ratio is well back over it."""
    now = passed(ratio, lines, withdraw_bp)
    if ratio is None or now >= before or before <= Passed.NONE:
        return now
    return max(now, min(passed(ratio - trembling_bp, lines, withdraw_bp), before))


def short_by_fen(assets_fen: int, debts_fen: int, target_bp: int) -> int:
    """Cash that brings a ratio up to a target, rounded up; 0 for none."""
    return max(-(-debts_fen * target_bp // WHOLE_BP) - assets_fen, 0)


def free_fen(assets_fen: int, debts_fen: int, withdraw_bp: int) -> int:
    """What may be withdrawn: the part above the line, rounded down. Source: S37."""
    return max(assets_fen - -(-debts_fen * withdraw_bp // WHOLE_BP), 0)
