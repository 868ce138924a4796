"""Around every request, matched by a route or not: its id, the strict headers, the access log, the
counts.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from yunquan.app.web.access import AccessLog
from yunquan.app.web.measures import Measures

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; manifest-src 'self'"
)
# Of pages that photograph and film, at their own address only: what was taken is shown from memory.
CAMERA_POLICY = (
    POLICY.replace("img-src 'self' data:", "img-src 'self' data: blob:")
    + "; media-src 'self' blob:; worker-src 'self'"
)
STRICT_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_PERMISSIONS = b"camera=(self), geolocation=(), microphone=(self), payment=(), usb=()"
CAMERA_HEADERS = (
    (b"content-security-policy", CAMERA_POLICY.encode()),
    (b"permissions-policy", _PERMISSIONS),
    *(
        (name, value)
        for name, value in STRICT_HEADERS
        if name not in (b"content-security-policy", b"permissions-policy")
    ),
)
_PRIVATE = (b"cache-control", b"private, no-store")
_ONLY_HTTPS = (b"strict-transport-security", b"max-age=31536000")


class Front:
    """The outermost layer. Routing errors pass through it too, which a framework's middleware would
    miss.
    """

    def __init__(
        self,
        app: ASGIApp,
        measures: Measures,
        log: AccessLog,
        monotonic: Callable[[], float],
        *,
        behind_proxy: bool,
    ) -> None:
        self._app = app
        self._measures = measures
        self._monotonic = monotonic
        self._behind_proxy = behind_proxy
        self._process = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._monotonic()
        status = 0
        request_id = f"{self._process}-{next(self._numbers):x}"
        state: dict[str, Any] = scope["state"]
        state["request_id"] = request_id
        state["address"], state["https"] = self._visitor(scope)
        id_header = (b"x-request-id", request_id.encode())

        async def send_strict(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                strict = CAMERA_HEADERS if state.get("camera") else STRICT_HEADERS
                headers = [*message["headers"], *strict, id_header]
                if not any(name == b"cache-control" for name, _ in message["headers"]):
                    headers.append(_PRIVATE)
                if state["https"]:
                    headers.append(_ONLY_HTTPS)
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, send_strict)
        finally:
            self._tell(scope, state, status, self._monotonic() - began)

    def _visitor(self, scope: Any) -> tuple[str, bool]:
        """Network address and whether the reader's side is encrypted."""
        client = scope.get("client")
        address, https = (client[0] if client else ""), scope.get("scheme") == "https"
        if not self._behind_proxy:
            return address, https
        # Only the last hop is believed: everything before it was written by the visitor.
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                address = value.decode("latin-1").rpartition(",")[2].strip()
            elif name == b"x-forwarded-proto":
                https = value.strip() == b"https"
        return address, https

    def _tell(self, scope: Any, state: dict[str, Any], status: int, seconds: float) -> None:
        # The route's pattern, not the path: account and order numbers stay out of the log.
        route = scope.get("path_template") or "unmatched"
        method = scope["method"]
        self._measures.requests.count(route, method, status, seconds)
        session = state.get("session")
        self._log.tell(
            state["request_id"],
            method,
            route,
            status,
            seconds,
            session.actor if session is not None else "",
            state["address"],
            state.get("code", ""),
        )
