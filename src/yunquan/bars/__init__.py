"""Bars 行情数据: days and minutes that were checked, raw and adjusted.

What must hold: a bar that fails a check is kept aside with its reason and line, never dropped; a
price is an integer from its text to the page; what happens later changes no chart of before.
"""

from __future__ import annotations

from yunquan.bars.adapters.bar_files import KINDS_OF_PRICES, BarFile
from yunquan.bars.adapters.marina_bars import MarinaBars
from yunquan.bars.ports import BarSource
from yunquan.bars.service import (
    import_bars,
    load_bars,
    load_closes,
    load_minutes,
    load_quarantine,
    record_day_bar,
    record_day_bars,
    record_ex_right,
    record_minutes,
)

__all__ = [
    "KINDS_OF_PRICES",
    "BarFile",
    "BarSource",
    "MarinaBars",
    "import_bars",
    "load_bars",
    "load_closes",
    "load_minutes",
    "load_quarantine",
    "record_day_bar",
    "record_day_bars",
    "record_ex_right",
    "record_minutes",
]
