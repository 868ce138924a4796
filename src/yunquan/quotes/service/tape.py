"""The tape's place in the room: hears what the board hears and hands it on in blocks."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.bars.types import MinuteBar
from yunquan.kernel.clock import Clock, to_ms
from yunquan.market.types import InstrumentNotice, MarketStatus, TradingStatus, VenueNotice
from yunquan.quotes.adapters.tape import BLOCK_TICKS, TapeWriter
from yunquan.quotes.ports import QuoteListener
from yunquan.quotes.rules.ticks import Row, row_of
from yunquan.quotes.types import Quote, Trade


class TapeRecorder:
    """Writes down every tick a feed brings. They wait a pulse at most, or until a block is full."""

    def __init__(self, writer: TapeWriter, clock: Clock) -> None:
        self.writer = writer
        self._clock = clock
        self._day = ""
        self._rows: list[Row] = []
        self._heard_ms = 0

    def on_quote(self, quote: Quote) -> None:
        self._keep(quote)

    def on_trade(self, trade: Trade) -> None:
        self._keep(trade)

    def _keep(self, tick: Quote | Trade) -> None:
        self._heard_ms = to_ms(self._clock.now())
        if not self._day:
            self._day = tick.at[:10]
        self._rows.append(row_of(tick, self._heard_ms))
        if len(self._rows) >= BLOCK_TICKS:
            self.flush()

    def on_market(self, status: MarketStatus) -> None:
        if status.trading_day != self._day:
            self.flush()
            self._day = status.trading_day

    def on_day_end(self, trading_day: str) -> None:
        self.flush()
        self.writer.close()

    def on_pulse(self) -> None:
        self.flush()

    def on_instrument(self, notice: InstrumentNotice) -> None:
        """No tick."""

    def on_minutes(self, symbol: str, trading_day: str, bars: Sequence[MinuteBar]) -> None:
        """No tick: minutes are made of ticks."""

    def on_trading_status(self, status: TradingStatus) -> None:
        """No tick."""

    def on_notice(self, notice: VenueNotice) -> None:
        """No tick."""

    def on_heard(self) -> None:
        """No tick."""

    def flush(self) -> None:
        """Hand over what waits."""
        if self._rows:
            self.writer.write(self._day, self._rows, self._heard_ms)
            self._rows = []

    def close(self) -> None:
        """Hand over what waits and close the tape."""
        self.flush()
        self.writer.close()


class Listeners:
    """Several listeners of one feed as one, told in their order."""

    def __init__(self, *listeners: QuoteListener) -> None:
        self._listeners = listeners

    def on_instrument(self, notice: InstrumentNotice) -> None:
        for listener in self._listeners:
            listener.on_instrument(notice)

    def on_quote(self, quote: Quote) -> None:
        for listener in self._listeners:
            listener.on_quote(quote)

    def on_minutes(self, symbol: str, trading_day: str, bars: Sequence[MinuteBar]) -> None:
        for listener in self._listeners:
            listener.on_minutes(symbol, trading_day, bars)

    def on_trade(self, trade: Trade) -> None:
        for listener in self._listeners:
            listener.on_trade(trade)

    def on_market(self, status: MarketStatus) -> None:
        for listener in self._listeners:
            listener.on_market(status)

    def on_trading_status(self, status: TradingStatus) -> None:
        for listener in self._listeners:
            listener.on_trading_status(status)

    def on_notice(self, notice: VenueNotice) -> None:
        for listener in self._listeners:
            listener.on_notice(notice)

    def on_day_end(self, trading_day: str) -> None:
        for listener in self._listeners:
            listener.on_day_end(trading_day)

    def on_heard(self) -> None:
        for listener in self._listeners:
            listener.on_heard()

    def on_pulse(self) -> None:
        for listener in self._listeners:
            listener.on_pulse()
