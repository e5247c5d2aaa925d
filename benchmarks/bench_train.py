"""What training costs beside doing it by hand: python -m benchmarks.bench_train [pictures | engine].

*pictures*: all of Kaggle's pictures as grey images of 350 x 350 pixels, as ``cnn-grey350`` is fed them, beside a loop
that reads the files and rebuilds the whole array after each, as many notebooks do; each in a process of its own.

*engine*: one fold of ``ann-table`` through the engine, beside the same fit called by hand in a process of its own; two
folds on two slots beside the same on one; the time from a start to the first epoch. On the studio's songs.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from mgc import jobs, runs
from mgc.datasets import registry
from mgc.extraction import job as extraction
from mgc.extraction.collected import collected
from mgc.jobs import cluster
from mgc.runs.plan import folder
from mgc.settings import THREADS, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.runs import Run

SHARED = Path(__file__).resolve().parents[2] / "shared/gtzan"
SIZE, BATCH = 350, 50
FOLD_SECONDS = 120.0
LIMITS = {
    "loop / ours": 10.0,
    "ours, MB more at the peak": 300.0,
    "engine / by hand": 1.05,
    "one slot / two slots": 1.6,
    "start to first epoch, s": 12.0,
}
AT_LEAST = ("loop / ours", "one slot / two slots")


def told(name: str, value: float) -> bool:
    limit = LIMITS[name]
    kept = value >= limit if name in AT_LEAST else value <= limit
    bound = "at least" if name in AT_LEAST else "at most"
    print(f"  {name:28s}{value:8.2f}   ({bound} {limit:g}: {'kept' if kept else 'NOT KEPT'})", flush=True)
    return kept


def measured(work: Callable[[], int]) -> None:
    """Print how many images some work made, its seconds, and by how many MB the process grew at its peak."""
    before = psutil.Process().memory_info().rss
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    began = time.perf_counter()
    n = work()
    seconds = time.perf_counter() - began
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(n, seconds, (int(status["VmHWM"].split()[0]) * 1024 - before) / 2**20)


def loop() -> int:
    """Read every file, make it grey and small, and rebuild the array."""
    import cv2
    import numpy as np

    images = np.empty((0, SIZE, SIZE), dtype=np.uint8)
    for path in sorted((SHARED / "images_original").glob("*/*.png")):
        grey = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2GRAY)
        images = np.concatenate([images, cv2.resize(grey, (SIZE, SIZE))[None]])
    return len(images)


def ours() -> Callable[[], int]:
    """Feed every picture of the extracted data set through the layer that makes images of them."""
    import numpy as np

    from mgc.nets.image import image_layer
    from mgc.training.feed import feed

    layer = image_layer(SIZE, grey=True, frame=False)
    layer(np.zeros((1, 128, 334, 1), dtype=np.float32))  # what is loaded once

    def work() -> int:
        found = collected("gtzan")
        assert found is not None
        n = 0
        batches = feed(found.pictures, np.zeros(len(found.ids), dtype=np.intp), n_classes=10, batch_size=BATCH, seed=0)
        for at in range(len(batches)):
            n += len(np.asarray(layer(batches[at][0])))
        return n

    return work


def of_pictures(home: Path) -> bool:
    if not SHARED.is_dir():
        print("The pictures are not here; nothing was measured.")
        return True
    tree = home / "tree/Data"
    tree.mkdir(parents=True)
    (tree / "images_original").symlink_to(SHARED / "images_original")
    (tree / "features_30_sec.csv").symlink_to(SHARED / "features_30_sec.csv")
    began = time.perf_counter()
    extraction.start(registry.add_path(tree))
    assert extraction.wait("gtzan").state == "finished"
    print(
        f"Kaggle's pictures as grey images (read once from their files, safely, in {time.perf_counter() - began:.0f} s)"
    )
    taken: dict[str, list[float]] = {}
    for _ in range(2):
        for who in ("loop", "ours"):
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.bench_train", who], check=True, capture_output=True, text=True
            )
            n, seconds, grown = map(float, done.stdout.split()[-3:])
            print(f"  {who:28s}{seconds:8.2f} s for {n:.0f} images, {grown:.0f} MB more at the peak", flush=True)
            taken[who] = min(taken.get(who, [math.inf]), [seconds, grown])
    kept = told("loop / ours", taken["loop"][0] / taken["ours"][0])
    return told("ours, MB more at the peak", taken["ours"][1]) and kept


def begun(epochs: int, folds: int = 2) -> Run:
    options = {"epochs": epochs, "patience": 0, "batch_size": 32}  # fewer, longer epochs: 2,000 may be asked for
    return runs.start(runs.make_plan("studio", "ann-table", "tracks", folds=folds, options=options))


def finished(run: Run) -> float:
    """Return how long a run took from its start to its end [s]."""
    began = time.perf_counter()
    assert jobs.wait(run.id, every=0.5).state == "finished"
    return time.perf_counter() - began


def first_epoch(run: Run) -> float:
    """Return how long it takes until an epoch is there [s]; the run is cancelled then."""
    began = time.perf_counter()
    while not runs.epochs(run.id):
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    jobs.cancel(run.id)
    return seconds


def by_hand(run: Run) -> float:
    """Return how long the first fold of a run takes, fitted without the engine in a new process [s]."""
    script = (
        "import sys, pathlib, tempfile; from mgc.runs import plan; from mgc import recipes, records;"
        "from mgc.training.fold import fit_fold; from mgc.training.gradual import Report;"
        "place = pathlib.Path(sys.argv[1]);"
        "config = records.read(plan.Config, (place / 'run.json').read_bytes(), 'run.json');"
        "parts, recipe = plan.read_parts(place), recipes.recipe(config.recipe);"
        "states = pathlib.Path(tempfile.mkdtemp());"
        "fit_fold(recipe, recipe.values(config.options), plan.material(config, parts), parts.folds[0], segments=False,"
        " seed=config.seed, folder=states, report=Report())"
    )
    environment = os.environ | dict.fromkeys(THREADS, "1")
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", script, str(folder(run.config.name))], check=True, env=environment)
    return time.perf_counter() - began


def with_workers(n: int) -> None:
    end_engine()
    os.environ["MGC_WORKERS"] = str(n)
    settings.cache_clear()


def end_engine() -> None:
    while (found := cluster.running()) is not None:
        os.kill(found.pid, signal.SIGTERM)
        time.sleep(0.1)


def of_the_engine() -> bool:
    registry.make_studio()
    extraction.start("studio")
    assert extraction.wait("studio").state == "finished"
    with_workers(1)
    cold = first_epoch(begun(5))
    kept = told("start to first epoch, s", max(cold, first_epoch(begun(5))))
    short = begun(60)
    finished(short)
    known = runs.epochs(short.id)
    epochs = math.ceil(FOLD_SECONDS / (sum(one["seconds"] for one in known) / len(known)))
    run = begun(epochs)  # two folds, one after the other
    one_slot = finished(run)
    hand = by_hand(run)
    print(f"  a fold of {epochs:,} epochs: {one_slot / 2:.1f} s through the engine, {hand:.1f} s by hand", flush=True)
    kept &= told("engine / by hand", one_slot / 2 / hand)
    with_workers(2)
    jobs.wait(begun(2).id)  # the engine is up
    kept &= told("one slot / two slots", one_slot / finished(begun(epochs)))
    end_engine()
    return kept


def main(names: list[str]) -> int:
    if names in (["loop"], ["ours"]):
        measured(loop if names == ["loop"] else ours())
        return 0
    print(f"load average {os.getloadavg()[0]:.1f}")
    kept = True
    for name in names or ["pictures", "engine"]:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            os.environ |= {"MGC_HOME": home, "MGC_WORKERS": "2"}
            settings.cache_clear()
            kept &= of_pictures(Path(home)) if name == "pictures" else of_the_engine()
            end_engine()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
