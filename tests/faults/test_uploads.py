"""What one session may upload (U-2, U-4), uploads that break off, and handshakes from another site."""

from __future__ import annotations

import contextlib
import os
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.faults.visiting import MB, memory, put, visit

if TYPE_CHECKING:
    from tests.conftest import Server

pytestmark = pytest.mark.faults


def test_u2_one_session_holds_forty_megabytes_and_no_more(bare_server: Server) -> None:
    process = psutil.Process(bare_server.process.pid)
    with visit(bare_server.url) as session, visit(bare_server.url) as other:
        assert put(bare_server.url, session, 1 * MB, name="first") == 204
        before = memory(process)
        answers = [put(bare_server.url, session, 10 * MB, name=f"file-{number}") for number in range(12)]
        assert answers == [204] * 4 + [429] * 8
        assert memory(process) - before < 60 * MB
        assert put(bare_server.url, other, 10 * MB) == 204  # another visitor is not affected
    deadline = time.monotonic() + 90
    while memory(process) > before + 20 * MB and time.monotonic() < deadline:
        time.sleep(1)
    assert memory(process) <= before + 20 * MB  # U-4: the memory returns after the tabs are closed
    assert "Traceback" not in bare_server.log.read_text()


def test_u4_all_sessions_together_hold_four_hundred_megabytes_until_their_tabs_close(bare_server: Server) -> None:
    process = psutil.Process(bare_server.process.pid)
    before = memory(process)
    with contextlib.ExitStack() as tabs:
        sessions = [tabs.enter_context(visit(bare_server.url)) for _ in range(50)]
        answers = [put(bare_server.url, sessions[n % 50], 8 * MB, name=f"file-{n}") for n in range(55)]
        assert answers == [204] * 52 + [429] * 3  # 416 MB; the limit is 419.4 (400 MiB)
        assert memory(process) - before < 500 * MB
    deadline = time.monotonic() + 90
    while memory(process) > before + 60 * MB and time.monotonic() < deadline:
        time.sleep(1)
    assert memory(process) <= before + 60 * MB
    with visit(bare_server.url) as session:
        assert put(bare_server.url, session, 8 * MB) == 204
    assert "Traceback" not in bare_server.log.read_text()


def test_u7_one_session_uploads_thirty_files_a_minute(bare_server: Server) -> None:
    with visit(bare_server.url) as session:
        answers = [put(bare_server.url, session, 0, name=f"file-{number}") for number in range(32)]
    assert answers == [204] * 30 + [429] * 2


def held(process: psutil.Process) -> int:
    """Return how many spooled parts (files without a name) and connections are open; the warm-up opens other things."""
    links = []
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            links.append(os.readlink(descriptor))
    return sum(link.endswith("(deleted)") for link in links) + len(process.net_connections())


def test_an_upload_that_breaks_off_leaves_nothing(bare_server: Server) -> None:
    process = psutil.Process(bare_server.process.pid)
    with visit(bare_server.url) as session:
        before = held(process)
        for with_length in (True, False):
            for number in range(5):
                put(bare_server.url, session, 10 * MB, with_length=with_length, name=f"file-{number}", pieces=6)
        deadline = time.monotonic() + 30
        while held(process) > before and time.monotonic() < deadline:
            time.sleep(0.2)
        assert held(process) <= before
        assert put(bare_server.url, session, 10 * MB) == 204
    assert "Traceback" not in bare_server.log.read_text()


def test_a_handshake_from_another_site_is_refused_at_once(bare_server: Server) -> None:
    address = f"ws://127.0.0.1:{bare_server.port}/_stcore/stream"
    for origin in ("https://elsewhere.example", "http://[::1", "null"):
        with pytest.raises(InvalidStatus, match="403"):
            connect(address, origin=origin, subprotocols=["streamlit"], open_timeout=20)
    with connect(address, origin=bare_server.url, subprotocols=["streamlit"]):
        pass
    log = bare_server.log.read_text()
    assert "refused a websocket from the origin 'https://elsewhere.example'" in log
    assert "Traceback" not in log


def test_a_probe_below_the_path_of_a_page_is_not_needed(bare_server: Server) -> None:
    with urllib.request.urlopen(f"{bare_server.url}/explore") as answer:
        assert b"BACKEND_BASE_URL: location.origin" in answer.read()
