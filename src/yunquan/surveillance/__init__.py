"""Surveillance 实时监控: the rules of the book over the stream, and the one alert that they and
measured figures give.

What must hold: an alert is written in the transaction that moves the reader on, so none is lost and
none comes twice; the order in which log and tape were read is written down, so a replay gives the
same; a rule changes between two events, by two people; every alert names the rule's version and the
numbers it saw.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from yunquan.surveillance.service.alerts import Alerts, LeftOut, number_line
from yunquan.surveillance.service.news import AlertNews, as_bytes, in_words
from yunquan.surveillance.service.settling import is_settled, settle
from yunquan.surveillance.service.telling import AlertWriter, view_of
from yunquan.surveillance.store import Batch, first_batch_since, last_batch, load_batches

if TYPE_CHECKING:
    from yunquan.surveillance.service.limits import KeptLimits
    from yunquan.surveillance.service.monitor import Monitor
    from yunquan.surveillance.service.sources import Cursor, Item, LogSource, Source

__all__ = [
    "AlertNews",
    "AlertWriter",
    "Alerts",
    "Batch",
    "Cursor",
    "Item",
    "KeptLimits",
    "LeftOut",
    "LogSource",
    "Monitor",
    "Source",
    "as_bytes",
    "first_batch_since",
    "in_words",
    "is_settled",
    "last_batch",
    "load_batches",
    "number_line",
    "settle",
    "view_of",
]
# What brings the kernel, when somebody asks for it: most processes only look.
HEAVY: Final = {
    "Cursor": "sources",
    "Item": "sources",
    "KeptLimits": "limits",
    "LogSource": "sources",
    "Monitor": "monitor",
    "Source": "sources",
}


def __getattr__(name: str) -> Any:
    if name not in HEAVY:
        raise AttributeError(name)
    module = importlib.import_module(f"yunquan.surveillance.service.{HEAVY[name]}")
    return getattr(module, name)
