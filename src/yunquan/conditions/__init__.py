"""Conditional orders 条件单: orders that wait for a price, a time, or the lines of a grid.

What must hold: nothing is frozen before the trigger, and the counter checks everything at it; what
was seen is durable before the order is submitted; a trigger places one order, whoever places it and
however often; a price is acted on only while its instrument trades and its quote is fresh, a gap
triggers at the first price beyond, and an ex-right day's gap triggers nothing.
"""

from __future__ import annotations

from yunquan.conditions.service.engine import ConditionEngine
from yunquan.conditions.service.office import Conditions, Wish

__all__ = ["ConditionEngine", "Conditions", "Wish"]
