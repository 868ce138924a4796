"""What an error looks like: a problem document for programs, a page or a redirect for people, an id
for a fault of ours.
"""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import quote

import structlog
from litestar.connection import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect, Response

from yunquan.app.web.reader import Reader
from yunquan.app.web.templates import Templates
from yunquan.kernel.errors import Invalid, Unauthorised, YunquanError
from yunquan.kernel.i18n import Catalogue
from yunquan.partners.types import Problem

_log = structlog.get_logger("yunquan.web")

PROBLEM_TYPE = "application/problem+json"
_BY_STATUS = {
    404: "request.no_such_page",
    405: "request.method_not_allowed",
    413: "request.too_large",
    415: "request.not_json",
}
# Of these a client may keep the body and come again.
_RETRY_AFTER_S = {503: "1"}
_FIELD = re.compile(r"`\$\.([A-Za-z0-9_.\[\]]+)`")


class Problems:
    """Turns exceptions into answers; the only place where codes become statuses and sentences."""

    def __init__(self, catalogue: Catalogue, templates: Templates) -> None:
        self._catalogue = catalogue
        self._templates = templates

    def answer(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        """The handler of every exception of every route."""
        state = request.scope["state"]
        reader: Reader = Reader.of(request)
        status, code, facts = describe(error)
        if status >= 500 and not isinstance(error, YunquanError):
            facts = {"incident": secrets.token_hex(6)}
            _log.error("incident", **facts, request=state.get("request_id"), exc_info=error)
        state["code"] = code
        if isinstance(error, Unauthorised) and wants_page(request) and not _posts_login(request):
            return _to_login(request)
        text = self._catalogue.text(code, reader.locale, **facts)
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        headers |= {"Retry-After": after} if (after := _retry_after(status, facts)) else {}
        if wants_page(request):
            return self._page(request, reader, status, code, text, facts, headers)
        problem = Problem(
            code,
            text,
            status,
            {name: _plain(value) for name, value in facts.items()},
            state.get("request_id", ""),
        )
        return Response(problem, status_code=status, media_type=PROBLEM_TYPE, headers=headers)

    def _page(
        self,
        request: Request[Any, Any, Any],
        reader: Reader,
        status: int,
        code: str,
        text: str,
        facts: dict[str, Any],
        headers: dict[str, str],
    ) -> Response[Any]:
        html = self._templates.of(request, reader).html(
            self._templates.error_page,
            status=status,
            code=code,
            text=text,
            incident=facts.get("incident", ""),
            request_id=request.scope["state"].get("request_id", ""),
        )
        return Response(html, status_code=status, media_type="text/html", headers=headers)


def describe(error: Exception) -> tuple[int, str, dict[str, Any]]:
    """Status, stable code and facts of an exception."""
    if isinstance(error, YunquanError):
        return error.status, error.code, error.facts
    if isinstance(error, ValidationException):
        field, problem = _first_fault(error)
        return 400, "request.malformed", {"field": field, "problem": problem}
    if isinstance(error, HTTPException) and error.status_code < 500:
        code = _BY_STATUS.get(error.status_code, "request.malformed")
        facts = {"field": "", "problem": error.detail} if code == "request.malformed" else {}
        return error.status_code, code, facts
    return 500, "server.fault", {}


def malformed(problem: str) -> Invalid:
    """Invalid for a body that isn't of its declared shape; a price or amount that isn't text has
    its own code.
    """
    found = _FIELD.search(problem)
    field = found[1] if found else _unknown_field(problem)
    name = field.rpartition(".")[2]
    if name in ("price", "amount") and problem.startswith("Expected `str`"):
        # A float can't carry every price exactly, so it is refused rather than rounded.
        code = "price.malformed" if name == "price" else "money.malformed"
        return Invalid(code, text=problem.partition("got ")[2].partition(" - ")[0].strip("`"))
    return Invalid("request.malformed", field=field, problem=problem.partition(" - at")[0])


def _unknown_field(problem: str) -> str:
    found = re.search(r"field `([A-Za-z0-9_]+)`", problem)
    return found[1] if found else ""


def _first_fault(error: ValidationException) -> tuple[str, str]:
    faults = error.extra if isinstance(error.extra, list) else []
    if faults and isinstance(faults[0], dict):
        return str(faults[0].get("key", "")), str(faults[0].get("message", ""))
    return "", str(error.detail).partition(" for ")[0]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | None) else str(value)


def _retry_after(status: int, facts: dict[str, Any]) -> str:
    wait_s = facts.get("wait_s")
    return str(wait_s) if isinstance(wait_s, int) else _RETRY_AFTER_S.get(status, "")


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person with a browser asks: everything but the API, the stream and what doesn't
    accept HTML.
    """
    path = request.scope["path"]
    if path.startswith(("/api/", "/stream", "/static/", "/health", "/metrics")):
        return False
    accepts = request.headers.get("accept", "*/*")
    if accepts.startswith("application/json"):
        return False
    return "text/html" in accepts or "hx-request" in request.headers or accepts == "*/*"


def _posts_login(request: Request[Any, Any, Any]) -> bool:
    return request.scope["path"] in ("/login", "/staff/login")


def _to_login(request: Request[Any, Any, Any]) -> Response[Any]:
    path = request.scope["path"]
    door = "/staff/login" if path == "/staff" or path.startswith("/staff/") else "/login"
    # Only a page that was asked for by GET can be come back to; only its path, so nobody is led
    # elsewhere.
    if (
        request.scope["method"] == "GET"
        and "hx-request" not in request.headers
        and path not in ("/", "/staff")
    ):
        door = f"{door}?next={quote(path)}"
    if "hx-request" in request.headers:
        return Response(b"", status_code=401, headers={"HX-Redirect": door}, media_type="text/html")
    return Redirect(door, status_code=303)
