"""Decisions about identity, account numbers and preferences. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection
from datetime import date

from yunquan.clients.types import (
    AccountTree,
    CashKind,
    NewAccounts,
    NewClient,
    Preferences,
    SecuritiesAccount,
    SecuritiesKind,
)
from yunquan.kernel.errors import Refused
from yunquan.kernel.residents import is_resident_number

_MOBILE = re.compile(r"1[0-9]{10}")
_SYMBOL = re.compile(r"[0-9]{6}\.(SH|SZ|BJ)")
_LONGEST_NAME = 60
_LONGEST_WATCHLIST = 200
_LONGEST_LIST_NAME = 20
_MOST_WATCHLISTS = 10
_MOST_DEFAULT_QTY = 1_000_000
_LOCALES = ("zh_CN", "en")
_THEMES = ("", "light", "dark")
_COLOURS = ("red-up", "green-up")
_CURRENCIES = ("CNY", "HKD", "USD")
# First characters of account numbers by market and kind. Source: ChinaClear, securities account
# numbering; "A"/"E"/"F" and nine digits in Shanghai, ten digits in Shenzhen.
_NUMBERS = {
    ("SH", SecuritiesKind.ORDINARY): re.compile(r"A[0-9]{9}"),
    ("SH", SecuritiesKind.CREDIT): re.compile(r"E[0-9]{9}"),
    ("SH", SecuritiesKind.FUND): re.compile(r"F[0-9]{9}"),
    ("SZ", SecuritiesKind.ORDINARY): re.compile(r"0[0-57-9][0-9]{8}"),
    ("SZ", SecuritiesKind.CREDIT): re.compile(r"06[0-9]{8}"),
    ("SZ", SecuritiesKind.FUND): re.compile(r"05[0-9]{8}"),
    ("FUND", SecuritiesKind.FUND): re.compile(r"[0-9A-Z]{12}"),
}
# Source: ChinaClear, limit of A-share accounts per investor, since 2016-10-15.
_A_SHARE_ACCOUNTS_MOST = 3
# Decided by the firm: more banks than this help nobody.
_AUXILIARY_MOST = 4


def is_day(text: str) -> bool:
    """An ISO day that exists ("2026-07-13")."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_mobile(number: str) -> bool:
    """Eleven digits, a 1 first."""
    return _MOBILE.fullmatch(number) is not None


def check_registration(new: NewClient) -> Refused | None:
    """Refuses what can't be someone's identity. An expired document is no obstacle here: the client
    exists, and the counter refuses what an expired document forbids."""
    if not new.name.strip() or len(new.name) > _LONGEST_NAME or not new.name.isprintable():
        return Refused("client.name_malformed", {"longest": _LONGEST_NAME})
    if not is_mobile(new.mobile):
        return Refused("client.mobile_malformed")
    if not is_resident_number(new.id_number):
        return Refused("client.id_number_malformed")
    return None if is_day(new.id_valid_until) else Refused("client.id_day_malformed")


def identity_digest(key: bytes, id_number: str) -> str:
    """Under which a sealed number is found again: keyed, as the numbers are few enough to try."""
    return hmac.new(key, f"id:{id_number}".encode(), hashlib.sha256).hexdigest()


def mask_name(name: str) -> str:
    """The first character, and the last of three or more: 林*舟, J***n."""
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_middle(text: str, first: int, last: int) -> str:
    """Only the first and last characters: 138****0000."""
    return text[:first] + "*" * (len(text) - first - last) + text[-last:]


def check_opening(tree: AccountTree, new: NewAccounts) -> Refused | None:
    """Refuses accounts that are malformed, of the wrong kind, or more than a client may have."""
    same = [held for held in tree.cash if (held.kind, held.currency) == (new.kind, new.currency)]
    if new.kind is CashKind.AUXILIARY:
        if refused := _check_auxiliary(tree, new, len(same)):
            return refused
    elif same:
        return Refused("client.account_exists", {"kind": new.kind, "currency": new.currency})
    if new.currency not in _CURRENCIES or (
        new.kind is not CashKind.ORDINARY and new.currency != "CNY"
    ):
        return Refused("client.currency_unknown", {"currency": new.currency})
    for account in new.securities:
        if refused := _check_securities(account, new.kind):
            return refused
    return _check_count(tree, new)


