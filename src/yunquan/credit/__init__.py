"""Credit 信用账户监控: what clients of margin trading owe against what they pledged, live; how far
each is from its lines, and who would pass them in a shock.

What must hold: a ratio is rounded down and never flatters; every line is a dated row or a
contract's; a line that is passed is told to its client once a day and to the firm by an alert; a
file that is late, damaged or lacks an account says so and takes away nothing that was known.
"""

from __future__ import annotations

from yunquan.credit.adapters.drop import CreditDrop
from yunquan.credit.adapters.simulated import SimulatedMargin
from yunquan.credit.service.office import CreditOffice
from yunquan.credit.service.watch import CreditWatch

__all__ = ["CreditDrop", "CreditOffice", "CreditWatch", "SimulatedMargin"]
