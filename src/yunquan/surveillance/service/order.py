"""The one order that several sources are read in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from yunquan.surveillance.service.sources import Item
from yunquan.surveillance.store import Runs


def merged(pages: Sequence[Sequence[Item]], full: int) -> list[Item]:
    """By time, each source in its own order even where its clock went back; no source is read
    beyond the moment where another's page ends unread. full: events a page has that isn't the end.
    """
    pages = [page for page in pages if page]
    if len(pages) < 2:
        return list(pages[0]) if pages else []
    times = [_moments(page) for page in pages]
    ends = [
        int(moments[-1])
        for page, moments in zip(pages, times, strict=True)
        if page[-1].seq - page[0].seq + 1 >= full
    ]
    moments = np.concatenate(times)
    order = np.argsort(moments, kind="stable")
    if ends:
        order = order[: np.searchsorted(moments, min(ends), "right", order)]
    everything = [item for page in pages for item in page]
    return [everything[at] for at in order.tolist()]


def _moments(page: Sequence[Item]) -> Any:
    return np.maximum.accumulate(np.array([item.at_ms for item in page], np.int64))


def runs_of(items: Sequence[Item]) -> Runs:
    """Pieces of one source that follow each other without a gap, in the order they were read."""
    found = Runs()
    source, first, next_seq = "", 0, 0
    for item in items:
        if item.seq != next_seq or item.source != source:
            if source:
                found.append((source, first, next_seq - first))
            source, first = item.source, item.seq
        next_seq = item.seq + 1
    if source:
        found.append((source, first, next_seq - first))
    return found
