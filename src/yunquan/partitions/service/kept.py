"""Snapshots on disk: each behind a row of the stream and a place in what is read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from yunquan.kernel.errors import YunquanError

logger = logging.getLogger("yunquan.partitions")

KEPT: Final = 2


class _Kept(msgspec.Struct):
    """places: of each stream that is read, the place behind which to go on."""

    places: dict[str, int]
    body: bytes


class Snapshots:
    """Those of one part, in a folder of its own that whoever starts it anew can reach."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, row: int, places: dict[str, int], body: bytes) -> bool:
        """Whether the disk took it; when it doesn't everything goes on, and a restart reads more
        again.
        """
        path = self.folder / f"{row:015d}.snapshot"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_bytes(msgspec.msgpack.encode(_Kept(places, body)))
            part.replace(path)
            for old in self._paths()[KEPT:]:
                old.unlink()
        except OSError as error:
            logger.error("no snapshot", extra={"reason": str(error)})
            return False
        return True

    def restore(self, restore: Callable[[bytes], None]) -> dict[str, int]:
        """From the newest that can be read; its places, none without one."""
        for path, kept in self._read():
            try:
                restore(kept.body)
            except YunquanError as error:
                logger.warning("snapshot left out", extra={"path": path.name, "why": str(error)})
                continue
            return kept.places
        return {}

    def oldest(self) -> dict[str, int]:
        """Places of the oldest that is kept: what is before them nobody will ask for."""
        found = [kept.places for _, kept in self._read()]
        return found[-1] if len(found) >= KEPT else {}

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.snapshot"), reverse=True)

    def _read(self) -> Iterator[tuple[Path, _Kept]]:
        for path in self._paths():
            try:
                yield path, msgspec.msgpack.decode(path.read_bytes(), type=_Kept)
            except (OSError, msgspec.MsgspecError) as error:
                logger.warning("snapshot left out", extra={"path": path.name, "why": str(error)})
