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
from collections.abc import Callable, Sequence
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
FEED_LEVEL: Final = 2
_BACKOFF_S: Final = (0.05, 0.1, 0.3, 1.0, 2.0, 5.0)
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, Any])


class _Minutes(msgspec.Struct):
    symbol: str
    trading_day: str
    bars: list[MinuteBar]


class _Link(asyncio.Protocol):
    """One connection; what can't be read ends it."""

    def __init__(self, listener: QuoteListener, symbols: Sequence[str]) -> None:
        self._listener = listener
        self._symbols = list(symbols)
        self._frames = FrameBuffer()
        self._transport: asyncio.Transport | None = None
        self.heard_at = asyncio.get_running_loop().time()
        self.logged_on = False
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own, which are none of asyncio's by type.
        self._transport = cast(asyncio.Transport, transport)
        self.send({"type": "logon", "role": "feed", "level": FEED_LEVEL})

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
        if kind in _HEARD:
            _HEARD[kind](self._listener, message)
        elif kind == "logon_ok":
            self.logged_on = True
            self._listener.on_market(msgspec.convert(message, MarketStatus))
            self.send({"type": "subscribe", "symbols": self._symbols})
        elif kind in ("logon_refused", "error"):
            facts = {"code": message.get("code"), "text": message.get("text")}
            logger.error("feed refuses", extra=facts)
        # Else a heartbeat, or a message of a later version of the protocol.
        self._listener.on_heard()


def _minutes(listener: QuoteListener, message: dict[str, Any]) -> None:
    minutes = msgspec.convert(message, _Minutes)
    listener.on_minutes(minutes.symbol, minutes.trading_day, minutes.bars)


_HEARD: Final[dict[str, Callable[[QuoteListener, dict[str, Any]], None]]] = {
    "quote": lambda listener, message: listener.on_quote(msgspec.convert(message, Quote)),
    "trade": lambda listener, message: listener.on_trade(msgspec.convert(message, Trade)),
    "minutes": _minutes,
    "market": lambda listener, message: listener.on_market(msgspec.convert(message, MarketStatus)),
    "trading_status": lambda listener, message: listener.on_trading_status(
        msgspec.convert(message, TradingStatus)
    ),
    "notice": lambda listener, message: listener.on_notice(msgspec.convert(message, VenueNotice)),
    "instrument": lambda listener, message: listener.on_instrument(notice_of(message)),
    "day_end": lambda listener, message: listener.on_day_end(str(message["trading_day"])),
}


class ExchangeFeed:
    """Quotes of one exchange. symbols: those to hear of, ("*",) for all."""

    def __init__(self, address: str, symbols: Sequence[str] = ("*",)) -> None:
        self.address = address
        self.is_up = False
        self._symbols = tuple(symbols)

    async def run(self, listener: QuoteListener) -> None:
        """Stay connected until cancelled; after a failure wait longer each time, up to five
        seconds.
        """
        failures = 0
        while True:
            logged_on = False
            with contextlib.suppress(Unavailable):
                link = await connect(lambda: _Link(listener, self._symbols), self.address)
                try:
                    await self._session(link, listener)
                finally:
                    self.is_up = False
                    link.abort()
                logged_on = link.logged_on
            failures = 0 if logged_on else failures + 1
            listener.on_pulse()
            await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])

    async def _session(self, link: _Link, listener: QuoteListener) -> None:
        loop = asyncio.get_running_loop()
        beat_at = loop.time()
        while not link.closed.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PULSE_S):
                    await link.closed.wait()
            self.is_up = link.logged_on and not link.closed.is_set()
            listener.on_pulse()
            now = loop.time()
            if now - link.heard_at > SILENCE_S:
                logger.warning("feed silent, reconnecting", extra={"silence_s": SILENCE_S})
                link.abort()
            if now - beat_at >= HEARTBEAT_S:
                beat_at = now
                link.send({"type": "heartbeat"})
