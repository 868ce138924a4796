"""Decisions of the security room, as tables of examples and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyotp.totp import TOTP

from yunquan.kernel.errors import Refused
from yunquan.security import rules
from yunquan.security.types import (
    AddressLimits,
    AddressWindow,
    Attempts,
    LockoutLimits,
    PasswordLimits,
    PrincipalKind,
)

LOCKOUT = LockoutLimits(allowed_failures=5, first_wait_s=60, growth=2, longest_wait_s=600)
ADDRESS = AddressLimits(allowed_failures=10_000, window_s=600)
NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("correct-Horse-7", None),
        ("一只小船不能说的秘密7", None),
        ("short-7", "password.length"),
        ("x7" * 70, "password.length"),
        ("abcdefghijklmn", "password.too_plain"),
        ("linxiaozhou-7x", "password.contains_name"),
        ("Password-2026", "password.guessable"),
        ("123456-abcdef", "password.guessable"),
        ("a1a1a1a1a1a1", "password.guessable"),
        ("9876543210-", "password.guessable"),
    ],
)
def test_passwords(password: str, code: str | None) -> None:
    refused = rules.check_password(password, "lin.xiao.zhou", PasswordLimits())
    assert (refused and refused.code) == code


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        ("demo", True),
        ("ｄｅｍｏ", True),
        (" Demo ", True),
        ("de", False),
        ("-demo", False),
        ("d" * 33, False),
        ("de mo", False),
        ("林晓舟", False),
        ("", False),
    ],
)
def test_login_names(name: str, is_good: bool) -> None:
    assert (rules.check_login_name(rules.normal_login_name(name)) is None) is is_good


def admit(attempts: Attempts, now_ms: int) -> Attempts | Refused:
    return rules.admit(attempts, AddressWindow(now_ms), now_ms, LOCKOUT, ADDRESS)


def fail(times: int, now_ms: int = NOW) -> Attempts:
    """The count after so many failures, each as soon as it is let in."""
    attempts = Attempts()
    for _ in range(times):
        now_ms = max(now_ms, attempts.locked_until_ms)
        admitted = admit(attempts, now_ms)
        assert isinstance(admitted, Attempts)
        attempts = admitted
    return attempts


@pytest.mark.parametrize(
    ("failures", "wait_s"), [(4, 0), (5, 60), (6, 120), (7, 240), (8, 480), (9, 600), (60, 600)]
)
def test_each_failure_beyond_the_allowed_doubles_the_wait(failures: int, wait_s: int) -> None:
    attempts = fail(failures)
    locked_ms = attempts.locked_until_ms - attempts.last_at_ms if wait_s else 0
    assert locked_ms == wait_s * 1000


def test_a_lock_says_when_it_ends() -> None:
    refused = admit(fail(5, 1_783_906_200_000), 1_783_906_200_500)
    assert refused == Refused("login.locked", {"until": "2026-07-13 09:31:00", "wait_s": 60})


def test_failures_are_forgotten_after_a_quiet_day() -> None:
    quiet = fail(5)
    later = admit(quiet, quiet.locked_until_ms + LOCKOUT.forget_after_s * 1000)
    assert isinstance(later, Attempts)
    assert later.failures == 1


def test_a_clock_set_back_by_a_year_locks_nobody_for_a_year() -> None:
    assert isinstance(admit(fail(5), NOW - 365 * 86_400_000), Attempts)


@given(st.lists(st.integers(0, 400_000), max_size=200))
def test_never_more_guesses_than_allowed(pauses_ms: list[int]) -> None:
    """Whatever the rhythm, after the allowed guesses each further one had to wait for its lock."""
    attempts, now_ms, let_in = Attempts(), NOW, []
    for pause_ms in pauses_ms:
        now_ms += pause_ms
        admitted = admit(attempts, now_ms)
        if isinstance(admitted, Attempts):
            attempts = admitted
            let_in.append(now_ms)
    for index, wait_s in enumerate((60, 120, 240, 480, 600, 600, 600)):
        start, end = LOCKOUT.allowed_failures - 1 + index, LOCKOUT.allowed_failures + index
        if len(let_in) > end:
            assert let_in[end] - let_in[start] >= wait_s * 1000


@given(st.lists(st.integers(0, 120_000), max_size=100), st.integers(1, 20))
def test_an_address_fails_at_most_so_often_in_a_window(pauses_ms: list[int], most: int) -> None:
    limits = AddressLimits(allowed_failures=most, window_s=60)
    window, now_ms, let_in = AddressWindow(), NOW, []
    for pause_ms in pauses_ms:
        now_ms += pause_ms
        # A new name each time, so only the address limits.
        admitted = rules.admit(Attempts(), window, now_ms, LOCKOUT, limits)
        if not isinstance(admitted, Refused):
            window = rules.count_address(window, now_ms, limits)
            let_in.append(now_ms)
    for first in let_in:
        assert sum(first <= at < first + 60_000 for at in let_in) <= 2 * most


def test_an_address_of_the_future_begins_afresh() -> None:
    """The clock was set back: nobody waits until it has caught up."""
    full = AddressWindow(NOW, 50)
    limits = AddressLimits(50, 600)
    assert isinstance(rules.admit(Attempts(), full, NOW, LOCKOUT, limits), Refused)
    assert isinstance(rules.admit(Attempts(), full, NOW - 1, LOCKOUT, limits), Attempts)
    assert rules.count_address(full, NOW - 1, limits) == AddressWindow(NOW - 1, 1)


def test_names_behind_the_two_doors_are_counted_apart() -> None:
    client = rules.attempts_key(PrincipalKind.CLIENT, "demo")
    assert client != rules.attempts_key(PrincipalKind.STAFF, "demo")
    assert "demo" not in client


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(("late_s", "matches"), [(-30, True), (0, True), (30, True), (90, False)])
def test_one_step_of_drift(late_s: int, matches: bool) -> None:
    now_s = 1_800_000_010
    code = TOTP(SECRET).at(now_s)
    step = rules.match_step(SECRET, code, now_s + late_s)
    assert step == (now_s // 30 if matches else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5"])
def test_codes_that_are_no_codes(code: str) -> None:
    assert rules.match_step(SECRET, code, 1_800_000_010) is None


def test_forged_requests() -> None:
    token = rules.csrf_token(b"k" * 32, "ses_1")
    assert rules.is_genuine(b"k" * 32, "ses_1", token)
    assert not rules.is_genuine(b"k" * 32, "ses_2", token)
    assert not rules.is_genuine(b"j" * 32, "ses_1", token)
    assert not rules.is_genuine(b"k" * 32, "ses_1", "é")


@pytest.mark.parametrize(("why", "is_good"), [("客户来电核对", True), ("  x ", False), ("", False)])
def test_reasons(why: str, is_good: bool) -> None:
    assert (rules.check_reason(why) is None) is is_good
