"""Suitability 适当性: what a client can bear, which products and permissions go with it.

What must hold: a class follows from dated rows alone, and the lowest category from its own rule;
what was shown, answered and ticked can be shown again as it was, and only for a reason; nobody
answers more often than allowed, on however many devices; the lowest category insists on nothing;
a permission is granted when every gate is met, and then every counter knows it.
"""

from yunquan.suitability.ports import AssetDays, FirstTrades, NoHistory, PermissionLine
from yunquan.suitability.service.permissions import Permissions
from yunquan.suitability.service.suitability import Suitability
from yunquan.suitability.store import load_firm_rows, load_questionnaires

__all__ = [
    "AssetDays",
    "FirstTrades",
    "NoHistory",
    "PermissionLine",
    "Permissions",
    "Suitability",
    "load_firm_rows",
    "load_questionnaires",
]
