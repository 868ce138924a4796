"""What an account may be kept from, as counter, staff and cases name it. Pure.

"buy", "sell", "withdraw", "all"; "program": orders that programs send; "confirm": orders and
withdrawals, until the client has shown who they are by password or face, "face": by their face;
"symbol:600519.SH": one instrument; "rate:10": more than so many orders a minute. Cancels are never
kept back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

PLAIN: Final = ("buy", "sell", "withdraw", "all", "program", "confirm", "face")
SYMBOL: Final = "symbol"
RATE: Final = "rate"
PROGRAM: Final = "program"
CONFIRM: Final = "confirm"
FACE: Final = "face"
# Both wait for the client.
PROOFS: Final = frozenset({CONFIRM, FACE})
# What the basis of a restriction begins with that its client isn't told of.
QUIET: Final = "[quiet] "
RATE_MS: Final = 60_000
_SYMBOL: Final = re.compile(r"symbol:[0-9]{6}\.(SH|SZ|BJ)")
_RATE: Final = re.compile(r"rate:[1-9][0-9]{0,2}")


def is_scope(scope: str) -> bool:
    """Whether an account can be kept from this."""
    return scope in PLAIN or bool(_SYMBOL.fullmatch(scope) or _RATE.fullmatch(scope))


def scope_kind(scope: str) -> str:
    """Its kind: "symbol:600519.SH" is "symbol"."""
    return scope.partition(":")[0]


def scope_of(scope: str) -> str:
    """What it is narrowed to: "symbol:600519.SH" is "600519.SH"; "" for the plain ones."""
    return scope.partition(":")[2]


def origin_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Where a request comes from: "program" for one with a token, as programs send it, "" for a
    browser's cookie.
    """
    return PROGRAM if any(name == b"authorization" for name, _ in headers) else ""


def order_fault(scopes: Iterable[str], side: str, symbol: str, origin: str) -> str:
    """Code of why an order is kept back, "" where nothing keeps it; the plain ones first. side:
    "buy" or "sell"; origin: "program" for one that a program sent.
    """
    held = frozenset(scopes)
    if "all" in held or side in held:
        return "order.restricted"
    if not held.isdisjoint(PROOFS):
        return "order.confirm_first"
    if PROGRAM in held and origin == PROGRAM:
        return "order.program_suspended"
    return "order.security_limited" if f"{SYMBOL}:{symbol}" in held else ""


def withdrawal_fault(scopes: Iterable[str]) -> str:
    """Code of why money stays, "" where nothing keeps it."""
    held = frozenset(scopes)
    if "all" in held or "withdraw" in held:
        return "withdrawal.restricted"
    return "" if held.isdisjoint(PROOFS) else "withdrawal.confirm_first"


def rate_of(scopes: Iterable[str]) -> int:
    """Orders a minute at the most, by the strictest; 0 for no bound."""
    rates = [int(scope_of(one)) for one in scopes if scope_kind(one) == RATE]
    return min(rates, default=0)
