"""Quotes 行情: the market as it is heard, in memory for whoever asks and on the tape for later.

What must hold: a slow subscriber loses what lies between, never the latest; a figure that is old
says since when; a tape that can't be written says what it lost and stops no market.
"""

from __future__ import annotations

from yunquan.quotes.adapters.tape import TapeReader, TapeWriter
from yunquan.quotes.ports import QuoteFeed, QuoteListener
from yunquan.quotes.service.board import QuoteBoard, Subscription
from yunquan.quotes.service.levels import (
    end_level,
    grant_level,
    level_of,
    load_entitlements,
)
from yunquan.quotes.service.tape import Listeners, TapeRecorder

__all__ = [
    "Listeners",
    "QuoteBoard",
    "QuoteFeed",
    "QuoteListener",
    "Subscription",
    "TapeReader",
    "TapeRecorder",
    "TapeWriter",
    "end_level",
    "grant_level",
    "level_of",
    "load_entitlements",
]
