"""What account opening asks of the rest of the house, over a real calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from yunquan.app.opening import trades
from yunquan.kernel.transaction import Database
from yunquan.market import load_calendar, seed_calendar


def test_a_day_trades_as_the_whole_calendar_says(
    new_database: Callable[[str], Database],
) -> None:
    """Holidays, weekends, the first and last known days and those beyond them."""
    database = new_database("sqlite")
    with database.transaction("system") as tx:
        seed_calendar(tx)
        whole = load_calendar(tx)
    edges = [whole.days[0], "2024-02-12", "2025-10-04", whole.known_to]
    days = [
        (date.fromisoformat(edge) + timedelta(days=apart)).isoformat()
        for edge in edges
        for apart in range(-20, 21)
    ]
    assert [trades(database, day) for day in days] == [whole.is_trading_day(day) for day in days]
