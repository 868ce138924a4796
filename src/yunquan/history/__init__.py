"""History 历史: what happened at the counters, projected from their events for lists, search and
proof. How things stand now is the counter's to say.
"""

from yunquan.history.store import (
    find_order,
    load_cash,
    load_changes,
    load_costs,
    load_day_ends,
    load_fills,
    load_movements,
    load_order,
    load_orders,
    load_postings,
    load_steps,
    orders_between,
    sum_newer,
)

__all__ = [
    "find_order",
    "load_cash",
    "load_changes",
    "load_costs",
    "load_day_ends",
    "load_fills",
    "load_movements",
    "load_order",
    "load_orders",
    "load_postings",
    "load_steps",
    "orders_between",
    "sum_newer",
]
