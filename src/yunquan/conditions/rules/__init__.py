"""Rules of conditional orders. Pure."""

from yunquan.conditions.rules.life import (
    ACTIONS,
    ENDED,
    after_answer,
    expires,
    refuse_action,
)
from yunquan.conditions.rules.orders import BACK, LEGS, arm, decide, order_price, wait_outside
from yunquan.conditions.rules.terms import LONGEST_DAYS, MOST_LIVE, Ground, digest_of, read_terms
from yunquan.conditions.rules.triggers import WatchIndex, attend, is_crossed, trigger_command
from yunquan.conditions.rules.words import Text, moved, sentence_of, summary_of, unit_of

__all__ = [
    "ACTIONS",
    "BACK",
    "ENDED",
    "LEGS",
    "LONGEST_DAYS",
    "MOST_LIVE",
    "Ground",
    "Text",
    "WatchIndex",
    "after_answer",
    "arm",
    "attend",
    "decide",
    "digest_of",
    "expires",
    "is_crossed",
    "moved",
    "order_price",
    "read_terms",
    "refuse_action",
    "sentence_of",
    "summary_of",
    "trigger_command",
    "unit_of",
    "wait_outside",
]
