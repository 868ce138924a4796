"""The other side of the wire: a simulated exchange, simulated banks and offices.

It has its own reading of the rule book and shares no code with the brokerage: the two meet only in
the protocols of docs/venue-protocol.md and
docs/offices-protocol.md, so their agreement proves something. An exchange's report
is on disk before it is sent, its index is never given twice, and an order id is taken once. Prices
follow real daily or minute bars, under invented names, or a generated universe; what is simulated
says so.

`python -m yunquan_world` runs it as a process; tests run a `World` in their own event loop.
"""

from yunquan_world.bars import BarsError
from yunquan_world.faults import BankFaults, Faults, OfficeFaults
from yunquan_world.settings import Settings
from yunquan_world.world import FolderInUseError, World

__all__ = [
    "BankFaults",
    "BarsError",
    "Faults",
    "FolderInUseError",
    "OfficeFaults",
    "Settings",
    "World",
]
