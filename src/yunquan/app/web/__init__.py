"""The web shell: one Litestar app around the faces. It knows who asks, in which language, and what
an error looks like.

What must hold: a route is closed unless it says who may use it; every answer carries the strict
policy headers; a cookie alone changes nothing without its token; a fault tells the reader an
incident id and nothing else.

What a face (a Litestar router of `pages.py` or `api/`) gets from the shell and need not import:

* `opt={"who": ...}` on each route or router: "anyone", "client", "staff" or "member" (client or
  staff); `"roles"` narrows staff, e.g. `opt={"who": "staff", "roles": ("risk", "operations")}`. A
  route without `who` stops the start.
* Dependencies by parameter name: `desk` (Desk), `session` (security.Session or None), `locale`
  ("zh_CN" or "en"), `templates` (Templates below), `doors` (log in, log out, list and end sessions:
  `app/web/doors.py`), `accounts` (the client's own account numbers, ordinary cash account first;
  `()` for staff).
* `templates.page(name, block="", status=200, **context)` renders an HTML answer; an htmx request
  that names a `block` gets that block alone. `templates.html(name, block="", **context)` gives the
  text. Templates are named "<room>/<file>.html" and see: `t(code, **facts)`,
  `static_url("<room>/<path>")`, `csrf`, `locale`, `lang` ("zh-CN", "en"), `theme` ("light", "dark"
  or ""), `colours` ("red-up" or "green-up"), `elder` (larger type, fewer steps),
  `simulated`, `demo`, `session`, `path`.
* Unsafe methods under the cookie need the token: header `X-CSRF-Token` or form field `csrf`. Before
  login it is bound to the visit cookie, so the login form carries `csrf` too.
* Cookies a page may set for looks: `yq_lang` (zh_CN, en), `yq_theme` (light, dark), `yq_colours`
  (red-up, green-up), `yq_elder` (on, off).
* Static files lie in `<room>/static/` and are served at `/static/<hash>/<room>/<path>`. The hash
  covers the whole tree, so relative imports between modules keep working and everything may be
  cached for ever.
* Any `YunquanError` raised becomes a page or a problem document with its status; nobody logged in
  becomes a redirect to /login (or /staff/login) for pages, `HX-Redirect` for htmx, 401 for the API.
"""

from yunquan.app.web.parts import WebParts, WebValues
from yunquan.app.web.shell import drain, make_app

__all__ = ["WebParts", "WebValues", "drain", "make_app"]
