"""The bell between processes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from yunquan.kernel.bell import Bell, hear


async def _rung(path: Path) -> int:
    heard = asyncio.Event()
    # Nobody is there: that is no trouble of whoever rings.
    bell = Bell(path)
    bell.ring()
    end = await hear(path, heard.set)
    count = 0
    for _ in range(3):
        for _ in range(1_000):
            bell.ring()
        async with asyncio.timeout(20):
            await heard.wait()
        heard.clear()
        count += 1
    end()
    # It may be taken over by the next one, as after a restart.
    end = await hear(path, heard.set)
    Bell(path).ring()
    async with asyncio.timeout(20):
        await heard.wait()
    end()
    bell.ring()
    bell.close()
    return count


def test_whoever_listens_hears_and_nobody_waits(tmp_path: Path) -> None:
    assert asyncio.run(_rung(tmp_path / "rooms.bell")) == 3
