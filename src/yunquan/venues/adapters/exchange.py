"""A member session with the exchange's socket: logon from the next report, heartbeats, gaps asked
for again.

Protocol: docs/venue-protocol.md. One gateway for each counter; its name is the exchange's key to
the report sequence.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import Any, cast

import msgspec

from yunquan.kernel.errors import Unavailable
from yunquan.kernel.wire import FrameBuffer, FrameTooLong, connect, frame
from yunquan.market.types import (
    Instrument,
    InstrumentNotice,
    MarketStatus,
    TradingStatus,
    VenueNotice,
)
from yunquan.venues.ports import VenueListener
from yunquan.venues.types import OrderStatus, Report

logger = logging.getLogger("yunquan.venues")

HEARTBEAT_S = 5.0
SILENCE_S = 15.0
# A hole is given this long to fill by itself (frames overtake each other) before it is asked for.
GAP_PATIENCE_S = 0.25
QUOTA_SPAN_S = 1.05
QUEUE_LOOK_S = 0.02
_BACKOFF_S = (0.05, 0.1, 0.3, 1.0, 2.0)
DUPLICATE = "V106_duplicate"
_SIDES = {1: "B", 2: "S"}
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, Any])


class _Link(asyncio.Protocol):
    def __init__(self, gateway: ExchangeGateway) -> None:
        self._gateway = gateway
        self._frames = FrameBuffer()
        self.transport: asyncio.Transport | None = None
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own, which are none of asyncio's by type.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._frames.feed(data):
                self._gateway._received(_decoder.decode(body))
        except (msgspec.MsgspecError, FrameTooLong, KeyError, TypeError, ValueError) as error:
            logger.error("exchange sent what we can't read", extra={"reason": repr(error)})
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.closed.set()

    def abort(self) -> None:
        if self.transport:
            self.transport.abort()

    def send(self, message: dict[str, Any]) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(frame(_encoder.encode(message)))


class ExchangeGateway:
    """Keeps one member session up. Sending while the link is down is lost on purpose: after logon
    the counter asks.
    """

    def __init__(self, address: str, member: str, gateway: str, listener: VenueListener) -> None:
        self.address = address
        self.member = member
        self.gateway = gateway
        self.is_up = False
        # The last trading day that this session itself has been told of.
        self.heard_day = ""
        self._listener = listener
        self._link: _Link | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._heard_at = 0.0
        self._gap_since = 0.0
        self._highest_seen = 0
        # Orders a second that the exchange takes of this gateway, 0 for any number.
        self.orders_per_s = 0
        self._sent_at: deque[float] = deque()
        self._queue: dict[str, dict[str, Any]] = {}
        self._cancels_queued: set[str] = set()
        self._sender: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Connect and keep connected until `stop`."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Leave the exchange; open orders stay there."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._sender:
            self._sender.cancel()
        if self._link:
            self._link.abort()

    @property
    def queued(self) -> int:
        """Orders that wait for the quota."""
        return len(self._queue)

    def send_order(
        self, order: str, account: str, symbol: str, side: int, kind: str, price: int, qty: int
    ) -> None:
        """As soon as the gateway's quota of orders a second allows."""
        security, _, market = symbol.partition(".")
        message = {
            "type": "order",
            "id": order,
            "account": account,
            "security": security,
            "market": market,
            "side": _SIDES[side],
            "kind": kind,
            "price_milli": price,
            "qty": qty,
        }
        if self._link and self.is_up:
            if self._may_send():
                self._send(message)
            else:
                self._queue[order] = message
                self._send_later()

    def send_cancel(self, order: str) -> None:
        """At once; if its order waits for the quota, behind it."""
        if order in self._queue:
            self._cancels_queued.add(order)
        else:
            self._send({"type": "cancel", "id": order})

    def query(self, order: str) -> None:
        if order not in self._queue:
            self._send({"type": "query", "id": order})

    def _send(self, message: dict[str, Any]) -> None:
        if self._link and self.is_up:
            self._link.send(message)

    def _may_send(self) -> bool:
        """Whether another order fits into the quota now; counts it."""
        if not self.orders_per_s:
            return True
        now = asyncio.get_running_loop().time()
        # A little more than a second: the exchange counts by its own clock.
        while self._sent_at and now - self._sent_at[0] > QUOTA_SPAN_S:
            self._sent_at.popleft()
        if self._queue or len(self._sent_at) >= self.orders_per_s:
            return False
        self._sent_at.append(now)
        return True

    def _send_later(self) -> None:
        if self._sender is None:
            self._sender = asyncio.get_running_loop().call_later(QUEUE_LOOK_S, self._drain_queue)

    def _drain_queue(self) -> None:
        self._sender = None
        queued, self._queue = self._queue, {}
        for order, message in queued.items():
            if self._queue or not self._may_send():
                self._queue[order] = message
                continue
            self._send(message)
            if order in self._cancels_queued:
                self._cancels_queued.discard(order)
                self._send({"type": "cancel", "id": order})
        if self._queue:
            self._send_later()

    def _forget_queue(self) -> None:
        """Whoever asks after the next logon hears that the exchange never had them."""
        self._queue.clear()
        self._cancels_queued.clear()
        self._sent_at.clear()

    def caught_up(self) -> bool:
        """Whether every report the exchange has spoken of to it is durable on our side."""
        return self._listener.next_report() > self._highest_seen

    async def _keep(self) -> None:
        failures = 0
        while True:
            with contextlib.suppress(Unavailable):
                self._link = await connect(lambda: _Link(self), self.address)
                await self._session(self._link)
            if self.is_up:
                failures = 0
                self.is_up = False
                self._forget_queue()
                self._listener.on_link(up=False)
                continue
            # An exchange that takes the line and refuses the logon is no better than one away.
            await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1

    async def _session(self, link: _Link) -> None:
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        link.send(
            {
                "type": "logon",
                "role": "member",
                "member": self.member,
                "gateway": self.gateway,
                "next_report": self._listener.next_report(),
            }
        )
        beat_at = loop.time()
        while not link.closed.is_set():
            with contextlib.suppress(TimeoutError):
                # `wait_for` can swallow a cancellation that meets a finished future.
                async with asyncio.timeout(GAP_PATIENCE_S):
                    await link.closed.wait()
            now = loop.time()
            if now - self._heard_at > SILENCE_S:
                logger.warning("exchange silent, reconnecting", extra={"silence_s": SILENCE_S})
                link.abort()
            if now - beat_at > HEARTBEAT_S:
                beat_at = now
                link.send({"type": "heartbeat"})
            self._ask_for_gap(link, now)

    def _ask_for_gap(self, link: _Link, now: float) -> None:
        """A report ahead of a missing one stays known to the counter; only the hole itself is asked
        for.
        """
        if self.caught_up():
            self._gap_since = 0.0
            return
        if not self._gap_since:
            self._gap_since = now
        elif now - self._gap_since >= GAP_PATIENCE_S:
            self._gap_since = now
            link.send(
                {
                    "type": "resend",
                    "first": self._listener.next_report(),
                    "last": self._highest_seen,
                }
            )

    def _received(self, message: dict[str, Any]) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._heed(message)

    def _heed(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "report":
            self._report(message)
        elif kind == "market":
            self._promise(message.get("last_report", 0))
            self._market(message)
        elif kind == "instrument":
            self._listener.on_instrument(notice_of(message))
        elif kind == "status":
            self._listener.on_status(
                OrderStatus(message["id"], message["state"], message["filled"], message["leaves"])
            )
        elif kind == "day_end":
            self._promise(message.get("last_report", 0))
            self._listener.on_day_end(message["trading_day"], message["last_report"])
        elif kind == "trading_status":
            self._listener.on_trading_status(msgspec.convert(message, TradingStatus))
        elif kind == "notice":
            self._listener.on_notice(msgspec.convert(message, VenueNotice))
        elif kind == "logon_ok":
            self.orders_per_s = int(message.get("orders_per_s", 0))
            self._promise(message["next_report"] - 1)
            self._market(message)
            self.is_up = True
            self._listener.on_link(up=True)
        elif kind in ("logon_refused", "error"):
            logger.error(
                "exchange refuses", extra={"code": message.get("code"), "text": message.get("text")}
            )

    def _promise(self, last_report: int) -> None:
        """The exchange has made reports up to this index, whether they came or not."""
        self._highest_seen = max(self._highest_seen, last_report)

    def _report(self, message: dict[str, Any]) -> None:
        index = message["index"]
        self._promise(index)
        self._listener.on_report(
            Report(
                index,
                _kind(message),
                message["id"],
                message.get("exec", ""),
                message.get("price_milli", 0),
                message.get("qty", 0),
                message.get("code", ""),
                message.get("at", "")[:10],
            )
        )

    def _market(self, message: dict[str, Any]) -> None:
        # The only sign of a last report that was lost on the way: nothing comes after it.
        self._highest_seen = max(self._highest_seen, message.get("last_report", 0))
        if message["trading_day"] > self.heard_day:
            self.heard_day = message["trading_day"]
            # What still waits for the quota is of a day that is over: nobody wants it any more.
            self._forget_queue()
        self._listener.on_market(
            MarketStatus(
                message["trading_day"],
                message["time"],
                message["phase"],
                float(message["speed"]),
                message.get("kind_of_day", "trading"),
            )
        )


def _kind(message: dict[str, Any]) -> str:
    """A refused duplicate concerns the second message only; the first order stands."""
    kind: str = message["kind"]
    return "duplicate" if kind == "rejected" and message.get("code") == DUPLICATE else kind


def notice_of(message: dict[str, Any]) -> InstrumentNotice:
    """Reference data of one instrument from its frame."""
    instrument = Instrument(
        message["symbol"],
        message["market"],
        message["board"],
        message["name"],
        message["name_en"],
        product=message.get("product", "stock"),
        risk_warned=message.get("risk_warned", False),
        listed_on=message.get("listed_on", ""),
        simulated=message.get("simulated", ""),
    )
    return InstrumentNotice(
        instrument,
        message["trading_day"],
        message["prev_close_milli"],
        message["limit_up_milli"],
        message["limit_down_milli"],
        message["status"] == "halted",
        message.get("listing_day", 0),
        message.get("delisting_day", 0),
        message.get("t0", False),
        message.get("issue_price_milli", 0),
        industry=message.get("industry", ""),
        industry_zh=message.get("industry_name", ""),
        industry_en=message.get("industry_name_en", ""),
        units=message.get("units", 0),
    )
