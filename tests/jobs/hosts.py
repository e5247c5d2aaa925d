"""Extract a data set on two hosts, of which one is cut off in the middle: RELIABILITY J-17.

``python -m tests.jobs.hosts FOLDER``, as root in a network namespace of its own (``unshare --net``). This host has the
scheduler, PostgreSQL and a bridge; each of the two others is a pair of namespaces with a worker, whose virtual
interface leads to the bridge. All share one file system. Prints a JSON object of what came of it.
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
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mgc import jobs
from mgc.datasets import registry
from mgc.extraction import job as extraction
from mgc.extraction.collected import POINTER
from mgc.jobs import cluster, kinds, nodes
from mgc.jobs.store import opened
from mgc.settings import settings
from tests.conftest import ROOT
from tests.datasets.making import clip, write
from tests.jobs.conftest import postgresql_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD, NEAR, FAR = "10.213.0.1", "10.213.0.2", "10.213.0.3"
SCHEDULER = f"tls://{HEAD}:8786"
CUT_SECONDS = 30.0
TRACKS = 48
PATIENCE = 240.0  # s to wait for anything; on a quiet machine the whole takes 60 s

# The same extraction, where it is started.
INLINE = """
import sys
from mgc.datasets import registry
from mgc.extraction import job
job.start(registry.add_path(sys.argv[1]))
"""


def main(folder: Path) -> None:
    """Start all hosts, extract, cut one off, and look at what is in the store."""
    ip("link set lo up", "link add name hub type bridge", f"address add {HEAD}/24 dev hub", "link set hub up")
    songs = {f"{'rock' if n % 2 else 'folk'}/{n}.wav": clip(0.1 + n / 80, seconds=30.0) for n in range(TRACKS)}
    write(folder / "songs", songs)
    alone = os.environ | {"MGC_HOME": str(folder / "alone"), "MGC_JOBS": "inline"}
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(postgresql_server(HEAD))()
        os.environ |= {"MGC_HOME": str(folder / "home"), "MGC_DATABASE_URL": url, "MGC_SCHEDULER": SCHEDULER}
        os.environ |= {"MGC_WORKERS": "1", "MGC_ENGINE_IDLE": "5"}
        settings.cache_clear()
        stack.enter_context(running(folder / "scheduler.log", sys.executable, "-m", "mgc", "scheduler"))
        until(lambda: cluster.is_up(SCHEDULER))
        for name, address in (("near", NEAR), ("far", FAR)):
            stack.enter_context(host(folder, name, address))
        until(lambda: workers() == [NEAR, FAR])
        dataset = registry.add_path(folder / "songs")
        extraction.start(dataset)
        job = jobs.jobs(1)[0].id
        until(lambda: {one.host for one in opened().attempts(job) if one.state == "running"} == {"near", "far"})
        ip("link set far down")
        cut = time.monotonic()
        inline = subprocess.Popen([sys.executable, "-c", INLINE, folder / "songs"], env=alone, cwd=ROOT)
        while time.monotonic() < cut + CUT_SECONDS:
            jobs.reconcile()
            time.sleep(0.2)
        ip("link set far up")
        ended = jobs.wait(job)
        inline.wait()
        until(lambda: workers() == [NEAR, FAR])
        ends = Counter(event.task for event in jobs.events(job) if event.state == "finished" and event.task)
        tries = opened().attempts(job)
        seen = {
            "state": ended.state,
            "why": ended.why,
            "done": ended.done,
            "items": Counter(item.state for item in jobs.items(job)),
            "ends": [ends[task.id] for task in jobs.tasks(job)],
            "attempts": {name: Counter(one.state for one in tries if one.host == name) for name in ("near", "far")},
            "same": arrays(folder / "home", dataset) == arrays(folder / "alone", dataset),
            "seconds": round(time.monotonic() - cut),
        }
        if engine := cluster.running():
            os.kill(engine.pid, signal.SIGKILL)
    print(json.dumps(seen))


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


def arrays(home: Path, dataset: str) -> object:
    """Return the digests of the arrays of an extraction's record."""
    return json.loads((home / "datasets" / dataset / "extraction" / POINTER).read_bytes())["arrays"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
