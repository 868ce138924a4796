"""What generated securities are worth at the end of each day.

The market has a mood that lasts (calm, nervous, crisis); each industry and each share moves with it
and by itself, with fat tails. Funds, convertibles and indices follow what they hold. On an ex-day
the worth falls by the dividend and the new shares, which were announced days before. A day's moves
come from the seed and the day alone, so a history is the same in every run; days are added as they
are asked for.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from datetime import date
from random import Random

from yunquan_world.chance import dice
from yunquan_world.corporate import LOOKED_AHEAD, NO_ACTION, Action, Announcement, announced
from yunquan_world.listings import Listing
from yunquan_world.names import INDUSTRIES
from yunquan_world.rules import board_of, board_rule

# The market's moods: the chance to stay in one for another day, the size of the market's and of the
# industries' daily moves, and the drift, as fractions.
_MOODS = {
    "calm": (0.985, 0.007, 0.006, 0.0004),
    "nervous": (0.95, 0.013, 0.009, -0.0002),
    "crisis": (0.90, 0.027, 0.014, -0.002),
}
_AFTER = {"calm": ("nervous",), "nervous": ("calm", "calm", "crisis"), "crisis": ("nervous",)}
# Drives outside the share market: daily move and drift, as fractions.
_OUTSIDE = {
    "money": (0.0, 0.00006),
    "bonds": (0.0009, 0.0001),
    "gold": (0.009, 0.0002),
    "abroad": (0.012, 0.0003),
}
_TAIL = 0.45
_PULL = 0.003
# Of whatever is no share, as a fraction.
_FURTHEST = 0.09
_HALT_CHANCE = 0.0006
_MONEY_PAYS_ABOVE_MILLI = 100_500


class Levels:
    """The worth of every listing on each day from the first of its history on."""

    def __init__(
        self, listings: list[Listing], seed: int, days: list[str], next_day: Callable[[str], str]
    ):
        """days: those of the history, oldest first; more are added by `next_day`."""
        self.listings = listings
        self.days: list[str] = []
        self.moods: list[str] = []
        self.actions: dict[tuple[str, str], Action] = {}
        # By symbol and ex-day, what was announced.
        self._announced: dict[tuple[str, str], Announcement] = {}
        self._ahead: list[str] = []
        self._seed = seed
        self._next_day = next_day
        self._index: dict[str, int] = {}
        self._worth: dict[str, list[float]] = {listing.symbol: [] for listing in listings}
        self._now = {listing.symbol: float(listing.start_milli) for listing in listings}
        self.members = _members(listings)
        self._by_symbol = {listing.symbol: listing for listing in listings}
        self._halted: set[tuple[str, str]] = set()
        self._furthest = {listing.symbol: _furthest_move(listing, days[-1]) for listing in listings}
        for day in days:
            self._add_day(day)

    def worth_milli(self, symbol: str, day: str) -> float:
        """The worth at the end of a day of the history or later; 0 on days it isn't listed."""
        return self._worth[symbol][self._place(day)]

    def before_milli(self, symbol: str, day: str) -> float:
        """The worth at the end of the trading day before; 0 if there is none."""
        place = self._place(day)
        return self._worth[symbol][place - 1] if place else 0.0

    def mood(self, day: str) -> str:
        return self.moods[self._place(day)]

    def halted(self, symbol: str, day: str) -> bool:
        self._place(day)
        return (symbol, day) in self._halted

    def action(self, symbol: str, day: str) -> Action:
        self._place(day)
        return self.actions.get((symbol, day), NO_ACTION)

    def announcements(self, day: str) -> list[Announcement]:
        """What was announced until a day and isn't over, oldest first."""
        self._place(day)
        live = (one for one in self._announced.values() if one.announced_on <= day <= one.last_day)
        return sorted(live, key=lambda one: (one.announced_on, one.id))

    def history(self, symbol: str, before: str) -> list[tuple[str, float]]:
        """Days and worths before a day, oldest first, without those it did not trade."""
        worth = self._worth[symbol]
        return [
            (day, worth[place])
            for place, day in enumerate(self.days)
            if day < before and worth[place] and (symbol, day) not in self._halted
        ]

    def days_since(self, first: str, day: str) -> int:
        """Which trading day since `first` a day is, counted from 1; 0 if it comes before."""
        last = self._place(day)
        began = self._index.get(first)
        return 0 if began is None or last < began else last - began + 1

    def _place(self, day: str) -> int:
        while not self.days or self.days[-1] < day:
            self._add_day(self._next_day(self.days[-1]))
        place = self._index.get(day)
        # A rehearsal on a day that is no trading day plays the next one, and leaves nothing behind.
        return bisect_left(self.days, day) if place is None else place

    def _add_day(self, day: str) -> None:
        draw = dice(self._seed, "day", day)
        mood = self._mood_after(draw)
        _, market_move, industry_move, drift = _MOODS[mood]
        moves = {"market": _fat(draw, market_move) + drift}
        for industry in INDUSTRIES:
            moves[industry] = _fat(draw, industry_move)
        for drive, (size, outside_drift) in _OUTSIDE.items():
            moves[drive] = _fat(draw, size) + outside_drift if size else outside_drift
        self._index[day] = len(self.days)
        self.days.append(day)
        self.moods.append(mood)
        self._look_ahead(day)
        shaken = 1.0 if mood == "calm" else 1.25 if mood == "nervous" else 1.6
        for listing in self.listings:
            self._move(listing, day, draw, moves, shaken)

    def _look_ahead(self, day: str) -> None:
        """The trading days that follow a day, as many as announcements name."""
        self._ahead = [one for one in self._ahead if one > day]
        while len(self._ahead) < LOOKED_AHEAD:
            self._ahead.append(self._next_day(self._ahead[-1] if self._ahead else day))

    def _mood_after(self, draw: Random) -> str:
        before = self.moods[-1] if self.moods else "calm"
        return before if draw.random() < _MOODS[before][0] else draw.choice(_AFTER[before])

    def _move(
        self, listing: Listing, day: str, draw: Random, moves: dict[str, float], shaken: float
    ) -> None:
        """Take a listing through a day and note its move for whoever follows it."""
        symbol = listing.symbol
        own = _fat(draw, listing.own_move * shaken)
        halted = draw.random() < _HALT_CHANCE and listing.product == "stock"
        listed = (not listing.first_day or day >= listing.first_day) and (
            not listing.last_day or day <= listing.last_day
        )
        if not listed:
            self._worth[symbol].append(0.0)
            return
        before = self._now[symbol]
        if listing.product == "stock":
            self._announce(listing, day, before)
            halted = halted or (symbol, day) in self._halted
        action = self._action_on(listing, day, before)
        if action is not NO_ACTION:
            self.actions[symbol, day] = action
            before = action.reference_milli(before)
        if halted:
            self._halted.add((symbol, day))
            move = 0.0
        elif listing.product == "index":
            move = math.log(self._basket_ratio(self.members[symbol], day))
        else:
            move = own + sum(share * moves.get(drive, 0.0) for drive, share in listing.drives)
            if listing.product in ("stock", "convertible"):
                move += _PULL * math.log(listing.start_milli / before)
        furthest = self._furthest[symbol]
        move = max(min(move, furthest), -furthest)
        moves[symbol] = move
        self._now[symbol] = before * math.exp(move)
        self._worth[symbol].append(self._now[symbol])

    def _announce(self, listing: Listing, day: str, worth_milli: float) -> None:
        """Note what a company announces today; for a rights issue the share is halted from the
        window's first day until its ex day.
        """
        found = announced(listing, self._seed, day, self._ahead, worth_milli)
        if found is None:
            return
        self._announced[found.symbol, found.ex_day] = found
        if found.rights:
            window = (one for one in self._ahead if found.rights_from <= one < found.ex_day)
            self._halted.update((found.symbol, one) for one in window)

    def _basket_ratio(self, members: tuple[str, ...], day: str) -> float:
        """What the shares of an index are worth today over what they were, ex-days left out."""
        place = self._index[day]
        before = now = 0.0
        for symbol in members:
            worth = self._worth[symbol]
            if place and worth[place] and worth[place - 1]:
                units = self._by_symbol[symbol].units
                action = self.actions.get((symbol, day), NO_ACTION)
                before += units * action.reference_milli(worth[place - 1])
                now += units * worth[place]
        return now / before if before else 1.0

    def _action_on(self, listing: Listing, day: str, before_milli: float) -> Action:
        """What today takes from a price."""
        if listing.product == "etf_money" and before_milli > _MONEY_PAYS_ABOVE_MILLI:
            return Action(round(before_milli) - 100_000, 0)
        found = self._announced.get((listing.symbol, day))
        return NO_ACTION if found is None else found.action


