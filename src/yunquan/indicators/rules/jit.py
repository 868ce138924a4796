"""Compiling: one decorator for all of the kernel, its results kept on disk.

What is kept is machine code with all that was called inside it, while Numba asks the file of the
outermost function alone whether it is still current. So here all sources of the kernel are asked:
an old kernel must not outlive a change of what it calls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final, TypeVar

from numba import njit
from numba.core import caching, config

# Numba makes its settings as it starts: by name they are known to no checker.
SETTINGS: Final = config.__dict__
WHERE: Final = "CACHE_LOCATOR_CLASSES"
F = TypeVar("F", bound=Callable[..., Any])


def edition(room: Traversable) -> bytes:
    """What all sources of the kernel come to, in the folder of this room."""
    sources = [*(room / "rules").iterdir(), room / "types.py"]
    found = hashlib.sha256()
    for source in sorted(sources, key=lambda one: one.name):
        if source.name.endswith(".py"):
            found.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return found.digest()


EDITION: Final = edition(resources.files("yunquan.indicators"))


class _OfAllSources:
    """Where machine code is kept, current while its file and the kernel's sources are the same."""

    def get_source_stamp(self) -> Any:
        known: Any = super()
        return EDITION, known.get_source_stamp()


class Told(_OfAllSources, caching.UserProvidedCacheLocator):
    """In the folder NUMBA_CACHE_DIR names."""


class Beside(_OfAllSources, caching.InTreeCacheLocator):
    """Beside the source."""


class AtHome(_OfAllSources, caching.UserWideCacheLocator):
    """In the home of whoever runs it, where the source can't be written beside."""


LOCATORS: Final = ",".join(f"{__name__}.{one.__name__}" for one in (Told, Beside, AtHome))


def compiled(function: F) -> F:
    """As machine code. No fast-math: a replay must give the same bits."""
    others, SETTINGS[WHERE] = SETTINGS[WHERE], LOCATORS
    try:
        made: Any = njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        SETTINGS[WHERE] = others
    return made
