"""Parts as Ray actors: each in a process of its own on this machine or another, started again
whenever it dies.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import ray
from ray.exceptions import RayActorError, RayTaskError

logger = logging.getLogger("yunquan.partitions")

# Frames go by NATS: Ray's own store of objects carries nothing but arguments.
STORE_BYTES: Final = 100_000_000
AGAIN_S: Final = 0.5
Run = Callable[..., Awaitable[None]]


class _Part:
    """Runs one thing until it is told to stop."""

    def __init__(self) -> None:
        self._stopped = False

    async def run(self, run: Run, arguments: tuple[Any, ...]) -> None:
        """Until stopped; `run` gets the question whether it is as its last argument."""
        await run(*arguments, lambda: self._stopped)

    async def stop(self) -> None:
        """Let `run` come to its end."""
        self._stopped = True

    async def pid(self) -> int:
        """Its process."""
        return os.getpid()


class Actors:
    """A Ray cluster and the actors of ours in it. deaths: how often one had to be started again."""

    def __init__(self, address: str, count: int) -> None:
        """address: of a cluster that runs, "" for one of this process alone. count: of actors."""
        self._address = address
        self._count = count
        self._actors: dict[int, Any] = {}
        self._stopping = False
        self.deaths = 0

    def begin(self) -> None:
        """Join the cluster, or start one."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        own: dict[str, Any] = {
            "num_cpus": self._count,
            "object_store_memory": STORE_BYTES,
            "include_dashboard": False,
        }
        joined: dict[str, Any] = {"address": self._address} if self._address else own
        ray.init(log_to_driver=False, configure_logging=False, **joined)

    async def keep(self, number: int, run: Run, arguments: tuple[Any, ...]) -> None:
        """Run something as an actor until `stop`, again whenever its process dies. What it raises
        itself is raised here.
        """
        kind: Any = ray.remote(_Part)
        while not self._stopping:
            actor = self._actors[number] = kind.options(num_cpus=1, max_restarts=0).remote()
            try:
                await actor.run.remote(run, arguments)
                return
            except RayTaskError as error:
                raise (getattr(error, "cause", None) or error) from error
            except RayActorError as error:
                self.deaths += 1
                logger.error("partition died", extra={"number": number, "why": str(error)[:200]})
                await asyncio.sleep(AGAIN_S)

    async def pid(self, number: int) -> int:
        """The process of an actor. Raises RayActorError while it is dead."""
        return await self._actors[number].pid.remote()

    async def stop(self) -> None:
        """Let all of them come to their end; `keep` returns then."""
        self._stopping = True
        for actor in self._actors.values():
            try:
                await actor.stop.remote()
            except RayActorError as error:
                logger.warning("partition was gone", extra={"why": str(error)[:200]})

    def end(self) -> None:
        """Leave the cluster; one of this process alone ends with it."""
        ray.shutdown()
