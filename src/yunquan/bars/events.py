"""Facts of bars worth the audit trail. Ticks aren't: they go to the tape, not the log."""

from __future__ import annotations

import msgspec


# Its tag is older than the room: logs hold it, and what a log holds is never renamed.
class BarsImported(msgspec.Struct, frozen=True, array_like=True, tag="market.bars_imported@1"):
    """Bars of a source were read. digest: SHA-256 of its content, hex."""

    source: str
    digest: str
    rows_good: int
    rows_quarantined: int
    gaps: int


TYPES = (BarsImported,)
