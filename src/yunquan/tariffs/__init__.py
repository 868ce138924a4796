"""Fee plans 费率方案: what commission an account pays, product by product.

What must hold: a plan and who pays by it take two people, no plan charges less than the fees that
commission contains or more than the cap, and where a counter charges otherwise it is shown and
mended.
"""

from yunquan.tariffs.service import Tariffs

__all__ = ["Tariffs"]
