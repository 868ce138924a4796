"""History 历史: what happened at the counters, projected from their events for lists, search and
proof. How things stand now is the counter's to say.
"""

from yunquan.history.store import (
    find_order,
    load_costs,
    load_fills,
    load_order,
    load_orders,
    load_postings,
    load_steps,
    orders_between,
)

__all__ = [
    "find_order",
    "load_costs",
    "load_fills",
    "load_order",
    "load_orders",
    "load_postings",
    "load_steps",
    "orders_between",
]
