"""History 历史: what happened at the counters, projected from their events for lists, search and
proof. How things stand now is the counter's to say.
"""

from yunquan.history.store import (
    find_order,
    first_fill_day,
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
from yunquan.history.store.around import counterparties, steps_between, traded_since
from yunquan.history.store.search import (
    balances_at,
    load_spans,
    load_turnovers,
    orders_of_execution,
    postings_at,
    postings_of_order,
    search_orders,
    search_postings,
)

__all__ = [
    "balances_at",
    "counterparties",
    "find_order",
    "first_fill_day",
    "load_cash",
    "load_changes",
    "load_costs",
    "load_day_ends",
    "load_fills",
    "load_movements",
    "load_order",
    "load_orders",
    "load_postings",
    "load_spans",
    "load_steps",
    "load_turnovers",
    "orders_between",
    "orders_of_execution",
    "postings_at",
    "postings_of_order",
    "search_orders",
    "search_postings",
    "steps_between",
    "sum_newer",
    "traded_since",
]
