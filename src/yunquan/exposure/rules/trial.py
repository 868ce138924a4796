"""Whether VaR held: it is set on the days before each past day and compared with that day's loss.

Kupiec's test of unconditional coverage (1995): were so many exceedances likely, had the confidence
been true? Today's holdings go through the past, so it tries the way of measuring and not what was
held then.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from yunquan.exposure.rules.history import LEAST_DAYS, WHOLE_BP, place_of
from yunquan.exposure.types import Exceedance, Numbers, VarTrial

# Days that each VaR rests on; half of the days there are at the most.
WINDOW: Final = 125
# Of the chi-squared law with one degree of freedom, beyond which 5 % lie.
CRITICAL: Final = 3.841
MOST_TOLD: Final = 20


def trial_of(losses: Numbers, days: tuple[str, ...], confidence_bp: int) -> VarTrial | None:
    """losses: fen by day, oldest first, gains below zero. None where fewer than LEAST_DAYS would be
    tried, or the first VaR would rest on fewer.
    """
    window = min(WINDOW, len(losses) // 2)
    if window < LEAST_DAYS:
        return None
    before = np.lib.stride_tricks.sliding_window_view(losses[:-1], window)
    place = place_of(window, confidence_bp)
    at_risk = np.ceil(np.maximum(np.partition(before, place, axis=1)[:, place], 0))
    came = losses[window:]
    beyond = np.flatnonzero(came > at_risk)
    tried, rate = len(came), 1 - confidence_bp / WHOLE_BP
    ratio = likelihood_ratio(tried, len(beyond), rate)
    told = tuple(
        Exceedance(days[window + int(at)], math.ceil(came[at]), int(at_risk[at]))
        for at in beyond[::-1][:MOST_TOLD]
    )
    expected = round(tried * rate * 10)
    return VarTrial(
        confidence_bp,
        window,
        tried,
        len(beyond),
        expected,
        round(ratio, 2),
        ratio <= CRITICAL,
        told,
    )


def likelihood_ratio(tried: int, beyond: int, rate: float) -> float:
    """-2 ln of how likely so many of so many are at this rate, against at their own."""
    own = beyond / tried

    def likely(share: float) -> float:
        inside = (tried - beyond) * math.log(1 - share) if beyond < tried else 0.0
        return inside + (beyond * math.log(share) if beyond else 0.0)

    return max(2 * (likely(own) - likely(rate)), 0.0)
