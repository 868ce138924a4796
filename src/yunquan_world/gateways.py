"""The members' sessions: logon, replay of old reports, live reports, queries, resends.

One session for each gateway. When a gateway logs on, everything its earlier session had sent has
arrived at the host, so what is "unknown" after a logon will stay so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from yunquan_world.blotter import OPEN, StoredReport
from yunquan_world.chance import dice
from yunquan_world.connection import Connection
from yunquan_world.events import DayEnded, TimeAnnounced
from yunquan_world.floor import Floor
from yunquan_world.frames import framed, packed
from yunquan_world.market_data import (
    action_message,
    instrument_message,
    market_message,
    status_messages,
)
from yunquan_world.messages import (
    DayEnd,
    Heartbeat,
    Logon,
    LogonOk,
    LogonRefused,
    MemberMessage,
    Message,
    Query,
    Resend,
    Status,
)
from yunquan_world.outbox import Outbox

log = logging.getLogger(__name__)

_REPLAY_CHUNK = 500
_INBOX_LIMIT = 20_000
_LOST_BYTES = 32 << 20
_decoder: msgspec.msgpack.Decoder[MemberMessage] = msgspec.msgpack.Decoder(MemberMessage)


@dataclass(eq=False)
class Session:
    """A gateway that is connected. live: it has had the old reports and gets the new ones."""

    connection: Connection
    gateway: str
    outbox: Outbox
    live: bool = False


class Gateways:
    """All members' sessions of one floor.

    wake: asks for the floor's inbox to be looked at soon. tell: hands out the floor's events now.
    """

    def __init__(self, floor: Floor, wake: Callable[[], None], tell: Callable[[], None]):
        self._floor = floor
        self._wake = wake
        self._tell = tell
        self._sessions: dict[str, Session] = {}
        self._logons = 0
        # By gateway, the real second of the floor until which it takes no logon.
        self._closed_until_s: dict[str, float] = {}

    @property
    def connections(self) -> list[Connection]:
        return [session.connection for session in self._sessions.values()]

    async def serve(self, connection: Connection, logon: Logon) -> None:
        """Run a member's session to its end."""
        gateway = f"{logon.member}.{logon.gateway}"
        if not logon.member or not logon.gateway:
            connection.send(LogonRefused("L02_no_member", "member and gateway must be named"))
            return
        if self._floor.now_s < self._closed_until_s.get(gateway, 0.0):
            connection.send(LogonRefused("L04_gateway_closed", f"{gateway} is closed for now"))
            return
        # What the session before this one had sent is let in first; then nothing is on its way.
        self._floor.deliver(gateway)
        self._tell()
        following = self._floor.next_report(gateway)
        if logon.next_report > following:
            text = f"report {logon.next_report} is wanted, but only {following - 1} were ever made"
            connection.send(LogonRefused("L03_ahead", text))
            return
        session = self._log_on(connection, gateway, following)
        try:
            await self._replay(session, logon.next_report)
            floor = self._floor
            for status in status_messages(floor):
                self._send(session, status)
            for notice in floor.store.load_notices(floor.trading_day):
                self._send(session, notice)
            for one in floor.announcements():
                self._send(session, action_message(one, floor.trading_day))
            speed, kind = floor.settings.speed, floor.kind_of_day
            last_report = floor.next_report(gateway) - 1
            message = market_message(floor.trading_day, floor.moment, speed, kind, last_report)
            self._send(session, message)
            await self._read(session)
        finally:
            if self._sessions.get(gateway) is session:
                del self._sessions[gateway]
            log.info("gateway leaves gateway=%s", gateway)

    def close(self, gateway: str, closed_s: float) -> None:
        """Take no logon of a gateway for some real seconds, and end the session it has."""
        self._closed_until_s[gateway] = self._floor.now_s + closed_s
        session = self._sessions.pop(gateway, None)
        if session is not None:
            session.outbox.flush_all()
            session.connection.refuse("G02_closed", "this gateway is closed for now")
            session.connection.writer.close()

    def report(self, report: StoredReport) -> None:
        session = self._live(report.gateway)
        if session:
            session.outbox.send_report(framed(report.body), self._floor.now_s)

    def repeat(self, gateway: str, order_id: str) -> None:
        """Send the reports of an order again, as they were."""
        session = self._live(gateway)
        if session:
            for body in self._floor.store.load_order_reports(gateway, order_id):
                session.outbox.send(framed(body), self._floor.now_s)

    def end_day(self, ended: DayEnded) -> None:
        for gateway in self._sessions:
            session = self._live(gateway)
            if session:
                last_report = ended.last_reports.get(gateway, 0)
                self._send(session, DayEnd(ended.trading_day, last_report))

    def announce(self, announced: TimeAnnounced) -> None:
        """Tell the time, and each member the index of its last report."""
        for gateway in self._sessions:
            session = self._live(gateway)
            if session:
                message = market_message(
                    announced.trading_day,
                    announced.moment,
                    self._floor.settings.speed,
                    announced.kind_of_day,
                    announced.last_reports.get(gateway, 0),
                )
                session.outbox.send(packed(message), self._floor.now_s)

    def tell_all(self, message: Message) -> None:
        frame = packed(message)
        for gateway in self._sessions:
            session = self._live(gateway)
            if session:
                session.outbox.send(frame, self._floor.now_s)

    def flush(self) -> None:
        """Send what is due; break the sessions whose time has come."""
        for session in list(self._sessions.values()):
            kept = session.outbox.flush(self._floor.now_s)
            if not kept or session.connection.unsent_bytes > _LOST_BYTES:
                log.warning("session breaks gateway=%s", session.gateway)
                session.connection.abort()
                self._sessions.pop(session.gateway, None)

    def flush_all(self) -> None:
        for session in self._sessions.values():
            session.outbox.flush_all()

    def _log_on(self, connection: Connection, gateway: str, following: int) -> Session:
        floor = self._floor
        older = self._sessions.pop(gateway, None)
        if older is not None:
            # Only one of two can be right, and the older one may be a broken line.
            older.connection.refuse("G01_replaced", "this gateway has logged on again")
            older.connection.writer.close()
        self._logons += 1
        draw = dice(floor.settings.seed, "faults", gateway, self._logons)
        session = Session(
            connection, gateway, Outbox(connection.writer, floor.settings.faults, draw)
        )
        self._sessions[gateway] = session
        floor.keep_time()
        moment = floor.moment
        connection.send(
            LogonOk(
                following,
                floor.trading_day,
                moment.text,
                moment.phase,
                floor.settings.speed,
                floor.inboxes.quota(gateway),
                floor.kind_of_day,
            )
        )
        for instrument in floor.instruments.values():
            connection.send(instrument_message(instrument))
        log.info("gateway logs on gateway=%s next_report=%d", gateway, following)
        return session

    async def _replay(self, session: Session, first: int) -> None:
        """Send what was missed, the ends of days in their places, then go live."""
        floor, connection, gateway = self._floor, session.connection, session.gateway
        told: set[str] = set()
        following = first
        while True:
            reports = floor.store.load_reports(gateway, following, following + _REPLAY_CHUNK - 1)
            ends = floor.store.load_day_ends(gateway, first)
            waiting = [DayEnd(day, last) for day, last in ends if day not in told]
            for index, body in reports:
                while waiting and waiting[0].last_report < index:
                    told.add(waiting[0].trading_day)
                    connection.send(waiting.pop(0))
                connection.writer.write(framed(body))
                following = index + 1
            if not reports:
                for end in waiting:
                    connection.send(end)
                # Nothing waits between the last look and this line, so nothing is left out.
                session.live = True
                return
            await connection.drain()

    async def _read(self, session: Session) -> None:
        floor, gateway = self._floor, session.gateway
        while self._sessions.get(gateway) is session:
            message = await session.connection.receive(_decoder)
            if isinstance(message, Heartbeat):
                continue
            if isinstance(message, Query):
                self._answer(session, message)
            elif isinstance(message, Resend):
                await self._resend(session, message)
            else:
                floor.submit(gateway, message)
                self._wake()
                while floor.waiting(gateway) > _INBOX_LIMIT:
                    await asyncio.sleep(0.01)

    def _answer(self, session: Session, query: Query) -> None:
        """All reports of the order, then where it stands. What was sent before it has arrived."""
        floor, gateway = self._floor, session.gateway
        floor.deliver(gateway)
        self._tell()
        self.repeat(gateway, query.id)
        order = floor.order(gateway, query.id)
        if order is None:
            status = Status(query.id, "unknown", 0, 0)
        else:
            leaves = order.leaves if order.state == OPEN else 0
            status = Status(query.id, order.state, order.filled, leaves)
        self._send(session, status)

    async def _resend(self, session: Session, resend: Resend) -> None:
        floor, gateway = self._floor, session.gateway
        following = resend.first
        last = min(resend.last, floor.next_report(gateway) - 1)
        while following <= last:
            upto = min(last, following + _REPLAY_CHUNK - 1)
            for _, body in floor.store.load_reports(gateway, following, upto):
                session.connection.writer.write(framed(body))
            following = upto + 1
            await session.connection.drain()

    def _live(self, gateway: str) -> Session | None:
        session = self._sessions.get(gateway)
        return session if session is not None and session.live else None

    def _send(self, session: Session, message: Message) -> None:
        session.outbox.send(packed(message), self._floor.now_s)
        self._wake()
