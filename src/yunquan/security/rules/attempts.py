"""Lockout of login names and the rate of addresses.

An attempt is counted as failed when it is let in, and given back when it succeeds. So attempts that
run at the same time, or a process killed between asking and answering, can never get more guesses
than allowed.
"""

from __future__ import annotations

import hashlib

from yunquan.kernel.errors import Refused
from yunquan.kernel.zone import in_market_zone
from yunquan.security.types import (
    AddressLimits,
    AddressWindow,
    Attempts,
    LockoutLimits,
    PrincipalKind,
)


def attempts_key(kind: PrincipalKind, login_name: str) -> str:
    """Under which attempts on a name are counted: hashed, as people type passwords into the name
    field."""
    return hashlib.sha256(f"{kind.value}:{login_name}".encode()).hexdigest()


def admit(
    attempts: Attempts,
    window: AddressWindow,
    now_ms: int,
    lockout: LockoutLimits,
    address: AddressLimits,
) -> Attempts | Refused:
    """Let an attempt in, counted as failed, or refuse it with the time when the next may come."""
    # A lock that would last longer than any we give was set before the clock was set back.
    if now_ms < attempts.locked_until_ms <= now_ms + lockout.longest_wait_s * 1000:
        return locked("login.locked", attempts.locked_until_ms, now_ms)
    if _holds(window, now_ms, address) and window.failures >= address.allowed_failures:
        ends_ms = window.started_at_ms + address.window_s * 1000
        return locked("login.address_busy", ends_ms, now_ms)
    return _counted(attempts, now_ms, lockout)


def _holds(window: AddressWindow, now_ms: int, limits: AddressLimits) -> bool:
    # One that begins in the future dates from before the clock was set back.
    return window.started_at_ms <= now_ms < window.started_at_ms + limits.window_s * 1000


def count_address(window: AddressWindow, now_ms: int, limits: AddressLimits) -> AddressWindow:
    """One more failure from an address.

    Counted when it has failed, unlike a name's: thousands may log in from one office at once, and
    each name is held to its own allowance anyway.
    """
    if _holds(window, now_ms, limits):
        return AddressWindow(window.started_at_ms, window.failures + 1)
    return AddressWindow(now_ms, 1)


def _counted(attempts: Attempts, now_ms: int, limits: LockoutLimits) -> Attempts:
    quiet_since_ms = max(attempts.last_at_ms, attempts.locked_until_ms)
    forgotten = now_ms - quiet_since_ms >= limits.forget_after_s * 1000
    failures = 1 if forgotten else attempts.failures + 1
    beyond = failures - limits.allowed_failures
    if beyond < 0:
        return Attempts(failures, now_ms, 0)
    # The exponent is capped: a name under attack for a year must not make the number grow without
    # end.
    wait_s = min(limits.first_wait_s * limits.growth ** min(beyond, 32), limits.longest_wait_s)
    return Attempts(failures, now_ms, now_ms + wait_s * 1000)


def settle_failure(
    failures: int, locked_until_ms: int, now_ms: int, limits: LockoutLimits, code: str
) -> Refused:
    """What to tell whoever failed: the lock if this was the last guess, else how many guesses are
    left."""
    left = limits.allowed_failures - failures
    if left > 0:
        return Refused(code, {"left": left})
    return locked("login.locked", max(locked_until_ms, now_ms), now_ms)


def give_back(attempts: Attempts) -> Attempts:
    """A success clears what was counted against the name."""
    return Attempts(0, attempts.last_at_ms, 0)


def locked(code: str, until_ms: int, now_ms: int) -> Refused:
    """A refusal that says when it ends: `until` in market time, `wait_s` in seconds, rounded up."""
    # Whole seconds, rounded up: whoever tries then gets in.
    until = in_market_zone(-(-until_ms // 1000) * 1000)
    wait_s = -(-(until_ms - now_ms) // 1000)
    return Refused(code, {"until": f"{until:%Y-%m-%d %H:%M:%S}", "wait_s": wait_s})
