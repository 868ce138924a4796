"""The client's cash: where it stands now, and every movement of it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Response
from msgspec.structs import asdict

from yunquan.investor.pages.figures import moment
from yunquan.investor.pages.money import TheCustody
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Templates,
    TheDesk,
    asked_part,
    shell_facts,
)
from yunquan.kernel.errors import Invalid, Unavailable
from yunquan.statements import Statements, cash_flow, cash_flow_paper, csv_text
from yunquan.statements.rules.flow import GROUPS, WAYS
from yunquan.statements.types import FlowFilter, FlowPage

CLIENT: Final = {"who": "client"}
LONGEST_PAGE: Final = 50
PARTS: Final = frozenset({"listed", "now"})
TheStatements = NamedDependency[Statements]


@get("/cash", opt=CLIENT)
async def cash_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    custody: TheCustody,
    statements: TheStatements,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    before: FromQuery[str | None] = None,
) -> Response[str]:
    """Each part of the cash with its day, then its movements, a page at a time."""
    account, part = accounts[0], asked_part(request, PARTS)
    asked, failed = read_filter(dict(request.query_params)), ""
    listed: FlowPage | None = None
    shown: dict[str, Any] = {"here": "assets", "account": account, "moment": moment}
    try:
        if part in ("", "now"):
            shown["cash"] = await custody.cash(account, locale)
        if part in ("", "listed"):
            limit = LONGEST_PAGE
            listed = await cash_flow(statements, account, asked, locale, before=before, limit=limit)
    except Unavailable:
        shown.setdefault("cash", None)
    except Invalid as error:
        failed = desk.text(locale)(error.code, **error.facts)
    status = desk.market_status()
    shown |= {
        "listed": listed,
        "asked": asked,
        "asked_query": query_of(asked),
        "before": before,
        "failed": failed,
        "no_file": request.query_params.get("export", "") == "no",
        "groups": tuple(GROUPS),
        "ways": tuple(WAYS),
        "market_day": status.trading_day if status else "",
    }
    if not part:
        shown |= await shell_facts(desk, account, locale)
    return templates.page("investor/cash.html", part, **shown)


def read_filter(given: dict[str, str]) -> FlowFilter:
    """What the list is narrowed to."""
    names = FlowFilter.__struct_fields__
    return FlowFilter(**{name: given.get(name, "").strip()[:20] for name in names})


def query_of(asked: FlowFilter) -> str:
    """The filter as it stands in an address, after what is there already."""
    told = {name: value for name, value in asdict(asked).items() if value}
    return f"&{urlencode(told)}" if told else ""


@get("/cash/export", opt=CLIENT)
async def export_cash(
    request: Request[Any, Any, Any],
    statements: TheStatements,
    accounts: Accounts,
    locale: Locale,
    form: FromQuery[str] = "csv",
) -> Response[Any]:
    """Movements of a period as CSV or PDF; the page says what is wrong with a period."""
    asked = read_filter(dict(request.query_params))
    try:
        paper = await cash_flow_paper(statements, accounts[0], asked, locale)
    except Invalid:
        return Redirect(f"/cash?export=no{query_of(asked)}", status_code=303)
    name = f"cash_{asked.from_day}_{asked.to_day}"
    if form == "pdf":
        made, digest = await statements.pdf(paper)
        headers = {
            "Content-Disposition": f'inline; filename="{name}.pdf"',
            "Digest": f"sha-256={digest}",
        }
        return Response(made, media_type="application/pdf", headers=headers)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv_text(paper), media_type="text/csv", headers=headers)


handlers = [cash_page, export_cash]
