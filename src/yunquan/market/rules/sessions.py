"""Phases of a trading day: which take orders, which take cancels, which trade. Reference section
1.2.
"""

from __future__ import annotations

from datetime import time
from typing import Final

from yunquan.market.rules.rows import DayRules
from yunquan.market.types import Phase

DAY_S: Final = 86_400
CLOSED: Final = Phase("closed", "", 0, DAY_S, False, False, False)

# What a venue that announces its phase means by it. Between its sessions a simulated venue takes
# nothing; a phase we don't know is closed, never guessed.
_ANNOUNCED: Final = {"continuous": Phase("continuous", "auction", 0, DAY_S, True, True, True)}


def phases(rules: DayRules, market: str, board: str, product: str = "stock") -> tuple[Phase, ...]:
    """The phases of the day in order; the time between and around them is closed."""
    after = rules.find("after_hours", market, board, product)
    auctions = rules.phases("session", market, board, product)
    return auctions + after if isinstance(after, tuple) else auctions


def phase_at(rules: DayRules, market: str, board: str, local_time: time) -> Phase:
    """The phase at the exchange's local time. The main board differs by market."""
    second = local_time.hour * 3600 + local_time.minute * 60 + local_time.second
    for phase in phases(rules, market, board):
        if phase.start_s <= second < phase.end_s:
            return phase
    return CLOSED


def announced_phase(name: str) -> Phase:
    """The phase a venue says it is in ("pre_open", "continuous", "lunch", "closed")."""
    return _ANNOUNCED.get(name, CLOSED)


def phase_text(name: str) -> str:
    """Code of the sentence that names a phase, ours or a venue's."""
    return f"market.phase.{name}"
