"""The feed at three levels: best prices, snapshots of five prices, or ten and every trade."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import msgspec

from yunquan_world.connection import Connection
from yunquan_world.events import DayEnded, DayOpened, MinuteEnded
from yunquan_world.exchange import Print
from yunquan_world.floor import Floor
from yunquan_world.frames import packed
from yunquan_world.market_data import (
    action_message,
    closes_message,
    instrument_message,
    market_message,
    minutes_message,
    quote_message,
    status_messages,
    trade_message,
)
from yunquan_world.messages import (
    BestPrices,
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

BEST, SNAPSHOTS, FULL = 0, 1, 2
# Prices a side by level, how seldom a symbol is quoted at most (real seconds), and how seldom in
# seconds of the market.
_DEPTHS = {SNAPSHOTS: 5, FULL: 10}
_QUOTE_EVERY_S = 0.2
_SNAPSHOT_EVERY_MARKET_S = 3.0
_SLOW_BYTES = 1 << 20
_LOST_BYTES = 16 << 20
_decoder: msgspec.msgpack.Decoder[FeedMessage] = msgspec.msgpack.Decoder(FeedMessage)


class Reader:
    """One session of the feed. "*" among its symbols means all of them."""

    def __init__(self, connection: Connection, level: int):
        self.connection = connection
        self.level = level
        self.symbols: set[str] = set()

    def wants(self, symbol: str) -> bool:
        return symbol in self.symbols or "*" in self.symbols

    def send(self, frame: bytes) -> None:
        """Send what must not be missed; a reader that is far behind is let go."""
        if self.connection.is_gone:
            return
        if self.connection.unsent_bytes > _LOST_BYTES:
            log.warning("feed reader is too slow, its session breaks")
            self.connection.abort()
            return
        self.connection.writer.write(frame)

    def send_quote(self, frame: bytes) -> None:
        """Send a quote unless the reader is behind: the next one replaces it."""
        if not self.connection.is_gone and self.connection.unsent_bytes < _SLOW_BYTES:
            self.connection.writer.write(frame)


@dataclass
class _Pace:
    """When the readers of a level were last shown what, and which symbols they are owed.

    quoted: by symbol, the real second and the second of the market.
    """

    quoted: dict[str, tuple[float, float]] = field(default_factory=dict)
    owed: set[str] = field(default_factory=set)


class Feed:
    """All readers of one floor."""

    def __init__(self, floor: Floor):
        self._floor = floor
        self._readers: set[Reader] = set()
        self._paces = {level: _Pace() for level in (BEST, SNAPSHOTS, FULL)}
        self._best_at_s = -1.0

    @property
    def connections(self) -> list[Connection]:
        return [reader.connection for reader in self._readers]

    async def serve(self, connection: Connection, level: int) -> None:
        """Run a reader's session to its end."""
        floor = self._floor
        moment = floor.moment
        speed, kind = floor.settings.speed, floor.kind_of_day
        connection.send(
            LogonOk(0, floor.trading_day, moment.text, moment.phase, speed, kind_of_day=kind)
        )
        reader = Reader(connection, level)
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
        readers = self._wanting(trade.symbol, FULL)
        if readers:
            frame = packed(trade_message(trade))
            for reader in readers:
                reader.send(frame)

    def end_minute(self, ended: MinuteEnded) -> None:
        for symbol, bar in ended.bars.items():
            self._tell(symbol, Minutes(symbol, ended.trading_day, [bar]), least_level=SNAPSHOTS)

    def end_day(self, ended: DayEnded) -> None:
        self.tell_all(DayEnd(ended.trading_day, 0))

    def open_day(self, opened: DayOpened) -> None:
        for pace in self._paces.values():
            pace.quoted.clear()
            pace.owed.clear()
        for instrument in opened.instruments:
            self._tell(instrument.symbol, instrument_message(instrument), least_level=BEST)
            self._floor.exchange.changed().add(instrument.symbol)

    def tell_all(self, message: Message) -> None:
        frame = packed(message)
        for reader in self._readers:
            reader.send(frame)

    def quote_changed(self) -> None:
        """Quote the symbols whose book has changed, to each level at its own pace."""
        changed = self._floor.exchange.changed()
        for pace in self._paces.values():
            pace.owed |= changed
        changed.clear()
        levels = {reader.level for reader in self._readers}
        for level in (SNAPSHOTS, FULL):
            if level in levels:
                self._quote_owed(level)
        if BEST in levels and self._floor.now_s - self._best_at_s >= _QUOTE_EVERY_S:
            self._best_at_s = self._floor.now_s
            self._tell_best()

    def _quote_owed(self, level: int) -> None:
        pace, floor = self._paces[level], self._floor
        now_s, market_s = floor.now_s, floor.moment.market_s
        # Sorted, so that a seed is all there is to a run: a set's order is another in each process.
        for symbol in sorted(pace.owed):
            real_s, quoted_s = pace.quoted.get(symbol, (-1.0, -_SNAPSHOT_EVERY_MARKET_S))
            if now_s - real_s < _QUOTE_EVERY_S:
                continue
            if level == SNAPSHOTS and market_s - quoted_s < _SNAPSHOT_EVERY_MARKET_S:
                continue
            pace.owed.discard(symbol)
            readers = self._wanting(symbol, level, level)
            if not readers or symbol not in floor.instruments:
                continue
            pace.quoted[symbol] = (now_s, market_s)
            frame = packed(quote_message(floor, symbol, _DEPTHS[level]))
            for reader in readers:
                reader.send_quote(frame)

    def _tell_best(self) -> None:
        """One batch for all that has changed, to the readers of best prices."""
        owed = self._paces[BEST].owed
        exchange = self._floor.exchange
        rows = [
            (symbol, book.bid_milli(), book.ask_milli(), exchange.tapes[symbol].price_milli)
            for symbol in sorted(owed)
            if (book := exchange.books.get(symbol))
        ]
        owed.clear()
        for reader in self._readers:
            if reader.level == BEST:
                wanted = [row for row in rows if reader.wants(row[0])]
                if wanted:
                    reader.send_quote(packed(BestPrices(wanted)))

    def _subscribe(self, reader: Reader, symbols: list[str]) -> None:
        floor = self._floor
        reader.symbols.update(symbol for symbol in symbols if symbol == "*" or board_of(symbol))
        wanted = [symbol for symbol in floor.instruments if symbol in symbols or "*" in symbols]
        for symbol in wanted:
            reader.send(packed(instrument_message(floor.instruments[symbol])))
        for symbol in wanted if reader.level != BEST else []:
            reader.send(packed(minutes_message(floor, symbol)))
            reader.send(packed(quote_message(floor, symbol, _DEPTHS[reader.level])))
        if reader.level == BEST:
            self._paces[BEST].owed.update(wanted)
        for status in status_messages(floor):
            if status.symbol == "*" or reader.wants(status.symbol):
                reader.send(packed(status))
        for notice in floor.store.load_notices(floor.trading_day):
            reader.send(packed(notice))
        for one in floor.announcements():
            reader.send(packed(action_message(one, floor.trading_day)))
        speed, kind = floor.settings.speed, floor.kind_of_day
        reader.send(packed(market_message(floor.trading_day, floor.moment, speed, kind)))

    def _tell_history(self, reader: Reader, history: History) -> None:
        if history.symbol in self._floor.instruments:
            message = closes_message(self._floor, history.symbol, history.last)
        else:
            message = Closes(history.symbol, "all", [])
        reader.send(packed(message))

    def _wanting(self, symbol: str, least: int, most: int = FULL) -> list[Reader]:
        return [
            reader
            for reader in self._readers
            if least <= reader.level <= most and reader.wants(symbol)
        ]

    def _tell(self, symbol: str, message: Message, *, least_level: int) -> None:
        readers = self._wanting(symbol, least_level)
        if readers:
            frame = packed(message)
            for reader in readers:
                reader.send(frame)
