"""What baskets of shares are worth while the market trades: indices, and whatever follows them.

A basket is worth its shares at their last prices, over what the same shares were worth at the end
of the day before (ex-days taken out of the comparison). Funds and convertibles follow that; an
index has no orders of its own, so its tape is written here.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunquan_world.exchange import Exchange
from yunquan_world.levels import Levels
from yunquan_world.listings import Listing
from yunquan_world.tape import Tape

_WHOLE_MARKET = "000871.SH"


@dataclass(slots=True)
class Basket:
    """Shares with their units, and what they were worth. now: their worth over that, 1 at first."""

    rows: list[tuple[Tape, int]]
    before_milli: float
    now: float = 1.0

    def update(self) -> None:
        if self.before_milli:
            total = sum(tape.price_milli * units for tape, units in self.rows)
            self.now = total / self.before_milli


@dataclass(slots=True)
class Followed:
    """A basket, and how much of its move somebody takes."""

    basket: Basket
    share: float

    @property
    def ratio(self) -> float:
        return 1.0 + self.share * (self.basket.now - 1.0)


class Baskets:
    """All baskets of one day."""

    def __init__(self, levels: Levels, day: str, exchange: Exchange):
        self._exchange = exchange
        self._baskets: dict[str, Basket] = {}
        self._indices: list[tuple[Tape, float, Basket]] = []
        self._levels = levels
        self._day = day
        self._listings = {listing.symbol: listing for listing in levels.listings}
        for listing in levels.listings:
            tape = exchange.tapes.get(listing.symbol)
            if listing.product == "index" and tape is not None:
                before_milli = levels.before_milli(listing.symbol, day) or listing.start_milli
                basket = self._basket(listing.symbol, levels.members[listing.symbol])
                self._indices.append((tape, before_milli, basket))

    def followed(self, listing: Listing) -> Followed | None:
        """What a listing follows through the day; None if that isn't traded here."""
        drive, share = listing.drives[0]
        if not listing.follows_live:
            return None
        if drive in self._levels.members:
            members = self._levels.members[drive]
        elif drive == "market":
            members = self._levels.members.get(_WHOLE_MARKET, ())
        elif drive in self._listings:
            members = (drive,)
        else:
            members = tuple(
                stock.symbol
                for stock in self._levels.listings
                if stock.industry == drive and not stock.risk_warned
            )
        basket = self._basket(drive, members)
        return Followed(basket, share) if basket.before_milli else None

    def update(self) -> None:
        """Look at the last prices; write the indices' tapes."""
        for basket in self._baskets.values():
            basket.update()
        for tape, before_milli, basket in self._indices:
            volume = sum(share.volume for share, _ in basket.rows)
            turnover_milli = sum(share.turnover_milli for share, _ in basket.rows)
            tape.mark(round(before_milli * basket.now / 10) * 10, volume, turnover_milli)
            self._exchange.changed().add(tape.symbol)

    def _basket(self, name: str, members: tuple[str, ...]) -> Basket:
        known = self._baskets.get(name)
        if known is not None:
            return known
        rows: list[tuple[Tape, int]] = []
        before_milli = 0.0
        for symbol in members:
            tape = self._exchange.tapes.get(symbol)
            worth_milli = self._levels.before_milli(symbol, self._day)
            if tape is None or not worth_milli:
                continue
            units = self._listings[symbol].units
            action = self._levels.action(symbol, self._day)
            rows.append((tape, units))
            before_milli += units * action.reference_milli(worth_milli)
        basket = self._baskets[name] = Basket(rows, before_milli)
        basket.update()
        return basket
