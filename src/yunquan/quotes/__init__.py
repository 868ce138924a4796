"""Market data 行情: bars that were checked, quotes and trades as they come.

What must hold: a bar that fails a check is kept aside with its reason, never dropped; a slow
subscriber loses what lies between, never the latest.
"""

from __future__ import annotations

from yunquan.quotes.adapters.bar_files import BarFile
from yunquan.quotes.adapters.marina_bars import MarinaBars
from yunquan.quotes.adapters.tape import TapeReader, TapeWriter
from yunquan.quotes.ports import BarSource, QuoteFeed, QuoteListener
from yunquan.quotes.service.bars import (
    import_bars,
    load_bars,
    load_quarantine,
    record_day_bar,
    record_day_bars,
)
from yunquan.quotes.service.board import QuoteBoard, Subscription
from yunquan.quotes.service.tape import Listeners, TapeRecorder

__all__ = [
    "BarFile",
    "BarSource",
    "Listeners",
    "MarinaBars",
    "QuoteBoard",
    "QuoteFeed",
    "QuoteListener",
    "Subscription",
    "TapeReader",
    "TapeRecorder",
    "TapeWriter",
    "import_bars",
    "load_bars",
    "load_quarantine",
    "record_day_bar",
    "record_day_bars",
]
