"""Indicators: numbers kept about accounts, positions, pairs, devices, groups and instruments with
every event, and the conditions that look at them, as one compiled kernel.

The same rows in the same order give the same bits, whatever they were cut into. A row is taken
once. Late rows count where they belong for as long as their window lasts. Tables are bounded: who
was idle for an hour keeps the day only. Needs the extra `surveillance`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunquan.indicators.rules.code import RULES

if TYPE_CHECKING:
    from yunquan.indicators.service.engine import Engine, Fill, Sizes, no_rules, sizes_for

__all__ = ["RULES", "Engine", "Fill", "Sizes", "no_rules", "sizes_for"]


def __getattr__(name: str) -> Any:
    """The engine, when somebody asks for it: its compiler takes a second and 100 MB to import, and
    most processes need the catalogue alone.
    """
    if name not in __all__:
        raise AttributeError(name)
    from yunquan.indicators.service import engine  # noqa: PLC0415

    return getattr(engine, name)
