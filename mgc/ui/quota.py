"""How much one visitor may upload and ask for.

:class:`Uploads` checks an upload before Streamlit reads a byte. A file is spooled until all of it has arrived, then
handed on: an upload that breaks off never reaches Streamlit, which would log a stack and leave its own spooled part to
the garbage collector.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
import tempfile
import time
from collections import Counter
from typing import IO, TYPE_CHECKING, Any, Final

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from mgc.errors import ServiceBusy
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["PER_MINUTE", "Uploads", "admit", "end_uploads", "in_all_mb", "per_session_mb", "server_mb", "upload_mb"]

MB: Final = 2**20
PER_SESSION_MB: Final = 40  # held at a time (RELIABILITY 4.3)
IN_ALL_MB: Final = 400
# Files uploaded, and songs classified, by one session. RELIABILITY 4.3 names 6 songs for a public demo; a class that
# uploads an album at once needs more.
PER_MINUTE: Final = 30
SECONDS: Final = 600.0  # for one file: 20 MB at 0.3 Mbit/s
IN_MEMORY: Final = 1 * MB  # what is longer goes to a file without a name, which ends with the request
CHUNK: Final = 256 * 1024
PATH: Final = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")
_KEY: Final = "asked_at"

_under_way: Final[set[asyncio.Timeout]] = set()  # of the uploads that are arriving


def upload_mb() -> int:
    """Return the largest upload in MB: ours, or Streamlit's own where that is smaller."""
    return min(settings().max_upload_mb, server_mb())


def server_mb() -> int:
    """Return the largest upload that Streamlit accepts, in MB, whatever limit an uploader shows."""
    return int(st.get_option("server.maxUploadSize"))


def per_session_mb() -> int:
    """Return how many MB one session may hold: at least one file of the largest size that the server accepts."""
    return max(PER_SESSION_MB, server_mb())


def in_all_mb() -> int:
    """Return how many MB all sessions may hold together."""
    return max(IN_ALL_MB, per_session_mb())


def admit() -> None:
    """Count one classification of this session.

    Raises
    ------
    ServiceBusy
        when :data:`PER_MINUTE` of them began within the last minute; nothing is counted then
    """
    st.session_state[_KEY], wait = _count(st.session_state.get(_KEY, []))
    if wait:
        sentence = f"You have sent {PER_MINUTE} songs within a minute; please send the next one in {wait} s."
        raise ServiceBusy(sentence, retry_after=wait)


def _count(moments: list[float]) -> tuple[list[float], int]:
    """Count one more, or return the seconds to wait when there were too many; moments [s] of the last minute stay."""
    now = time.monotonic()
    recent = [moment for moment in moments if now - moment < 60.0]
    if len(recent) >= PER_MINUTE:
        return recent, max(math.ceil(60.0 - (now - recent[0])), 1)
    return [*recent, now], 0


class Uploads:
    """ASGI middleware: pass an upload on when all of it is there, and when session and server have room for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._arriving: Counter[str] = Counter()  # bytes by session
        self._begun: dict[str, list[float]] = {}  # when a session's last uploads began [s]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        found = PATH.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None or not _runtime().is_active_session(found[1]):
            await self._app(scope, receive, send)  # no upload, or one that Streamlit refuses unread
            return
        session = found[1]
        largest = server_mb() * MB
        announced = _announced(Headers(scope=scope))
        refusal = self._too_often(session)
        if refusal is None and announced <= largest:  # Streamlit refuses a larger one unread
            refusal = self._too_much(session, announced)
        if refusal is not None or announced > largest:
            await (refusal or self._app)(scope, receive, send)
            return
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
            size = 0
            try:
                async with asyncio.timeout(SECONDS) as patience:
                    _under_way.add(patience)
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
                            refusal = self._too_much(session, 0)
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
                _under_way.discard(patience)
                self._arriving[session] -= size
                if self._arriving[session] <= 0:
                    del self._arriving[session]

    def _too_often(self, session: str) -> PlainTextResponse | None:
        """Count an upload; return the refusal when too many began within a minute."""
        now = time.monotonic()
        self._begun = {name: begun for name, begun in self._begun.items() if now - begun[-1] < 60.0}
        self._begun[session], wait = _count(self._begun.get(session, []))
        text = f"At most {PER_MINUTE} files a minute are accepted; please try again in {wait} s."
        return _refusal(text, wait) if wait else None

    def _too_much(self, session: str, more: int) -> PlainTextResponse | None:
        """Return the refusal when ``more`` bytes are too many for the session or for the server."""
        files: Mapping[str, Mapping[str, Any]] = getattr(_runtime().uploaded_file_mgr, "file_storage", {})
        held = {each: sum(len(file.data) for file in list(of_it.values())) for each, of_it in list(files.items())}
        if held.get(session, 0) + self._arriving[session] + more > (per_session_mb() + 1) * MB:
            text = f"This page can hold {per_session_mb()} MB of your files; remove some to add others."
            return _refusal(text, 60)
        if sum(held.values()) + self._arriving.total() + more > in_all_mb() * MB:
            return _refusal("This server holds too many files right now; please try again in a minute.", 60)
        return None


def end_uploads() -> None:
    """Refuse the uploads that are arriving, now; to be called in the event loop."""
    now = asyncio.get_running_loop().time()
    for patience in _under_way:
        with contextlib.suppress(RuntimeError):  # all of it has arrived
            patience.reschedule(now)


def _refusal(text: str, wait: int) -> PlainTextResponse:
    return PlainTextResponse(text, 429, {"Retry-After": str(wait)})


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


def _runtime() -> Any:
    from streamlit import runtime

    return runtime.get_instance()
