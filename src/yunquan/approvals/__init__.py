"""Two pairs of eyes 双人复核: what one member of staff proposes, another lets happen.

What must hold: nobody agrees to their own proposal, an open one expires by itself, a proposal is
decided once, and every step is in the log with who took it.
"""

from yunquan.approvals.service import (
    ApprovalQueue,
    agree,
    count_open,
    decline,
    find_proposal,
    find_request,
    list_proposals,
    load_proposal,
    propose,
    record_outcome,
)

__all__ = [
    "ApprovalQueue",
    "agree",
    "count_open",
    "decline",
    "find_proposal",
    "find_request",
    "list_proposals",
    "load_proposal",
    "propose",
    "record_outcome",
]
