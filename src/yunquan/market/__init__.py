"""The market: instruments, calendar, dated rules, bars that were checked, quotes as they come.

What must hold: a rule is a dated row with its source, looked up by trading day, and a missing row
is an error; a bar that fails a check is kept aside with its reason, never dropped; limits round
half up; a slow subscriber loses what lies between, never the latest.
"""

from __future__ import annotations

from yunquan.market.adapters.bar_files import BarFile
from yunquan.market.adapters.marina_bars import MarinaBars
from yunquan.market.ports import BarSource, QuoteFeed, QuoteListener
from yunquan.market.service import (
    QuoteBoard,
    Subscription,
    day_of_notice,
    import_bars,
    is_trading_day,
    load_bars,
    load_calendar,
    load_instrument_days,
    load_instruments,
    load_quarantine,
    next_trading_day,
    record_day_bar,
    record_day_bars,
    record_instruments,
    search,
)
from yunquan.market.store import load_rule_book

__all__ = [
    "BarFile",
    "BarSource",
    "MarinaBars",
    "QuoteBoard",
    "QuoteFeed",
    "QuoteListener",
    "Subscription",
    "day_of_notice",
    "import_bars",
    "is_trading_day",
    "load_bars",
    "load_calendar",
    "load_instrument_days",
    "load_instruments",
    "load_quarantine",
    "load_rule_book",
    "next_trading_day",
    "record_day_bar",
    "record_day_bars",
    "record_instruments",
    "search",
]
