"""HTML from the rooms' templates; what a page may ask of the shell is bound to one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.response import Response

from yunquan.app.web.gate import VISIT_COOKIE, new_visit, page_token
from yunquan.app.web.parts import WebValues
from yunquan.app.web.reader import LANGUAGE_COOKIE, Reader
from yunquan.kernel.i18n import Catalogue
from yunquan.security import LoginDesk
from yunquan.security.rules.relays import ice_servers

_HERE = Path(__file__).parent / "templates"


class Templates:
    """All templates, compiled once. rooms: where each room's templates lie; a name is
    "<room>/<file>".
    """

    def __init__(
        self,
        rooms: Mapping[str, Path],
        catalogue: Catalogue,
        static_url: Callable[[str], str],
        login: LoginDesk,
        values: WebValues,
    ) -> None:
        folders = {room: FileSystemLoader(path) for room, path in rooms.items() if path.is_dir()}
        folders["app"] = FileSystemLoader(_HERE)
        self.environment = Environment(
            loader=PrefixLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=values.demo,
        )
        self.environment.globals.update(
            static_url=static_url,
            simulated=values.simulated,
            demo=values.demo,
            ice_servers=lambda: ice_servers(
                values.relays, int(login.database.clock.now().timestamp())
            ),
        )
        own = rooms.get("investor", _HERE) / "error.html"
        self.error_page = "investor/error.html" if own.is_file() else "app/problem.html"
        self._catalogue = catalogue
        self._login = login

    def of(self, connection: ASGIConnection[Any, Any, Any, Any], reader: Reader) -> Pages:
        """The templates as this request sees them."""
        return Pages(self, connection, reader)

    def context(
        self, connection: ASGIConnection[Any, Any, Any, Any], reader: Reader, visit: str
    ) -> dict[str, Any]:
        """What every template may use."""
        session = connection.scope["state"].get("session")
        locale = reader.locale

        def text(code: str, /, **facts: Any) -> str:
            return self._catalogue.text(code, locale, **facts)

        return {
            "t": text,
            "csrf": page_token(self._login, session, visit) if session is not None or visit else "",
            "locale": locale,
            "lang": reader.lang,
            "theme": reader.theme,
            "colours": reader.colours,
            "elder": reader.elder,
            "session": session,
            "path": connection.scope["path"],
        }


class Pages:
    """Templates bound to one request: what handlers get as `templates`."""

    def __init__(
        self, templates: Templates, connection: ASGIConnection[Any, Any, Any, Any], reader: Reader
    ) -> None:
        self._templates = templates
        self._connection = connection
        self._reader = reader
        self._visit = connection.cookies.get(VISIT_COOKIE, "")
        self._fresh_visit = False

    def html(self, name: str, block: str = "", **context: Any) -> str:
        """The text of a template, or of one of its blocks."""
        template = self._templates.environment.get_template(name)
        shared = self._templates.context(self._connection, self._reader, self._visit)
        if not block:
            return template.render(shared | context)
        return "".join(template.blocks[block](template.new_context(shared | context)))

    def page(self, name: str, block: str = "", status: int = 200, **context: Any) -> Response[str]:
        """An answer with the template; an htmx request gets `block` alone when one is named."""
        if self._connection.scope["state"].get("session") is None and not self._visit:
            self._visit, self._fresh_visit = new_visit(), True
        is_fragment = bool(block) and "hx-request" in self._connection.headers
        html = self.html(name, block if is_fragment else "", **context)
        return Response(
            html,
            status_code=status,
            media_type="text/html",
            headers={"Vary": "HX-Request, Cookie, Accept-Language"},
            cookies=self._cookies(),
        )

    def _cookies(self) -> list[Cookie]:
        secure = self._connection.scope["state"]["https"]
        cookies = [visit_cookie(self._visit, secure=secure)] if self._fresh_visit else []
        # "?lang=en" is a choice, so it is remembered.
        if self._reader.asked_by_link:
            cookies.append(language_cookie(self._reader.locale, secure=secure))
        return cookies


def language_cookie(locale: str, *, secure: bool) -> Cookie:
    """Remembers the language for a year. Scripts may read it; it says nothing of anybody."""
    return Cookie(
        key=LANGUAGE_COOKIE,
        value=locale,
        path="/",
        max_age=365 * 86_400,
        samesite="lax",
        secure=secure,
    )


def visit_cookie(value: str, *, secure: bool) -> Cookie:
    """Ties a login form to the browser that asked for it; ends with the browser."""
    return Cookie(
        key=VISIT_COOKIE, value=value, path="/", httponly=True, samesite="lax", secure=secure
    )
