"""Puts the app together: gate, faces, operator's pages, stream, static files, errors."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from litestar import Litestar, Router, get
from litestar.connection import Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Response

from yunquan.app.web.access import AccessLog
from yunquan.app.web.doors import Doors
from yunquan.app.web.express import Express
from yunquan.app.web.fanout import Fanout
from yunquan.app.web.front import Front
from yunquan.app.web.gate import Gate, check_declared
from yunquan.app.web.measures import Measures
from yunquan.app.web.operate import Health, desk_probes, health, metrics
from yunquan.app.web.parts import OwnAccounts, WebParts
from yunquan.app.web.problems import Problems
from yunquan.app.web.reader import Reader
from yunquan.app.web.static import StaticTree
from yunquan.app.web.stream import Streams, stream
from yunquan.app.web.strict import StrictRequest
from yunquan.app.web.templates import Pages, Templates
from yunquan.clients import account_numbers
from yunquan.clients.types import ClientId
from yunquan.kernel.errors import YunquanError
from yunquan.partners.api import describe_api, openapi_document
from yunquan.security import forget_ended, save_touches
from yunquan.security.types import PrincipalKind, Session
from yunquan.workbench.pages.places import StaffAct, places_for, staff_act

_log = structlog.get_logger("yunquan.web")
TOUCHES_EVERY_S = 30.0
FORGET_EVERY_S = 3600.0


def make_app(parts: WebParts, routers: Sequence[Router]) -> Litestar:
    """The web app over `parts`. routers: the faces'. Raises ValueError when a route doesn't say who
    may use it.
    """
    desk, login, values = parts.desk, parts.login, parts.values
    clock = login.database.clock
    tree = StaticTree({room: path / "static" for room, path in parts.rooms.items()})
    folders = {room: path / "templates" for room, path in parts.rooms.items()}
    templates = Templates(folders, desk.catalogue, tree.url, login, values)
    problems = Problems(desk.catalogue, templates)
    gate, measures, log = Gate(login), Measures(), AccessLog(clock, parts.write_log)

    def load_numbers(client: str) -> tuple[str, ...]:
        with desk.database.read() as tx:
            return account_numbers(tx, ClientId(client))

    app = Litestar(
        route_handlers=[health, metrics, stream, static_file, openapi, *routers],
        dependencies=_dependencies(parts.offices),
        before_request=gate.check,
        exception_handlers={Exception: problems.answer},
        request_class=StrictRequest,
        request_max_body_size=values.largest_body_bytes,
        openapi_config=describe_api(),
        lifespan=[_housekeeping],
        logging_config=None,
        state=State(
            {
                "desk": desk,
                "login": login,
                "sealing": parts.sealing,
                "web_values": values,
                "gate": gate,
                "measures": measures,
                "access_log": log,
                "templates": templates,
                "tree": tree,
                "doors": Doors(login),
                "accounts": OwnAccounts(load_numbers, clock.monotonic, values.accounts_fresh_s),
                "fanout": _fanout(parts),
                "streams": Streams(values.streams_most, values.streams_per_member),
                "health": Health({**desk_probes(desk), **parts.probes}, clock.monotonic),
                "draining": asyncio.Event(),
                "locale_of": provide_locale,
            }
        ),
    )
    check_declared(_own_handlers(app))
    _tell_places(app, templates)
    # Around everything, also what no route matches: a framework middleware would miss those.
    express = Express(app.asgi_handler, login, problems, values.largest_body_bytes)
    app.asgi_handler = Front(
        express, measures, log, clock.monotonic, behind_proxy=values.behind_proxy
    )
    return app


def _fanout(parts: WebParts) -> Fanout:
    values = parts.values
    return Fanout(
        parts.desk,
        heartbeat_s=values.heartbeat_s,
        stall_s=values.stall_s,
        watched=parts.watched,
        flows=parts.flows,
    )


def drain(app: Litestar) -> None:
    """Before stopping: streams end, /health says so, requests in flight are answered."""
    app.state.draining.set()
    app.state.fanout.drain()


@contextlib.contextmanager
def _draining_on_signals(app: Litestar) -> Iterator[None]:
    """Drain as soon as the process is told to stop. The server itself first waits for every answer
    to end, and a stream never would.

    The loop hears of signals through its own pipe, so its handlers (the server's) run as before.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(drain, app))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _own_handlers(app: Litestar) -> list[HTTPRouteHandler]:
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", [])]
    return [handler for handler in handlers if handler.http_methods != {"OPTIONS"}]


def _tell_places(app: Litestar, templates: Any) -> None:
    """Pages of staff know where each of them may go."""
    app.state.staff_acts = acts = _staff_acts(app)
    templates.environment.globals["staff_places"] = lambda roles: places_for(acts, roles)


def _staff_acts(app: Litestar) -> tuple[StaffAct, ...]:
    """Every route for staff alone, as declared: what the gate checks and the pages show."""
    acts = {
        staff_act(
            str(method),
            path,
            handler.opt.get("roles"),
            (str(handler.fn.__module__), str(handler.handler_name)),
        )
        for handler in _own_handlers(app)
        if handler.opt.get("who") == "staff"
        for method in handler.http_methods
        for path in _paths(app, handler)
    }
    return tuple(sorted(acts, key=lambda act: (act.path, act.method)))


def _paths(app: Litestar, handler: HTTPRouteHandler) -> list[str]:
    return [route.path for route in app.routes if handler in getattr(route, "route_handlers", [])]


def _dependencies(offices: Mapping[str, Any]) -> dict[str, Provide]:
    providers: dict[str, Callable[..., Any]] = {
        "desk": provide_desk,
        "session": provide_session,
        "locale": provide_locale,
        "templates": provide_templates,
        "doors": provide_doors,
        "accounts": provide_accounts,
    }
    providers |= {name: _provider(office) for name, office in offices.items()}
    return {name: Provide(provider, sync_to_thread=False) for name, provider in providers.items()}


def _provider(office: Any) -> Callable[[], Any]:
    return lambda: office


def provide_desk(state: State) -> Any:
    return state.desk


def provide_session(request: Request[Any, Any, Any]) -> Any:
    return request.scope["state"].get("session")


def provide_locale(request: Request[Any, Any, Any]) -> str:
    return Reader.of(request).locale


def provide_templates(request: Request[Any, Any, Any], state: State) -> Pages:
    return state.templates.of(request, Reader.of(request))


def provide_doors(state: State) -> Any:
    return state.doors


def provide_accounts(request: Request[Any, Any, Any], state: State) -> tuple[str, ...]:
    session: Session | None = request.scope["state"].get("session")
    if session is None or session.kind is not PrincipalKind.CLIENT:
        return ()
    return state.accounts.of(session.subject)


@get("/static/{digest:str}/{name:path}", opt={"who": "anyone"}, include_in_schema=False)
async def static_file(
    request: Request[Any, Any, Any], state: State, digest: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """A static file; `static_url` makes its address."""
    return state.tree.answer(request, digest, name.removeprefix("/"))


@get(
    "/api/v1/openapi.json",
    opt={"who": "anyone"},
    include_in_schema=False,
    media_type="application/json",
)
async def openapi(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The API described for programs; the same text is committed in docs/schema/openapi.json."""
    return openapi_document(request.app)


@asynccontextmanager
async def _housekeeping(app: Litestar) -> AsyncIterator[None]:
    """While the app serves: save when sessions were used, forget what is old."""
    tasks = [
        asyncio.create_task(_repeat(TOUCHES_EVERY_S, lambda: save_touches(app.state.login))),
        asyncio.create_task(_repeat(FORGET_EVERY_S, lambda: _forget_old(app))),
    ]
    try:
        with _draining_on_signals(app):
            yield
    finally:
        drain(app)
        for task in tasks:
            task.cancel()
        app.state.access_log.close()
        with contextlib.suppress(YunquanError):
            await asyncio.to_thread(save_touches, app.state.login)


async def _repeat(every_s: float, work: Callable[[], Any]) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await asyncio.to_thread(work)
        except YunquanError as error:
            _log.warning("housekeeping failed, tried again later", code=error.code)


def _forget_old(app: Litestar) -> None:
    with app.state.login.database.transaction() as tx:
        forget_ended(tx)
