"""Surveillance 实时监控: rules as data over the indicators, and the alerts they give.

What must hold: an alert is written in the transaction that moves the reader on, so none is lost and
none comes twice; the order in which log and tape were read is written down, so a replay gives the
same; a rule changes between two events, by two people; every alert names the rule's version and the
numbers it saw.
"""

from __future__ import annotations

from yunquan.surveillance.service.alerts import Alerts, number_line, title_of
from yunquan.surveillance.service.heat import Heat
from yunquan.surveillance.service.news import AlertNews, as_bytes, in_words
from yunquan.surveillance.service.rulebook import RuleBook
from yunquan.surveillance.service.watching import (
    is_settled,
    keep_picture,
    line_text,
    load_picture,
    load_standing,
    settle,
    standing_of,
    value_text,
    watches_of,
)

__all__ = [
    "AlertNews",
    "Alerts",
    "Heat",
    "RuleBook",
    "as_bytes",
    "in_words",
    "is_settled",
    "keep_picture",
    "line_text",
    "load_picture",
    "load_standing",
    "number_line",
    "settle",
    "standing_of",
    "title_of",
    "value_text",
    "watches_of",
]
