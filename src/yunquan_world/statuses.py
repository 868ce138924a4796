"""Whether a security or a whole exchange trades, as it is kept and announced."""

from __future__ import annotations

from msgspec import Struct

TRADING, HALTED = "trading", "halted"
VOLATILITY_HALT, EXCHANGE_HALT = "volatility_halt", "exchange_halt"
WHOLE = "*"


class Status(Struct, frozen=True):
    """The trading status of a symbol on a day, or of every symbol of a market ("*").

    until_s: seconds since midnight at which it ends by itself, 0 for not by itself. used: the
    volatility steps of the day that have halted it, such as "up30".
    """

    symbol: str
    market: str
    trading_day: str
    status: str
    until_s: int = 0
    reason: str = ""
    used: tuple[str, ...] = ()
    at: str = ""

    @property
    def key(self) -> str:
        """What it is kept under: one status for each symbol, and one for each whole market."""
        return f"{self.symbol}:{self.market}" if self.symbol == WHOLE else self.symbol
