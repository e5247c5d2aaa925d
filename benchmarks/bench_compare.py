"""What the Compare page costs on the server: python -m benchmarks.bench_compare.

Six runs of 10 folds with 100 epochs each and 1,000 clips are compared under Streamlit's AppTest, in this process: all
of the server's work but the websocket. First each view with empty caches of its own, but a warm process, as a new
visitor of a running server meets it; then each again, as after a click. At last the list of runs with 200 runs of one's
own in the store.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

FIRST, TOGGLE, PICKER = 1.5, 0.4, 0.3  # s, at most
RUNS, FOLDS, EPOCHS, CLIPS, STORED = 6, 10, 100, 1000, 200
GENRES = tuple(f"genre{number}" for number in range(10))
ROOT = Path(__file__).parents[1]


def config(name: str) -> Any:
    """Return the configuration of a run."""
    from mgc.recipes import recipe
    from mgc.runs import Config

    options = recipe("ann-table").values({"epochs": EPOCHS})
    return Config(name, "bench", "ann-table", "tracks", FOLDS, 1, options, GENRES, CLIPS, "0" * 64)


def recorded(number: int) -> Any:
    """Return a made-up run that is right for some 70 % of its clips."""
    from mgc.evaluation.predictions import Predictions
    from mgc.runs.recorded import Fold, Listed, Recorded

    rng = np.random.default_rng(number)
    labels = np.arange(CLIPS) % 10
    scores = rng.normal(size=(CLIPS, 10))
    scores[np.arange(CLIPS), labels] += 2.0
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    fold, artists = np.arange(CLIPS) // (CLIPS // FOLDS), np.arange(CLIPS) // 4
    said = Predictions(tuple(f"clip{n:04d}" for n in range(CLIPS)), fold, labels, p, artists)
    history = tuple(
        {"fold": k, "number": n, "loss": 2 / n, "accuracy": 1 - 0.5 / n, "val_loss": 2 / n + 0.1 + 0.01 * k}
        | {"val_accuracy": 0.9 - 0.5 / n, "learning_rate": 1e-3, "seconds": 0.1}
        for k in range(FOLDS)
        for n in range(1, EPOCHS + 1)
    )
    folds = tuple(
        Fold(k, "finished", EPOCHS, EPOCHS, 0.7, 100, 10.0, 0.001 * (number + 1), 1000, 800) for k in range(FOLDS)
    )
    return Recorded(Listed(str(number), "own", "finished", "", "", 0.0, config("x")), folds, history, said)


def store(n: int) -> None:
    """Write so many runs of one's own into the store."""
    from mgc.jobs import TaskSpec
    from mgc.jobs.store import opened
    from mgc.runs.plan import folder

    for number in range(n):
        about = config(f"bench-{number}")
        folder(about.name).mkdir(parents=True)
        (folder(about.name) / "about.json").write_text(json.dumps({"title": f"Run {number}", "note": ""}))
        opened().create("train", about.name, about.title, asdict(about), [TaskSpec("fold 1", {"fold": 0})], where="app")


def main() -> int:
    import os

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        os.environ |= {"MGC_HOME": str(Path(place) / "home")}
        import streamlit as st
        from streamlit.testing.v1 import AppTest

        from mgc.runs import gallery
        from mgc.ui import resources
        from mgc.ui.compare import VIEWS

        gallery.ROOT = Path(place) / "gallery"  # type: ignore[misc]
        resources.start_warm_up = lambda: None  # type: ignore[assignment]
        ids = [f"run-{number}" for number in range(RUNS)]
        for number, id in enumerate(ids):
            gallery.keep(id, recorded(number), title=f"Run {number}", note="")
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        app.query_params["runs"] = ids
        app.switch_page("pages/compare.py").run()  # imports

        def run(view: str) -> float:
            app.session_state["compare_view"] = view
            began = time.perf_counter()
            app.run()
            took = time.perf_counter() - began
            assert not app.exception, app.exception[0].value
            return took

        kept = True
        for view in (one for one in VIEWS if one != "ladder"):
            st.cache_resource.clear()
            st.cache_data.clear()
            gallery._opened.cache_clear()
            first, again = run(view), min(run(view) for _ in range(3))
            kept &= first <= FIRST and again <= TOGGLE
            print(f"{view:12} first {first:.2f} s (at most {FIRST:g}), again {again:.2f} s (at most {TOGGLE:g})")
        before = min(run("genres") for _ in range(3))
        store(STORED)
        after = min(run("genres") for _ in range(3))
        print(f"{STORED} more runs in the list: {after - before:.2f} s (at most {PICKER:g})")
        return 0 if kept and after - before <= PICKER else 1


if __name__ == "__main__":
    sys.exit(main())
