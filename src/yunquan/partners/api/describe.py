"""The OpenAPI document: what the framework reads off the routes, and what holds for all of them."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from yunquan.partners.types import Problem

_ABOUT = """\
Everything the pages do. Amounts and prices are text in CNY ("1261.50"), quantities integers of
shares, times milliseconds since 1970 UTC; trading days are the market's. Lists are newest first,
with `next` to go on. Errors are problem documents with a stable `code`, a sentence in the reader's
language (Accept-Language: zh-CN or en) and the figures in it.

What changes something takes an `Idempotency-Key` of the caller's choice (1 to 64 letters, digits,
dots, dashes, underscores): the same key and body give the first answer, another body gives 409
`command.reused`. After 503 the outcome is unknown: repeat with the same key.

Live updates come from `GET /stream?topics=...` as server-sent events: `market`, `quote:SYMBOL`,
`minutes:SYMBOL`, `trades:SYMBOL`, `orders:ACCOUNT`, `assets:ACCOUNT`, `notices:ACCOUNT`
(its `seen` changes when `GET /notices` does), and `health` for staff.
"""
_TAGS = {
    "sessions": "Logging in and out; who one is.",
    "market": "Instruments, quotes, charts.",
    "orders": "Placing, cancelling and following orders.",
    "assets": "What a client owns.",
    "money": "Money in from the bank and out to it.",
    "preferences": "Language, looks, watchlist.",
    "staff": "For staff: clients, accounts, restrictions, stops, the gateway, health.",
}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "Login": {"login_name": "demo", "password": "yunquan-demo-1", "kind": "client"},
    "NewOrder": {
        "account": "880000000001",
        "symbol": "600519.SH",
        "side": "buy",
        "price": "1261.50",
        "qty": 100,
        "day": "2026-07-13",
    },
    "NewTransfer": {"account": "880000000001", "direction": "in", "amount": "50000.00"},
    "NewRestriction": {
        "scope": "buy",
        "basis": "Suitability review 2026-118",
        "basis_kind": "risk",
    },
    "NewFreeze": {
        "asset": "CNY",
        "amount": "100.00",
        "basis": "Assistance to the enforcement of a judgment",
        "basis_kind": "judicial",
        "document": "(2026) Hu 01 Zhi 118",
        "authority": "First Intermediate People's Court of Shanghai",
        "expires_on": "2027-07-12",
    },
    "NewOwnComplaint": {"text": "The fee of yesterday's order is wrong", "subject": "fee"},
    "NewStaffComplaint": {
        "text": "A caller says that a transfer has been under way since Monday",
        "subject": "money",
        "channel": "phone",
    },
    "ComplaintText": {"text": "The statement says 5.12, the note says 5.00"},
    "NewStep": {"text": "The transfer was booked at 10:02; the bank confirms it"},
    "NewStop": {
        "scope": "600519.SH",
        "basis": "Exchange notice 2026-071",
        "notice_zh": "该证券暂停接受新委托，撤单照常",
        "notice_en": "No new orders in this security; cancels go on",
    },
    "RuleText": {
        "code": "evening_rate",
        "kind": "order_rate",
        "subject": "account",
        "conditions": [{"on": ["order"], "when": "account.orders.m5 >= 100"}],
        "grade": 2,
        "title_zh": "夜间申报过快",
        "title_en": "Many orders in the evening",
        "basis": "Decision of the risk committee 2026-12",
        "certainty": "F",
    },
    "NewBacktest": {
        "rules": [{"code": "evening_rate", "version": 1}],
        "from_day": "2026-07-13",
        "until_day": "2026-07-13",
        "warm_days": 1,
    },
    "NewGateway": {
        "gateway": "b",
        "basis": "Line of gateway A is down",
        "notice_zh": "报盘网关已切换，部分委托确认可能延迟",
        "notice_en": "We send orders through another gateway; confirmations may be late",
    },
    "LookReason": {"reason": "Client called about a transfer"},
    "Looks": {"locale": "zh_CN", "theme": "dark", "colours": "red-up", "elder": True},
    "ListName": {"name": "ETF"},
    "NewPassword": {"old": "correct-Horse-7", "new": "better-Horse-8"},
    "Watchlist": {"symbols": ["600519.SH", "000001.SZ"]},
}
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The caller's name for this request; repeat it with the same key.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    "example": "20260713-0001",
}


def describe_api() -> OpenAPIConfig:
    """What the framework needs to know; it serves no page of its own, as those load scripts from
    elsewhere.
    """
    return OpenAPIConfig(
        title="Yunquan",
        version="1",
        description=_ABOUT,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=[Tag(name=name, description=text) for name, text in _TAGS.items()],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http", scheme="bearer", description="The session's token."
                )
            }
        ),
        use_handler_docstrings=True,
        create_examples=False,
        operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        openapi_router=Router(
            "/api/v1/framework", route_handlers=[], opt={"who": "nobody"}, include_in_schema=False
        ),
        render_plugins=(JsonRenderPlugin(),),
    )


def openapi_document(app: Litestar) -> dict[str, Any]:
    """The document as served and committed."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    schemas = document["components"].setdefault("schemas", {})
    for name, example in _EXAMPLES.items():
        # What isn't declared is refused; the framework doesn't say so by itself.
        schemas[name] |= {"additionalProperties": False, "examples": [example]}
    (problem,) = msgspec.json.schema_components(
        [Problem], ref_template="#/components/schemas/{name}"
    )[1].values()
    schemas["Problem"] = problem
    opts = _opts(app)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _finish(operation, opts.get((path, method.upper()), {}), changes=method != "get")
    return document


def _opts(app: Litestar) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            for method in handler.http_methods:
                found[(route.path_format, str(method))] = handler.opt
    return found


def _finish(operation: dict[str, Any], opt: dict[str, Any], *, changes: bool) -> None:
    """What every route of its kind has: problems it may answer with, the key it needs, the login it
    needs. changes: it may be refused as things stand.
    """
    statuses = {400, 409, 503} if changes else {400, 503}
    if opt.get("who") != "anyone":
        operation["security"] = [{"bearer": []}]
        statuses |= {401, 403}
    else:
        operation["security"] = []
        statuses |= {401, 403}
    if operation.get("parameters"):
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {404, 413, 415}
    if opt.get("idempotent"):
        operation.setdefault("parameters", []).append(_KEY_PARAMETER)
        statuses |= {404, 409}
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response["description"] = "Done."
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(statuses):
        operation["responses"][str(status)] = {"description": _SAID[status], "content": content}


_SAID = {
    400: "Malformed, or breaks a rule that needs no state.",
    401: "Nobody is logged in, or the credentials are wrong.",
    403: "Not allowed to the caller.",
    404: "No such thing, or not the caller's.",
    409: "Refused as things stand, or the key was used with another body.",
    413: "The body is too large.",
    415: "The body isn't JSON.",
    503: "The outcome is unknown or a part is down: repeat with the same key.",
}
