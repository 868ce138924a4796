"""Volatility halts (盘中临时停牌) of securities without a price limit. Reference section 1.3."""

from __future__ import annotations

from dataclasses import dataclass

from yunquan.market.rules.limits import BP
from yunquan.market.rules.rows import DayRules


@dataclass(frozen=True, slots=True)
class HaltLevels:
    """How far a price moves from the day's first price until trading pauses, and for how long.

    levels_bp: basis points of the opening price, rising. lasts_s: seconds each pause lasts, 0 until
    resumes_s. resumes_s: second of the day by which every pause is over.
    """

    levels_bp: tuple[int, ...]
    lasts_s: tuple[int, ...]
    resumes_s: int


@dataclass(frozen=True, slots=True)
class HaltsSeen:
    """How many levels have been used up on this day, upwards and downwards."""

    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class Halt:
    """A pause that begins. level: from 1. up: on a rise. until_s: second of the day it ends."""

    level: int
    up: bool
    until_s: int
    seen: HaltsSeen


def halt_levels(
    rules: DayRules, market: str, board: str, product: str, *, limited: bool, listing_day: int
) -> HaltLevels | None:
    """What pauses a security today, None for one that nothing pauses.

    limited: it has price limits today. listing_day: 1 on the day it is listed.
    """
    scope = rules.words("halt_scope", market, board, product)
    if not scope:
        return None
    if ("unlimited" in scope and limited) or ("listing_day" in scope and listing_day != 1):
        return None
    levels = rules.words("halt_levels_bp", market, board, product)
    lasts = rules.words("halt_lasts_s", market, board, product)
    return HaltLevels(
        tuple(map(int, levels)),
        tuple(map(int, lasts)),
        rules.number("halt_resumes_s", market, board, product),
    )


def level_reached(levels: HaltLevels, open_milli: int, price_milli: int) -> int:
    """The highest level that a trade at this price reaches, in its direction; 0 for none."""
    moved = abs(price_milli - open_milli) * BP
    return sum(moved >= open_milli * level for level in levels.levels_bp)


def decide_halt(
    levels: HaltLevels, seen: HaltsSeen, open_milli: int, price_milli: int, at_s: int
) -> Halt | None:
    """The pause that a trade sets off, or None.

    Once per level and direction; a trade that jumps over a level uses it up and pauses once. No
    pause begins when all would be over.
    """
    reached = level_reached(levels, open_milli, price_milli)
    up = price_milli > open_milli
    if reached <= (seen.up if up else seen.down) or at_s >= levels.resumes_s:
        return None
    lasts_s = levels.lasts_s[reached - 1]
    until_s = min(at_s + lasts_s, levels.resumes_s) if lasts_s else levels.resumes_s
    after = HaltsSeen(reached, seen.down) if up else HaltsSeen(seen.up, reached)
    return Halt(reached, up, until_s, after)
