"""Who puts the firm's seal on a paper."""

from __future__ import annotations

from typing import Protocol


class Sealer(Protocol):
    """The firm's electronic seal."""

    def seal(self, paper: bytes) -> bytes:
        """The seal over a paper, DER. Raises Unavailable signing.tsa_down."""
        ...
