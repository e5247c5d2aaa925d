"""How long the Explore page takes on the server: every view, every look, every filter, on a data set of the registry.

    python -m benchmarks.bench_explore --set gtzan

Runs the real page under Streamlit's AppTest, in this process: what is measured is all of the server's work but the
websocket. The first open is measured in a fresh state; then a walk is made under filters that were never set before, so
that no answer is a cached one of the same question, and once more under the same ones. The peer is the page to itself:
what the walk costs when it is repeated. The studio is made and measured when it is not there. Exits with 1 when the
95th percentile under new filters is above :data:`MOST` seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from mgc import jobs
from mgc.datasets.base import normalised_artist
from mgc.ui import resources

ROOT = Path(__file__).resolve().parents[1]
MOST = 0.5  # s, 95th percentile of an answer
MOST_FIRST = 2.0  # s, the first open after extraction
PATIENCE = 180.0  # s for what runs in the background once
NO_FILTER = {"genre": [], "artist": None, "only": None, "words": ""}


def views() -> list[dict[str, object]]:
    """Return every view with every look that it has."""
    looks = [{"view": "features", "look": look} for look in ("one", "ranking", "correlation", "two", "profile")]
    looks += [{"view": "features", "look": "one", "shape": shape} for shape in ("box", "histogram")]
    looks += [{"view": "features", "look": "ranking", "by": "mi"}]
    maps = [{"view": "map", "colour": colour} for colour in ("genre", "artist", "tempo", "fold")]
    maps += [{"view": "map", "map": "tsne", "colour": "genre"}]
    lists = ("copies", "artists", "labels", "outliers", "broken", "leave")
    audits = [{"view": "audit", "list": name} for name in lists]
    return [{"view": "overview"}, {"view": "listen"}, *looks, *maps, {"map": "pca"}, *audits]


def filters(tracks: tuple) -> list[dict[str, object]]:
    """Return a dozen filters that a class might set, none twice."""
    genres = list(dict.fromkeys(track.genre for track in tracks))
    artists = list(dict.fromkeys(normalised_artist(track.artist) for track in tracks if track.artist))
    found: list[dict[str, object]] = [{"genre": [genre]} for genre in genres[:4]]
    found += [{"genre": genres[n : n + 3]} for n in range(3)]
    found += [{"artist": artist} for artist in artists[:2]]
    return [NO_FILTER | one for one in (*found, {"words": "1"}, {"only": "audio"}, {"genre": genres[:2], "words": "0"})]


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
    """Wait for what the page does in the background (the audit)."""
    until = time.monotonic() + PATIENCE
    while jobs.jobs(active=True) and time.monotonic() < until:
        time.sleep(0.2)
    app.run()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", default="studio", help="id of a data set that has been measured")
    given = parser.parse_args()
    _make(given.set)
    resources.start_warm_up = lambda: None  # TensorFlow is not what is measured here
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.query_params["set"] = given.set
    began = time.perf_counter()
    app.switch_page("pages/explore.py").run()
    first = time.perf_counter() - began
    if app.exception or app.error:
        raise SystemExit(f"{given.set}: {[*app.exception, *app.error][0].value}")
    tracks = _tracks(given.set)
    click(app, {"view": "audit"})
    settle(app)
    for step in views():  # what is worked out once for a data set: the map, the audit, the first import
        click(app, step)
    walk = [step | chosen for chosen in filters(tracks) for step in views()]
    new, again = (np.array([click(app, step) for step in walk]) for _ in range(2))
    print(f"{given.set}: {len(tracks)} tracks, {len(walk)} answers under filters that were never set before")
    print(f"first open {first:.2f} s (at most {MOST_FIRST})")
    p50, p95, worst = (float(np.quantile(new, q)) for q in (0.5, 0.95, 1.0))
    print(f"new filters: median {p50:.3f} s, p95 {p95:.3f} s (at most {MOST}), worst {worst:.3f} s")
    print(f"the same again: median {np.median(again):.3f} s, p95 {np.quantile(again, 0.95):.3f} s")
    print(f"ratio of a new question to a repeated one: {np.median(new / again):.2f}")
    for i in np.argsort(-new)[:5]:
        print(f"  {new[i]:.3f} s  {walk[i]}")
    return int(p95 > MOST or first > MOST_FIRST)


def _make(id: str) -> None:
    """Make the studio and measure a data set, where that was not done."""
    from mgc.cli.datasets import extracted, opened
    from mgc.extraction.collected import collected

    opened(id)
    if collected(id) is None:
        extracted(id, ("descriptors", "mel"))


def _tracks(id: str) -> tuple:
    from mgc.datasets import registry

    return registry.open_dataset(id).tracks


if __name__ == "__main__":
    sys.exit(main())
