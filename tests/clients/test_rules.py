"""Decisions about identity, account numbers and preferences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.clients import rules
from yunquan.clients.types import (
    AccountTree,
    CashAccount,
    CashKind,
    ClientId,
    NewAccounts,
    NewClient,
    Preferences,
    SecuritiesAccount,
    SecuritiesKind,
)
from yunquan.kernel import residents


def number(seventeen: str) -> str:
    return seventeen + residents.check_digit(seventeen)


# Region 99 exists nowhere, so none of these is anybody's.
GOOD = NewClient("someone", "林晓舟", "10000000001", number("99000019900307001"), "2041-01-01")


def test_the_standards_own_example_of_the_check_character() -> None:
    """GB 11643-1999, appendix: 1105251949123 with sequence 100 has the check character X."""
    assert residents.check_digit("11010519491231002") == "X"


@given(st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(sequence: int, place: int, shift: int) -> None:
    good = number(f"99000019900307{sequence:03d}")
    assert residents.is_resident_number(good)
    digit = "0123456789X".index(good[place])
    wrong = str((digit + shift) % 10)
    if wrong != good[place]:
        assert not residents.is_resident_number(good[:place] + wrong + good[place + 1 :])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"id_valid_until": "2020-01-01"}, None),
        ({"name": "  "}, "client.name_malformed"),
        ({"name": "林\n舟"}, "client.name_malformed"),
        ({"name": "林" * 61}, "client.name_malformed"),
        ({"mobile": "20000000001"}, "client.mobile_malformed"),
        ({"mobile": "1000000000１"}, "client.mobile_malformed"),
        ({"id_number": number("99000019900230001")}, "client.id_number_malformed"),
        ({"id_number": GOOD.id_number[:-1]}, "client.id_number_malformed"),
        ({"id_number": ""}, "client.id_number_malformed"),
        ({"id_valid_until": "2041-02-30"}, "client.id_day_malformed"),
        ({"id_valid_until": "20410101"}, "client.id_day_malformed"),
    ],
)
def test_registrations(change: dict[str, str], code: str | None) -> None:
    refused = rules.check_registration(replace(GOOD, **change))
    assert (refused and refused.code) == code


@pytest.mark.parametrize(
    ("name", "masked"),
    [("林", "林"), ("林舟", "林*"), ("林晓舟", "林*舟"), ("欧阳晓舟", "欧**舟")],
)
def test_names_are_masked(name: str, masked: str) -> None:
    assert rules.mask_name(name) == masked


def test_numbers_are_masked() -> None:
    assert rules.mask_middle("10000000001", 3, 4) == "100****0001"


def test_a_digest_finds_only_under_its_key() -> None:
    digest = rules.identity_digest(b"k", GOOD.id_number)
    assert digest == rules.identity_digest(b"k", GOOD.id_number)
    assert digest != rules.identity_digest(b"j", GOOD.id_number)


SH = SecuritiesAccount("A900000001", "SH", SecuritiesKind.ORDINARY, designated=True)
SZ = SecuritiesAccount("0900000001", "SZ", SecuritiesKind.ORDINARY, custody_unit="390001")
CREDIT = SecuritiesAccount("E900000001", "SH", SecuritiesKind.CREDIT, designated=True)
NOTHING = AccountTree(ClientId("cli_1"), ())
ORDINARY = CashAccount("880000000001", CashKind.ORDINARY, "CNY", (SH, SZ), 0)
WITH_ONE = AccountTree(ClientId("cli_1"), (ORDINARY,))


@pytest.mark.parametrize(
    ("tree", "new", "code"),
    [
        (NOTHING, NewAccounts(CashKind.ORDINARY, (SH, SZ)), None),
        (NOTHING, NewAccounts(CashKind.ORDINARY, ()), None),
        (NOTHING, NewAccounts(CashKind.ORDINARY, (), "USD"), None),
        (WITH_ONE, NewAccounts(CashKind.CREDIT, (CREDIT,)), None),
        (WITH_ONE, NewAccounts(CashKind.ORDINARY, ()), "client.account_exists"),
        (NOTHING, NewAccounts(CashKind.ORDINARY, (), "EUR"), "client.currency_unknown"),
        (NOTHING, NewAccounts(CashKind.CREDIT, (), "USD"), "client.currency_unknown"),
        (NOTHING, NewAccounts(CashKind.CREDIT, (SH,)), "client.securities_kind"),
        (NOTHING, NewAccounts(CashKind.ORDINARY, (CREDIT,)), "client.securities_kind"),
        (
            NOTHING,
            NewAccounts(CashKind.ORDINARY, (replace(SH, number="A90000001"),)),
            "client.securities_number",
        ),
        (
            NOTHING,
            NewAccounts(CashKind.ORDINARY, (replace(SZ, number="0600000001"),)),
            "client.securities_number",
        ),
        (
            NOTHING,
            NewAccounts(CashKind.ORDINARY, (replace(SZ, designated=True),)),
            "client.designation_elsewhere",
        ),
        (
            NOTHING,
            NewAccounts(CashKind.ORDINARY, (replace(SZ, custody_unit=""),)),
            "client.custody_unit_missing",
        ),
        (
            NOTHING,
            NewAccounts(CashKind.ORDINARY, (replace(SH, custody_unit="1"),)),
            "client.custody_unit_missing",
        ),
        (
            NOTHING,
            NewAccounts(
                CashKind.ORDINARY,
                tuple(replace(SH, number=f"A90000000{place}") for place in range(4)),
            ),
            "client.too_many_accounts",
        ),
    ],
)
def test_openings(tree: AccountTree, new: NewAccounts, code: str | None) -> None:
    refused = rules.check_opening(tree, new)
    assert (refused and refused.code) == code


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        (Preferences(), None),
        (Preferences("en", "dark", "green-up", ("600519.SH", "920002.BJ")), None),
        (Preferences(locale="fr"), "client.preference_unknown"),
        (Preferences(theme="<b>"), "client.preference_unknown"),
        (Preferences(colours="blue"), "client.preference_unknown"),
        (Preferences(watchlist=("600519",)), "client.symbol_malformed"),
        (Preferences(watchlist=("600519.SH",) * 2), "client.symbol_twice"),
        (
            Preferences(watchlist=tuple(f"{code:06d}.SH" for code in range(201))),
            "client.watchlist_full",
        ),
    ],
)
def test_preferences(chosen: Preferences, code: str | None) -> None:
    refused = rules.check_preferences(chosen)
    assert (refused and refused.code) == code
