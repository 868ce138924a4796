"""What a first start needs: bars of the market, and in demo mode clients, staff and their accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from yunquan.app.settings import Settings
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.market import BarFile, BarSource, MarinaBars, import_bars, load_quarantine, load_rule_book
