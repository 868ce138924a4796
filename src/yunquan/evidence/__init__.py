"""Evidence 举证: what a client was shown and ticked, and signed packs of everything about an order
or an account.

What must hold: what was shown is durable before it takes effect; a pack holds what concerns its
account and nothing of others; every pack is in the log with who made it and why; anybody can verify
one with a single command and nothing else of ours.
"""

from yunquan.evidence.service import sources
from yunquan.evidence.service.packs import Evidence, PackParts, field_names
from yunquan.evidence.service.verify import verify_against_log, verify_pack

__all__ = [
    "Evidence",
    "PackParts",
    "field_names",
    "sources",
    "verify_against_log",
    "verify_pack",
]
