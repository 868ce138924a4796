"""One's own settings: looks, open sessions."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.investor.pages.entrance import keep_looks
from yunquan.investor.pages.figures import moment
from yunquan.investor.pages.parts import (
    Accounts,
    Doors,
    Locale,
    Member,
    Templates,
    TheDesk,
    shell_facts,
)

CLIENT: Final = {"who": "client"}


@get("/me", opt=CLIENT)
async def me_page(
    desk: TheDesk,
    doors: Doors,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Who is logged in, how pages look, where else this login is open."""
    return templates.page(
        "investor/me.html",
        here="me",
        **await shell_facts(desk, accounts[0], locale),
        sessions=await doors.sessions(session),
        moment=moment,
    )


@post("/me/looks", opt=CLIENT, status_code=303)
async def change_own_looks(request: Request[Any, Any, Any]) -> Response[Any]:
    """Language, theme or market colours."""
    return keep_looks(Redirect("/me", status_code=303), dict(await request.form()))


@post("/me/sessions/{session_id:str}/end", opt=CLIENT, status_code=303)
async def end_session(doors: Doors, session: Member, session_id: FromPath[str]) -> Response[Any]:
    """Log another device out."""
    await doors.revoke(session, session_id)
    return Redirect("/me", status_code=303)


handlers = [me_page, change_own_looks, end_session]
