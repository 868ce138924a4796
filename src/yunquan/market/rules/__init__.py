"""Pure decisions: what a day allows, what a trade costs, whether a bar is believed."""

from __future__ import annotations

from yunquan.market.rules.fees import (
    commission_fen,
    notional_fen,
    part_fen,
    stamp_fen,
    transfer_fen,
)
from yunquan.market.rules.instruments import (
    board_of,
    board_text,
    instrument_day,
    limits_on,
    simulated_text,
    split_symbol,
)
from yunquan.market.rules.limits import limit_prices, price_fault
from yunquan.market.rules.lots import buy_fault, sell_fault
from yunquan.market.rules.rows import DayRules, RuleBook, RuleMissing, parse_rules
from yunquan.market.rules.sessions import announced_phase, phase_at, phase_text, phases

__all__ = [
    "DayRules",
    "RuleBook",
    "RuleMissing",
    "announced_phase",
    "board_of",
    "board_text",
    "buy_fault",
    "commission_fen",
    "instrument_day",
    "limit_prices",
    "limits_on",
    "notional_fen",
    "parse_rules",
    "part_fen",
    "phase_at",
    "phase_text",
    "phases",
    "price_fault",
    "sell_fault",
    "simulated_text",
    "split_symbol",
    "stamp_fen",
    "transfer_fen",
]
