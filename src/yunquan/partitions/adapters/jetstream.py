"""The stream of frames and that of finds, kept and handed out by NATS JetStream.

A message is kept once: it names itself, and a repeat within ten minutes is dropped. A frame also
names the message it follows, so a second distributor is refused. Nothing here gives up when the
server is away: it is waited for, and everything goes on from where its reader was.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import nats
import nats.errors
from nats.js import api, errors

from yunquan.kernel.errors import Conflict

logger = logging.getLogger("yunquan.partitions")

AGAIN_S: Final = 0.2
PATIENCE_S: Final = 5.0
# A fetch that finds nothing returns after this, so that whoever reads may be stopped.
LOOK_S: Final = 0.5
AT_ONCE: Final = 16
KNOWN_FOR_S: Final = 600
ACK_WITHIN_S: Final = 60
# Of the server: another message came in between.
OUT_OF_TURN: Final = 10071
NEXT_ROW: Final = "Next-Row"
# What calls of a server that is away, or not ready yet, come to.
AWAY: Final = (nats.errors.Error, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message: its place in its stream, and what is in it."""

    seq: int
    body: bytes
    message: Any

    async def done(self) -> None:
        """Never to be handed out again, unless somebody goes back."""
        await self.message.ack()


class Streams:
    """Both streams of a number of partitions: with another number everything begins anew."""

    def __init__(self, client: Any, partitions: int) -> None:
        self._client = client
        self._js: Any = client.jetstream(timeout=PATIENCE_S)
        self.frames = f"yunquan-frames-{partitions}"
        self.finds = f"yunquan-finds-{partitions}"
        self._last = 0

    @classmethod
    async def open(cls, url: str, partitions: int) -> Streams:
        """Both streams there and ready; waits for the server."""
        client = await nats.connect(
            url, max_reconnect_attempts=-1, reconnect_time_wait=AGAIN_S, error_cb=_told
        )
        made = cls(client, partitions)
        for name in (made.frames, made.finds):
            await made._make(name)
        return made

    async def _make(self, name: str) -> None:
        config = api.StreamConfig(
            name=name,
            subjects=[f"{name}.>"],
            storage=api.StorageType.FILE,
            retention=api.RetentionPolicy.LIMITS,
            duplicate_window=KNOWN_FOR_S,
        )
        while True:
            try:
                await self._js.add_stream(config)
                return
            except AWAY:
                await asyncio.sleep(AGAIN_S)

    async def close(self) -> None:
        """Nothing more is to come."""
        await self._client.close()

    # --- the distributor's side

    async def sent_until(self) -> int:
        """The row after the last one that is kept, 0 for none. To be asked before the first
        `send`.
        """
        info = await self._js.stream_info(self.frames)
        self._last = info.state.last_seq
        return await self._row_of(f"{self.frames}.rows")

    async def _row_of(self, subject: str) -> int:
        try:
            last = await self._js.get_last_msg(self.frames, subject)
        except errors.NotFoundError:
            return 0
        return int((last.headers or {}).get(NEXT_ROW, 0))

    async def send(self, head: bytes, rows: bytes, next_row: int) -> None:
        """A frame, first its head. Returns once it is kept. Raises Conflict partitions.two_writers
        when somebody else sends too, or the server has lost what it had kept.
        """
        for kind, body in (("heads", head), ("rows", rows)):
            while not await self._is_kept(f"{self.frames}.{kind}", body, f"{kind}-{next_row}"):
                await asyncio.sleep(AGAIN_S)

    async def _is_kept(self, subject: str, body: bytes, name: str) -> bool:
        next_row = int(name.partition("-")[2])
        headers = {
            "Nats-Msg-Id": name,
            "Nats-Expected-Last-Sequence": str(self._last),
            NEXT_ROW: str(next_row),
        }
        try:
            kept = await self._js.publish(subject, body, stream=self.frames, headers=headers)
            self._last = max(self._last, kept.seq)
        except errors.APIError as error:
            logger.warning("frame not kept", extra={"why": str(error)})
            return error.err_code == OUT_OF_TURN and await self._was_kept(subject, next_row)
        except AWAY as error:
            logger.warning("frame not kept yet", extra={"why": repr(error)})
            return False
        return True

    async def _was_kept(self, subject: str, next_row: int) -> bool:
        """Whether it was, and the answer lost longer ago than names are known."""
        try:
            if await self._row_of(subject) != next_row:
                raise Conflict("partitions.two_writers", row=next_row)
            info = await self._js.stream_info(self.frames)
        except AWAY:
            return False
        self._last = info.state.last_seq
        return True

    async def forget(self, frames_before: int, finds_before: int) -> None:
        """What nobody will read again: messages below these places. The last two always stay; where
        the server is away, all do.
        """
        try:
            for name, before in ((self.frames, frames_before), (self.finds, finds_before)):
                info = await self._js.stream_info(name)
                if (before := min(before, info.state.last_seq - 1)) > 0:
                    await self._js.purge_stream(name, seq=before)
        except AWAY as error:
            logger.warning("streams not trimmed", extra={"why": repr(error)})

    async def begin_anew(self) -> None:
        """Forget every frame: the distributor will send them all again."""
        await self._js.purge_stream(self.frames)

    # --- the partitions' side

    async def report(self, partition: int, body: bytes, next_row: int) -> None:
        """What one partition found in the frame before this row. Returns once it is kept."""
        headers = {"Nats-Msg-Id": f"{partition}-{next_row}"}
        while True:
            try:
                await self._js.publish(
                    f"{self.finds}.{partition}", body, stream=self.finds, headers=headers
                )
                return
            except AWAY as error:
                logger.warning("find not kept yet", extra={"why": repr(error)})
                await asyncio.sleep(AGAIN_S)

    def rows(self, reader: str, seq: int) -> Reader:
        """Frames behind this place."""
        return Reader(self._js, self.frames, f"{self.frames}.rows", reader, seq)

    def heads(self, reader: str, seq: int) -> Reader:
        """Heads of frames behind this place."""
        return Reader(self._js, self.frames, f"{self.frames}.heads", reader, seq)

    def found(self, reader: str, seq: int) -> Reader:
        """Finds of all partitions behind this place."""
        return Reader(self._js, self.finds, f"{self.finds}.*", reader, seq)


