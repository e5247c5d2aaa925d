"""Ask a web server for a file: over HTTP alone, and with what it announces about the file on the way."""

from __future__ import annotations

import base64
import http.client
import re
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from email.message import Message

__all__ = ["Offer", "offered", "request"]

TIMEOUT: Final = 30.0  # seconds without a byte


@dataclass(frozen=True, slots=True)
class Offer:
    """What a source says about the archive: ``mark`` changes with its content, ``digest`` is ``"sha256:..."``."""

    url: str
    total: int
    mark: str
    digest: str


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow redirections, and keep the headers that each came with: the checksum may stand on the first."""

    def __init__(self) -> None:
        self.passed: list[Message] = []

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if urlsplit(req.full_url).scheme == "https" != urlsplit(newurl).scheme:
            raise http.client.HTTPException("a redirection away from https")
        self.passed.append(headers)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def request(url: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, list[Message]]:
    """Open a URL; return the answer, and the headers of the redirections that led to it."""
    redirects = _Redirects()
    opener = urllib.request.OpenerDirector()  # not build_opener, which would read file:// and ftp:// as well
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        redirects,
    ):
        opener.add_handler(handler)
    answer = opener.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)  # noqa: S310 - http(s) only
    return answer, redirects.passed


def offered(url: str, answer: http.client.HTTPResponse, passed: list[Message]) -> Offer:
    """Read off an answer's headers, and those of the redirections, what is offered."""
    total = answer.headers.get("Content-Length", "0")
    mark = answer.headers.get("ETag", "")
    digest = ""
    for headers in (*passed, answer.headers):
        linked = headers.get("X-Linked-ETag", "").strip('"')
        if re.fullmatch(r"[0-9a-f]{64}", linked):
            digest = f"sha256:{linked}"
        for found in re.findall(r"md5=([A-Za-z0-9+/]{22}==)", " ".join(headers.get_all("X-Goog-Hash", []))):
            digest = digest or f"md5:{base64.b64decode(found).hex()}"
    return Offer(url, int(total) if total.isdecimal() else 0, mark, digest)
