"""Where lists come from, how faces are compared, and where the rows lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

Distance = Callable[[bytes, bytes], int]
"""How far apart two faces are, in 1/10,000: `vision.rules.faces.distance`."""


class ListSource(Protocol):
    """The publisher of lists. Raises Unavailable office.*."""

    def latest(self) -> str:
        """The newest version, "" where there is none."""
        ...

    def fetch(self, version: str) -> bytes:
        """A version as it is published; empty where there is none."""
        ...


class Shortlist(Protocol):
    """Picks, of many faces, the few that may be the nearest, without being sure of them."""

    def add(self, faces: Sequence[bytes]) -> None:
        """Keep more faces, in this order."""
        ...

    def nearest(self, face: bytes, most: int) -> Sequence[int]:
        """Places of at most so many faces, in the order of `add`."""
        ...
