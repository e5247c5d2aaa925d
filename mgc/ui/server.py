"""The web server around the pages: imports, limits and a quiet end; ``app.py`` hands it to ``st.App``.

* What the pages import is loaded before the server answers: two threads that import pandas at the same time see
  half-loaded modules.
* File descriptors: the soft limit is raised to the hard one. Where they run short, a new connection gets a 503.
* Origins: a handshake from another site is refused here. Streamlit would first ask an outside address for its own IP.
* Sessions whose tab is closed are dropped on a timer; Streamlit drops them only when another session closes.

Limits on uploads are in :mod:`mgc.ui.quota`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import importlib
import logging
import os
import pkgutil
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from mgc import jobs
from mgc.ui.quota import Uploads, end_uploads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["lifespan", "middleware", "routes"]

MOST_DESCRIPTORS: Final = 8192  # of this process, whatever the system allows: a session costs 0.5 MB of memory
RESERVE: Final = 1024  # of them, at most a quarter, are kept for decoders, data sets and answers under way
EACH: Final = 4  # descriptors of a session: its connection, and the event loop of a page that runs
SILENT_SECONDS: Final = 30.0  # a connection that has sent no request by then is closed
REAP_SECONDS: Final = 5.0
BUSY: Final = "This server has too many visitors right now; please try again in 10 seconds."
REFUSAL: Final = (
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 10\r\nConnection: close\r\n"
    f"Content-Length: {len(BUSY)}\r\n\r\n{BUSY}"
).encode()
LIBRARIES: Final = (
    "pandas", "pyarrow", "plotly.graph_objects", "plotly.io", "sklearn.metrics", "sklearn.manifold",
    "sklearn.linear_model", "sklearn.model_selection", "scipy.fft", "scipy.ndimage", "scipy.optimize",
    "scipy.sparse.csgraph",
)  # fmt: skip
LOCAL: Final = ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104 - as Streamlit lists them; nothing is bound here

_log: Final = logging.getLogger("mgc.ui")


@contextlib.asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Prepare the process before the server answers, and look after it while it runs."""
    loop = asyncio.get_running_loop()
    most, reserve = _raise_limit()
    _load()
    loop.set_exception_handler(_Complaints())
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    loop.create_server = _guarded(loop.create_server, most - reserve, reserve // 4)  # type: ignore[method-assign]
    _end_uploads_first(loop)
    reaper = loop.create_task(_reap(), name="mgc-reaper")
    try:
        yield
    finally:
        reaper.cancel()
        jobs.close()


def middleware() -> list[Middleware]:
    """Return what every request passes before Streamlit sees it."""
    return [Middleware(_Shed), Middleware(_Origins), Middleware(Uploads)]


def routes() -> list[Route]:
    """Return a route for each page, e.g. ``/explore``.

    Streamlit's script first looks for the server below the page's path, which ends in a 404 in the browser's console.
    The page tells it where the server is.
    """

    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(index, headers={"Cache-Control": "no-cache"})

    base = "/" + str(st.get_option("server.baseUrlPath") or "").strip("/")
    text = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    known = f'<script>window.__streamlit = {{ BACKEND_BASE_URL: location.origin + "{base}" }}</script>'
    index = text.replace("<head>", f"<head>{known}", 1)
    pages = sorted((Path(__file__).parents[2] / "pages").glob("*.py"))
    return [Route(f"{base.rstrip('/')}/{file.stem}", page) for file in pages]


def _load() -> None:
    """Import what the pages need; the models' libraries follow in the background (:mod:`mgc.ui.resources`)."""
    import mgc.ui

    for name in LIBRARIES:
        with contextlib.suppress(ImportError):  # what is missing is said where it is needed, and by `mgc doctor`
            importlib.import_module(name)
    for module in pkgutil.walk_packages(mgc.ui.__path__, "mgc.ui."):
        importlib.import_module(module.name)
    with contextlib.suppress(ImportError):
        import plotly.graph_objects as go

        go.Figure(go.Scatter(x=[0], y=[0])).to_json()  # Plotly imports most of itself at the first figure


def _raise_limit() -> tuple[int, int]:
    """Raise the soft limit of open files to the hard one; return how many may be used, and how many are kept back."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS announces no limit, and refuses to set it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else min(soft, MOST_DESCRIPTORS)
    return most, min(RESERVE, most // 4)


class _Shed:
    """Answer 503 where file descriptors run short: an answer may need one for a file, a running page needs three."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        most, reserve = _raise_limit()
        self._most = most - reserve // 2
        self._most_sessions = (most - reserve) // EACH
        self._sessions = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_session = scope["type"] == "websocket"
        if (is_session and self._sessions >= self._most_sessions) or not self._has_room():
            if is_session:
                await receive()
            await PlainTextResponse(BUSY, 503, {"Retry-After": "10", "Connection": "close"})(scope, receive, send)
            return
        self._sessions += is_session
        try:
            await self._app(scope, receive, send)
        finally:
            self._sessions -= is_session

    def _has_room(self) -> bool:
        """Look at the number of the next descriptor: the system always gives the lowest one that is free."""
        try:
            number = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        os.close(number)
        return number < self._most


class _Origins:
    """Refuse a websocket from another site before Streamlit looks at it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and st.get_option("server.enableCORS"):
            headers = Headers(scope=scope)
            origin, host = headers.get("origin", ""), headers.get("host")
            scheme, _, site = origin.partition("://")
            if origin and site != host and _hostname(origin) not in LOCAL:
                if _hostname(origin) not in map(_hostname, st.get_option("server.corsAllowedOrigins")):
                    _log.warning("refused a websocket from the origin %.200r for the host %.200r", origin, host)
                    await receive()
                    await send({"type": "websocket.close", "code": 1008})
                    return
                # Allowed: as if of the same origin, else Streamlit asks for its own address before it reads its list.
                MutableHeaders(scope=scope)["origin"] = f"{scheme}://{host}"
        await self._app(scope, receive, send)


def _hostname(url: str) -> str:
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:  # e.g. a bracket that is not closed
        return ""


class _Door(asyncio.Protocol):
    """A new connection: handed to the web server, or answered with a 503 where file descriptors run short."""

    def __init__(self, make: Callable[[], asyncio.Protocol], most: int) -> None:
        self._make = make
        self._most = most
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Decide by the number of the connection's own descriptor: the system gives the lowest one that is free."""
        if not isinstance(transport, asyncio.Transport):
            return
        loop = asyncio.get_running_loop()
        if transport.get_extra_info("socket").fileno() < self._most:
            protocol = self._make()
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            loop.call_later(SILENT_SECONDS, _close_if_silent, transport, protocol)
        else:
            self._transport = transport
            loop.call_later(1.0, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Answer the request that finds no room."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(REFUSAL)
            self._transport.close()


def _close_if_silent(transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
    if transport.get_protocol() is protocol and getattr(protocol, "scope", None) is None:
        transport.abort()


def _guarded(create_server: Any, most: int, backlog: int) -> Any:
    """Return ``loop.create_server`` with a :class:`_Door` before each connection.

    A shorter queue, because asyncio accepts the whole queue before it makes the first connection.
    """

    def guarded(factory: Callable[[], asyncio.Protocol], *args: Any, **options: Any) -> Any:
        queue = min(options.pop("backlog", 100), max(backlog, 8))
        return create_server(lambda: _Door(factory, most), *args, backlog=queue, **options)

    return guarded


class _Complaints:
    """The loop's exception handler: one line instead of a stack for each connection that finds no descriptor."""

    def __init__(self) -> None:
        self._last = -60.0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "out of system resource" not in context.get("message", ""):
            loop.default_exception_handler(context)
        elif time.monotonic() - self._last > 60.0:
            self._last = time.monotonic()
            _log.warning("no file descriptor is free for a new connection")


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn 0.54 says after each websocket that was refused with a sentence."""
    return record.getMessage() != "ASGI callable returned without completing handshake."


def _end_uploads_first(loop: asyncio.AbstractEventLoop) -> None:
    """End the uploads under way when the process is to stop: uvicorn would wait for each of them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(number: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(end_uploads)
            if callable(before):
                before(number, frame)

        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(number, handle)


async def _reap() -> None:
    """Drop the sessions whose tab was closed longer ago than ``server.disconnectedSessionTTL``."""
    from streamlit import runtime

    while True:
        await asyncio.sleep(REAP_SECONDS)
        sessions = getattr(getattr(runtime.get_instance(), "_session_mgr", None), "_session_storage", None)
        expire = getattr(getattr(sessions, "_cache", None), "expire", None)  # Streamlit offers no other way
        if expire is not None and expire():
            gc.collect()  # a session is a ring of references; its uploads go with it
            with contextlib.suppress(OSError, AttributeError):  # only glibc has it, and keeps freed blocks of megabytes
                ctypes.CDLL(None).malloc_trim(0)