def _fat(draw: Random, size: float) -> float:
    """A normal move over a random size: the fat tails of daily returns."""
    return size * math.exp(_TAIL * draw.gauss(0, 1) - 0.5 * _TAIL * _TAIL) * draw.gauss(0, 1)


def _furthest_move(listing: Listing, day: str) -> float:
    """A day's move that the price limits of a listing allow."""
    board = board_of(listing.symbol)
    if listing.product != "stock" or board is None:
        return _FURTHEST
    rule = board_rule(board, date.fromisoformat(day), risk_warned=listing.risk_warned)
    return 0.95 * math.log1p(rule.limit_percent / 100)


def _members(listings: list[Listing]) -> dict[str, tuple[str, ...]]:
    """By index, the shares in it."""
    stocks = [listing for listing in listings if listing.product == "stock"]
    stocks = [stock for stock in stocks if not stock.risk_warned and not stock.first_day]
    by_size = sorted(stocks, key=lambda stock: -stock.units * stock.start_milli)
    found: dict[str, tuple[str, ...]] = {}
    for listing in listings:
        if listing.product != "index":
            continue
        kind, *rest = listing.drives[0][0].split(":")
        match kind:
            case "all":
                chosen = by_size
            case "largest":
                chosen = by_size[: int(rest[0])]
            case "smallest":
                chosen = by_size[-int(rest[0]) :]
            case "board":
                chosen = [stock for stock in by_size if board_of(stock.symbol) == rest[0]]
                chosen = chosen[: int(rest[1])]
            case _:
                chosen = [stock for stock in by_size if stock.symbol.endswith(rest[0])]
                chosen = chosen[: int(rest[1])]
        found[listing.symbol] = tuple(stock.symbol for stock in chosen)
    return found
