"""Statements and contract notes: as pages, PDF and CSV."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from yunquan.investor.pages.parts import Accounts, Locale, Templates, TheDesk, shell_facts
from yunquan.statements import Statements, clear_money, csv_text
from yunquan.statements.types import Paper

CLIENT: Final = {"who": "client"}
TheStatements = NamedDependency[Statements]


@get("/statements", opt=CLIENT)
async def statements_page(
    desk: TheDesk,
    statements: TheStatements,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Days and months there are."""
    listed = await statements.list_statements(accounts[0], locale)
    shown = await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/statements.html", "", **shown, listed=listed, here="assets")


@get("/statements/span", opt=CLIENT, sync_to_thread=False)
def span_page(first: FromQuery[str] = "", last: FromQuery[str] = "") -> Redirect:
    """Two days of a form as the address of their statement."""
    return Redirect(f"/statements/{quote(first[:10])}..{quote(last[:10])}", status_code=303)


@get("/statements/{period:str}", opt=CLIENT)
async def statement_page(
    desk: TheDesk,
    statements: TheStatements,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    period: FromPath[str],
    form: FromQuery[str] = "",
) -> Response[Any]:
    """One statement; form "pdf" or "csv" is the file of it."""
    paper = await statements.statement(accounts[0], period, locale)
    shown = await shell_facts(desk, accounts[0], locale) if form not in ("pdf", "csv") else {}
    name = f"{accounts[0]}-{period.replace('..', '_')}"
    return await _answer(statements, paper, templates, form, name, "/statements", shown)


@get("/orders/{order:str}/note", opt=CLIENT)
async def note_page(
    desk: TheDesk,
    statements: TheStatements,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    order: FromPath[str],
    form: FromQuery[str] = "",
) -> Response[Any]:
    """The contract note of an order."""
    paper = await statements.note(accounts[0], order, locale)
    shown = await shell_facts(desk, accounts[0], locale) if form not in ("pdf", "csv") else {}
    back = f"/orders/{quote(order)}"
    return await _answer(statements, paper, templates, form, order, back, shown)


@get("/clear-money", opt=CLIENT)
async def clear_money_page(
    desk: TheDesk,
    statements: TheStatements,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """What was earned, what selling brings, when cash is withdrawable, what each fee was."""
    clear = await clear_money(statements, accounts[0], locale)
    shown = await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/clear_money.html", "", **shown, clear=clear, here="assets")


async def _answer(
    statements: Statements,
    paper: Paper,
    templates: Any,
    form: str,
    name: str,
    back: str,
    shown: dict[str, Any],
) -> Response[Any]:
    """name: of the file, from what was checked to be an account, period or order."""
    if form == "pdf":
        made, digest = await statements.pdf(paper)
        headers = {
            "Content-Disposition": f'attachment; filename="{name}.pdf"',
            "Digest": f"sha-256={digest}",
        }
        return Response(made, media_type="application/pdf", headers=headers)
    if form == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        body = csv_text(paper).encode()
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)
    return templates.page(
        "investor/statement.html", "", **shown, paper=paper, back=back, here="assets"
    )


handlers = [statements_page, span_page, statement_page, note_page, clear_money_page]
