"""The simulated bank's socket: one session for all transfers, answers matched by serial.

Protocol: docs/venue-protocol.md. The simulated bank keeps no hours.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from yunquan.funding.types import BankAnswer, BankRequest, BankResult, Direction
from yunquan.kernel.errors import Invalid, Unavailable
from yunquan.kernel.wire import FrameBuffer, FrameTooLong, connect, frame

logger = logging.getLogger("yunquan.funding")

HEARTBEAT_S = 5.0
SILENCE_S = 15.0
SLOWEST_ANSWER_S = 10.0
_BACKOFF_S = (0.05, 0.1, 0.3, 1.0, 2.0)
_TURN_S = 0.5
_SERIAL_REUSED = "B05_serial_reused"
# The bank's words for a refusal, and ours.
REFUSALS = {
    "B01_insufficient": "bank.insufficient",
    "B02_unknown_account": "bank.unknown_account",
    "B03_holder_mismatch": "bank.holder_mismatch",
    "B04_limit": "bank.limit",
}
_DIRECTIONS = {Direction.IN: "to_broker", Direction.OUT: "to_bank"}
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, Any])

_Waiting = asyncio.Future[dict[str, Any]]


class _Link(asyncio.Protocol):
    def __init__(self, bank: BankSocket) -> None:
        self._bank = bank
        self._frames = FrameBuffer()
        self.transport: asyncio.Transport | None = None
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own, which are none of asyncio's by type.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._frames.feed(data):
                self._bank._received(self, _decoder.decode(body))
        except (msgspec.MsgspecError, FrameTooLong, KeyError, TypeError, ValueError) as error:
            logger.error("bank sent what we can't read", extra={"reason": repr(error)})
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.closed.set()
        self._bank._lost(self)

    def abort(self) -> None:
        if self.transport:
            self.transport.abort()

    def send(self, message: dict[str, Any]) -> None:
        if self.transport is None or self.transport.is_closing():
            raise Unavailable("bank.unreachable")
        self.transport.write(frame(_encoder.encode(message)))


@dataclass(frozen=True, slots=True)
class _Ask:
    """Someone waiting for an answer. results: those that answer this question, empty for any.

    A late "unknown" to an earlier query must not be taken for the answer to a transfer.
    """

    future: _Waiting
    results: frozenset[str] = frozenset()


_OUTCOMES = frozenset({"done", "refused"})


class BankSocket:
    """Keeps a firm's session with the bank up. What is asked while it is down is Unavailable."""

    always_open = True

    def __init__(
        self, address: str, firm: str, code: str = "simbank", slowest_s: float = SLOWEST_ANSWER_S
    ) -> None:
        self.address = address
        self.firm = firm
        self.code = code
        self._slowest_s = slowest_s
        self._asks: defaultdict[str, list[_Ask]] = defaultdict(list)
        self._link: _Link | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._heard_at_s = 0.0
        self._failures = 0
        self._up = asyncio.Event()

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    def start(self) -> None:
        """Connect and keep connected until `stop`."""
        self._keeper = asyncio.create_task(self._keep())

    async def wait_up(self, within_s: float = 10.0) -> None:
        """Return once the session is up. Raises Unavailable bank.unreachable after `within_s`."""
        try:
            async with asyncio.timeout(within_s):
                await self._up.wait()
        except TimeoutError:
            raise Unavailable("bank.unreachable") from None

    async def stop(self) -> None:
        """Leave the bank; whoever waits gets Unavailable."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._link:
            self._link.abort()

    async def transfer(self, request: BankRequest) -> BankAnswer:
        message = {
            "type": "transfer",
            "serial": request.serial,
            "direction": _DIRECTIONS[request.direction],
            "bank_account": request.bank_account,
            "holder": request.holder,
            "amount_fen": request.amount_fen,
        }
        return answer_of(await self._ask(f"serial:{request.serial}", message, _OUTCOMES))

    async def query(self, serial: str) -> BankAnswer:
        return answer_of(await self._ask(f"serial:{serial}", {"type": "query", "serial": serial}))

    async def open_account(self, bank_account: str, holder: str, balance_fen: int) -> None:
        """Open a bank account for demonstrations and tests; one that exists keeps its balance.

        Raises Invalid bank.holder_mismatch if it exists under another name.
        """
        message = {
            "type": "open",
            "bank_account": bank_account,
            "holder": holder,
            "balance_fen": balance_fen,
        }
        answer = await self._ask(f"account:{bank_account}", message)
        if answer["type"] != "opened":
            code = answer.get("code", "")
            raise Invalid(REFUSALS.get(code, "bank.refused"), bank_code=code)

    async def _ask(
        self, name: str, message: dict[str, Any], results: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        if self._link is None or not self.is_up:
            raise Unavailable("bank.unreachable")
        ask = _Ask(asyncio.get_running_loop().create_future(), results)
        self._link.send(message)
        self._asks[name].append(ask)
        try:
            async with asyncio.timeout(self._slowest_s):
                return await ask.future
        except TimeoutError:
            raise Unavailable("bank.slow") from None
        finally:
            self._forget(name, ask)

    def _forget(self, name: str, ask: _Ask) -> None:
        waiting = self._asks.get(name, [])
        if ask in waiting:
            waiting.remove(ask)
        if not waiting:
            self._asks.pop(name, None)

    def _answered(self, name: str, message: dict[str, Any]) -> None:
        """Hand an answer to everyone it answers: a serial's outcome is the same for all of them."""
        for ask in self._asks.get(name, ()):
            fits = not ask.results or message["result"] in ask.results
            if fits and not ask.future.done():
                ask.future.set_result(message)

    def _received(self, link: _Link, message: dict[str, Any]) -> None:
        self._heard_at_s = asyncio.get_running_loop().time()
        kind = message["type"]
        if kind == "transfer_result":
            self._answered(f"serial:{message['serial']}", message)
        elif kind in ("opened", "open_refused"):
            self._answered(f"account:{message['bank_account']}", message)
        elif kind == "logon_ok":
            if message["bank"] != self.code:
                logger.error("another bank answers", extra={"bank": message["bank"]})
                link.abort()
                return
            self._failures = 0
            self._up.set()
        elif kind == "error":
            logger.error(
                "bank refuses",
                extra={"code": message.get("code"), "text": message.get("text")},
            )

    def _lost(self, link: _Link) -> None:
        if link is not self._link:
            return
        self._up.clear()
        for asks in self._asks.values():
            for ask in asks:
                if not ask.future.done():
                    ask.future.set_exception(Unavailable("bank.unreachable"))

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(Unavailable):
                self._link = await connect(lambda: _Link(self), self.address)
                await self._session(self._link)
            # A bank that takes the line and drops it before the logon is no better than one away.
            await asyncio.sleep(_BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)])
            self._failures += 1

    async def _session(self, link: _Link) -> None:
        loop = asyncio.get_running_loop()
        self._heard_at_s = beat_at_s = loop.time()
        with contextlib.suppress(Unavailable):
            link.send({"type": "logon", "firm": self.firm})
            while not link.closed.is_set():
                # Not wait_for: told to stop just as the line breaks, it forgets the stop.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_TURN_S):
                        await link.closed.wait()
                now_s = loop.time()
                if now_s - self._heard_at_s > SILENCE_S:
                    logger.warning("bank silent, reconnecting", extra={"silence_s": SILENCE_S})
                    link.abort()
                elif now_s - beat_at_s > HEARTBEAT_S and not link.closed.is_set():
                    beat_at_s = now_s
                    link.send({"type": "heartbeat"})


def answer_of(message: dict[str, Any]) -> BankAnswer:
    """What a transfer_result says. An unheard-of result or code is never taken for an outcome."""
    result, code = message["result"], message.get("code", "")
    bank_serial = message.get("bank_serial", "")
    if result == "done":
        return BankAnswer(BankResult.DONE, bank_serial=bank_serial)
    if result == "unknown":
        return BankAnswer(BankResult.UNKNOWN)
    if result != "refused":
        return BankAnswer(BankResult.CONFLICT, "bank.outcome_unknown")
    if code == _SERIAL_REUSED:
        return BankAnswer(BankResult.CONFLICT, "bank.serial_reused")
    if code not in REFUSALS:
        return BankAnswer(BankResult.REFUSED, "bank.refused", bank_serial, {"bank_code": code})
    return BankAnswer(BankResult.REFUSED, REFUSALS[code], bank_serial)
