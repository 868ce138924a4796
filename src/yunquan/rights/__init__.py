"""Rights issues 配股: holders pay for shares they are offered, part or all, while a window is open.

What must hold: nobody subscribes more than their record day's close entitles them to, nor pays
twice; what is frozen is paid once, when the window ends, and becomes shares or comes back; what
isn't paid lapses, and its holder was told before.
"""

from yunquan.rights.adapters.rows import load_success_rules
from yunquan.rights.readers import SUBSCRIBING
from yunquan.rights.rules import as_it_ended, interest_fen, outcome_fails
from yunquan.rights.service.days import DayRights
from yunquan.rights.service.dues import new_shares
from yunquan.rights.service.exchange import record_ex_day, take_announcement
from yunquan.rights.service.office import RightsIssues
from yunquan.rights.service.outcomes import end_issue, find_ended

__all__ = [
    "SUBSCRIBING",
    "DayRights",
    "RightsIssues",
    "as_it_ended",
    "end_issue",
    "find_ended",
    "interest_fen",
    "load_success_rules",
    "new_shares",
    "outcome_fails",
    "record_ex_day",
    "take_announcement",
]
