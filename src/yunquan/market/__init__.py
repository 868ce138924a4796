"""The market: instruments, trading calendar, dated rules, bars that were checked, quotes as they
come.

What must hold: a rule is a dated row with its source, looked up by trading day, and a missing row
is an error; a bar that fails a check is kept aside with its reason, never dropped; limits round
half up.
"""

from __future__ import annotations

from yunquan.market.store import load_rule_book

__all__ = ["load_rule_book"]
