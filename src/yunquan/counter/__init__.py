"""The counter (柜台): holds cash, securities, freezes and orders of its accounts in memory and is
their only writer.

What must hold: an acknowledged command is in the log, a command sent twice takes effect once,
replaying the log gives
the same state byte for byte, debits equal credits after every event, and risk never blocks a
cancel.
"""

from yunquan.counter.adapters.client import Counters, SocketClient
from yunquan.counter.adapters.direct import DirectClient
from yunquan.counter.adapters.server import CounterServer
from yunquan.counter.adapters.snapshots import SnapshotFiles, state_digest
from yunquan.counter.ports import CheckView, CounterClient
from yunquan.counter.service import Driver, restore
from yunquan.counter.store import Journal

__all__ = [
    "CheckView",
    "CounterClient",
    "CounterServer",
    "Counters",
    "DirectClient",
    "Driver",
    "Journal",
    "SnapshotFiles",
    "SocketClient",
    "restore",
    "state_digest",
]
