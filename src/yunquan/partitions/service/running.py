"""A partition and the teller as they run: from stream to stream, with snapshots in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from yunquan.indicators import Sizes
from yunquan.kernel.errors import Conflict
from yunquan.partitions.adapters.jetstream import Reader, Streams
from yunquan.partitions.service.frames import Piece, from_bytes, to_bytes
from yunquan.partitions.service.kept import Snapshots
from yunquan.partitions.service.partition import Partition
from yunquan.partitions.service.teller import Teller
from yunquan.partitions.types import Found, Frame

FRAMES: Final = "frames"
FINDS: Final = "finds"
Stopped = Callable[[], bool]


def folder_of(folder: Path, partitions: int, part: str) -> Path:
    """Where a part keeps its snapshots."""
    return folder / f"of-{partitions}" / part


async def run_partition(
    url: str,
    number: int,
    partitions: int,
    sizes: Sizes,
    folder: Path,
    snapshot_every_s: float,
    stopped: Stopped,
) -> None:
    """One partition until it is told to stop. Raises Conflict partitions.gap when frames it needs
    are nowhere.
    """
    partition = Partition(number, partitions, sizes)
    await asyncio.to_thread(partition.warm_up)
    kept = Snapshots(folder_of(folder, partitions, str(number)))
    places = await asyncio.to_thread(kept.restore, partition.restore)
    streams = await Streams.open(url, partitions)
    reader = streams.rows(f"partition-{number}", places.get(FRAMES, 0))
    taken_seq, saved_s, is_back = reader.seq, time.monotonic(), False
    while not stopped():
        for heard in await reader.fetch():
            frame = from_bytes(heard.body, Frame)
            try:
                found = await asyncio.to_thread(partition.take, frame)
            except Conflict:
                # Something was lost on the way: it is asked for again, once.
                if is_back:
                    raise
                is_back = True
                reader.go_back(taken_seq)
                break
            if found:
                await streams.report(number, to_bytes(found), found.next_row)
            await heard.done()
            taken_seq, is_back = heard.seq, False
        if time.monotonic() - saved_s > snapshot_every_s:
            await _save(kept, partition, {FRAMES: taken_seq})
            saved_s = time.monotonic()
    await _save(kept, partition, {FRAMES: taken_seq})
    await streams.close()


async def run_teller(
    url: str,
    teller: Teller,
    folder: Path,
    snapshot_every_s: float,
    stopped: Stopped,
) -> None:
    """The teller until it is told to stop. Raises as `Teller.tell`."""
    await asyncio.to_thread(teller.warm_up)
    kept = Snapshots(folder_of(folder, teller.partitions, "teller"))
    places = await asyncio.to_thread(kept.restore, teller.restore)
    streams = await Streams.open(url, teller.partitions)
    heads = streams.heads("teller", places.get(FRAMES, 0))
    finds = streams.found("teller", places.get(FINDS, 0))
    heard, pieces = asyncio.Event(), list[Frame | Found]()
    listening = [
        asyncio.create_task(_listen(heads, Frame, pieces, heard, stopped)),
        asyncio.create_task(_listen(finds, Found, pieces, heard, stopped)),
    ]
    saved_s = time.monotonic()
    try:
        while not stopped():
            await heard.wait()
            heard.clear()
            new, pieces[:] = list(pieces), []
            for piece in new:
                teller.hear(piece)
            await asyncio.to_thread(teller.tell)
            if time.monotonic() - saved_s > snapshot_every_s:
                await _save_teller(kept, teller, heads, finds)
                saved_s = time.monotonic()
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    await _save_teller(kept, teller, heads, finds)
    await streams.close()


async def _listen(
    reader: Reader,
    kind: type[Piece],
    into: list[Frame | Found],
    heard: asyncio.Event,
    stopped: Stopped,
) -> None:
    while not stopped():
        for one in await reader.fetch():
            piece = from_bytes(one.body, kind)
            reader.keep_open(one.seq, piece.next_row)
            into.append(piece)
            await one.done()
        # Also when nothing came: whoever waits looks whether it is to stop.
        heard.set()


async def _save(kept: Snapshots, partition: Partition, places: dict[str, int]) -> None:
    def save() -> None:
        kept.save(partition.next_row, places, partition.snapshot())

    await asyncio.to_thread(save)


async def _save_teller(kept: Snapshots, teller: Teller, heads: Reader, finds: Reader) -> None:
    places = {FRAMES: heads.done_until(teller.next_row), FINDS: finds.done_until(teller.next_row)}

    def save() -> None:
        kept.save(teller.next_row, places, teller.snapshot())

    await asyncio.to_thread(save)
