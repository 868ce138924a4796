"""The client's door: logging in and out, and the looks anyone may choose."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get, post
from litestar.response import Redirect, Response

from yunquan.clients import load_preferences
from yunquan.clients.types import Preferences
from yunquan.investor.pages.parts import Doors, Locale, Templates, TheDesk, Visitor
from yunquan.kernel.errors import Forbidden, Unauthorised

ANYONE: Final = {"who": "anyone"}
A_YEAR_S: Final = 365 * 86_400
LONGEST_NAME: Final = 32
# Cookie and what it may hold; "" forgets the choice.
LOOKS: Final = {
    "lang": ("yq_lang", ("zh_CN", "en")),
    "theme": ("yq_theme", ("light", "dark", "system")),
    "colours": ("yq_colours", ("red-up", "green-up")),
    "elder": ("yq_elder", ("on", "off")),
}


@get("/login", opt=ANYONE)
async def login_page(
    request: Request[Any, Any, Any], session: Visitor, desk: TheDesk, templates: Templates
) -> Response[Any]:
    """The form; whoever is in already goes on."""
    if session is not None and session.kind == "client":
        return Redirect("/", status_code=303)
    return templates.page(
        "investor/login.html",
        failed="",
        # Whoever has just opened an account comes with its number.
        given=str(request.query_params.get("name", ""))[:LONGEST_NAME],
        demo_logins=demo_logins(request),
        market=desk.market_status(),
    )


@post("/login", opt=ANYONE, status_code=200)
async def log_in(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    doors: Doors,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Open a session, or say why not beside the fields."""
    form = await request.form()
    name = str(form.get("login_name", "")).strip()
    try:
        opened = await doors.log_in(request, "client", name, str(form.get("password", "")))
    except (Unauthorised, Forbidden) as error:
        failed = desk.text(locale)(error.code, **error.facts)
        return templates.page(
            "investor/login.html",
            status=error.status,
            failed=failed,
            given=name,
            demo_logins=demo_logins(request),
            market=desk.market_status(),
        )
    chosen = await asyncio.to_thread(load_taste, desk, opened.session.subject)
    home = "/simple" if chosen.elder else "/"
    answer = doors.keep(request, Redirect(home, status_code=303), opened)
    # A choice of looks goes with the client to a browser that knows none yet.
    known = {name for name, (cookie, _) in LOOKS.items() if cookie in request.cookies}
    looks = looks_of(chosen) if chosen != Preferences() else {}
    return keep_looks(answer, {name: value for name, value in looks.items() if name not in known})


def load_taste(desk: Any, owner: str) -> Preferences:
    """What the client chose."""
    with desk.database.read() as tx:
        return load_preferences(tx, owner)


def looks_of(chosen: Preferences) -> dict[str, str]:
    """The part of a choice that is the browser's, by the names of LOOKS."""
    return {
        "lang": chosen.locale,
        "theme": chosen.theme or "system",
        "colours": chosen.colours,
        "elder": "on" if chosen.elder else "off",
    }


def demo_logins(request: Request[Any, Any, Any]) -> list[Any]:
    """The clients' logins of the demonstration, left in the app's state; none elsewhere."""
    return [login for login in request.app.state.get("demo_logins", ()) if login.kind == "client"]


@post("/logout", opt=ANYONE, status_code=303)
async def log_out(request: Request[Any, Any, Any], doors: Doors) -> Response[Any]:
    """End this session."""
    return await doors.leave(request, Redirect("/login", status_code=303))


@post("/looks", opt=ANYONE, status_code=303)
async def change_looks(request: Request[Any, Any, Any]) -> Response[Any]:
    """Keep a choice of language, theme or colours in the browser, and go back to the page."""
    form = await request.form()
    back = str(form.get("back", ""))
    # Only a path of ours: "//host" would leave the site.
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    return keep_looks(Redirect(back if is_ours else "/login", status_code=303), dict(form))


def keep_looks(response: Response[Any], chosen: dict[str, Any]) -> Response[Any]:
    """The response with a cookie for each choice that is known."""
    for name, (cookie, values) in LOOKS.items():
        value = chosen.get(name)
        if value in values:
            response.set_cookie(
                cookie, str(value), max_age=A_YEAR_S, path="/", samesite="lax", httponly=True
            )
    return response


handlers = [login_page, log_in, log_out, change_looks]
