"""What market data needs from outside: a feed of quotes, sources of bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from yunquan.market.types import InstrumentNotice, MarketStatus
from yunquan.quotes.types import MinuteBar, Quote, RawBar, Trade


class QuoteListener(Protocol):
    """Whoever wants to hear a feed. Called on the event loop; must not wait."""

    def on_instrument(self, notice: InstrumentNotice) -> None: ...

    def on_quote(self, quote: Quote) -> None: ...

    def on_minutes(self, symbol: str, trading_day: str, bars: Sequence[MinuteBar]) -> None: ...

    def on_trade(self, trade: Trade) -> None: ...

    def on_market(self, status: MarketStatus) -> None: ...

    def on_day_end(self, trading_day: str) -> None: ...

    def on_heard(self) -> None:
        """Any message came, a heartbeat included: the feed lives."""
        ...

    def on_pulse(self) -> None:
        """About once a second, connected or not: time to notice silence."""
        ...


class QuoteFeed(Protocol):
    """A venue's stream of quotes."""

    async def run(self, listener: QuoteListener) -> None:
        """Stay connected, reconnecting for as long as it takes, until cancelled."""
        ...


class BarSource(Protocol):
    """Bars as somebody else wrote them."""

    name: str

    def digest(self) -> str:
        """SHA-256 of the content, hex: the same digest has the same rows."""
        ...

    def rows(self) -> Iterable[RawBar]:
        """Every row in the source's order. Raises Invalid market.bars_* when it can't be read."""
        ...

    def listed_on(self, symbol: str) -> str:
        """First trading day of the symbol, "" if the source doesn't know."""
        ...
