"""What a start costs: ``import mgc``, a server, its first page and its first answer: python -m benchmarks.bench_start.

The pages need Chromium and Playwright (``make setup-dev``); without them only the first two lines are measured. The
peer of the server is an empty Streamlit app, started and visited in the same way and in turn.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 3
LIMITS = {"import mgc": 0.4, "page": 2.0, "stop": 5.0}  # s; RELIABILITY D-3, D-4, D-7
EMPTY = "import streamlit as st\nst.title('Empty')\n"
PROBE = "import time; start = time.perf_counter(); import {name}; print(time.perf_counter() - start)"


def imported(name: str) -> float:
    """Return the seconds that importing a module takes in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", PROBE.format(name=name)], cwd=ROOT, capture_output=True, check=True)
    return float(done.stdout)


@contextlib.contextmanager
def served(script: Path, home: str) -> Iterator[tuple[str, float, Callable[[], float]]]:
    """Start a server; yield its address, the seconds until it was healthy, and what stops and times it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), *options],
        cwd=ROOT,
        env={**os.environ, "MGC_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def stop() -> float:
        asked = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        return time.perf_counter() - asked

    try:
        address = f"http://127.0.0.1:{port}"
        while not is_healthy(address):
            time.sleep(0.02)
        yield address, time.perf_counter() - began, stop
    finally:
        process.kill()


def is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except OSError:
        return False


def painted(browser: object, address: str) -> float:
    """Return the seconds until a new visitor sees a page's heading."""
    context = browser.new_context()  # type: ignore[attr-defined]
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("h1", timeout=60_000)
    seconds = time.perf_counter() - began
    context.close()
    return seconds


def main() -> int:
    ours = statistics.median(imported("mgc") for _ in range(ROUNDS))
    numpy = statistics.median(imported("numpy") for _ in range(ROUNDS))
    print(f"import mgc {ours:.3f} s, {ours / numpy:.2f} times import numpy (at most {LIMITS['import mgc']:g} s)")
    kept = ours <= LIMITS["import mgc"]
    with tempfile.TemporaryDirectory() as home:
        empty = Path(home) / "empty.py"
        empty.write_text(EMPTY)
        with served(empty, home) as (_, bare, _), served(ROOT / "app.py", home) as (address, healthy, stop):
            print(f"healthy after {healthy:.2f} s, {healthy / bare:.2f} times an empty app")
            kept &= pages(address)
            ended = stop()
            print(f"stopped {ended:.2f} s after SIGTERM (at most {LIMITS['stop']:g} s)")
            kept &= ended <= LIMITS["stop"]
    return 0 if kept else 1


def pages(address: str) -> bool:
    """Print how long the warm pages take; return whether they keep their limit."""
    chromium = os.environ.get("MGC_TEST_CHROMIUM", "/usr/bin/chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return True
    if not Path(chromium).exists():
        return True
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        first = painted(browser, address)
        time.sleep(15)  # the models are loaded in the background
        warm = {
            path: min(painted(browser, address + path) for _ in range(ROUNDS)) for path in ("/", "/explore", "/about")
        }
        browser.close()
    shown = ", ".join(
        f"{path} {seconds:.2f} s ({seconds / first:.2f} times the first)" for path, seconds in warm.items()
    )
    print(f"first page of a fresh server {first:.2f} s; warm: {shown} (at most {LIMITS['page']:g} s)")
    return max(warm.values()) <= LIMITS["page"]


if __name__ == "__main__":
    sys.exit(main())
