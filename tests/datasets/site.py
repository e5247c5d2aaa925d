"""A web server of our own that gives one file, as well or as badly as a test wants."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Site:
    """What the server gives, and what it was asked for."""

    data: bytes
    url: str = ""
    cut_after: list[int] = field(default_factory=list)  # bytes after which each answer in turn breaks off
    stalls: int = 0  # answers that do not break off but say nothing more
    over: threading.Event = field(default_factory=threading.Event)
    moved_to: str = "/file"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    first_headers: dict[str, str] = field(default_factory=dict)  # of the redirection
    mark: str = '"one"'  # its ETag
    knows_ranges: bool = True
    asked: list[str | None] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Site]:
    """Serve ``/file``, and ``/moved``, which leads there."""
    here = Site(bytes(range(256)) * 40_000)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", here.moved_to)
            elif here.status != 200:
                self.send_response(here.status)
            else:
                return self.give()
            for name, value in here.first_headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def give(self) -> None:
            wanted = self.headers.get("Range")
            here.asked.append(wanted)
            if self.headers.get("If-Range", here.mark) != here.mark:
                wanted = None  # of another file than this
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and here.knows_ranges else 0
            if start >= len(here.data):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                return self.end_headers()
            self.send_response(206 if start else 200)
            headers = {"ETag": here.mark, "Content-Length": str(len(here.data) - start)}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(here.data) - 1}/{len(here.data)}"
            for name, value in (headers | here.headers).items():
                self.send_header(name, value)
            self.end_headers()
            end = start + here.cut_after.pop(0) if here.cut_after else len(here.data)
            self.wfile.write(here.data[start:end])
            if here.stalls:
                here.stalls -= 1
                here.over.wait()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a client that hangs up is what some tests are about

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}"
    yield here
    here.over.set()
    server.shutdown()
    thread.join()
    server.server_close()
