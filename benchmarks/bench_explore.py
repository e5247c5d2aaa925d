"""How long the Explore page takes on the server: every view, every filter, on a data set that is on the shelf.

    python -m benchmarks.bench_explore --set gtzan

Runs the real page under Streamlit's AppTest, in this process: what is measured is all of the server's work but the
websocket. The first open is measured in a fresh state; then every step of the walk is done once to warm up and the
walk is repeated. Exits with 1 when the 95th percentile is above :data:`MOST` seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from mgc.ui import resources
from mgc.ui.explore import work

ROOT = Path(__file__).resolve().parents[1]
MOST = 0.5  # s, 95th percentile of an answer
MOST_FIRST = 2.0  # s, the first open after extraction
PATIENCE = 180.0  # s for what runs in the background once


def steps(genres: list[str]) -> list[dict[str, object]]:
    """Return a class's walk: each view, its looks, with and without filters."""
    looks = [{"view": "features", "look": look} for look in ("one", "ranking", "correlation", "two", "profile")]
    lists = [{"view": "doubt", "list": name} for name in ("copies", "artists", "labels", "outliers", "broken")]
    views: list[dict[str, object]] = [{"view": "overview"}, {"view": "listen"}, *looks, {"view": "map"}, *lists]
    walk: list[dict[str, object]] = []
    for filters in ([], genres[:1], genres[:3], []):
        walk += [step | {"genre": filters} for step in views]
    return walk


def click(app: AppTest, step: dict[str, object]) -> float:
    """Make one choice of a step as a visitor would and return the seconds of the answer."""
    for name, value in step.items():
        app.session_state[f"explore_{name}"] = value
    began = time.perf_counter()
    app.run()
    took = time.perf_counter() - began
    if app.exception or app.error:
        raise SystemExit(f"{step}: {[*app.exception, *app.error][0].value}")
    return took


def settle(app: AppTest) -> None:
    """Wait for what the page does in the background (looking for doubts)."""
    until = time.monotonic() + PATIENCE
    while any(one.is_running for one in work._all().values()) and time.monotonic() < until:
        time.sleep(0.2)
    app.run()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", default="studio", help="id of a data set that has been measured")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    resources.start_warm_up = lambda: None  # TensorFlow is not what is measured here
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.query_params["set"] = given.set
    began = time.perf_counter()
    app.switch_page("pages/explore.py").run()
    first = time.perf_counter() - began
    if app.exception or app.error:
        raise SystemExit(f"{given.set}: {[*app.exception, *app.error][0].value}")
    pills = [pill.proto.options for pill in app.button_group if pill.key == "explore_genre"]
    genres = [track.genre for track in _tracks(given.set)]
    walk = steps(list(dict.fromkeys(genres)))
    click(app, {"view": "doubt"})
    settle(app)
    cold = [click(app, step) for step in walk]
    warm = np.array([[click(app, step) for step in walk] for _ in range(given.rounds)])
    print(f"{given.set}: {len(genres)} tracks, {len(pills[0]) if pills else 0} genres, {warm.size} answers")
    print(f"first open {first:.2f} s (at most {MOST_FIRST}); first time of a step at most {max(cold):.2f} s")
    p50, p95, worst = (float(np.quantile(warm, q)) for q in (0.5, 0.95, 1.0))
    print(f"warm: median {p50:.3f} s, p95 {p95:.3f} s (at most {MOST}), worst {worst:.3f} s")
    for i in np.argsort(-np.median(warm, axis=0))[:5]:
        print(f"  {np.median(warm[:, i]):.3f} s  {walk[i]}")
    return int(p95 > MOST or first > MOST_FIRST)


def _tracks(id: str) -> tuple:
    from mgc.datasets import shelf

    return shelf.open_dataset(id).tracks


if __name__ == "__main__":
    sys.exit(main())
