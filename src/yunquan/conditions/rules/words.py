"""The plain sentences of a condition. Pure; texts by code are handed in."""

from __future__ import annotations

from typing import Protocol

import msgspec

from yunquan.conditions.types import ConditionKind, Terms


class Text(Protocol):
    """Sentences by code in one language."""

    def __call__(self, code: str, /, **facts: object) -> str: ...


def summary_of(terms: Terms, name: str, unit: str, text: Text) -> str:
    """What it waits for and what it then does. unit: what quantities of it count."""
    quantity = f"{terms.qty:,} {unit}"
    if terms.kind is ConditionKind.GRID:
        head = text(
            f"condition.grid.{terms.side}",
            name=name,
            symbol=terms.symbol,
            base_milli=terms.base_milli,
            step_milli=terms.step_milli,
            qty=quantity,
        )
        bounds = text(
            "condition.grid_limits",
            low_milli=terms.low_milli,
            high_milli=terms.high_milli,
            rounds=terms.rounds,
        )
        moved = ""
        if terms.offset_milli:
            moved = text("condition.grid_offset", offset_milli=terms.offset_milli)
        return f"{head}{bounds}{moved}"
    when = "timed" if terms.kind is ConditionKind.TIMED else terms.crossing
    waits = text(
        f"condition.when.{when}",
        name=name,
        symbol=terms.symbol,
        threshold_milli=terms.threshold_milli,
        day=terms.day,
        at=terms.at,
    )
    price = "named" if terms.price_milli else "moved" if terms.offset_milli else "seen"
    does = text(
        f"condition.do.{terms.side}_{price}",
        qty=quantity,
        price_milli=terms.price_milli,
        offset_milli=terms.offset_milli,
    )
    return f"{waits}{does}"


def sentence_of(terms: Terms, name: str, unit: str, text: Text) -> str:
    """All a client agrees to, in one paragraph."""
    gap = text("condition.gap")
    until = text("condition.until", day=terms.expires_on)
    if terms.kind is ConditionKind.TIMED:
        until = text("condition.until_close")
    if terms.kind is ConditionKind.GRID:
        until = f"{text('condition.grid_rule')}{gap}{until}"
    return f"{summary_of(terms, name, unit, text)}{gap}{until}"


def unit_of(product: str) -> str:
    """Code of what quantities of a product count: shares, fund units, bonds."""
    if product in ("convertible", "treasury"):
        return "unit.bond"
    return "unit.fund" if product in ("lof", "reit") or product.startswith("etf") else "unit.share"


def moved(terms: Terms, base_milli: int) -> Terms:
    """A grid's terms as they read from the line it stands on now."""
    return msgspec.structs.replace(terms, base_milli=base_milli)
