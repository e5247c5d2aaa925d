"""The engine: detached, on loopback, for holders of the key only, and gone when idle."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from mgc.errors import EngineError
from mgc.jobs import cluster, record, tls
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start an engine of one worker in a home of its own; return its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MGC_HOME", str(tmp_path_factory.mktemp("engine-home")))
        patch.setenv("MGC_WORKERS", "1")
        patch.setenv("MGC_ENGINE_IDLE", "8")
        settings.cache_clear()
        yield cluster.address()
        while found := cluster.running():
            os.kill(found.pid, signal.SIGKILL)
            time.sleep(0.05)
    settings.cache_clear()


@pytest.mark.slow
def test_work_is_done_elsewhere(engine: str) -> None:
    with cluster.client() as client:
        assert client.submit(os.getpid).result(timeout=60) != os.getpid()


@pytest.mark.slow
def test_a_second_call_reaches_the_same_engine(engine: str) -> None:
    assert cluster.address() == engine
    assert cluster.is_up(engine)
    assert not cluster.is_up("tls://127.0.0.1:1")


@pytest.mark.slow
def test_it_is_in_a_session_of_its_own(engine: str) -> None:
    found = cluster.running()
    assert found is not None
    assert os.getsid(found.pid) == found.pid != os.getsid(0)


@pytest.mark.slow
def test_every_port_is_on_loopback_and_http_says_nothing(engine: str) -> None:
    psutil = pytest.importorskip("psutil")
    found = cluster.running()
    assert found is not None
    family = [psutil.Process(found.pid), *psutil.Process(found.pid).children(recursive=True)]
    ports = [c.laddr for one in family for c in one.net_connections(kind="inet") if c.status == "LISTEN"]
    assert {port.ip for port in ports} == {"127.0.0.1"}
    for port in ports:
        with socket.create_connection((port.ip, port.port), timeout=5) as plain:
            plain.settimeout(5)
            plain.sendall(b"GET /info/main/workers.html HTTP/1.0\r\n\r\n")
            try:
                said = plain.recv(4096)
            except OSError:
                said = b""
        assert said == b"" or said.startswith(b"HTTP/1.1 404") or not said.startswith(b"HTTP"), said


@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", "a stranger"])
def test_without_the_key_nobody_gets_in(engine: str, tmp_path: Path, who: str) -> None:
    context = _anonymous()
    if who == "a stranger":
        context.load_cert_chain(str(tls.certificate(tmp_path)))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _first_word(urlsplit(engine).port, context)


def _first_word(port: int | None, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port or 0), timeout=10) as plain,
        context.wrap_socket(plain) as secret,
    ):
        return secret.recv(1)


def _anonymous() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.slow
def test_it_ends_when_nobody_asks_anything_of_it(engine: str) -> None:
    deadline = time.monotonic() + 60
    while cluster.is_up(engine) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not cluster.is_up(engine)
    assert cluster.running() is None


def test_an_engine_that_does_not_start_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MGC_HOME", str(tmp_path))
    settings.cache_clear()
    monkeypatch.setattr(cluster.sys, "executable", "/bin/false")
    cluster._state_of_code.cache_clear()
    with pytest.raises(EngineError, match=r"its log \(engine/engine\.log"):
        cluster.address()
    monkeypatch.undo()
    settings.cache_clear()
    cluster._state_of_code.cache_clear()


def test_a_scheduler_that_is_named_and_not_there_is_named_in_the_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MGC_HOME", str(tmp_path))
    monkeypatch.setenv("MGC_SCHEDULER", "tls://127.0.0.1:9")
    monkeypatch.setattr(cluster, "REACH_SECONDS", 1.0)
    settings.cache_clear()
    tls.certificate(cluster.folder())
    assert not cluster.is_up("tls://127.0.0.1:9")
    with pytest.raises(EngineError, match=r"tls://127\.0\.0\.1:9 does not answer"), cluster.client():
        pass
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a test a home folder of its own; its engine, if it has one, ends with it."""
    monkeypatch.setenv("MGC_HOME", str(tmp_path))
    monkeypatch.setenv("MGC_WORKERS", "1")
    settings.cache_clear()
    yield cluster.folder()
    while found := cluster.running():
        os.kill(found.pid, signal.SIGKILL)
        time.sleep(0.05)
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.slow
def test_an_engine_whose_starter_was_killed_is_everybodys(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "START_SECONDS", 40.0)
    tls.certificate(alone)
    record.write(cluster._record(), record.Record("tls://127.0.0.1:9", 1, 1.0))  # of an engine before
    command = [sys.executable, "-m", "mgc.jobs.scheduler", str(cluster._record())]
    orphan = subprocess.Popen(command, cwd=cluster.CODE.parent, start_new_session=True)
    try:
        while not record.is_held(cluster._record()):
            assert orphan.poll() is None
            time.sleep(0.005)
        started = cluster._start()
        assert started.pid == orphan.pid
        assert cluster._started[-1].wait(timeout=30) == 0  # the second one saw that it is not needed
        assert cluster.address() == started.address != "tls://127.0.0.1:9"
    finally:
        orphan.kill()
        orphan.wait()


def test_a_lock_that_a_starting_engine_takes_vouches_for_no_older_address(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = alone / "engine-old.json"
    tls.certificate(alone)
    record.hold(left).close()
    record.write(left, record.Record("tls://127.0.0.1:9", 1, 1.0))

    def killed(path: Path, missing_ok: bool = False) -> None:
        os.unlink(path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(left), "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            cluster._start()
    assert not left.exists()


def test_a_home_folder_that_cannot_be_written_is_a_sentence(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(cluster.fcntl, "flock", full)
        with pytest.raises(EngineError, match=r"cannot be started \(No space left on device\); is MGC_HOME full"):
            cluster.address()


def test_the_certificate_of_a_scheduler_that_is_named_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MGC_HOME", str(tmp_path))
    monkeypatch.setenv("MGC_SCHEDULER", "tls://127.0.0.1:9")
    monkeypatch.setenv("MGC_SCHEDULER_TLS", str(tmp_path / "operator"))
    settings.cache_clear()
    (tmp_path / "operator").mkdir()
    key = tmp_path / "operator" / "tls.pem"
    key.write_bytes(b"the operator's")
    key.chmod(0o600)
    with pytest.raises(EngineError, match="cannot be used"), cluster.client():
        pass
    assert key.read_bytes() == b"the operator's"
    monkeypatch.undo()
    settings.cache_clear()
