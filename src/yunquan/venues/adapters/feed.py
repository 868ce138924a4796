"""A feed session with the exchange's socket: quotes, minutes, trades, phases, for as long as it
takes.

Protocol: docs/venue-protocol.md. Fills a listener (a QuoteBoard); loses nothing that a later
message doesn't make good, since each quote is whole and the day's minutes come again after a
reconnect.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from yunquan.bars.types import MinuteBar
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.wire import FrameBuffer, FrameTooLong, connect, frame
from yunquan.market.types import MarketStatus, TradingStatus, VenueNotice
from yunquan.quotes import QuoteListener
from yunquan.quotes.types import Quote, Trade
from yunquan.venues.adapters.exchange import notice_of

logger = logging.getLogger("yunquan.venues")

HEARTBEAT_S: Final = 5.0
SILENCE_S: Final = 15.0
PULSE_S: Final = 1.0
# Ten prices a side and every trade: the board gives each reader what they are entitled to.
ALL_LEVELS: Final = 2
# Best prices only, many in one message: enough to check an order by.
BEST_PRICES: Final = 0
_BACKOFF_S: Final = (0.05, 0.1, 0.3, 1.0, 2.0, 5.0)
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, Any])


BestPrice = tuple[str, int, int, int]


class _Minutes(msgspec.Struct):
    symbol: str
    trading_day: str
    bars: list[MinuteBar]


Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ears:
    """What is done with what a feed says. by_type: with each message; heard: with any sign of life;
    pulse: about once a second, connected or not.
    """

    level: int
    by_type: Mapping[str, Callable[[Message], None]]
    heard: Callable[[], None]
    pulse: Callable[[], None]


class _Link(asyncio.Protocol):
    """One connection; what can't be read ends it."""

    def __init__(self, ears: Ears, symbols: Sequence[str]) -> None:
        self._ears = ears
        self._symbols = list(symbols)
        self._frames = FrameBuffer()
        self._transport: asyncio.Transport | None = None
        self.heard_at = asyncio.get_running_loop().time()
        self.logged_on = False
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own, which are none of asyncio's by type.
        self._transport = cast(asyncio.Transport, transport)
        self.send({"type": "logon", "role": "feed", "level": self._ears.level})

    def data_received(self, data: bytes) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        try:
            for body in self._frames.feed(data):
                self._received(_decoder.decode(body))
        except (msgspec.MsgspecError, FrameTooLong, KeyError, TypeError, ValueError) as error:
            logger.error("feed sent what we can't read", extra={"reason": repr(error)[:200]})
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.closed.set()

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()

    def send(self, message: dict[str, Any]) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(frame(_encoder.encode(message)))

    def _received(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "logon_ok":
            self.logged_on = True
            if "market" in self._ears.by_type:
                self._ears.by_type["market"](message)
            self.send({"type": "subscribe", "symbols": self._symbols})
        elif kind in ("logon_refused", "error"):
            facts = {"code": message.get("code"), "text": message.get("text")}
            logger.error("feed refuses", extra=facts)
        elif kind in self._ears.by_type:
            self._ears.by_type[kind](message)
        # Else a heartbeat, or a message of a later version of the protocol.
        self._ears.heard()


def ears_of(listener: QuoteListener, announced: Callable[[Message], None] | None = None) -> Ears:
    """Everything, told to a listener; and what companies announce, as it came: what of it can't be
    believed must not silence the quotes.
    """

    def minutes(message: Message) -> None:
        told = msgspec.convert(message, _Minutes)
        listener.on_minutes(told.symbol, told.trading_day, told.bars)

    by_type: dict[str, Callable[[Message], None]] = {
        "quote": lambda message: listener.on_quote(msgspec.convert(message, Quote)),
        "trade": lambda message: listener.on_trade(msgspec.convert(message, Trade)),
        "minutes": minutes,
        "market": lambda message: listener.on_market(msgspec.convert(message, MarketStatus)),
        "trading_status": lambda message: listener.on_trading_status(
            msgspec.convert(message, TradingStatus)
        ),
        "notice": lambda message: listener.on_notice(msgspec.convert(message, VenueNotice)),
        "instrument": lambda message: listener.on_instrument(notice_of(message)),
        "day_end": lambda message: listener.on_day_end(str(message["trading_day"])),
    }
    if announced is not None:
        by_type["corporate_action"] = announced
    return Ears(ALL_LEVELS, by_type, listener.on_heard, listener.on_pulse)


def price_ears(tell: Callable[[list[BestPrice]], None]) -> Ears:
    """Best prices only."""

    def rows(message: Message) -> None:
        tell(msgspec.convert(message["rows"], list[BestPrice]))

    return Ears(BEST_PRICES, {"bbo": rows}, _nothing, _nothing)


def _nothing() -> None:
    """Nobody asked."""


class ExchangeFeed:
    """Quotes of one exchange. symbols: those to hear of, ("*",) for all."""

    def __init__(self, address: str, symbols: Sequence[str] = ("*",)) -> None:
        self.address = address
        self.is_up = False
        self._symbols = tuple(symbols)

    async def run(
        self, listener: QuoteListener, announced: Callable[[Message], None] | None = None
    ) -> None:
        """Stay connected until cancelled; after a failure wait longer each time, up to five
        seconds. announced: hears corporate actions.
        """
        await self._listen(ears_of(listener, announced))

    async def run_prices(self, tell: Callable[[list[BestPrice]], None]) -> None:
        """The same for best prices: (symbol, bid, ask, last trade) in milli, 0 for none."""
        await self._listen(price_ears(tell))

    async def _listen(self, ears: Ears) -> None:
        failures = 0
        while True:
            logged_on = False
            with contextlib.suppress(Unavailable):
                link = await connect(lambda: _Link(ears, self._symbols), self.address)
                try:
                    await self._session(link, ears)
                finally:
                    self.is_up = False
                    link.abort()
                logged_on = link.logged_on
            failures = 0 if logged_on else failures + 1
            ears.pulse()
            await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])

    async def _session(self, link: _Link, ears: Ears) -> None:
        loop = asyncio.get_running_loop()
        beat_at = loop.time()
        while not link.closed.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PULSE_S):
                    await link.closed.wait()
            self.is_up = link.logged_on and not link.closed.is_set()
            ears.pulse()
            now = loop.time()
            if now - link.heard_at > SILENCE_S:
                logger.warning("feed silent, reconnecting", extra={"silence_s": SILENCE_S})
                link.abort()
            if now - beat_at >= HEARTBEAT_S:
                beat_at = now
                link.send({"type": "heartbeat"})
