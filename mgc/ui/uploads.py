"""How much may be uploaded, by one session and by all: checked before Streamlit reads a byte.

A file is spooled here until all of it has arrived, then handed on. So an upload that breaks off never reaches
Streamlit, which would log a stack and leave its own spooled part to the garbage collector.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections import Counter, defaultdict, deque
from typing import IO, TYPE_CHECKING, Any, Final

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Uploads", "in_all_mb", "per_session_mb"]

MB: Final = 2**20
PER_SESSION_MB: Final = 40  # held at a time (RELIABILITY 4.3)
IN_ALL_MB: Final = 400
PER_MINUTE: Final = 30  # files of one session
SECONDS: Final = 600.0  # for one file: 20 MB at 0.3 Mbit/s
IN_MEMORY: Final = 1 * MB  # what is longer goes to a file without a name, which ends with the request
CHUNK: Final = 256 * 1024
PATH: Final = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")


def per_session_mb() -> int:
    """Return how much one session may hold: at least one file of the largest size that the server accepts."""
    return max(PER_SESSION_MB, int(st.get_option("server.maxUploadSize")))


def in_all_mb() -> int:
    """Return how much all sessions may hold together."""
    return max(IN_ALL_MB, per_session_mb())


class Uploads:
    """ASGI middleware: pass an upload on when all of it is there, and when session and server have room for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._arriving: Counter[str] = Counter()  # bytes by session
        self._begun: defaultdict[str, deque[float]] = defaultdict(deque)  # when its last uploads began

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        found = PATH.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        files = _files()
        if found is None or not _is_active(found[1]):
            await self._app(scope, receive, send)  # no upload, or one that Streamlit refuses unread
            return
        session = found[1]
        announced = _announced(Headers(scope=scope))
        largest = int(st.get_option("server.maxUploadSize")) * MB
        refusal = self._too_often(session)
        if refusal is None and announced <= largest:  # Streamlit refuses a larger one unread
            refusal = self._too_much(session, files, announced)
        if refusal is not None or announced > largest:
            await (refusal or self._app)(scope, receive, send)
            return
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
            size = 0
            try:
                async with asyncio.timeout(SECONDS):
                    while True:
                        message = await receive()
                        if message["type"] == "http.disconnect":
                            return
                        piece = message.get("body", b"")
                        size += len(piece)
                        self._arriving[session] += len(piece)
                        if size > largest + MB:  # Streamlit's own margin for what surrounds the file
                            refusal = PlainTextResponse("The file is too large.", 413)
                        else:
                            refusal = self._too_much(session, files, 0)
                        if refusal is not None:
                            await refusal(scope, receive, send)
                            return
                        spool.write(piece)
                        if not message.get("more_body"):
                            break
                spool.seek(0)
                await self._app(scope, _replay(spool, receive), send)
            except TimeoutError:
                await PlainTextResponse("The upload took too long.", 408)(scope, receive, send)
            finally:
                self._arriving[session] -= size
                if self._arriving[session] <= 0:
                    del self._arriving[session]

    def _too_often(self, session: str) -> PlainTextResponse | None:
        """Count an upload; return the refusal when too many began within a minute."""
        now = time.monotonic()
        for other in [name for name, begun in self._begun.items() if now - begun[-1] > 60.0]:
            del self._begun[other]
        begun = self._begun[session]
        while begun and now - begun[0] > 60.0:
            begun.popleft()
        if len(begun) >= PER_MINUTE:
            wait = max(round(60.0 - (now - begun[0])), 1)
            text = f"At most {PER_MINUTE} files a minute are accepted; please try again in {wait} s."
            return PlainTextResponse(text, 429, {"Retry-After": str(wait)})
        begun.append(now)
        return None

    def _too_much(self, session: str, files: Mapping[str, Mapping[str, Any]], more: int) -> PlainTextResponse | None:
        """Return the refusal when ``more`` bytes are too many for the session or for the server."""
        if _held(files, session) + self._arriving[session] + more > (per_session_mb() + 1) * MB:
            text = f"This page already holds up to {per_session_mb()} MB of your files; remove some to add others."
            return PlainTextResponse(text, 429, {"Retry-After": "60"})
        if sum(_held(files, each) for each in list(files)) + self._arriving.total() + more > in_all_mb() * MB:
            text = "This server holds too many files of its visitors right now; please try again in a minute."
            return PlainTextResponse(text, 429, {"Retry-After": "60"})
        return None


def _replay(spool: IO[bytes], receive: Receive) -> Receive:
    """Return a ``receive`` that hands out the spooled body, and afterwards what ``receive`` says."""
    is_over = False

    async def replay() -> Message:
        nonlocal is_over
        if is_over:
            return await receive()
        piece = spool.read(CHUNK)
        is_over = not piece
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    return replay


def _announced(headers: Headers) -> int:
    try:
        return max(int(headers.get("content-length", 0)), 0)
    except ValueError:
        return 0  # Streamlit refuses it


def _files() -> Mapping[str, Mapping[str, Any]]:
    """Return the uploads that Streamlit holds, by session and file."""
    from streamlit import runtime

    files: Mapping[str, Mapping[str, Any]] = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    return files


def _is_active(session: str) -> bool:
    from streamlit import runtime

    return bool(runtime.get_instance().is_active_session(session))


def _held(files: Mapping[str, Mapping[str, Any]], session: str) -> int:
    return sum(len(file.data) for file in list(files.get(session, {}).values()))
