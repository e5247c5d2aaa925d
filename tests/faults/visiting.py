"""Visits and uploads without a browser, as its script makes them."""

from __future__ import annotations

import http.client
import select
import time
import urllib.request
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil
    from websockets.sync.client import ClientConnection

MB = 1_000_000
BOUNDARY = "a-boundary"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="x.wav"\r\n\r\n'.encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


@contextmanager
def visit(url: str, page: str = "", query: str = "") -> Iterator[str]:
    """Open a session on a page as the browser does and yield its id; it lasts as long as the websocket."""
    with visited(url, page, query) as (session, _):
        yield session


@contextmanager
def visited(url: str, page: str = "", query: str = "") -> Iterator[tuple[str, ClientConnection]]:
    """Open a session and yield its id and its websocket."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    address = f"ws{url.removeprefix('http')}/_stcore/stream"
    # Without a queue's limit: closing waits 10 s for the server's answer behind messages that are not read.
    with connect(
        address, origin=url, subprotocols=["streamlit"], max_size=None, max_queue=None, open_timeout=60
    ) as socket:
        rerun = BackMsg()
        rerun.rerun_script.query_string = query
        rerun.rerun_script.page_name = page
        socket.send(rerun.SerializeToString())
        while True:
            message = ForwardMsg.FromString(socket.recv(timeout=20))
            if message.WhichOneof("type") == "new_session":
                yield message.new_session.initialize.session_id, socket
                return


def classified(url: str, name: str, data: bytes) -> bytes:
    """Upload a song on the Classify page as its script does; return all that the server sends of the answer."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    def received(until: str) -> tuple[bytes, list[ForwardMsg]]:
        """Read on until a message of a type; a run that ends early is followed by another."""
        seen, messages = b"", []
        while True:
            seen += (piece := websocket.recv(timeout=300))
            messages.append(message := ForwardMsg.FromString(piece))
            if message.WhichOneof("type") == until and message.script_finished in (0, ForwardMsg.FINISHED_SUCCESSFULLY):
                return seen, messages

    with visited(url, "classify") as (session, websocket):
        _, drawn = received("script_finished")
        elements = [message.delta.new_element for message in drawn]
        uploader = next(one.file_uploader.id for one in elements if one.WhichOneof("type") == "file_uploader")
        ask = BackMsg()
        ask.file_urls_request.session_id = session
        ask.file_urls_request.file_names.append(name)
        websocket.send(ask.SerializeToString())
        urls = received("file_urls_response")[1][-1].file_urls_response.file_urls[0]
        with closing(_connected(url, session, len(data), urls.file_id)) as connection:
            connection.send(HEAD + data + TAIL)
            with connection.getresponse() as response:
                assert response.status == 204
        rerun = BackMsg()
        rerun.rerun_script.page_name = "classify"
        state = rerun.rerun_script.widget_states.widgets.add(id=uploader)
        file = state.file_uploader_state_value.uploaded_file_info.add(name=name, size=len(data), file_id=urls.file_id)
        file.file_urls.CopyFrom(urls)
        websocket.send(rerun.SerializeToString())
        return received("script_finished")[0]


def put(
    url: str, session: str, size: int, *, with_length: bool = True, name: str = "one", pieces: int | None = None
) -> int:
    """Upload ``size`` bytes in pieces; stop as soon as the server answers, and return its status.

    With ``pieces``, hang up after so many of them and return 0.
    """
    connection = _connected(url, session, size if with_length else None, name)
    with closing(connection):
        for number, piece in enumerate((HEAD, *[bytes(MB)] * (size // MB), TAIL)):
            if number == pieces:
                return 0
            if select.select([connection.sock], [], [], 0)[0]:
                break
            try:
                connection.send(piece if with_length else b"%x\r\n%b\r\n" % (len(piece), piece))
            except ConnectionError:  # refused while we were still sending
                break
        else:
            connection.send(b"" if with_length else b"0\r\n\r\n")
        with connection.getresponse() as response:
            return response.status


@contextmanager
def begun(url: str, session: str, size: int) -> Iterator[None]:
    """Begin an upload of ``size`` bytes, whose first megabyte is sent and no more while this lasts."""
    connection = _connected(url, session, size, "begun")
    with closing(connection):
        connection.send(HEAD + bytes(MB))
        yield


def _connected(url: str, session: str, size: int | None, name: str) -> http.client.HTTPConnection:
    """Send the head of an upload; without a size, its length is not announced."""
    with urllib.request.urlopen(f"{url}/_stcore/health") as answer:
        token = answer.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.putrequest("PUT", f"/_stcore/upload_file/{session}/{name}")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    connection.putheader("X-Xsrftoken", token)
    connection.putheader("Cookie", f"_streamlit_xsrf={token}")
    if size is None:
        connection.putheader("Transfer-Encoding", "chunked")
    else:
        connection.putheader("Content-Length", str(len(HEAD) + size + len(TAIL)))
    connection.endheaders()
    return connection


def memory(process: psutil.Process) -> int:
    """Return the bytes that a process holds, once they have stayed about the same for a second."""
    seen = [process.memory_info().rss]
    for _ in range(120):
        time.sleep(0.25)
        seen.append(process.memory_info().rss)
        if len(seen) > 4 and max(seen[-4:]) - min(seen[-4:]) < MB:
            break
    return seen[-1]
