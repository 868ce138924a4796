"""What was shown to clients and which packs were made. Neither carries what was shown."""

from __future__ import annotations

import msgspec


class ShownKept(msgspec.Struct, frozen=True, array_like=True, tag="evidence.shown_kept@1"):
    """What a client was shown and ticked is kept. digest: SM3 of it, in hex."""

    shown: str
    account: str
    kind: str
    ref: str
    digest: str


class PackMade(msgspec.Struct, frozen=True, array_like=True, tag="evidence.pack_made@1"):
    """Staff made a pack about an account. digest: SM3 of the archive, in hex."""

    pack: str
    account: str
    order: str
    by: str
    reason: str
    digest: str


EVENTS = (ShownKept, PackMade)
