"""What listed companies announce: dividends, new shares, rights issues, days ahead of their ex day.

All of it comes from the seed and the worth of the share on the day it is announced, so a calendar
is the same in every run. Who gets it holds shares at the record day's close.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunquan_world.chance import dice
from yunquan_world.listings import Listing
from yunquan_world.rules import to_tick
from yunquan_world.rules.instruments import half_up

# Trading days from the announcement to the ex day.
DIVIDEND_AHEAD, RIGHTS_AHEAD = 6, 12
# Around the ex day of a rights issue, in trading days: its record day, the window, the outcome
# before it, the listing after it. The share doesn't trade from the window's first day on.
_RECORD, _FIRST, _LAST, _OUTCOME, _LISTING = -7, -6, -2, -1, 4
# As many days ahead are looked at as an announcement names.
LOOKED_AHEAD = RIGHTS_AHEAD + _LISTING
# Dividends keep this many days away from a rights issue of the same share.
_APART_DAYS = 40
_LATE_PAYERS, _LATE_DAYS = 0.2, 2
_FAILS = 0.12
_WHOLE_E4, _NEEDED_E4 = 10_000, 7_000
# Interest on what is given back, as demand deposits bear it: 10^-6 for each CNY.
_INTEREST_E6 = 41


@dataclass(frozen=True)
class Action:
    """What an ex-day takes from a price: cash a share in milli, new shares for each ten, and rights
    for each ten at a price in milli.
    """

    cash_milli: int
    new_shares: int
    rights: int = 0
    rights_price_milli: int = 0

    def reference_milli(self, close_milli: float) -> float:
        """The close of the day before, without what the ex-day takes."""
        worth = 10 * (close_milli - self.cash_milli) + self.rights * self.rights_price_milli
        return worth / (10 + self.new_shares + self.rights)

    def prev_close_milli(self, close_milli: int, tick_milli: int) -> int:
        """The same of an official close, exact and rounded half up to the tick once."""
        worth = 10 * (close_milli - self.cash_milli) + self.rights * self.rights_price_milli
        shares = 10 + self.new_shares + self.rights
        return max(half_up(worth, shares * tick_milli) * tick_milli, tick_milli)


NO_ACTION = Action(0, 0)


@dataclass(frozen=True)
class Announcement:
    """One corporate action with its days; "" for those it hasn't. cash_milli: a share; bonus,
    capital, rights: shares for ten. outcome_day: from when it is known that taken_e4 of the rights,
    10^-4, were paid for.
    """

    id: str
    symbol: str
    announced_on: str
    record_day: str
    ex_day: str
    pay_day: str = ""
    listing_day: str = ""
    cash_milli: int = 0
    bonus: int = 0
    capital: int = 0
    rights: int = 0
    rights_price_milli: int = 0
    rights_from: str = ""
    rights_to: str = ""
    rights_code: str = ""
    outcome_day: str = ""
    taken_e4: int = -1
    interest_e6: int = 0

    @property
    def last_day(self) -> str:
        """The last day on which somebody may want to know of it."""
        return max(self.ex_day, self.pay_day, self.listing_day)

    @property
    def failed(self) -> bool:
        return bool(self.rights) and self.taken_e4 < _NEEDED_E4

    def ended(self, day: str) -> bool:
        """Whether the outcome of its rights is known on a day."""
        return bool(self.outcome_day) and self.outcome_day <= day

    def news_on(self, day: str) -> bool:
        return day in (self.announced_on, self.outcome_day)

    @property
    def action(self) -> Action:
        """What its ex day takes: nothing for rights too few of which were paid for."""
        if self.failed:
            return NO_ACTION
        new = self.bonus + self.capital
        return Action(self.cash_milli, new, self.rights, self.rights_price_milli)


def announced(
    listing: Listing, seed: int, day: str, ahead: list[str], worth_milli: float
) -> Announcement | None:
    """What a company announces on a day. ahead: the trading days that follow; worth_milli: of a
    share, at the last close.
    """
    if listing.rights_ex_day and listing.rights_ex_day == ahead[RIGHTS_AHEAD - 1]:
        return _rights(listing, seed, day, ahead, worth_milli)
    return _dividend(listing, seed, day, ahead, worth_milli)


def _dividend(
    listing: Listing, seed: int, day: str, ahead: list[str], worth_milli: float
) -> Announcement | None:
    """The ex-day of the year is six trading days ahead, or fell on a holiday before it."""
    month, month_day = listing.ex_day
    record_day, ex_day = ahead[DIVIDEND_AHEAD - 2], ahead[DIVIDEND_AHEAD - 1]
    if not month or listing.first_day:
        return None
    wanted = date(int(ex_day[:4]), month, month_day).isoformat()
    if not record_day < wanted <= ex_day or _near(listing.rights_ex_day, ex_day):
        return None
    # Dividends are paid in whole fen; a share of little worth pays at least one.
    cash_milli = max(round(worth_milli * listing.dividend / 10), 1) * 10
    late = dice(seed, "payer", listing.symbol).random() < _LATE_PAYERS
    return Announcement(
        id=_name(listing, ex_day),
        symbol=listing.symbol,
        announced_on=day,
        record_day=record_day,
        ex_day=ex_day,
        pay_day=ahead[DIVIDEND_AHEAD - 1 + _LATE_DAYS] if late else ex_day,
        listing_day=ex_day if listing.bonus or listing.capital else "",
        cash_milli=cash_milli,
        bonus=listing.bonus,
        capital=listing.capital,
    )


def _rights(
    listing: Listing, seed: int, day: str, ahead: list[str], worth_milli: float
) -> Announcement:
    draw = dice(seed, "rights", listing.symbol)
    at = RIGHTS_AHEAD - 1
    price_milli = to_tick(round(worth_milli * draw.uniform(0.68, 0.85)), listing.tick_milli)
    fails = draw.random() < _FAILS
    taken_e4 = draw.randint(4_000, _NEEDED_E4 - 1) if fails else draw.randint(8_600, _WHOLE_E4)
    # Shanghai gives a listed share's rights the code 700 or 760, Shenzhen 080 or 380.
    head = {"SH": "700", "SZ": "080"}.get(listing.symbol[-2:], "700")
    return Announcement(
        id=_name(listing, ahead[at]),
        symbol=listing.symbol,
        announced_on=day,
        record_day=ahead[at + _RECORD],
        ex_day=ahead[at],
        listing_day=ahead[at + _LISTING],
        rights=listing.rights,
        rights_price_milli=price_milli,
        rights_from=ahead[at + _FIRST],
        rights_to=ahead[at + _LAST],
        rights_code=head + listing.symbol[3:6],
        outcome_day=ahead[at + _OUTCOME],
        taken_e4=taken_e4,
        interest_e6=_INTEREST_E6 if fails else 0,
    )


def _near(rights_ex_day: str, day: str) -> bool:
    if not rights_ex_day:
        return False
    apart = date.fromisoformat(rights_ex_day) - date.fromisoformat(day)
    return abs(apart.days) < _APART_DAYS


def _name(listing: Listing, ex_day: str) -> str:
    return f"CA{ex_day.replace('-', '')}{listing.symbol.replace('.', '')}"
