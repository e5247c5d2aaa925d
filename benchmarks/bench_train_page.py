"""What the page of a run at work costs on the server: python -m benchmarks.bench_train_page.

A run of 10 folds with 100 epochs each is written into a store while its view is drawn again and again, as its fragment
does every second: under Streamlit's AppTest, in this process, so all of the server's work but the websocket. With a
Chromium, ``--tabs 20`` also opens so many tabs of it on a real server and measures the server's memory.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tests.conftest import Server

MOST = 100.0  # ms, 95th percentile of a refresh
MOST_MB = 150.0  # of 20 tabs
FOLDS, EPOCHS, TRACKS = 10, 100, 1000
GENRES = tuple(f"genre{number}" for number in range(10))
SCRIPT = "import sys\nfrom mgc.ui.train import watching\nwatching._draw({id}, watching._active())\n"


def begin() -> tuple[int, list[tuple[int, int]]]:
    """Write down a run that is at work; return its number, and its tasks with their attempts."""
    from mgc.jobs.process import me
    from mgc.jobs.store import opened
    from mgc.recipes import recipe
    from mgc.runs.background import fold_task
    from mgc.runs.plan import Config, Parts, folder
    from mgc.splits import Fold

    ids = tuple(f"genre{n % 10}/{n:05d}.wav" for n in range(TRACKS))
    parts = Parts(
        tuple(Fold(tuple(i for i in ids if i not in ids[n::FOLDS]), (), ids[n::FOLDS]) for n in range(FOLDS)),
        dict.fromkeys(ids, 0),
    )
    options = recipe("ann-table").values({"epochs": EPOCHS})
    config = Config("bench", "bench", "ann-table", "tracks", FOLDS, 1, options, GENRES, TRACKS, "0" * 64)
    folder(config.name).mkdir(parents=True)
    (folder(config.name) / "split.json").write_text(json.dumps(asdict(parts)))
    tasks = [fold_task(config, number) for number in range(FOLDS)]
    job, _ = opened().create("train", config.name, config.title, asdict(config), tasks, where="app")
    claims = []
    while claim := opened().claim(me().text, job=job.id):
        opened().begin(claim.task, claim.number, me(), time.monotonic())
        claims.append((claim.task, claim.number))
    return job.id, claims


def write(claims: list[tuple[int, int]], fold: int, number: int) -> None:
    """Write down one epoch of a fold."""
    from mgc.jobs.store import opened

    loss = 2.0 / number + 0.1 * fold
    epoch = {"fold": fold, "number": number, "loss": loss, "accuracy": 1 - loss / 4, "val_loss": loss + 0.1}
    row = {f"{fold}/{number:06d}": {**epoch, "val_accuracy": 0.9 - loss / 4, "learning_rate": 1e-3, "seconds": 0.1}}
    opened().put(*claims[fold], "epoch", row)
    opened().progress(*claims[fold], number, EPOCHS, f"fold {fold + 1}, epoch {number}")


def refreshes() -> bool:
    """Measure the view while the run grows."""
    from streamlit.testing.v1 import AppTest

    id, claims = begin()
    app = AppTest.from_string(SCRIPT.format(id=id), default_timeout=60)
    took = []
    for number in range(1, EPOCHS + 1):
        for fold in range(FOLDS):
            write(claims, fold, number)
        began, worked = time.perf_counter(), time.process_time()
        app.run()
        took.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)))
        assert not app.exception, app.exception[0].value
    for words, column in zip(("by the clock", "of a core"), np.array(took[3:]).T, strict=True):
        p50, p95 = np.quantile(column, 0.5), np.quantile(column, 0.95)
        print(f"a refresh, {words}: median {p50:.0f} ms, p95 {p95:.0f} ms (at most {MOST:g})")
    return bool(np.quantile(np.array(took[3:])[:, 0], 0.95) <= MOST)


def tabs(n: int) -> bool:
    """Open tabs of the run on a real server; measure what its memory grows by."""
    from tests.conftest import start_server

    home = Path(os.environ["MGC_HOME"])
    server = start_server(home.parent)  # whose home is this one
    try:
        grown = _growth(server, n)
    finally:
        server.stop()
    print(f"{n} more tabs: {grown:.0f} MB (at most {MOST_MB:g})")
    return grown <= MOST_MB


def _growth(server: Server, n: int) -> float:
    """Return by how many MB the server's memory grows with n more tabs."""
    import psutil
    from playwright.sync_api import sync_playwright

    from tests.conftest import CHROMIUM_FLAGS

    own = psutil.Process(server.process.pid)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM_FLAGS))
        held = []
        for number in range(n + 1):
            page = browser.new_page()
            page.goto(f"{server.url}/train?view=runs", timeout=240_000)
            page.locator("[data-mgc=curves]").wait_for(timeout=240_000)
            held.append(page)
            if not number:
                page.wait_for_timeout(30_000)  # TensorFlow is warmed up
                before = own.memory_info().rss
        held[0].wait_for_timeout(20_000)
        return float(own.memory_info().rss - before) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tabs", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ |= {"MGC_HOME": str(Path(folder) / "home")}
        print(f"{FOLDS} folds of {EPOCHS} epochs, load average {os.getloadavg()[0]:.1f}")
        kept = refreshes()
        if given.tabs:
            kept &= tabs(given.tabs)
        return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
