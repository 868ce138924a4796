"""A page with one island and a server behind it: what a browser sends is kept to be looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ISLANDS = Path("src/yunquan/opening/static/islands")
TOKENS = Path("src/yunquan/investor/static")
PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>开户</title>
<link rel="stylesheet" href="/islands/camera.css">
<style>body{{margin:16px;font:16px/1.5 sans-serif}}
.btn{{display:block;width:100%;min-height:48px;border:0;border-radius:10px;background:#1f4fbf;
color:#fff;font-size:17px}}
.btn.quiet{{background:#e8ecf4;color:#123}}</style>
</head><body><main><h1>{title}</h1>{body}</main>
<script type="module" src="/islands/{script}"></script></body></html>"""
TYPES = {".js": "text/javascript", ".css": "text/css"}


class Server:
    """What the islands talk to. answer: gets the fields of a POST, gives (status, JSON text)."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = pages
        self.posts: dict[str, list[dict[str, bytes]]] = {}
        self.answers: dict[str, Callable[[dict[str, bytes]], tuple[int, str]]] = {}
        self.address = ""

    @contextmanager
    def running(self) -> Iterator[Server]:
        served = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{served.server_port}"
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            served.shutdown()
            served.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/islands/"):
                    file = ISLANDS / Path(self.path).name
                    if file.is_file():
                        return self._send(200, TYPES[file.suffix], file.read_bytes())
                page = server.pages.get(self.path)
                if page is None:
                    return self._send(404, "text/plain", b"")
                return self._send(200, "text/html; charset=utf-8", page.encode())

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"] or 0))
                fields = fields_of(self.headers, content)
                server.posts.setdefault(self.path, []).append(fields)
                status, text = server.answers[self.path](fields)
                self._send(status, "application/json", text.encode())

            def _send(self, status: int, kind: str, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        return Handler


def fields_of(headers: Message, content: bytes) -> dict[str, bytes]:
    kind = headers["Content-Type"] or ""
    if not kind.startswith("multipart/"):
        return {}
    parsed = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content)
    found = dict[str, bytes]()
    for part in parsed.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            found[name] = part.get_payload(decode=True)  # type: ignore[assignment]
    return found
