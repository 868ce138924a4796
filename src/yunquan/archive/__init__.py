"""Archive 电子档案: documents and recordings, encrypted, found again, kept as long as the law asks.

What must hold: a document's file is durable before its row is, and a row without its file is named;
content lies encrypted, a key for each, and neither title nor text can be read off the database;
the same content of the same owner is one document; whoever looks at one gave a reason that is kept;
nothing is destroyed before its day, nor while a legal hold stands.
"""

from yunquan.archive.service.archive import Archive
from yunquan.archive.service.care import (
    destroy,
    end_relationship,
    lift_hold,
    place_hold,
    sweep,
    verify,
)

__all__ = [
    "Archive",
    "destroy",
    "end_relationship",
    "lift_hold",
    "place_hold",
    "sweep",
    "verify",
]
