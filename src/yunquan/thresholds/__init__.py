"""Thresholds 监控线: figures that rooms measure by themselves, held against dated lines.

What must hold: a figure is news when it passes a line and when it passes the next, never while it
stays; what stands is kept, so that a restart tells nothing twice; what was not measured stays as it
was. Whoever makes alerts of news is a room above.
"""

from __future__ import annotations

from yunquan.thresholds.service import (
    changes_of,
    keep,
    keep_picture,
    line_text,
    load_picture,
    load_standing,
    standing_of,
    value_text,
    watches_of,
)

__all__ = [
    "changes_of",
    "keep",
    "keep_picture",
    "line_text",
    "load_picture",
    "load_standing",
    "standing_of",
    "value_text",
    "watches_of",
]
