"""Dossier 风控档案: what somebody on duty needs to judge an account, from what other rooms keep.

Its day in one line of time, the book it acted in, whom it is linked to, and cases like it.

What must hold: nothing is shown that no room says; what is missing is said; a link names its reason
and how much that reason alone would say.
"""

from yunquan.dossier.service.dossier import Dossier
from yunquan.dossier.service.parts import DossierParts

__all__ = ["Dossier", "DossierParts"]
