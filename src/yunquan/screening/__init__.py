"""Screening 名单与风险筛查: lists, shared devices, doubles by face, and the first grade of risk.

What must hold: a list that is half, altered, foreign or malformed leaves yesterday's in force; a
hit is decided by a person, with a reason, and stays decided while its entry says the same; an
applicant hears one sentence, whatever lists and grades say; what is compared is kept as keyed
digests, faces and subjects sealed.
"""

from yunquan.screening.adapters.lists_socket import ListsSocket
from yunquan.screening.adapters.rows import load_rule_rows
from yunquan.screening.adapters.shortlists import make_shortlist
from yunquan.screening.ports import ListSource, Shortlist
from yunquan.screening.service.office import Screening

__all__ = [
    "ListSource",
    "ListsSocket",
    "Screening",
    "Shortlist",
    "load_rule_rows",
    "make_shortlist",
]
