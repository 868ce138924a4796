"""What an operator asks the web process: does everything serve, and how busy is it."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Response, get
from litestar.connection import Request
from litestar.datastructures import State

from yunquan.app.web.measures import Measures
from yunquan.app.web.parts import Probe
from yunquan.kernel.errors import NotFound, YunquanError

PROBE_S = 2.0
_FRESH_S = 0.5


class Health:
    """Asks every part, at most twice a second however often it is asked itself."""

    def __init__(self, probes: Mapping[str, Probe], monotonic: Callable[[], float]) -> None:
        self._probes = dict(probes)
        self._monotonic = monotonic
        self._asked_at_s: float | None = None
        self._known: dict[str, str] = {}
        self._asking = asyncio.Lock()

    async def parts(self) -> dict[str, str]:
        """By part: "ok", or what is wrong."""
        async with self._asking:
            now = self._monotonic()
            if self._asked_at_s is None or now - self._asked_at_s >= _FRESH_S:
                answers = await asyncio.gather(*(_ask(probe) for probe in self._probes.values()))
                self._known = dict(zip(self._probes, answers, strict=True))
                self._asked_at_s = now
            return self._known


async def _ask(probe: Probe) -> str:
    try:
        async with asyncio.timeout(PROBE_S):
            return await probe() or "ok"
    except TimeoutError:
        return "no answer"
    except YunquanError as error:
        return error.code
    except Exception as error:
        # Whatever is wrong with a part must be reported as that part, not as a fault of the report.
        return type(error).__name__


def desk_probes(desk: Any) -> dict[str, Probe]:
    """Probes of the parts every brokerage has: database, counters, market feed."""

    async def database() -> str:
        await asyncio.to_thread(_touch, desk.database)
        return ""

    async def counters() -> str:
        views = await desk.health()
        broken = [view.name for view in views if view.unbalanced or view.negative]
        return f"invariants broken: {', '.join(broken)}" if broken else ("" if views else "none")

    async def market() -> str:
        return "" if desk.market_status() is not None else "no status yet"

    return {"database": database, "counters": counters, "market": market}


def _touch(database: Any) -> None:
    with database.read():
        pass


@get("/health", opt={"who": "anyone"}, include_in_schema=False)
async def health(state: State) -> Response[dict[str, Any]]:
    """200 once every part serves; 503 with the parts that don't."""
    if state.draining.is_set():
        return Response({"status": "draining", "parts": {}}, status_code=503)
    parts = await state.health.parts()
    serves = all(said == "ok" for said in parts.values())
    return Response(
        {"status": "ok" if serves else "unavailable", "parts": parts},
        status_code=200 if serves else 503,
    )


@get("/metrics", opt={"who": "anyone"}, include_in_schema=False)
async def metrics(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """Prometheus' text; only for this machine unless settings open it. To others there is no such
    page.
    """
    if not state.web_values.metrics_open and not is_local(request):
        raise NotFound("request.no_such_page")
    measures: Measures = state.measures
    try:
        async with asyncio.timeout(PROBE_S):
            views = await state.desk.health()
        for view in views:
            measures.show_counter(view)
    except (YunquanError, TimeoutError):
        # A counter that is down must not hide what this process counts.
        pass
    return Response(measures.text(), media_type="text/plain; version=0.0.4")


def is_local(request: Request[Any, Any, Any]) -> bool:
    """Whether the request comes from this machine and not through a proxy on it."""
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded")):
        return False
    client = request.scope.get("client")
    if client is None:
        return True  # a unix socket
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return client[0] in ("localhost", "testclient")
