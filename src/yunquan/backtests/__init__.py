"""Back-tests 回测: versions of rules over past days of the log and the tape, in the order in which
the monitor read them, beside what it raised; and a shadow beside the live version.

What must hold: nothing here changes a rule, an alert or a case; what can't be read any more is told
with the result; whatever runs can be stopped, and is bounded in time and memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunquan.backtests.service.office import Backtests

if TYPE_CHECKING:
    from yunquan.backtests.service.runner import Runner

__all__ = ["Backtests", "Runner"]


def __getattr__(name: str) -> Any:
    """The runner, when somebody asks: it brings the kernel, which the pages don't need."""
    if name != "Runner":
        raise AttributeError(name)
    from yunquan.backtests.service.runner import Runner  # noqa: PLC0415

    return Runner
