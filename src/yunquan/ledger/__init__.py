"""The ledger: double entry over four buckets a balance, pure and in memory.

A posting moves an amount of one asset from one account's bucket to another's, so every asset sums
to zero over all
accounts after every posting. Clients' buckets are never negative; house accounts (clearing, fees,
banks) carry the
other side and may be.
"""

from yunquan.ledger.rules import Balance, Book, Books, Overdrawn
from yunquan.ledger.types import AVAILABLE, FROZEN, HELD, HOUSE, SETTLING, Posting

__all__ = [
    "AVAILABLE",
    "FROZEN",
    "HELD",
    "HOUSE",
    "SETTLING",
    "Balance",
    "Book",
    "Books",
    "Overdrawn",
    "Posting",
]
