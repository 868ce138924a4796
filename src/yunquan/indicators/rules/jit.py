"""Compiling: one decorator for all of the kernel, its results kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """As machine code. No fast-math: a replay must give the same bits."""
    made: Any = njit(cache=True, nogil=True, error_model="numpy")(function)
    return made
