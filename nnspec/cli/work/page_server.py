"""A server for one reader on this machine: the page of a spec, and its state."""

from __future__ import annotations

import errno
import json
import re
import socketserver
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from nnspec.cli.work.followed_spec import Follower
from nnspec.diagnostics import CannotError

ADDRESS = "127.0.0.1"

OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?", re.ASCII | re.IGNORECASE)
"""Another name that leads to this machine may be a stranger's, whose page would read ours."""

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class PageServer(ThreadingHTTPServer):
    """Serves ``GET /``, the page, and ``GET /state``, its version and diagnostics as JSON.

    Raises
    ------
    CannotError
        If the port cannot be had.
    """

    allow_reuse_port = False  # two servers of one port would answer by turns

    def __init__(self, follower: Follower, port: int) -> None:
        self.follower = follower
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            reason = "is in use" if error.errno == errno.EADDRINUSE else "is not ours to open"
            raise CannotError(
                f"port {port} {reason}; name another one with --port, or --port 0 for any free one"
            ) from error

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser goes away when it likes."""


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = 30

    def do_GET(self) -> None:
        if not OWN_HOST.fullmatch(self.headers.get("Host", "")):
            self._answer(HTTPStatus.FORBIDDEN, "the host must be 127.0.0.1 or localhost\n")
            return
        try:
            path = urlsplit(self.path).path
        except ValueError:  # such as http://[/
            self._answer(HTTPStatus.BAD_REQUEST, "the address is none\n")
            return
        if path not in ("/", "/state"):
            self._answer(HTTPStatus.NOT_FOUND, "there is / and /state\n")
            return
        found = self.server.follower.look()
        if path == "/":
            self._answer(HTTPStatus.OK, found.page, "text/html")
        else:
            state = {"version": found.version, "diagnostics": found.diagnostics}
            self._answer(HTTPStatus.OK, json.dumps(state), "application/json")

    def _refuse(self) -> None:
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED, "only GET\n", allow="GET")

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815 -- as http.server wants them

    def _answer(
        self, status: HTTPStatus, text: str, kind: str = "text/plain", allow: str | None = None
    ) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if allow is not None:
            self.send_header("Allow", allow)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Say nothing: the page asks twice a second."""
