"""Bodies decoded once, strictly, straight into their declared type: no guessing, no unknown field,
no float for a price.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from litestar.connection import Request
from litestar.exceptions import HTTPException
from litestar.types import Empty

from yunquan.app.web.problems import malformed


class StrictRequest(Request[Any, Any, Any]):
    """The request class of all routes. The framework itself would take "100" for 100, and more."""

    async def json(self) -> Any:
        if self._json is Empty:
            body = await self.body()
            content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
            if content_type != "application/json":
                raise HTTPException(status_code=415, detail="application/json")
            field = self.route_handler.parsed_data_field
            try:
                self._json = decoder_of(field.annotation if field else Any).decode(body)
            except msgspec.MsgspecError as error:
                raise malformed(str(error)) from error
        return self._json


@lru_cache(maxsize=256)
def decoder_of(kind: Any) -> msgspec.json.Decoder[Any]:
    """The strict decoder of a type; there are as many as bodies declared."""
    return msgspec.json.Decoder(kind)
