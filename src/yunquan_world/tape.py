"""What a day's trading of one security adds up to: last, open, high, low, volume, minute bars."""

from __future__ import annotations

from msgspec import Struct, field

from yunquan_world.hours import minute_label
from yunquan_world.messages import MinuteBar

_MINUTE_S = 60


class Tape(Struct):
    """Prices in milli, volume in shares, turnover in milli (a fund's may have parts of a fen).

    seq numbers quotes and trades of the symbol together; trades counts those of the day.
    close_milli: the official close once the session is over, else 0. minute_open_milli and what
    follows are the minute that is running, from `minute_from_milli` of turnover on; `minutes_done`
    counts the bars that are complete. recent: (second of the day, shares, turnover in milli) of the
    last minute's trades.
    """

    symbol: str
    trading_day: str
    prev_close_milli: int
    last_milli: int = 0
    open_milli: int = 0
    high_milli: int = 0
    low_milli: int = 0
    close_milli: int = 0
    volume: int = 0
    turnover_milli: int = 0
    trades: int = 0
    seq: int = 0
    minutes_done: int = 0
    minute_open_milli: int = 0
    minute_high_milli: int = 0
    minute_low_milli: int = 0
    minute_volume: int = 0
    minute_from_milli: int = 0
    recent: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def price_milli(self) -> int:
        """The official close once there is one; before it the last price, or the previous close
        before the first trade."""
        return self.close_milli or self.last_milli or self.prev_close_milli

    @property
    def turnover_fen(self) -> int:
        """The day's turnover in whole fen."""
        return self.turnover_milli // 10

    def trade(self, price_milli: int, qty: int, second: int = 0) -> None:
        """Note a trade. second: of the day."""
        self._reach(price_milli)
        self.minute_volume += qty
        self._count(qty, price_milli * qty)
        self._remember(second, qty, price_milli * qty)

    def trade_late(self, qty: int) -> None:
        """Note a trade after hours: it adds to the day's volume and moves no price."""
        self._count(qty, self.close_milli * qty)

    def average_milli(self) -> tuple[int, int]:
        """Turnover (milli) and shares of the minute before the last trade, that trade included."""
        amounts = [amount for _, _, amount in self.recent]
        return sum(amounts), sum(shares for _, shares, _ in self.recent)

    def mark(self, price_milli: int, volume: int, turnover_milli: int) -> None:
        """Write the price of an index, with what its shares have traded in the day so far.

        Its official close is its last price.
        """
        self._reach(price_milli)
        self.minute_volume += volume - self.volume
        self.volume, self.turnover_milli = volume, turnover_milli
        self.recent = [(0, 1, price_milli)]

    def end_minute(self) -> MinuteBar:
        """The bar of the minute that ends now; without a trade it is flat at the last price."""
        price_milli = self.last_milli or self.prev_close_milli
        # A difference of whole sums: a day's minutes add up to its turnover, to the fen.
        turnover_fen = self.turnover_fen - self.minute_from_milli // 10
        bar = (
            minute_label(self.minutes_done),
            self.minute_open_milli or price_milli,
            self.minute_high_milli or price_milli,
            self.minute_low_milli or price_milli,
            price_milli,
            self.minute_volume,
            turnover_fen,
        )
        self.minutes_done += 1
        self.minute_open_milli = self.minute_high_milli = self.minute_low_milli = 0
        self.minute_volume = 0
        self.minute_from_milli = self.turnover_milli
        return bar

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def _reach(self, price_milli: int) -> None:
        """Note a price."""
        if not self.open_milli:
            self.open_milli = self.high_milli = self.low_milli = price_milli
        if not self.minute_open_milli:
            self.minute_open_milli = price_milli
            self.minute_high_milli = self.minute_low_milli = price_milli
        self.last_milli = price_milli
        self.high_milli = max(self.high_milli, price_milli)
        self.low_milli = min(self.low_milli, price_milli)
        self.minute_high_milli = max(self.minute_high_milli, price_milli)
        self.minute_low_milli = min(self.minute_low_milli, price_milli)

    def _count(self, qty: int, amount_milli: int) -> None:
        self.volume += qty
        self.turnover_milli += amount_milli
        self.trades += 1

    def _remember(self, second: int, qty: int, amount_milli: int) -> None:
        recent = self.recent
        if recent and recent[-1][0] == second:
            _, shares, amount = recent[-1]
            recent[-1] = (second, shares + qty, amount + amount_milli)
            return
        recent.append((second, qty, amount_milli))
        while recent[0][0] <= second - _MINUTE_S:
            del recent[0]
