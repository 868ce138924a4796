"""What makes the pages an application on a phone: manifest, service worker, the page without a
connection. Nothing of any client is in them."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.response import Response

from yunquan.investor.pages.parts import Locale, Templates, TheDesk

ANYONE: Final = {"who": "anyone"}
ICONS: Final = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any maskable"))
# The shell: what the page without a connection needs, and what every page begins with.
SHELL: Final = (
    "investor/tokens.css",
    "investor/app.css",
    "investor/face.css",
    "investor/icons.svg",
    "investor/icon.svg",
    "investor/vendor/htmx.min.js",
    "investor/islands/page.js",
    "investor/islands/keys.js",
    "investor/islands/live.js",
    "investor/islands/figures.js",
    "investor/islands/stream.js",
    "investor/islands/search.js",
    "investor/islands/offline.js",
)


@get("/manifest.webmanifest", opt=ANYONE, media_type="application/manifest+json")
async def manifest(desk: TheDesk, state: State, locale: Locale) -> dict[str, Any]:
    """Name, icons and colours for the home screen."""
    text, url = desk.text(locale), state.tree.url
    return {
        "name": text("ui.investor.app.name"),
        "short_name": text("ui.investor.brand"),
        "lang": locale.replace("_", "-"),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f5f1",
        "theme_color": "#ffffff",
        "icons": [
            {"src": url(f"investor/{name}"), "sizes": size, "type": "image/png", "purpose": why}
            for name, size, why in ICONS
        ],
    }


@get("/sw.js", opt=ANYONE)
async def service_worker(
    request: Request[Any, Any, Any], state: State, templates: Templates
) -> Response[str]:
    """The service worker, with the addresses of this version's shell."""
    shell = [state.tree.url(name) for name in SHELL]
    script = templates.html("investor/sw.js", shell=shell, version=state.tree.digest)
    headers = {"Cache-Control": "no-cache"}
    return Response(script, media_type="text/javascript", headers=headers)


@get("/offline", opt=ANYONE)
async def offline_page(templates: Templates) -> Response[str]:
    """What a page without a connection says; kept by the service worker."""
    return templates.page("investor/offline.html")


handlers = [manifest, service_worker, offline_page]
