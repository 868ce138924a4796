"""Surveillance 实时监控: rules as data over the indicators, and the alerts they give.

What must hold: an alert is written in the transaction that moves the reader on, so none is lost and
none comes twice; the order in which log and tape were read is written down, so a replay gives the
same; a rule changes between two events, by two people; every alert names the rule's version and the
numbers it saw.
"""

from __future__ import annotations

from yunquan.surveillance.service.alerts import Alerts, number_line, title_of
from yunquan.surveillance.service.heat import Heat
from yunquan.surveillance.service.rulebook import RuleBook

__all__ = ["Alerts", "Heat", "RuleBook", "number_line", "title_of"]
