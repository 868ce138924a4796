"""What the exchange says of corporate actions: taken whole, with how rights issues end, and what ex
days do to prices.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from yunquan.actions import on_ex_day, take_notice
from yunquan.actions.types import CorporateNotice, action_id
from yunquan.bars import record_ex_right
from yunquan.bars.types import ExRight
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import Tx
from yunquan.rights import rules, store
from yunquan.rights.service.outcomes import end_issue

ENDED: Final = "ended"
_E6: Final = 10**6


def take_announcement(tx: Tx, notice: CorporateNotice) -> str:
    """Take an announcement and the outcome it tells; the code of what isn't taken, "" for all."""
    code = take_notice(tx, notice)
    if notice.state != ENDED or notice.taken_e4 < 0:
        return code
    name = action_id(notice.symbol, notice.ex_day)
    source = f"{tx.actor} {notice.id} v{notice.version}"
    try:
        end_issue(tx, name, notice.taken_e4, notice.interest_e6, source, tx.actor)
    except (Conflict, Invalid, NotFound) as refused:
        return code or refused.code
    return code


def record_ex_day(tx: Tx, symbol: str, day: str, tick_milli: int) -> int | None:
    """Keep what an ex day does to the prices before it; our reference price in milli, None where
    nothing is given on that day. Raises NotFound market.bar_before_ex_day without a close before.
    """
    action = on_ex_day(tx, symbol, day)
    if action is None:
        return None
    given = rules.as_it_ended(action, store.find_outcome(tx, action.id))
    if not any((given.cash_e6, given.bonus_e6, given.capital_e6, given.rights_e6)):
        return None
    new = Decimal(given.bonus_e6 + given.capital_e6) / _E6
    rights = Decimal(given.rights_e6) / _E6
    event = ExRight(symbol, day, given.cash_e6, new, rights, given.rights_price_milli)
    return record_ex_right(tx, event, tick_milli).denominator
