"""When a bank takes a transfer, and how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from yunquan.funding.types import BankTerms, Direction, MarketMoment
from yunquan.kernel.errors import Refused
from yunquan.market.rules.calendar import Calendar
from yunquan.market.types import DayKind

LONGEST_SEARCH_DAYS: Final = 40


def terms_on(rows: Iterable[BankTerms], bank: str, direction: Direction, day: str) -> BankTerms:
    """The row in force on an ISO day. A day before every row raises LookupError."""
    found = [
        row
        for row in rows
        if (row.bank, row.direction) == (bank, direction) and row.effective_from <= day
    ]
    if not found:
        raise LookupError(f"no terms of {bank} for {direction} on {day}")
    return max(found, key=lambda row: row.effective_from)


def is_open(terms: BankTerms, calendar: Calendar, moment: MarketMoment) -> bool:
    """Whether the window is open now. A day of unknown kind counts as a trading day."""
    if terms.always_open:
        return True
    return _has_window(terms, calendar, moment.day) and terms.opens <= moment.minute < terms.closes


def next_opening(terms: BankTerms, calendar: Calendar, moment: MarketMoment) -> tuple[str, str]:
    """Day and "HH:MM" at which the window opens next; ("", "") if it doesn't within 40 days."""
    if _has_window(terms, calendar, moment.day) and moment.minute < terms.opens:
        return moment.day, terms.opens
    day = date.fromisoformat(moment.day)
    for _ in range(LONGEST_SEARCH_DAYS):
        day += timedelta(days=1)
        if _has_window(terms, calendar, day.isoformat()):
            return day.isoformat(), terms.opens
    return "", ""


def _has_window(terms: BankTerms, calendar: Calendar, day: str) -> bool:
    kind = calendar.known_kind(day) or DayKind.TRADING
    return kind.value in terms.days


def decide_request(
    terms: BankTerms,
    calendar: Calendar,
    moment: MarketMoment,
    amount_fen: int,
    asked_today_fen: int,
) -> Refused | None:
    """Why a transfer may not begin; None if it may.

    asked_today_fen: what this account has asked for in this direction today, refused ones left out.
    """
    if not is_open(terms, calendar, moment):
        day, minute = next_opening(terms, calendar, moment)
        facts = {"opens": terms.opens, "closes": terms.closes, "day": day, "minute": minute}
        return Refused("transfer.outside_window", facts)
    if amount_fen > terms.single_fen:
        return Refused("transfer.single_limit", {"limit_fen": terms.single_fen})
    left_fen = max(terms.day_fen - asked_today_fen, 0)
    if amount_fen > left_fen:
        facts = {"limit_fen": terms.day_fen, "left_fen": left_fen}
        return Refused("transfer.day_limit", facts)
    return None
