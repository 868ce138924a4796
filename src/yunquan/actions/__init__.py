"""Corporate actions 公司行为: what holders of a security are due, and the tax on what they got.

What must hold: a share is due what its record day's close says, never more than the issuer gives;
what is due is written down once and booked once; tax follows each lot's own holding period, first
in first out; one person enters an action, another lets it be in force.
"""

from yunquan.actions.adapters.rates import load_tax_rates
from yunquan.actions.rules import (
    accrue,
    acquire,
    close_lots,
    dispose,
    entitle,
    ex_reference_of,
    problems,
)
from yunquan.actions.service.days import DayActions
from yunquan.actions.service.entry import agree, decline, enter, take_file
from yunquan.actions.service.exchange import take_notice
from yunquan.actions.service.office import CorporateActions
from yunquan.actions.store import (
    find_action,
    find_entitlement,
    holders,
    last_acted,
    list_of_symbols,
    not_listed,
    on_ex_day,
    recorded_since,
    rights_offered,
    with_rights,
)
from yunquan.actions.types import (
    Action,
    Charge,
    Disposal,
    Due,
    Lot,
    TaxRate,
    Traded,
)

__all__ = [
    "Action",
    "Charge",
    "CorporateActions",
    "DayActions",
    "Disposal",
    "Due",
    "Lot",
    "TaxRate",
    "Traded",
    "accrue",
    "acquire",
    "agree",
    "close_lots",
    "decline",
    "dispose",
    "enter",
    "entitle",
    "ex_reference_of",
    "find_action",
    "find_entitlement",
    "holders",
    "last_acted",
    "list_of_symbols",
    "load_tax_rates",
    "not_listed",
    "on_ex_day",
    "problems",
    "recorded_since",
    "rights_offered",
    "take_file",
    "take_notice",
    "with_rights",
]
