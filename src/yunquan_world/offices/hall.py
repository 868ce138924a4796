"""All offices behind one address: takes a question, has the office answer it once, and tells.

Every answer is on the office's disk before it is sent. Faults are those of a bad line and a busy
office; they never undo what was done.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

import msgspec

from yunquan_world.chance import dice
from yunquan_world.connection import Connection
from yunquan_world.offices.depository import Depository
from yunquan_world.offices.lists import Lists
from yunquan_world.offices.messages import Answer, Ask, OfficeMessage, Outcome, Unasked
from yunquan_world.offices.police import Police
from yunquan_world.offices.sms import Sms
from yunquan_world.offices.stage import Stage
from yunquan_world.offices.vault import SerialReusedError
from yunquan_world.population import Population
from yunquan_world.settings import Settings

log = logging.getLogger(__name__)

# A firm asks on a line of its own each time; one that is left open and silent is closed.
_IDLE_S = 60.0
_decoder: msgspec.msgpack.Decoder[OfficeMessage] = msgspec.msgpack.Decoder(OfficeMessage)


class Office(Protocol):
    """code: by which name it is asked."""

    code: str

    def answer(self, ask: Ask) -> Outcome: ...

    def close(self) -> None: ...


class Offices:
    """The offices of one world."""

    def __init__(self, settings: Settings):
        folder, sync, seed = settings.data, settings.sync, settings.seed
        self._faults = settings.office_faults
        self._draw = dice(seed, "office faults")
        self.population = Population(seed)
        self.police = Police(folder, sync, self.population)
        self.sms = Sms(folder, sync, seed, settings.office_faults)
        faults = settings.office_faults
        self.depository = Depository(folder, sync, seed, faults, self.police)
        self.lists = Lists(seed, faults, self.population)
        offices: list[Office] = [self.police, self.sms, self.depository, self.lists]
        if settings.demo:
            offices.append(Stage(self.police, self.sms, self.depository))
        self._by_code = {office.code: office for office in offices}
        self.connections: set[Connection] = set()

    def close(self) -> None:
        for office in self._by_code.values():
            office.close()

    def look_at_clock(
        self, trading_day: str, minute: str, following: str, *, ended: bool = False
    ) -> None:
        """Where the market's day stands, by which the depository and the lists live."""
        self.depository.look_at_clock(trading_day, minute, ended=ended, following=following)
        self.lists.look_at_clock(trading_day)

    async def serve(self, connection: Connection) -> None:
        """Answer one question after the other, to the end of the connection."""
        self.connections.add(connection)
        try:
            while True:
                async with asyncio.timeout(_IDLE_S):
                    message = await connection.receive(_decoder)
                if isinstance(message, Ask):
                    await self._answer(connection, message)
        except TimeoutError:
            return
        finally:
            self.connections.discard(connection)

    async def _answer(self, connection: Connection, ask: Ask) -> None:
        faults, draw = self._faults, self._draw
        breaks = draw.random() < faults.disconnect
        if breaks and draw.random() < 0.5:
            connection.abort()
            return
        busy = draw.random() < faults.refuse
        answer = Unasked(ask.office, ask.serial, "O04_busy") if busy else self.carry_out(ask)
        if faults.delay_ms[1]:
            await asyncio.sleep(draw.uniform(*faults.delay_ms) / 1000)
        if breaks:
            connection.abort()
        elif draw.random() >= faults.lose_answer:
            connection.send(answer)
            if draw.random() < faults.repeat_answer:
                connection.send(answer)
            await connection.drain()

    def carry_out(self, ask: Ask) -> Answer | Unasked:
        """The office's answer to a serial, the same however often it is asked."""
        office = self._by_code.get(ask.office)
        if office is None:
            return Unasked(ask.office, ask.serial, "O02_unknown_office")
        try:
            found = office.answer(ask)
        except msgspec.ValidationError as error:
            log.warning("office can't read office=%s reason=%s", ask.office, error)
            return Unasked(ask.office, ask.serial, "O03_malformed")
        except SerialReusedError:
            return Unasked(ask.office, ask.serial, "O01_serial_reused")
        # Neither the question nor the body of the answer: they name people.
        log.info(
            "office answers office=%s firm=%s serial=%s result=%s code=%s",
            *(ask.office, ask.firm, ask.serial, found.result, found.code),
        )
        return Answer(ask.office, ask.serial, found.result, found.code, dict(found.body))
