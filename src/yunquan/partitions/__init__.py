"""Partitions 监控分区: the kernel of surveillance in several processes, each with a share of the
accounts, for a firm that has outgrown one core.

What must hold: the alerts are those of one engine, whatever the number of partitions; every row is
judged by one partition; killing any part loses no alert and doubles none, for the log is the record
of truth and each part goes on from its own snapshot and row. Needs the extra `scale`.
"""

from __future__ import annotations

from yunquan.partitions.service.distributor import Distributor, Relay
from yunquan.partitions.service.partition import Partition
from yunquan.partitions.service.teller import Teller

__all__ = ["Distributor", "Partition", "Relay", "Teller"]
