"""Operations 运行监控: what is wrong with the brokerage itself, now and since when: orders without
answers, rejects, latency, feeds, books, settlement, doors, and what staff do.

What must hold: what can't be measured isn't well, it is unknown; a fact that stands is told once
and again only when it gets worse; nothing here acts, it says who can.
"""

from __future__ import annotations

from yunquan.operations.service.office import OperationsOffice
from yunquan.operations.service.watch import OperationsWatch

__all__ = ["OperationsOffice", "OperationsWatch"]
