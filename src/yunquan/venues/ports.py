"""The port to a venue: what a gateway tells whoever runs it. Sending is the counter's OrderGateway
port.
"""

from __future__ import annotations

from typing import Protocol

from yunquan.market.types import InstrumentNotice, MarketStatus, TradingStatus, VenueNotice
from yunquan.venues.types import OrderStatus, Report


class VenueListener(Protocol):
    """Called on the event loop, in the order things arrive. None of these may block."""

    def on_link(self, *, up: bool) -> None:
        """The session is logged on (reports may follow), or lost."""
        ...

    def on_instrument(self, notice: InstrumentNotice) -> None:
        """The day's reference data of one instrument."""
        ...

    def on_market(self, status: MarketStatus) -> None:
        """Trading day, time and phase as the venue announces them."""
        ...

    def on_report(self, report: Report) -> None:
        """One report; may be a repeat or ahead of missing ones."""
        ...

    def on_status(self, status: OrderStatus) -> None:
        """Answer to a query."""
        ...

    def on_trading_status(self, status: TradingStatus) -> None:
        """The venue stops or goes on with something."""
        ...

    def on_notice(self, notice: VenueNotice) -> None:
        """The venue tells everybody something."""
        ...

    def on_day_end(self, trading_day: str, last_report: int) -> None:
        """No more reports for this trading day after `last_report`."""
        ...

    def next_report(self) -> int:
        """The first report index not yet durable on our side."""
        ...
