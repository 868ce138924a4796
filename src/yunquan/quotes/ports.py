"""What market data needs from outside: a feed of quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from yunquan.bars.types import MinuteBar
from yunquan.market.types import InstrumentNotice, MarketStatus, TradingStatus, VenueNotice
from yunquan.quotes.types import Quote, Trade


class QuoteListener(Protocol):
    """Whoever wants to hear a feed. Called on the event loop; must not wait."""

    def on_instrument(self, notice: InstrumentNotice) -> None: ...

    def on_quote(self, quote: Quote) -> None: ...

    def on_minutes(self, symbol: str, trading_day: str, bars: Sequence[MinuteBar]) -> None: ...

    def on_trade(self, trade: Trade) -> None: ...

    def on_market(self, status: MarketStatus) -> None: ...

    def on_trading_status(self, status: TradingStatus) -> None:
        """The venue stops or goes on with something."""
        ...

    def on_notice(self, notice: VenueNotice) -> None:
        """The venue tells everybody something."""
        ...

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
