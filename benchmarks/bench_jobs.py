"""What the store and the engine of jobs cost: python -m benchmarks.bench_jobs."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mgc import jobs
from mgc.jobs import cluster, kinds
from mgc.jobs.kinds import TaskSpec
from mgc.jobs.process import me
from mgc.jobs.store import Store, opened
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = {
    "list of 500 finished jobs, ms": 100.0,
    "a change of state, ms": 50.0,
    "an item begun and done, ms": 20.0,
    "first job, engine started, s": 30.0,
    "next job, s": 2.0,
    "cancel of a deaf task, s": 3.0,
}
KINDS = """
import time
from mgc.jobs.kinds import Kind

QUICK = Kind("quick", lambda config: "Nothing", lambda context: 1)
DEAF = Kind("deaf", lambda config: "Nothing, slowly", lambda context: time.sleep(600))
KINDS = {"quick": "kinds_of_benchmark:QUICK", "deaf": "kinds_of_benchmark:DEAF"}
"""


def told(name: str, value: float) -> bool:
    kept = value <= LIMITS[name]
    print(f"  {name:32s}{value:8.2f}   (at most {LIMITS[name]:g}: {'kept' if kept else 'NOT KEPT'})")
    return kept


def median(act: Callable[[int], object], n: int) -> float:
    """Return the median time of ``act(i)`` [ms]."""
    took = []
    for i in range(n):
        began = time.perf_counter()
        act(i)
        took.append(time.perf_counter() - began)
    return float(np.median(took)) * 1000


def of_the_store(folder: Path) -> bool:
    store = Store(f"sqlite:///{folder / 'jobs.sqlite'}", folder)

    def whole(i: int) -> None:
        job, _ = store.create("measure", f"set {i}", "Measure", {"n": i}, [TaskSpec()])
        claim = store.claim(me().text, job=job.id)
        assert claim is not None
        store.begin(claim.task, 1, me(), 0.0)
        store.end(claim.task, 1, "finished")

    kept = told("a change of state, ms", median(whole, 500) / 4)
    kept &= told("list of 500 finished jobs, ms", median(lambda _: store.jobs(), 20))
    store.create("measure", "items", "Measure", {}, [TaskSpec(total=1000)])
    claim = store.claim(me().text, job=501)
    assert claim is not None
    store.begin(claim.task, 1, me(), 0.0)

    def item(i: int) -> None:
        store.begin_item(claim.task, 1, str(i))
        store.end_item(claim.task, 1, str(i), data={"sha256": "0" * 64})

    return told("an item begun and done, ms", median(item, 1000)) and kept


def of_the_engine(folder: Path) -> bool:
    (folder / "kinds_of_benchmark.py").write_text(KINDS)
    sys.path.insert(0, str(folder))
    os.environ |= {"MGC_HOME": str(folder / "home"), "MGC_WORKERS": "2", "PYTHONPATH": str(folder)}
    settings.cache_clear()
    kinds.TABLE = "kinds_of_benchmark"
    began = time.perf_counter()
    assert jobs.wait(jobs.start("quick", "first").id, every=0.02).state == "finished"
    kept = told("first job, engine started, s", time.perf_counter() - began)
    again = median(lambda i: jobs.wait(jobs.start("quick", str(i)).id, every=0.02), 20) / 1000
    kept &= told("next job, s", again)
    job = jobs.start("deaf", "it")
    while jobs.job(job.id).state != "running":
        time.sleep(0.02)
    worker = opened().running()[0].process
    began = time.perf_counter()
    jobs.cancel(job.id)
    while Path(f"/proc/{worker.pid}").exists():
        time.sleep(0.02)
    kept &= told("cancel of a deaf task, s", time.perf_counter() - began)
    found = cluster.running()
    if found is not None:
        os.kill(found.pid, signal.SIGTERM)
    return kept


def main() -> int:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        print(f"load average {os.getloadavg()[0]:.1f}")
        kept = of_the_store(Path(folder))
        return 0 if of_the_engine(Path(folder)) and kept else 1


if __name__ == "__main__":
    sys.exit(main())
