"""Pure decisions: what a day allows, what a trade costs, whether a bar is believed."""

from __future__ import annotations

from yunquan.market.rules.auction import uncross
from yunquan.market.rules.cage import cage_bounds, cage_fault, cage_reference
from yunquan.market.rules.calendar import (
    Calendar,
    contradicts,
    decide_roll,
    horizon,
    horizon_fault,
    refuse_test_day,
)
from yunquan.market.rules.exright import ex_reference
from yunquan.market.rules.fees import (
    commission_fen,
    notional_fen,
    part_fen,
    stamp_fen,
    transfer_fen,
)
from yunquan.market.rules.halts import decide_halt, halt_levels
from yunquan.market.rules.instruments import (
    board_of,
    board_text,
    instrument_day,
    limits_on,
    place_of,
    product_of,
    trades,
)
from yunquan.market.rules.limits import limit_prices, price_fault
from yunquan.market.rules.lots import buy_fault, sell_fault
from yunquan.market.rules.margin import maintenance_ratio
from yunquan.market.rules.rows import DayRules, RuleBook, RuleMissing, parse_rules
from yunquan.market.rules.sessions import (
    day_phases,
    phase_announced,
    phase_at,
    phase_taking,
    phase_text,
    phases,
    seconds_of,
)

__all__ = [
    "Calendar",
    "DayRules",
    "RuleBook",
    "RuleMissing",
    "board_of",
    "board_text",
    "buy_fault",
    "cage_bounds",
    "cage_fault",
    "cage_reference",
    "commission_fen",
    "contradicts",
    "day_phases",
    "decide_halt",
    "decide_roll",
    "ex_reference",
    "halt_levels",
    "horizon",
    "horizon_fault",
    "instrument_day",
    "limit_prices",
    "limits_on",
    "maintenance_ratio",
    "notional_fen",
    "parse_rules",
    "part_fen",
    "phase_announced",
    "phase_at",
    "phase_taking",
    "phase_text",
    "phases",
    "place_of",
    "price_fault",
    "product_of",
    "refuse_test_day",
    "seconds_of",
    "sell_fault",
    "stamp_fen",
    "trades",
    "transfer_fen",
    "uncross",
]
