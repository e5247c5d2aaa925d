"""Train six folds on two hosts, of which one is cut off in the middle: RELIABILITY J-17.

``python -m tests.jobs.hosts FOLDER``, as root in a network namespace of its own (``unshare --net``). This host has the
scheduler, PostgreSQL and a bridge; each of the two others is a pair of namespaces with a worker, whose virtual
interface leads to the bridge. All share one file system, with MGC_HOME on it. Prints a JSON object of what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from mgc import jobs, runs
from mgc.datasets import registry
from mgc.extraction import job as extraction
from mgc.jobs import cluster, kinds, nodes
from mgc.jobs.store import opened
from mgc.settings import settings
from tests.conftest import ROOT
from tests.datasets.making import write
from tests.jobs.conftest import postgresql_server
from tests.three_genres import GENRES, play

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mgc.jobs import Attempt

HEAD, NEAR, FAR = "10.213.0.1", "10.213.0.2", "10.213.0.3"
SCHEDULER = f"tls://{HEAD}:8786"
CUT_SECONDS = 30.0
FOLDS, CLIPS = 6, 8  # of each genre
PATIENCE = 240.0  # s to wait for anything; on a quiet machine the whole takes 60 s


def main(folder: Path) -> None:
    """Start all hosts, train, cut one off, and look at what is in the store."""
    ip("link set lo up", "link add name hub type bridge", f"address add {HEAD}/24 dev hub", "link set hub up")
    write(folder / "songs", {f"{genre}/{n}.wav": play(genre, n) for genre in GENRES for n in range(CLIPS)})
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(postgresql_server(HEAD))()
        os.environ |= {"MGC_HOME": str(folder / "home"), "MGC_DATABASE_URL": url, "MGC_SCHEDULER": SCHEDULER}
        os.environ |= {"MGC_WORKERS": "1", "MGC_ENGINE_IDLE": "5"}
        settings.cache_clear()
        stack.enter_context(running(folder / "scheduler.log", sys.executable, "-m", "mgc", "scheduler"))
        until(lambda: cluster.is_up(SCHEDULER))
        for name, address in (("near", NEAR), ("far", FAR)):
            stack.enter_context(host(folder, name, address))
        dataset = registry.add_path(folder / "songs")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MGC_JOBS", "inline")
            settings.cache_clear()
            extraction.start(dataset)
        settings.cache_clear()
        plan = runs.make_plan(dataset, "logreg-table", "tracks", folds=FOLDS)
        until(lambda: workers() == [NEAR, FAR])
        run = runs.start(plan)
        until(lambda: {("far", "finished"), ("far", "running")} <= {(one.host, one.state) for one in tries(run.id)})
        ip("link set far down")
        cut = time.monotonic()
        inline = runs.start(plan, where="inline")
        while time.monotonic() < cut + CUT_SECONDS:
            jobs.reconcile()
            time.sleep(0.2)
        ip("link set far up")
        ended = jobs.wait(run.id)
        until(lambda: workers() == [NEAR, FAR])
        ends = Counter(event.task for event in jobs.events(run.id) if event.state == "finished" and event.task)
        seen = {
            "state": ended.state,
            "why": ended.why,
            "ends": [ends[task.id] for task in jobs.tasks(run.id)],
            "attempts": {
                name: Counter(one.state for one in tries(run.id) if one.host == name) for name in ("near", "far")
            },
            "inline": jobs.job(inline.id).state,
            "same": said(run.id) == said(inline.id),
            "tested": len(runs.predictions(run.id).units),
            "seconds": round(time.monotonic() - cut),
        }
        if engine := cluster.running():
            os.kill(engine.pid, signal.SIGKILL)
    print(json.dumps(seen))


def tries(run: int) -> tuple[Attempt, ...]:
    return opened().attempts(run)


def said(run: int) -> dict[str, Any]:
    """Return what a run says of each track."""
    found = runs.predictions(run)
    return dict(zip(found.units, found.probabilities.tolist(), strict=True))


def ip(*commands: str) -> None:
    for command in commands:
        subprocess.run(["ip", *command.split()], check=True)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{jobs.jobs(1)} {workers()}")
        time.sleep(0.1)


@contextlib.contextmanager
def running(log: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program for as long as the block lasts."""
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=out, text=True, start_new_session=True
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def host(folder: Path, name: str, address: str) -> Iterator[None]:
    """Have another host with a worker, on a cable of its own to the bridge."""
    script = (
        f"hostname {name}; echo up; read go; ip link set lo up; ip address add {address}/24 dev eth0; "
        f"ip link set eth0 up; exec {shlex.quote(sys.executable)} -m mgc worker"
    )
    log = folder / f"{name}.log"
    with running(log, "unshare", "--net", "--uts", "--", "sh", "-c", script) as process:
        until(lambda: "up" in log.read_text())
        ip(f"link add name {name} type veth peer name eth0 netns {process.pid}", f"link set {name} master hub up")
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        yield


def workers() -> list[str | None]:
    """Return the addresses of the hosts whose workers the scheduler knows."""

    async def ask() -> list[str | None]:
        async with nodes.connected(kinds.TABLE) as client:
            return sorted(urlsplit(address).hostname for address in await client.nthreads())

    return asyncio.run(ask())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
