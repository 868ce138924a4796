"""The simulated bank's socket: one session for all transfers, answers matched by serial.

Protocol: docs/venue-protocol.md, section 5.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from yunquan.funding.adapters.sealed import seal
from yunquan.funding.ports import NOT_SENT
from yunquan.funding.types import BankAnswer, BankRequest, BankResult, BegunTransfer, Direction
from yunquan.kernel.errors import Invalid, Unavailable, YunquanError
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
    "B06_closed": "bank.closed",
    "B07_day_is_over": "bank.day_is_over",
    "B08_not_yours": "bank.not_yours",
    "B09_wrong_password": "bank.wrong_password",
    "B10_day_limit": "bank.day_limit",
    "B11_reversed": "transfer.reversed",
}
_DIRECTIONS = {Direction.IN: "to_broker", Direction.OUT: "to_bank"}
_WAYS = {wire: way for way, wire in _DIRECTIONS.items()}
Take = Callable[[BegunTransfer], Awaitable[BankAnswer]]
# Under which name each kind of answer is waited for.
_ANSWERS = {
    "transfer_result": "serial:{serial}",
    "opened": "account:{bank_account}",
    "open_refused": "account:{bank_account}",
    "signed": "sign:{bank_account}",
    "files": "files",
    "file_part": "file:{day}:{version}",
}
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
            raise Unavailable(NOT_SENT)
        self.transport.write(frame(_encoder.encode(message)))


@dataclass(frozen=True, slots=True)
class _Ask:
    """Someone waiting for an answer. results: those that answer this question, empty for any.

    A late answer to a transfer must not be taken for the answer to its reversal.
    """

    future: _Waiting
    results: frozenset[str] = frozenset()


_OUTCOMES = frozenset({"done", "refused"})
_UNDONE = frozenset({"reversed", "refused", "not_reversed"})


class BankSocket:
    """Keeps a firm's session with the bank up. What is asked while it is down is Unavailable."""

    def __init__(
        self,
        address: str,
        firm: str,
        code: str = "simbank",
        slowest_s: float = SLOWEST_ANSWER_S,
    ) -> None:
        self.address = address
        self.firm = firm
        self.code = code
        self.day = ""
        self._password_key = b""
        self._slowest_s = slowest_s
        self._asks: defaultdict[str, list[_Ask]] = defaultdict(list)
        self._link: _Link | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._take: Take | None = None
        self._taking: dict[str, asyncio.Task[None]] = {}
        self._heard_at_s = 0.0
        self._failures = 0
        self._up = asyncio.Event()

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    def take(self, take: Take) -> None:
        """Take what the bank begins, from the next session on; one process of a firm does."""
        self._take = take

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
        for task in self._taking.values():
            task.cancel()
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
            "day": request.day,
            "password": self._sealed(request.password, request.serial),
        }
        return answer_of(await self._ask(f"serial:{request.serial}", message, _OUTCOMES))

    def _sealed(self, password: str, name: str) -> bytes:
        if not password:
            return b""
        if not self._password_key:
            raise Unavailable(NOT_SENT)
        return seal(password, self._password_key, name)

    async def sign(self, bank_account: str, holder: str, password: str) -> str:
        sealed = self._sealed(password, bank_account)
        message = {"type": "sign", "bank_account": bank_account, "holder": holder}
        answer = await self._ask(f"sign:{bank_account}", message | {"password": sealed})
        code = answer["code"]
        return REFUSALS.get(code, "bank.refused") if code else ""

    async def reverse(self, serial: str, day: str) -> BankAnswer:
        message = {"type": "reverse", "serial": serial, "day": day}
        return answer_of(await self._ask(f"serial:{serial}", message, _UNDONE))

    async def list_files(self) -> tuple[tuple[str, int], ...]:
        answer = await self._ask("files", {"type": "list_files"})
        return tuple((str(day), int(version)) for day, version in answer["days"])

    async def fetch_file(self, day: str, version: int) -> bytes:
        found = b""
        while True:
            asked = {"type": "fetch_file", "day": day, "version": version, "offset": len(found)}
            part = await self._ask(f"file:{day}:{version}", asked)
            if part["offset"] != len(found):
                raise Unavailable("bank.unreachable")
            found += part["data"]
            # An empty part ends it too: a file that grows while it is read is no file.
            if len(found) >= part["total"] or not part["data"]:
                return found

    async def open_account(
        self, bank_account: str, holder: str, balance_fen: int, password: str = ""
    ) -> None:
        """Open a bank account for demonstrations and tests; one that exists keeps its balance.

        Raises Invalid bank.holder_mismatch if it exists under another name.
        """
        message = {
            "type": "open",
            "bank_account": bank_account,
            "holder": holder,
            "balance_fen": balance_fen,
            "password": password,
        }
        answer = await self._ask(f"account:{bank_account}", message)
        if answer["type"] != "opened":
            code = answer.get("code", "")
            raise Invalid(REFUSALS.get(code, "bank.refused"), bank_code=code)

    async def _ask(
        self, name: str, message: dict[str, Any], results: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        if self._link is None or not self.is_up:
            raise Unavailable(NOT_SENT)
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
        if named := _ANSWERS.get(kind):
            self._answered(named.format_map(message), message)
        elif kind == "begun":
            self._begun(message)
        elif kind == "bank_day":
            self.day = message["day"]
        elif kind == "logon_ok":
            if message["bank"] != self.code:
                logger.error("another bank answers", extra={"bank": message["bank"]})
                link.abort()
                return
            self.day = message.get("day", "")
            self._password_key = message.get("password_key", b"")
            self._failures = 0
            self._up.set()
        elif kind == "error":
            logger.error(
                "bank refuses",
                extra={"code": message.get("code"), "text": message.get("text")},
            )

    def _begun(self, message: dict[str, Any]) -> None:
        """One at a time for each serial: the bank repeats itself until it is answered."""
        serial = message["bank_serial"]
        if self._take is None or serial in self._taking:
            return
        asked = BegunTransfer(
            serial,
            message["day"],
            _WAYS[message["direction"]],
            message["bank_account"],
            message["holder"],
            message["amount_fen"],
            message["fee_fen"],
            message["undoes"],
        )
        task = asyncio.create_task(self._answer_begun(self._take, asked))
        self._taking[serial] = task
        task.add_done_callback(lambda _: self._taking.pop(serial, None))

    async def _answer_begun(self, take: Take, asked: BegunTransfer) -> None:
        try:
            answer = await take(asked)
            told = {"type": "begun_answer", "bank_serial": asked.bank_serial}
            if self._link and self.is_up:
                self._link.send(told | {"result": answer.result.value, "code": answer.code})
        except YunquanError as error:
            facts = {"serial": asked.bank_serial, "reason": error.code}
            logger.info("bank's transfer waits", extra=facts)

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
            takes = self._take is not None
            link.send({"type": "logon", "firm": self.firm, "bank": self.code, "takes": takes})
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
        return BankAnswer(
            BankResult.DONE, bank_serial=bank_serial, fee_fen=message.get("fee_fen", 0)
        )
    if result == "refused" and code == _SERIAL_REUSED:
        return BankAnswer(BankResult.CONFLICT, "bank.serial_reused")
    if result not in ("refused", "reversed", "not_reversed"):
        return BankAnswer(BankResult.CONFLICT, "bank.outcome_unknown")
    known = BankResult(result)
    if code not in REFUSALS:
        shown = {"bank_code": code}
        return BankAnswer(known, "bank.refused", bank_serial, shown if code else {})
    return BankAnswer(known, REFUSALS[code], bank_serial)
