"""Many visitors at once: the first ones of a fresh server, and more connections than there are file descriptors."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest

from mgc.ui.explore import VIEWS
from tests.conftest import LITTLE_WORK
from tests.datasets.making import clip, songs, write
from tests.faults.visiting import classified, visited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Server

pytestmark = pytest.mark.faults

PAGES = [("", ""), ("classify", ""), ("about", ""), *[("explore", f"view={name}") for name in VIEWS]]
FAILURES = (b"Unexpected error", b"partially initialized", b"circular import", b"Traceback")

STARTS = int(os.environ.get("MGC_TEST_STARTS", "1"))  # of fresh servers; 10 before a release


def everything(url: str, page: str, query: str) -> bytes:
    """Open a page and return all that the server sends until its script has ended."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    seen = b""
    with visited(url, page, query) as (_, websocket):
        while True:
            data = websocket.recv(timeout=90)
            seen += data
            if ForwardMsg.FromString(data).WhichOneof("type") == "script_finished":
                return seen


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Return a home that holds a data set, so that every view of Explore has something to draw."""
    folder = tmp_path_factory.mktemp("furnished")
    write(folder / "set", songs())
    command = [sys.executable, "-m", "mgc", "dataset", "add", str(folder / "set")]
    subprocess.run(command, cwd=root, env=os.environ | LITTLE_WORK | {"MGC_HOME": str(folder / "home")}, check=True)
    return folder / "home"


@pytest.mark.parametrize("start", range(STARTS))
def test_the_first_visitors_of_a_fresh_server_may_come_at_once(
    fresh_server: Callable[..., Server], furnished: Path, start: int
) -> None:
    server = fresh_server(MGC_HOME=str(furnished))
    with ThreadPoolExecutor(len(PAGES)) as crowd:
        answers = list(crowd.map(lambda one: everything(server.url, *one), PAGES))
    for page, answer in zip(PAGES, answers, strict=True):
        assert b"Files up to" in answer, page  # the page's last line
        for failure in FAILURES:
            assert failure not in answer, page
    log = server.log.read_bytes()
    assert not [failure for failure in FAILURES if failure in log], log.decode()


LIMIT = 256  # file descriptors of the server
CROWD = 400


def test_more_connections_than_descriptors_are_refused_with_a_sentence_and_leave_nothing(
    fresh_server: Callable[..., Server],
) -> None:
    server = fresh_server("prlimit", f"--nofile=200:{LIMIT}")
    process = psutil.Process(server.process.pid)
    assert process.rlimit(psutil.RLIMIT_NOFILE) == (LIMIT, LIMIT)  # the soft limit was raised to the hard one
    before = process.num_fds()
    refused = 0
    crowd: list[socket.socket] = []
    try:
        for _ in range(CROWD):
            one = socket.create_connection(("127.0.0.1", server.port), timeout=5)
            one.sendall(b"GET /_stcore/stream HTTP/1.1\r\nHost: x\r\n")  # and no end of it
            crowd.append(one)
            time.sleep(0.005)  # the server's queue is short, and Linux repeats what it has no room for after 1 s only
        for one in crowd[-50:]:
            one.settimeout(5)
            try:
                one.sendall(b"\r\n")
                refused += b"503" in one.recv(4096)
            except OSError:  # closed before it had asked
                refused += 1
        assert refused == 50
        with pytest.raises(urllib.error.HTTPError, match="503") as caught:
            urllib.request.urlopen(server.url, timeout=10)
        assert b"please try again in 10 seconds" in caught.value.read()
        assert process.num_fds() < LIMIT - 20  # there is room for decoders and files
    finally:
        for one in crowd:
            one.close()
    deadline = time.monotonic() + 60
    while process.num_fds() > before + 5 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert process.num_fds() <= before + 5
    assert b"Files up to" in everything(server.url, "about", "")
    log = server.log.read_text()
    assert "Traceback" not in log
    assert len(log.splitlines()) < 40


@pytest.mark.nightly
def test_many_sessions_leave_descriptors_for_the_pages(fresh_server: Callable[..., Server]) -> None:
    server = fresh_server("prlimit", f"--nofile={LIMIT}:{LIMIT}")

    def come(_: int) -> bytes:
        try:
            return everything(server.url, "about", "")
        except Exception as error:  # noqa: BLE001 - what websockets raises for a 503 differs by the moment
            return repr(error).encode()

    with ThreadPoolExecutor(60) as crowd:
        answers = list(crowd.map(come, range(80)))
    assert [answer for answer in answers if b"Files up to" not in answer and b"503" not in answer] == []
    assert sum(b"Files up to" in answer for answer in answers) > 40
    assert b"Files up to" in everything(server.url, "about", "")
    assert "Too many open files" not in server.log.read_text()


VISITORS = 50
ANSWER, SENTENCES = b"All models on this song", (b"The server is busy", b"This file cannot be classified")


@pytest.mark.slow
@pytest.mark.nightly
def test_fifty_sessions_of_a_fresh_server_that_classify_at_once_get_an_answer_or_a_sentence(
    fresh_server: Callable[..., Server],
) -> None:
    server = fresh_server()
    process = psutil.Process(server.process.pid)
    before = process.num_fds()
    with ThreadPoolExecutor(VISITORS) as crowd:
        songs = [clip(0.1 + number / 100, seconds=5.0) for number in range(VISITORS)]
        answers = list(crowd.map(lambda song: classified(server.url, "song.wav", song), songs))
    for answer in answers:
        assert sum(word in answer for word in (ANSWER, *SENTENCES)) == 1
        assert not [failure for failure in FAILURES if failure in answer]
    answered = sum(ANSWER in answer for answer in answers)
    print(f"{answered} of {VISITORS} answered, {process.num_fds() - before} more descriptors")
    assert answered > 0
    assert server.is_healthy()
    assert ANSWER in classified(server.url, "song.wav", clip(0.9, seconds=5.0))
    deadline = time.monotonic() + 60
    while process.num_fds() > before + 20 and time.monotonic() < deadline:  # models, caches and a log stay open
        time.sleep(0.2)
    assert process.num_fds() <= before + 20
    log = server.log.read_text()
    assert not [word for word in ("Traceback", "Too many open files") if word in log], log
