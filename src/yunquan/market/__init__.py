"""The market: instruments, calendar, dated rules.

What must hold: a rule is a dated row with its source, looked up by trading day, and a missing row
is an error; limits round half up; a day beyond the known calendar is never counted as known.
"""

from __future__ import annotations

from yunquan.market.adapters.day_files import read_days
from yunquan.market.service import (
    day_of_notice,
    explain,
    last_announced_day,
    load_calendar,
    load_days,
    load_instrument_days,
    load_instruments,
    next_trading_day,
    record_days,
    record_instruments,
    record_trading_days,
    search,
    seed_calendar,
    with_initials,
)
from yunquan.market.store import load_rule_book

__all__ = [
    "day_of_notice",
    "explain",
    "last_announced_day",
    "load_calendar",
    "load_days",
    "load_instrument_days",
    "load_instruments",
    "load_rule_book",
    "next_trading_day",
    "read_days",
    "record_days",
    "record_instruments",
    "record_trading_days",
    "search",
    "seed_calendar",
    "with_initials",
]