class Reader:
    """One reader of a stream by a durable consumer of its name, from a place on. What was handed
    out stays open until the rows in it are done with.
    """

    def __init__(self, js: Any, stream: str, subject: str, name: str, seq: int) -> None:
        self.seq = seq
        self._js = js
        self._stream = stream
        self._subject = subject
        self._name = name
        self._subscription: Any = None
        self._open = deque[tuple[int, int]]()

    async def fetch(self) -> Sequence[Heard]:
        """What comes next, each message once and in order; nothing when there is nothing or the
        server is away.
        """
        try:
            subscription = self._subscription or await self._begin()
            messages = await subscription.fetch(AT_ONCE, timeout=LOOK_S)
        except nats.errors.TimeoutError:
            return []
        except AWAY as error:
            logger.warning("reader begins again", extra={"reader": self._name, "why": repr(error)})
            self._subscription = None
            await asyncio.sleep(AGAIN_S)
            return []
        found = list[Heard]()
        for message in messages:
            seq = message.metadata.sequence.stream
            if seq > self.seq:
                self.seq = seq
                found.append(Heard(seq, message.data, message))
            else:
                # Handed out again, for the answer was late.
                await message.ack()
        return found

    async def _begin(self) -> Any:
        """A consumer goes on from where the server believes its reader to be; the reader knows
        better.
        """
        with contextlib.suppress(errors.NotFoundError):
            await self._js.delete_consumer(self._stream, self._name)
        config = api.ConsumerConfig(
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self.seq + 1,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ACK_WITHIN_S,
        )
        self._subscription = await self._js.pull_subscribe(
            self._subject, durable=self._name, stream=self._stream, config=config
        )
        return self._subscription

    def go_back(self, seq: int) -> None:
        """Read again what is behind this place."""
        self.seq, self._subscription = seq, None

    def keep_open(self, seq: int, next_row: int) -> None:
        """A message is done with once the row before this one is."""
        self._open.append((seq, next_row))

    def done_until(self, row: int) -> int:
        """The place behind which somebody must begin who has done with the rows before this one."""
        while self._open and self._open[0][1] <= row:
            self._open.popleft()
        return self._open[0][0] - 1 if self._open else self.seq


async def _told(error: Exception) -> None:
    logger.warning("nats", extra={"why": repr(error)})
