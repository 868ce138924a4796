"""The exchange's own reading of the rule book, as rows with the day from which they hold.

rows.py has the rows, instruments.py a security with its limits of a day, sessions.py how it trades
in each phase, orders.py what an order must be.
"""

from __future__ import annotations

from yunquan_world.rules.instruments import (
    UNLIMITED_MILLI,
    Instrument,
    board_of,
    board_rule,
    day_limits,
    instrument_on,
    price_limits,
    product_of,
    row_keys,
    to_tick,
)
from yunquan_world.rules.orders import outside_cage, refusal
from yunquan_world.rules.rows import BoardRule
from yunquan_world.rules.sessions import (
    AT_ONCE,
    IN_CALL,
    NOT_NOW,
    TIES,
    VOLATILITY_CALL,
    Mode,
    after_hours,
    cancels_after_hours,
    mode,
    volatility,
)

__all__ = [
    "AT_ONCE",
    "IN_CALL",
    "NOT_NOW",
    "TIES",
    "UNLIMITED_MILLI",
    "VOLATILITY_CALL",
    "BoardRule",
    "Instrument",
    "Mode",
    "after_hours",
    "board_of",
    "board_rule",
    "cancels_after_hours",
    "day_limits",
    "instrument_on",
    "mode",
    "outside_cage",
    "price_limits",
    "product_of",
    "refusal",
    "row_keys",
    "to_tick",
    "volatility",
]
