"""Where the files of a pack come from."""

from __future__ import annotations

from typing import Protocol

from yunquan.evidence.types import Item, Scope
from yunquan.kernel.transaction import ReadTx


class Source(Protocol):
    """One kind of evidence. The same scope gives the same files."""

    def __call__(self, tx: ReadTx, scope: Scope, /) -> list[Item]:
        """Files about this scope; none where there is nothing."""
        ...
