"""CreditFeed over a folder that the margin system leaves its files in:
`credit-2026-11-26.1.jsonl`, the day and the version.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from yunquan.credit.rules.files import LARGEST
from yunquan.kernel.errors import Unavailable

NAME: Final = re.compile(r"credit-(\d{4}-\d\d-\d\d)\.([1-9]\d{0,3})\.jsonl")


class CreditDrop:
    """Reads what is there and changes nothing. A file that is still being written has another
    name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self, day: str) -> list[int]:
        """In order."""
        if not self.folder.is_dir():
            return []
        found = (NAME.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(int(name[2]) for name in found if name and name[1] == day)

    def fetch(self, day: str, version: int) -> bytes:
        """Raises Unavailable credit.feed_away."""
        path = self.path_of(day, version)
        try:
            if path.stat().st_size > LARGEST:
                raise Unavailable("credit.feed_away", reason="too large")
            return path.read_bytes()
        except OSError as error:
            raise Unavailable("credit.feed_away", reason=str(error)) from error

    def path_of(self, day: str, version: int) -> Path:
        """Where the file of a day and version is."""
        return self.folder / f"credit-{day}.{version}.jsonl"
