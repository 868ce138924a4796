"""Static files of the rooms, held in memory, under one hash of them all."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar.connection import Request
from litestar.response import Response

from yunquan.kernel.errors import NotFound

FOREVER = "public, max-age=31536000, immutable"
_TEXT = (
    "text/",
    "application/json",
    "application/javascript",
    "application/manifest+json",
    "image/svg+xml",
)
_SHORTEST_TO_PACK = 600
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file's bytes, as they are and packed (empty when packing doesn't pay)."""

    body: bytes
    packed: bytes
    media_type: str


class StaticTree:
    """Files by "<room>/<path>". The hash is over the tree: a module's relative import then has the
    right hash too.
    """

    def __init__(self, roots: Mapping[str, Path]) -> None:
        self._files: dict[str, StaticFile] = {}
        digest = hashlib.sha256()
        for room, root in sorted(roots.items()):
            for path in sorted(root.rglob("*")) if root.is_dir() else []:
                if path.is_file() and not any(
                    part.startswith(".") for part in path.relative_to(root).parts
                ):
                    name = f"{room}/{path.relative_to(root).as_posix()}"
                    found = _read(path)
                    self._files[name] = found
                    digest.update(f"{name}\0{len(found.body)}\0".encode() + found.body)
        self.digest = digest.hexdigest()[:12]

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def url(self, name: str) -> str:
        """Address of a file. Raises KeyError for one that isn't there: a page must not link to
        nothing.
        """
        if name not in self._files:
            raise KeyError(f"no static file {name}")
        return f"/static/{self.digest}/{name}"

    def answer(self, request: Request[Any, Any, Any], digest: str, name: str) -> Response[bytes]:
        """The file; kept for ever under its own hash, never under an old one."""
        found = self._files.get(name)
        if found is None:
            raise NotFound("request.no_such_page")
        packed = bool(found.packed) and "gzip" in request.headers.get("accept-encoding", "")
        headers = {
            "Cache-Control": FOREVER if digest == self.digest else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(
            found.packed if packed else found.body, media_type=found.media_type, headers=headers
        )


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    kind = (
        _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    )
    is_text = kind.startswith(_TEXT)
    packed = gzip.compress(body, 9, mtime=0) if is_text and len(body) >= _SHORTEST_TO_PACK else b""
    return StaticFile(body, packed if len(packed) < len(body) else b"", kind)
