"""How long somebody waits. Pure, whole seconds.

With n staff on duty of whom f are free, and a applicants ahead: while a < f, at once. Else
k = a - f + 1 calls end before ours begins, n of them side by side: between k x Q1 / n and
k x Q3 / n, with the quartiles of the last calls' lengths, in whole minutes, the upper end up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yunquan.witness.types import PolicyLimits, Wait

_MINUTE: Final = 60


def quartiles(lengths_s: Sequence[int], limits: PolicyLimits) -> tuple[int, int, int]:
    """(Q1, median, Q3) of measured lengths; the policy's while too few were measured."""
    if len(lengths_s) < max(1, limits.fewest_measured):
        return limits.quarter_s, limits.median_s, limits.three_quarters_s
    ordered = sorted(lengths_s)
    last = len(ordered) - 1
    return ordered[last // 4], ordered[last // 2], ordered[-(-3 * last // 4)]


def expected_wait(ahead: int, on_duty: int, free: int, lengths: tuple[int, int, int]) -> Wait:
    """The wait of whoever has so many ahead. Nobody on duty: as if one came now."""
    if ahead < free:
        return Wait(ahead, on_duty, 0, _MINUTE)
    staff, calls = max(1, on_duty), ahead - free + 1
    least = calls * lengths[0] // staff // _MINUTE * _MINUTE
    most = -(-calls * lengths[2] // (staff * _MINUTE)) * _MINUTE
    return Wait(ahead, on_duty, least, max(most, _MINUTE))
