"""Statements, contract notes and positions by method."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter

from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import Before, Day, Limit, OwnAccount
from yunquan.statements import Statements, cash_flow, cash_flow_paper, clear_money, csv_text
from yunquan.statements.types import (
    ClearMoney,
    FlowFilter,
    FlowPage,
    MethodLine,
    Paper,
    StatementList,
)

TheStatements = NamedDependency[Statements]
_PERIODS = 'A day "2026-07-13", a month "2026-07", or days "2026-07-01..2026-07-13".'
_KINDS = "^(transfer|trade|fee|tax|dividend|interest|correction)?$"
FlowKind = Annotated[str, Parameter(pattern=_KINDS, description="Of one group only.")]
FlowWay = Annotated[str, Parameter(pattern="^(in|out)?$", description="Money in, or money out.")]
Period = Annotated[str, Parameter(max_length=30, description=_PERIODS)]


@get("/statements", summary="Statements there are, newest first")
async def list_statements(
    caller: Calling, statements: TheStatements, account: OwnAccount = None
) -> StatementList:
    """Days and months; a provisional one can still change."""
    return await statements.list_statements(caller.own(account), caller.locale)


@get("/statements/{period:str}", summary="One statement, with the figures of its PDF")
async def statement(
    caller: Calling, statements: TheStatements, period: Period, account: OwnAccount = None
) -> Paper:
    """The statement of a day, a month or any days."""
    return await statements.statement(caller.own(account), period, caller.locale)


@get("/statements/{period:str}/pdf", summary="One statement as PDF", media_type="application/pdf")
async def statement_pdf(
    caller: Calling, statements: TheStatements, period: Period, account: OwnAccount = None
) -> Response[bytes]:
    """Tagged PDF; the same facts give the same bytes, whose SHA-256 is in the header Digest."""
    paper = await statements.statement(caller.own(account), period, caller.locale)
    return await _pdf(statements, paper)


@get("/orders/{order:str}/note", summary="The contract note of an order")
async def note(
    caller: Calling, statements: TheStatements, order: FromPath[str], account: OwnAccount = None
) -> Paper:
    """Fills, each fee with its rate and source, the net amount, the settlement day."""
    return await statements.note(caller.own(account), order, caller.locale)


@get("/orders/{order:str}/note/pdf", summary="It as PDF", media_type="application/pdf")
async def note_pdf(
    caller: Calling, statements: TheStatements, order: FromPath[str], account: OwnAccount = None
) -> Response[bytes]:
    """Tagged PDF; the same facts give the same bytes."""
    paper = await statements.note(caller.own(account), order, caller.locale)
    return await _pdf(statements, paper)


@get("/positions/costs", summary="Positions and their profit by one cost method")
async def positions_by_method(
    caller: Calling,
    statements: TheStatements,
    account: OwnAccount = None,
    method: FromQuery[Literal["moving", "diluted", "fifo"]] = "moving",
) -> list[MethodLine]:
    """moving: 移动平均; diluted: 摊薄成本; fifo: 先进先出. With what was sold entirely."""
    return await statements.positions(caller.own(account), method, caller.locale)


@get("/clear-money", summary="What was earned after all costs, and what fees were")
async def clear(
    caller: Calling, statements: TheStatements, account: OwnAccount = None
) -> ClearMoney:
    """Today, this month, this year and all; what selling would bring; when cash is withdrawable."""
    return await clear_money(statements, caller.own(account), caller.locale)


@get("/cash/movements", summary="Movements of cash, newest first")
async def cash_movements(
    caller: Calling,
    statements: TheStatements,
    account: OwnAccount = None,
    before: Before = None,
    limit: Limit = 50,
    kind: FlowKind = "",
    way: FlowWay = "",
    from_day: Day = "",
    to_day: Day = "",
) -> FlowPage:
    """Every one with what the account owned after it. kind "fee": commission, transfer fee and what
    clearing took; "tax": stamp duty and tax on dividends.
    """
    asked = FlowFilter(kind, way, from_day, to_day)
    own = caller.own(account)
    return await cash_flow(statements, own, asked, caller.locale, before=before, limit=limit)


@get("/cash/movements.csv", media_type="text/csv", summary="Movements of a period as CSV")
async def cash_movements_csv(
    caller: Calling,
    statements: TheStatements,
    account: OwnAccount = None,
    kind: FlowKind = "",
    way: FlowWay = "",
    from_day: Day = "",
    to_day: Day = "",
) -> Response[str]:
    """UTF-8 with its mark, at most 366 days and 10,000 rows; nothing in it runs as a formula."""
    asked = FlowFilter(kind, way, from_day, to_day)
    paper = await cash_flow_paper(statements, caller.own(account), asked, caller.locale)
    disposition = f'attachment; filename="cash_{from_day}_{to_day}.csv"'
    headers = {"Content-Disposition": disposition}
    return Response(csv_text(paper), media_type="text/csv", headers=headers)


async def _pdf(statements: Statements, paper: Paper) -> Response[bytes]:
    made, digest = await statements.pdf(paper)
    return Response(made, media_type="application/pdf", headers={"Digest": f"sha-256={digest}"})


ABOUT_STATEMENTS = (list_statements, statement, statement_pdf)
router = Router(
    "/",
    route_handlers=[
        *ABOUT_STATEMENTS,
        note,
        note_pdf,
        positions_by_method,
        clear,
        cash_movements,
        cash_movements_csv,
    ],
    opt={"who": "client"},
    tags=["statements"],
)
