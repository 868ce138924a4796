"""Indicators: numbers kept about accounts, positions, pairs, devices, groups and instruments with
every event, and the conditions that look at them, as one compiled kernel.

The same rows in the same order give the same bits, whatever they were cut into. A row is taken
once. Late rows count where they belong for as long as their window lasts. Tables are bounded: who
was idle for an hour keeps the day only. Needs the extra `surveillance`.
"""

from __future__ import annotations

from yunquan.indicators.service.engine import RULES, Engine, Fill, Sizes, no_rules, sizes_for

__all__ = ["RULES", "Engine", "Fill", "Sizes", "no_rules", "sizes_for"]
