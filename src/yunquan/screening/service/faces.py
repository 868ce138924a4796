"""Faces that are close to one another, over everybody who was ever screened."""

from __future__ import annotations

import base64
import threading
from typing import Final

from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.screening import store
from yunquan.screening.ports import Distance, Shortlist
from yunquan.screening.types import FaceTwin
from yunquan.security import Vault

CLOSEST: Final = 16
LARGEST_FACE: Final = 8192
_PAGE: Final = 2000
# A face with a lower number may be committed after one with a higher: look back this far.
_LOOK_BACK: Final = 200


class Faces:
    """Keeps faces sealed on disk and readable in memory only. distance decides, the shortlist
    picks what it is asked for."""

    def __init__(
        self, database: Database, vault: Vault, distance: Distance, shortlist: Shortlist
    ) -> None:
        self._database = database
        self._vault = vault
        self._distance = distance
        self._shortlist = shortlist
        self._lock = threading.Lock()
        self._numbers: list[int] = []
        self._recent: set[int] = set()
        self._last = 0

    def keep(self, tx: Tx, owner: str, face: bytes) -> None:
        """Keep an owner's face in place of the one before. Raises Invalid screening.no_face."""
        if not 4 <= len(face) <= LARGEST_FACE or len(face) % 4:
            raise Invalid("screening.no_face")
        secret = base64.b64encode(face).decode()
        store.keep_face(tx, owner, self._vault.seal(secret, f"face:{owner}"))

    def twins(self, owner: str, face: bytes, within: int) -> tuple[FaceTwin, ...]:
        """Whose faces are at most so far apart, in 1/10,000, nearest first, the owner's own left
        out. Sees what is committed only: what is rolled back must not stay in memory.
        """
        with self._database.read() as tx:
            with self._lock:
                self._read_on(tx)
                # One more than wanted, since the owner's own is the nearest of all.
                places = self._shortlist.nearest(face, CLOSEST + 1)
                numbers = [self._numbers[place] for place in places]
            rows = store.faces_with(tx, numbers)
        found: list[FaceTwin] = []
        for row in rows:
            apart = self._distance(face, self._opened(row))
            if row.owner != owner and apart <= within:
                found.append(FaceTwin(row.owner, apart))
        return tuple(sorted(found, key=lambda twin: (twin.distance, twin.owner))[:CLOSEST])

    def warm(self) -> int:
        """Read every face there is, so that the first who asks needn't wait; how many."""
        with self._database.read() as tx, self._lock:
            self._read_on(tx)
            return len(self._numbers)

    def _read_on(self, tx: ReadTx) -> None:
        number = max(self._last - _LOOK_BACK, 0)
        while rows := store.faces_after(tx, number, _PAGE):
            number = rows[-1].number
            new = [row for row in rows if row.number not in self._recent]
            self._shortlist.add([self._opened(row) for row in new])
            self._numbers += [row.number for row in new]
            self._recent |= {row.number for row in new}
        self._last = max(self._last, number)
        self._recent = {one for one in self._recent if one > self._last - _LOOK_BACK}

    def _opened(self, row: store.SealedRow) -> bytes:
        return base64.b64decode(self._vault.open(row.sealed, f"face:{row.sealed_for}"))
