"""The API's description as a file: `python -m yunquan.app.schema [--check]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from litestar import Litestar
from litestar.di import Provide

from yunquan.app.wiring import OFFICES
from yunquan.cockpit.api import router as cockpit_router
from yunquan.partners.api import describe_api, openapi_document, router
from yunquan.riskdesk.api import routers as riskdesk_routers

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "docs" / "schema" / "openapi.json"


def openapi_text() -> str:
    """What the API is, from its routes alone; no brokerage behind them is needed."""
    named = (*OFFICES, "desk", "locale", "session")
    # One each: a provider may go by one name only.
    nobodies = {name: Provide(lambda: None, sync_to_thread=False) for name in named}
    app = Litestar(
        [router, cockpit_router, *riskdesk_routers],
        openapi_config=describe_api(),
        logging_config=None,
        dependencies=nobodies,
    )
    return json.dumps(openapi_document(app), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    wanted = openapi_text()
    if FILE.is_file() and FILE.read_text("utf-8") == wanted:
        return
    if "--check" in sys.argv:
        print("stale: docs/schema/openapi.json; run make schema")
        sys.exit(1)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(wanted, "utf-8")


if __name__ == "__main__":
    main()
