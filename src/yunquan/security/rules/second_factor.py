"""One-time codes of staff (RFC 6238, SHA-1, six digits, 30 s: what every authenticator
understands)."""

from __future__ import annotations

import hmac

from pyotp.totp import TOTP

SECOND_FACTOR_STEP_S = 30
_DRIFT_STEPS = 1
_DIGITS = 6


def match_step(secret: str, code: str, now_s: int) -> int | None:
    """The 30-second step whose code this is, one step of drift allowed either way; None if it is
    none of them.

    now_s: wall-clock seconds since 1970 UTC (never market time). The caller must refuse a step not
    after the last used.
    """
    digits = code.replace(" ", "")
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    totp = TOTP(secret)
    now = now_s // SECOND_FACTOR_STEP_S
    matched = None
    # All steps are compared, always: stopping at a match would tell by its time which one it was.
    for step in range(max(now - _DRIFT_STEPS, 0), now + _DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            matched = step
    return matched


def provisioning_uri(secret: str, login_name: str) -> str:
    """The otpauth URI an authenticator reads, usually as a QR code."""
    return TOTP(secret).provisioning_uri(name=login_name, issuer_name="Yunquan")