def _check_auxiliary(tree: AccountTree, new: NewAccounts, held: int) -> Refused | None:
    if main_account(tree, new.currency) is None:
        return Refused("client.no_main_account", {"currency": new.currency})
    if new.securities:
        return Refused("client.auxiliary_securities")
    if held >= _AUXILIARY_MOST:
        return Refused("client.too_many_accounts", {"most": _AUXILIARY_MOST})
    return None


def main_account(tree: AccountTree, currency: str) -> str | None:
    """The number of the account that a client trades with; None if there is none."""
    ordinary = (held for held in tree.cash if held.kind is CashKind.ORDINARY)
    return next((held.number for held in ordinary if held.currency == currency), None)


def auxiliary_number(tree: AccountTree, currency: str) -> str:
    """The next auxiliary account's: its main account's with a branch, "880000000001-1"."""
    taken = [branch_of(held.number) for held in tree.cash if held.currency == currency]
    return f"{main_account(tree, currency)}-{max(taken, default=0) + 1}"


def main_of(number: str) -> str:
    """The account that an auxiliary one belongs to; any other itself."""
    return number.partition("-")[0]


def branch_of(number: str) -> int:
    """Which of an account's auxiliary ones this is, from 1; 0 for one of its own."""
    _, dash, branch = number.partition("-")
    return int(branch) if dash else 0


def _check_securities(account: SecuritiesAccount, cash_kind: CashKind) -> Refused | None:
    pattern = _NUMBERS.get((account.market, account.kind))
    is_credit = account.kind is SecuritiesKind.CREDIT
    if pattern is None or is_credit != (cash_kind is CashKind.CREDIT):
        return Refused("client.securities_kind", {"market": account.market, "kind": account.kind})
    if not pattern.fullmatch(account.number):
        return Refused("client.securities_number", {"number": account.number})
    if account.designated and account.market != "SH":
        return Refused("client.designation_elsewhere", {"market": account.market})
    if (account.market == "SZ") != bool(account.custody_unit):
        return Refused("client.custody_unit_missing", {"number": account.number})
    return None


def _check_count(tree: AccountTree, new: NewAccounts) -> Refused | None:
    held = [account for cash in tree.cash for account in cash.securities]
    for market in ("SH", "SZ"):
        count = sum(
            account.market == market and account.kind is SecuritiesKind.ORDINARY
            for account in (*held, *new.securities)
        )
        if count > _A_SHARE_ACCOUNTS_MOST:
            return Refused("client.too_many_accounts", {"most": _A_SHARE_ACCOUNTS_MOST})
    return None


def check_preferences(chosen: Preferences) -> Refused | None:
    """Refuses values no page offers, so that none can be smuggled into one."""
    known = chosen.locale in _LOCALES and chosen.theme in _THEMES and chosen.colours in _COLOURS
    if not known or not 0 <= chosen.default_qty <= _MOST_DEFAULT_QTY:
        return Refused("client.preference_unknown")
    return check_watchlist(chosen.watchlist)


def check_watchlist(symbols: Collection[str]) -> Refused | None:
    """Symbols once each, at most 200."""
    if len(symbols) > _LONGEST_WATCHLIST:
        return Refused("client.watchlist_full", {"longest": _LONGEST_WATCHLIST})
    for symbol in symbols:
        if not _SYMBOL.fullmatch(symbol):
            return Refused("client.symbol_malformed", {"symbol": symbol[:20]})
    if len(set(symbols)) != len(symbols):
        return Refused("client.symbol_twice")
    return None


def check_list_name(name: str, others: Collection[str]) -> Refused | None:
    """Refuses a name that can't be read, is too long or is another list's. others: the names of
    the client's other lists."""
    if not name or len(name) > _LONGEST_LIST_NAME or not name.isprintable():
        return Refused("client.list_name_malformed", {"longest": _LONGEST_LIST_NAME})
    return Refused("client.list_name_taken", {"name": name}) if name in others else None


def check_list_count(count: int) -> Refused | None:
    """Refuses one list more than ten. count: of lists besides the first, before."""
    if count >= _MOST_WATCHLISTS - 1:
        return Refused("client.too_many_lists", {"most": _MOST_WATCHLISTS})
    return None


def moved(symbols: tuple[str, ...], symbol: str, by: int) -> tuple[str, ...]:
    """The list with one symbol `by` places later (earlier when negative), never past an end; as it
    is when the symbol isn't in it."""
    if symbol not in symbols:
        return symbols
    place = symbols.index(symbol)
    left = [kept for kept in symbols if kept != symbol]
    left.insert(min(max(place + by, 0), len(left)), symbol)
    return tuple(left)
