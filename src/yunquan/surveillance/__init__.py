"""Surveillance 实时监控: rules as data over the indicators, and the alerts they give.

What must hold: an alert is written in the transaction that moves the reader on, so none is lost and
none comes twice; the order in which log and tape were read is written down, so a replay gives the
same; a rule changes between two events, by two people; every alert names the rule's version and the
numbers it saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunquan.surveillance.service.alerts import Alerts, title_of
from yunquan.surveillance.service.rulebook import RuleBook
from yunquan.surveillance.service.telling import AlertWriter, view_of

if TYPE_CHECKING:
    from yunquan.surveillance.service.monitor import Monitor

__all__ = ["AlertWriter", "Alerts", "Monitor", "RuleBook", "title_of", "view_of"]


def __getattr__(name: str) -> Any:
    """What brings the kernel, when somebody asks for it: most processes only look."""
    if name == "Monitor":
        from yunquan.surveillance.service.monitor import Monitor  # noqa: PLC0415

        return Monitor
    raise AttributeError(name)
