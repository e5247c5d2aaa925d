"""What every test may ask for: the shared material, a home of its own, a real server and a real browser.

Nothing here is needed on import; a missing piece (material, Chromium) skips the tests that need it, saying why.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[1]

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before any test imports TensorFlow
os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # tests train and answer; a server answers as it ships

# Explore makes the studio at its first visit, in an engine that outlives the server: 120 clips for each server.
LITTLE_WORK = {"MGC_STUDIO_SONGS": "1", "MGC_ENGINE_IDLE": "20", "MGC_WORKERS": "1"}

EXPECT_MS = 30_000  # of a page on a busy machine; Playwright would give up after 5 s
CHROMIUM_FLAGS = (
    "--no-sandbox",  # containers and CI run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the shared material (real clips, Kaggle's tables), or skip."""
    path = Path(os.environ.get("MGC_TEST_SHARED", ROOT.parent / "shared"))
    if not (path / "gtzan").is_dir():
        pytest.skip(f"no shared material at {path} (set MGC_TEST_SHARED)")
    return path


@pytest.fixture(scope="session")
def exact_clips(shared: Path) -> list[Path]:
    """Return the clips whose samples are exactly those of the Kaggle data set, sorted by name."""
    clips = sorted((shared / "gtzan" / "audio_exact").glob("*/*.flac"))
    assert len(clips) == 60
    return clips


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the whole run a home folder of its own, so that no test reads or writes the user's."""
    from mgc.settings import settings

    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MGC_HOME", str(folder))
        for name in ("MGC_WEIGHTS", "MGC_YAMNET"):  # of this machine: which model answers would depend on it
            patch.delenv(name, raising=False)
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="session")
def yamnet_file(shared: Path) -> Path:
    """Return the file of YAMNet's weights."""
    path = shared / "weights" / "yamnet.h5"
    if not path.is_file():
        pytest.skip("no weights of YAMNet")
    return path


@pytest.fixture
def yamnet_weights(yamnet_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Lend YAMNet's weights."""
    from mgc.settings import settings

    monkeypatch.setenv("MGC_YAMNET", str(yamnet_file))
    settings.cache_clear()
    yield yamnet_file
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def quick_collections() -> None:
    """Take what is loaded by now out of garbage collection, as the app does: Streamlit asks for one at each rerun."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def one_look_for_components() -> Iterator[None]:
    """Look once for packages that bring Streamlit components: each AppTest reads the metadata of all, 0.7 s."""
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@dataclass(frozen=True)
class Server:
    """A real Streamlit server in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=30) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(folder: Path, *before: str, **environment: str) -> Server:
    """Start ``streamlit run app.py`` as a user would (only the port differs) and wait until it is healthy.

    ``before`` is a command that starts it, e.g. ``("prlimit", "--nofile=256:256")``.
    """
    port = free_port()
    log = folder / "server.log"
    env = os.environ | {"KERAS_BACKEND": "", "MGC_HOME": str(folder / "home")} | LITTLE_WORK | environment
    command = [
        *before,
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.headless=true",
        f"--server.port={port}",
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    server = Server(process, port, log)
    deadline = time.monotonic() + 60
    while not server.is_healthy():
        if process.poll() is not None or time.monotonic() > deadline:
            server.stop()
            raise RuntimeError(f"the server did not come up:\n{log.read_text()}")
        time.sleep(0.1)
    return server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole run."""
    running = start_server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers without an earlier visitor: ``fresh_server(MGC_LOG_LEVEL="DEBUG")``."""
    started: list[Server] = []

    def start(*before: str, **environment: str) -> Server:
        started.append(start_server(tmp_path_factory.mktemp("fresh"), *before, **environment))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="module")  # no longer: Playwright keeps an event loop running while it is open
def launch() -> Iterator[Callable[..., Browser]]:
    """Return ``launch(*flags)``, which starts a headless Chromium; skip where there is none, unless in CI."""
    path = os.environ.get("MGC_TEST_CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        reason = f"no Chromium at {path} (apt-get install chromium, or set MGC_TEST_CHROMIUM)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=EXPECT_MS)
    with sync_playwright() as playwright:
        started: list[Browser] = []

        def start(*flags: str) -> Browser:
            started.append(playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS, *flags]))
            return started[-1]

        yield start
        for browser in started:
            browser.close()


@pytest.fixture(scope="module")
def chromium(launch: Callable[..., Browser]) -> Browser:
    """One browser for a test file; take ``chromium.new_page()`` or a context of your own."""
    return launch()


@pytest.fixture(scope="session")
def complaints() -> Callable[[Page], list[str]]:
    """Return ``watch(page)``, whose list grows with every error that the page's console shows."""

    def watch(page: Page) -> list[str]:
        seen: list[str] = []

        def note(message: ConsoleMessage) -> None:
            where = message.location["url"]
            if message.type == "error":
                seen.append(f"{message.text} ({where})")

        page.on("console", note)
        page.on("pageerror", lambda error: seen.append(str(error)))
        return seen

    return watch


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the id of a data set of three genres, extracted, in a home of its own where jobs run inline."""
    from tests.three_genres import data_set

    patching = pytest.MonkeyPatch()
    with data_set(tmp_path_factory.mktemp("three"), patching) as name:
        yield name
    patching.undo()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what takes minutes, unless it is asked for (make nightly)."""
    if "MGC_TEST_KILLS" in os.environ:
        return
    skip = pytest.mark.skip(reason="nightly: MGC_TEST_KILLS is not set")
    for item in items:
        if item.get_closest_marker("nightly"):
            item.add_marker(skip)
