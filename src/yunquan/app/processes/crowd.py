"""The process of the demonstration's crowd: clients whom the machine plays."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from typing import Final

from prometheus_client import Counter

from yunquan.app.crowd.hand import Hand
from yunquan.app.crowd.people import FOUL, invest, live, sleep
from yunquan.app.links import Links
from yunquan.app.processes.role import keep_what_stays, serve_status
from yunquan.app.seed import RETRY_S, open_one, seed_crowd
from yunquan.app.settings import Settings
from yunquan.clients.types import DemoClient
from yunquan.funding.types import Secrets
from yunquan.kernel.errors import YunquanError

logger = logging.getLogger("yunquan.crowd")

NICENESS: Final = 5
ORDINARY_S, FOUL_S = (15.0, 60.0), (60.0, 300.0)
BROKEN = Counter("yunquan_crowd_broken", "Acts of the demonstration's crowd that failed")


async def run_crowd(settings: Settings, stop: asyncio.Event) -> int:
    """Play until `stop`."""
    os.nice(NICENESS)
    links = Links(settings)
    status = await serve_status(settings.socket("crowd-status"), lambda: (True, {}))
    tasks = await links.start()
    people = await _people(settings, links)
    keep_what_stays()
    for place, client in enumerate(people):
        tasks.append(asyncio.create_task(_play(links, client, place)))
    logger.info("crowd plays", extra={"people": len(people)})
    await stop.wait()
    for task in tasks:
        task.cancel()
    await links.stop()
    status.close()
    return 0


async def _people(settings: Settings, links: Links) -> tuple[DemoClient, ...]:
    while True:
        try:
            return await asyncio.to_thread(seed_crowd, settings, links.database)
        except YunquanError as error:
            logger.info("crowd waits", extra={"reason": error.code})
            await asyncio.sleep(RETRY_S)


async def _play(links: Links, client: DemoClient, place: int) -> None:
    """The first few are foul, the rest ordinary; nobody stops because an act came to nothing."""
    passwords = Secrets(client.cash_password, client.bank_password)
    hand = Hand(
        str(client.opening.account),
        passwords,
        links.quotes,
        links.counters,
        links.funding,
        secrets.SystemRandom(),
    )
    act, between_s = (FOUL[place], FOUL_S) if place < len(FOUL) else (invest, ORDINARY_S)
    while True:
        try:
            await _opened(links, client)
            await live(hand, act, between_s, sleep)
        except YunquanError as error:
            BROKEN.inc()
            logger.info("act came to nothing", extra={"reason": error.code})
            await asyncio.sleep(RETRY_S)


async def _opened(links: Links, client: DemoClient) -> None:
    while links.quotes.view().status is None:
        await asyncio.sleep(RETRY_S)
    await open_one(links, client)
