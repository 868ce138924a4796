"""The follower: replays a counter's log as it grows, writes snapshots, proves the books, and signs
the day's head.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from yunquan.app.processes.role import keep_what_stays, serve_status
from yunquan.app.settings import Settings
from yunquan.counter import Journal, SnapshotFiles, SocketClient
from yunquan.counter.events import DayRolled
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.state import State
from yunquan.kernel.clock import SystemClock, to_ms
from yunquan.kernel.log import read_head, streams
from yunquan.kernel.proof import HeadSigner, export_head
from yunquan.kernel.transaction import Database
from yunquan.ledger.rules import negative, unbalanced

logger = logging.getLogger("yunquan.follower")

IDLE_S = 1.0
EVENTS_A_TURN = 20_000
# A copy may be a moment late; a look after each of hundreds of commits a second took a third of a
# core from the orders.
PAUSE_S = 0.1


class Follower:
    """A second copy of a counter's state, built from its log alone. Never writes to the log."""

    def __init__(self, settings: Settings, number: int) -> None:
        clock = SystemClock()
        self.name = str(number)
        self.clock = clock
        self.settings = settings
        self.database = Database(settings.counter_url(number), clock)
        self.rooms = Database(settings.rooms_url(), clock)
        self.journal = Journal(self.database, self.name)
        self.snapshots = SnapshotFiles(settings.snapshots)
        self.signer = HeadSigner(settings.keys / "log-head.pem")
        found = self.snapshots.load(self.name)
        self.state, self.seq = found or (State(self.name), 0)
        self.saved_seq = self.seq

    def catch_up(self) -> int:
        """Apply what is new, up to a turn's worth; how many events. Signs heads when a day
        rolled.
        """
        count = 0
        rolled = ""
        for events in self.journal.replay(self.seq + 1):
            for event in events:
                apply(self.state, event)
                if type(event) is DayRolled:
                    rolled = event.day
            self.seq += len(events)
            count += len(events)
            if count >= EVENTS_A_TURN:
                break
        if rolled:
            self.sign_heads(rolled)
        return count

    def sign_heads(self, day: str) -> None:
        """Export the signed head of every stream as of now: what ends before it was cut off."""
        at_ms = to_ms(self.clock.now())
        for database in (self.database, self.rooms):
            with database.read() as tx:
                heads = [read_head(tx.connection, stream) for stream in streams(tx.connection)]
            for head in heads:
                export_head(self.signer.sign(head, day, at_ms), self.settings.heads)
        public = self.settings.heads / "public.pem"
        if not public.exists():
            public.write_bytes(self.signer.public_pem())

    def save(self) -> None:
        """Prove the books, then write a snapshot; books that don't balance are never saved."""
        wrong: dict[str, Any] = {
            "unbalanced": unbalanced(self.state.books),
            "negative": negative(self.state.books),
        }
        if wrong["unbalanced"] or wrong["negative"]:
            logger.critical("the books don't balance", extra=wrong)
            return
        self.snapshots.save(self.state, self.seq)
        self.saved_seq = self.seq
        logger.info(
            "snapshot written", extra={"seq": self.seq, "accounts": len(self.state.accounts)}
        )


async def run_follower(settings: Settings, number: int, stop: asyncio.Event) -> int:
    """Follow one counter until `stop`; a last snapshot on leaving makes the next start quick."""
    follower = Follower(settings, number)
    keep_what_stays()
    awake = asyncio.Event()
    client = SocketClient(
        settings.counter_address(number), on_committed=lambda _seq, _body: awake.set()
    )
    watching = asyncio.create_task(client.start())
    status = await serve_status(
        settings.socket(f"follower-{number}-status"),
        lambda: (True, {"seq": follower.seq, "snapshot_seq": follower.saved_seq}),
    )
    while not stop.is_set():
        awake.clear()
        while follower.catch_up():
            await asyncio.sleep(0)
        if follower.seq - follower.saved_seq >= settings.snapshot_events:
            follower.save()
        waiting = [asyncio.create_task(awake.wait()), asyncio.create_task(stop.wait())]
        _, pending = await asyncio.wait(
            waiting, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        await asyncio.sleep(PAUSE_S)
    while follower.catch_up():
        pass
    if follower.seq > follower.saved_seq:
        follower.save()
    watching.cancel()
    await client.close()
    status.close()
    return 0
