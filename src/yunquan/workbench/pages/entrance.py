"""The door of staff: password and second factor."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get, post
from litestar.response import Redirect, Response

from yunquan.kernel.errors import Forbidden, Unauthorised
from yunquan.workbench.pages.parts import Doors, Locale, Templates, TheDesk, Visitor

ANYONE: Final = {"who": "anyone"}


@get("/login", opt=ANYONE)
async def login_page(session: Visitor, templates: Templates) -> Response[Any]:
    """The form; whoever is in already goes on."""
    if session is not None and session.kind == "staff":
        return Redirect("/staff", status_code=303)
    return templates.page("workbench/login.html", failed="", given="")


@post("/login", opt=ANYONE, status_code=200)
async def log_in(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    doors: Doors,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Open a session, or say why not beside the fields."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    name = form.get("login_name", "").strip()
    try:
        opened = await doors.log_in(
            request,
            "staff",
            name,
            form.get("password", ""),
            form.get("totp_code", "").replace(" ", ""),
        )
    except (Unauthorised, Forbidden) as error:
        failed = desk.text(locale)(error.code, **error.facts)
        return templates.page(
            "workbench/login.html", status=error.status, failed=failed, given=name
        )
    return doors.keep(request, Redirect("/staff", status_code=303), opened)


@post("/logout", opt=ANYONE, status_code=303)
async def log_out(request: Request[Any, Any, Any], doors: Doors) -> Response[Any]:
    """End this session."""
    return await doors.leave(request, Redirect("/staff/login", status_code=303))


handlers = [login_page, log_in, log_out]
