"""What a day's trading of one security adds up to: last, open, high, low, volume, minute bars."""

from __future__ import annotations

from msgspec import Struct

from yunquan_world.hours import minute_label
from yunquan_world.messages import MinuteBar


class Tape(Struct):
    """Prices in milli, volume in shares, turnover in fen.

    seq numbers quotes and trades of the symbol together. The fields from `minute_open_milli` on are
    the minute that is running; `minutes_done` counts the bars that are complete.
    """

    symbol: str
    trading_day: str
    prev_close_milli: int
    last_milli: int = 0
    open_milli: int = 0
    high_milli: int = 0
    low_milli: int = 0
    volume: int = 0
    turnover_fen: int = 0
    seq: int = 0
    minutes_done: int = 0
    minute_open_milli: int = 0
    minute_high_milli: int = 0
    minute_low_milli: int = 0
    minute_volume: int = 0
    minute_turnover_fen: int = 0

    @property
    def price_milli(self) -> int:
        """The last price; the previous close before the first trade."""
        return self.last_milli or self.prev_close_milli

    def trade(self, price_milli: int, qty: int) -> None:
        # A tick of a share is one fen and quantities are whole, so a turnover has no rest.
        turnover_fen = price_milli * qty // 10
        if not self.open_milli:
            self.open_milli = self.high_milli = self.low_milli = price_milli
        if not self.minute_open_milli:
            self.minute_open_milli = price_milli
            self.minute_high_milli = self.minute_low_milli = price_milli
        self.last_milli = price_milli
        self.high_milli = max(self.high_milli, price_milli)
        self.low_milli = min(self.low_milli, price_milli)
        self.volume += qty
        self.turnover_fen += turnover_fen
        self.minute_high_milli = max(self.minute_high_milli, price_milli)
        self.minute_low_milli = min(self.minute_low_milli, price_milli)
        self.minute_volume += qty
        self.minute_turnover_fen += turnover_fen

    def end_minute(self) -> MinuteBar:
        """The bar of the minute that ends now; without a trade it is flat at the last price."""
        price_milli = self.price_milli
        bar = (
            minute_label(self.minutes_done),
            self.minute_open_milli or price_milli,
            self.minute_high_milli or price_milli,
            self.minute_low_milli or price_milli,
            price_milli,
            self.minute_volume,
            self.minute_turnover_fen,
        )
        self.minutes_done += 1
        self.minute_open_milli = self.minute_high_milli = self.minute_low_milli = 0
        self.minute_volume = self.minute_turnover_fen = 0
        return bar

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq
