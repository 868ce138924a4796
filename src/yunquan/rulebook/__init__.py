"""Rule book 监控规则库: what to look for, as data: rules in a language of their own, their
versions, and the dated limits they name.

What must hold: a rule that can't be compiled is never kept; a version is drafted by one person and
goes live by two; each change is an event of the log, so that it takes effect between two others and
a replay makes it there again; who changed what and on what ground is kept for ever.
"""

from __future__ import annotations

from yunquan.rulebook.rules.words import title_of
from yunquan.rulebook.service import KINDS, RUNNING, RuleBook, texts_of
from yunquan.rulebook.store import load_rules, mark_effect, versions_of

__all__ = [
    "KINDS",
    "RUNNING",
    "RuleBook",
    "load_rules",
    "mark_effect",
    "texts_of",
    "title_of",
    "versions_of",
]
