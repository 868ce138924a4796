"""Answering a repeated request with its first answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from yunquan.kernel.transaction import Database, Tx
from yunquan.partners import errors, store

KEPT_MS = 8 * 86_400_000
Answer = TypeVar("Answer", bound=msgspec.Struct)
_encode = msgspec.json.Encoder(order="deterministic").encode


async def answer_once(
    database: Database,
    who: str,
    key: str,
    body: Any,
    kind: type[Answer],
    act: Callable[[], Awaitable[Answer]],
) -> Answer:
    """What `act` answers, or answered when the same was asked under the same key. Raises Conflict
    command.reused.

    who: who asks; keys of two people never meet. body: whatever makes it the same request, its
    route included. A request cut short by a crash is acted on again, so `act` must itself do the
    same thing only once: it gets the same key. A raised error isn't kept: the next attempt may
    succeed.
    """
    digest = hashlib.sha256(_encode(body)).digest()
    kept = await asyncio.to_thread(_ask, database, who, key, digest)
    if kept is not None:
        return msgspec.json.decode(kept, type=kind)
    answer = await act()
    await asyncio.to_thread(_keep, database, who, key, _encode(answer))
    return answer


def _ask(database: Database, who: str, key: str, digest: bytes) -> bytes | None:
    with database.read() as tx:
        asked = store.load_asked(tx, who, key)
    if asked is None:
        with database.transaction(actor=who) as tx:
            asked = store.load_asked(tx, who, key)
            if asked is None:
                store.insert_asked(tx, who, key, digest)
                return None
    if asked.digest != digest:
        raise errors.key_reused()
    return asked.answer


def _keep(database: Database, who: str, key: str, answer: bytes) -> None:
    with database.transaction(actor=who) as tx:
        store.save_answer(tx, who, key, answer)


def forget_old_answers(tx: Tx) -> int:
    """Forget answers older than eight days: nobody repeats a request for longer."""
    return store.delete_before(tx, tx.now_ms() - KEPT_MS)
