"""Restrictions 账户限制: what staff forbid or freeze on an account, on which basis, and who agreed.

What must hold: what eases, and what is strongest, takes two people, as the dated table says; every
act names its basis; what an authority ordered is lifted on an authority's paper only; a clock lifts
nothing.
"""

from yunquan.restrictions.service import Restrictions

__all__ = ["Restrictions"]
