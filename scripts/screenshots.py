"""Take the pictures of docs/ from a running app: ``python -m scripts.screenshots`` (make screenshots)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
# name of the picture -> address, colour scheme, size
PICTURES = {
    "screenshot": ("/classify?sample=hiphop", "light", (1280, 1150)),
    "screenshot-dark": ("/classify?sample=hiphop", "dark", (1280, 1150)),
}


@contextmanager
def served() -> Iterator[str]:
    """Run the app on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()  # noqa: S310 - loopback
                    break
                except OSError:
                    time.sleep(0.2)
            yield url
        finally:
            process.terminate()


def main() -> None:
    """Write docs/<name>.png for every picture."""
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, (address, scheme, (width, height)) in PICTURES.items():
            page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
            page.goto(url + address)
            page.get_by_text("Files up to").wait_for(state="attached", timeout=90_000)  # the last line of every page
            if "sample" in address:
                page.locator("[data-mgc=player][data-audio=ready]").wait_for()
            page.wait_for_timeout(1500)  # pictures fade in
            page.screenshot(path=ROOT / "docs" / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
