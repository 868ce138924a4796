"""Keeping what clients are shown and tick, before what they do takes effect."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from yunquan.evidence import rules, store
from yunquan.evidence.events import ShownKept
from yunquan.evidence.types import NewShown, Shown, ShownId
from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import Database, Tx

LARGEST_BODY: Final = 64 * 1024
MOST_AT_ONCE: Final = 200


def keep(tx: Tx, screens: Sequence[NewShown]) -> list[Shown]:
    """Write down what was shown, and its digest into the log. Raises Invalid evidence.too_large."""
    at_ms = tx.now_ms()
    rows: list[Shown] = []
    for one in screens:
        if len(rules.canonical(one.body)) > LARGEST_BODY:
            raise Invalid("evidence.too_large", limit=LARGEST_BODY)
        digest = rules.shown_digest(one, at_ms)
        fields = {name: getattr(one, name) for name in NewShown.__slots__}
        row = Shown(id=tx.ids.new(ShownId), at_ms=at_ms, digest=digest, **fields)
        rows.append(row)
        tx.emit(ShownKept(str(row.id), row.account, row.kind, row.ref, row.digest))
    if rows:
        store.insert_shown(tx, rows)
    return rows


class ShownKeeper:
    """Keeps screens from many requests in one transaction each time the disk is free: orders come
    by the hundred, and each waits for its own evidence.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[NewShown, asyncio.Future[Shown]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, shown: NewShown) -> Shown:
        """Durable when this returns. Raises Invalid evidence.too_large, Unavailable."""
        if len(rules.canonical(shown.body)) > LARGEST_BODY:
            raise Invalid("evidence.too_large", limit=LARGEST_BODY)
        kept: asyncio.Future[Shown] = asyncio.get_running_loop().create_future()
        self._waiting.append((shown, kept))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await kept

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                rows = await asyncio.to_thread(self._keep_now, [shown for shown, _ in batch])
            except Exception as error:
                for _, kept in batch:
                    if not kept.done():
                        kept.set_exception(error)
                continue
            for (_, kept), row in zip(batch, rows, strict=True):
                if not kept.done():
                    kept.set_result(row)

    def _keep_now(self, screens: list[NewShown]) -> list[Shown]:
        with self._database.transaction(actor="system") as tx:
            return keep(tx, screens)
