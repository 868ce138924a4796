"""Heat 热力图: what stands out among accounts and instruments, minute by minute.

What must hold: a picture says against what a number is held, and nothing of what there are too few
of; a minute that is kept is never changed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from yunquan.heat.service.heat import Heat

if TYPE_CHECKING:
    from yunquan.heat.service.keeper import HeatKeeper

__all__ = ["Heat", "HeatKeeper"]


def __getattr__(name: str) -> Any:
    """What brings the kernel, when somebody asks for it: most processes only look."""
    if name != "HeatKeeper":
        raise AttributeError(name)
    return importlib.import_module("yunquan.heat.service.keeper").HeatKeeper
