"""Refusals of back-tests."""

from __future__ import annotations

from yunquan.kernel.errors import Conflict, NotFound


def unknown(backtest: str) -> NotFound:
    """Nobody asked for it."""
    return NotFound("backtests.unknown", backtest=backtest[:40])


def no_stream(day: str) -> Conflict:
    """The monitor read nothing that day, or what it read is no longer known."""
    return Conflict("backtests.no_stream", day=day)


def too_many(most: int) -> Conflict:
    """Others wait already."""
    return Conflict("backtests.too_many", most=most)


def is_over() -> Conflict:
    """It can't be stopped any more."""
    return Conflict("backtests.over")
