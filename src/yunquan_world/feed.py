"""The feed: instruments, quotes, trades and minutes of the symbols a reader names."""

from __future__ import annotations

import logging

import msgspec

from yunquan_world.connection import Connection
from yunquan_world.events import DayEnded, DayOpened, MinuteEnded
from yunquan_world.exchange import Print
from yunquan_world.floor import Floor
from yunquan_world.frames import packed
from yunquan_world.market_data import (
    closes_message,
    instrument_message,
    market_message,
    minutes_message,
    quote_message,
    trade_message,
)
from yunquan_world.messages import (
    Closes,
    DayEnd,
    FeedMessage,
    History,
    LogonOk,
    Message,
    Minutes,
    Subscribe,
)
from yunquan_world.rules import board_of

log = logging.getLogger(__name__)

_QUOTE_EVERY_S = 0.2
_SLOW_BYTES = 1 << 20
_LOST_BYTES = 16 << 20
_decoder: msgspec.msgpack.Decoder[FeedMessage] = msgspec.msgpack.Decoder(FeedMessage)


class Reader:
    """One session of the feed. "*" among its symbols means all of them."""

    def __init__(self, connection: Connection):
        self.connection = connection
        self.symbols: set[str] = set()

    def wants(self, symbol: str) -> bool:
        return symbol in self.symbols or "*" in self.symbols

    def send(self, frame: bytes) -> None:
        """Send what must not be missed; a reader that is far behind is let go."""
        if self.connection.unsent_bytes > _LOST_BYTES:
            log.warning("feed reader is too slow, its session breaks")
            self.connection.abort()
            return
        self.connection.writer.write(frame)

    def send_quote(self, frame: bytes) -> None:
        """Send a quote unless the reader is behind: the next one replaces it."""
        if self.connection.unsent_bytes < _SLOW_BYTES:
            self.connection.writer.write(frame)


class Feed:
    """All readers of one floor."""

    def __init__(self, floor: Floor):
        self._floor = floor
        self._readers: set[Reader] = set()
        self._quoted_at_s: dict[str, float] = {}

    @property
    def connections(self) -> list[Connection]:
        return [reader.connection for reader in self._readers]

    async def serve(self, connection: Connection) -> None:
        """Run a reader's session to its end."""
        floor = self._floor
        moment = floor.moment
        connection.send(
            LogonOk(0, floor.trading_day, moment.text, moment.phase, floor.settings.speed)
        )
        reader = Reader(connection)
        self._readers.add(reader)
        try:
            while True:
                message = await connection.receive(_decoder)
                if isinstance(message, Subscribe):
                    self._subscribe(reader, message.symbols)
                elif isinstance(message, History):
                    self._tell_history(reader, message)
                await connection.drain()
        finally:
            self._readers.discard(reader)

    def trade(self, trade: Print) -> None:
        self._tell(trade.symbol, trade_message(trade))

    def end_minute(self, ended: MinuteEnded) -> None:
        for symbol, bar in ended.bars.items():
            self._tell(symbol, Minutes(symbol, ended.trading_day, [bar]))

    def end_day(self, ended: DayEnded) -> None:
        self.tell_all(DayEnd(ended.trading_day, 0))

    def open_day(self, opened: DayOpened) -> None:
        self._quoted_at_s.clear()
        for instrument in opened.instruments:
            self._tell(instrument.symbol, instrument_message(instrument))
            self._floor.exchange.changed().add(instrument.symbol)

    def tell_all(self, message: Message) -> None:
        frame = packed(message)
        for reader in self._readers:
            reader.send(frame)

    def quote_changed(self) -> None:
        """Quote the symbols whose book has changed, none more often than five times a second."""
        changed, now_s = self._floor.exchange.changed(), self._floor.now_s
        for symbol in list(changed):
            if now_s - self._quoted_at_s.get(symbol, -1.0) < _QUOTE_EVERY_S:
                continue
            changed.discard(symbol)
            if symbol in self._floor.instruments:
                self._quote(symbol)

    def _subscribe(self, reader: Reader, symbols: list[str]) -> None:
        floor = self._floor
        reader.symbols.update(symbol for symbol in symbols if symbol == "*" or board_of(symbol))
        wanted = [symbol for symbol in floor.instruments if symbol in symbols or "*" in symbols]
        for symbol in wanted:
            reader.send(packed(instrument_message(floor.instruments[symbol])))
        for symbol in wanted:
            reader.send(packed(minutes_message(floor, symbol)))
            reader.send(packed(quote_message(floor, symbol)))
        speed = floor.settings.speed
        reader.send(packed(market_message(floor.trading_day, floor.moment, speed)))

    def _tell_history(self, reader: Reader, history: History) -> None:
        if history.symbol in self._floor.instruments:
            message = closes_message(self._floor, history.symbol, history.last)
        else:
            message = Closes(history.symbol, "all", [])
        reader.send(packed(message))

    def _quote(self, symbol: str) -> None:
        self._quoted_at_s[symbol] = self._floor.now_s
        frame = packed(quote_message(self._floor, symbol))
        for reader in self._readers:
            if reader.wants(symbol):
                reader.send_quote(frame)

    def _tell(self, symbol: str, message: Message) -> None:
        frame = packed(message)
        for reader in self._readers:
            if reader.wants(symbol):
                reader.send(frame)
