"""The risk desk for programs of staff: what its pages show, as data."""

from __future__ import annotations

from typing import Final

from yunquan.riskdesk.api import accounts, acting, watching

routers: Final = (watching.router, accounts.router, acting.router)
