"""Corporate actions 公司行为: what holders of a security are due, and the tax on what they got.

What must hold: a share is due what its record day's close says, never more than the issuer gives;
tax follows each lot's own holding period, first in first out.
"""

from yunquan.actions.rules import accrue, acquire, dispose, entitle, ex_reference_of, problems
from yunquan.actions.types import (
    Action,
    Charge,
    Disposal,
    Due,
    Lot,
    TaxRate,
)

__all__ = [
    "Action",
    "Charge",
    "Disposal",
    "Due",
    "Lot",
    "TaxRate",
    "accrue",
    "acquire",
    "dispose",
    "entitle",
    "ex_reference_of",
    "problems",
]
