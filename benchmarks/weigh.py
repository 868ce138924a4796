"""What the first view of a page loads, as it crosses the wire: for the budget test and the
benchmark `web.first_paint_kb`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Weight:
    """Of one first view with an empty cache. kb: thousands of bytes, headers included; blocking:
    addresses of scripts that hold up the first paint."""

    kb: float
    requests: int
    blocking: tuple[str, ...]


def weigh(page: Any, path: str) -> Weight:
    """Load `path` in a Playwright page of Chromium whose cache is switched off. The live stream,
    which never ends, isn't counted.
    """
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.setBypassServiceWorker", {"bypass": True})
    sizes: dict[str, float] = {}
    wire.on(
        "Network.loadingFinished",
        lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}),
    )
    page.goto(path, wait_until="load")
    page.wait_for_function("performance.getEntriesByType('resource').length > 0")
    page.wait_for_timeout(500)
    blocking = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(one => one.initiatorType === 'script' && one.renderBlockingStatus === 'blocking')"
        ".map(one => one.name)"
    )
    wire.detach()
    return Weight(sum(sizes.values()) / 1000, len(sizes), tuple(blocking))
