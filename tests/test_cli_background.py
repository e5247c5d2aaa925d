"""Each kind of job from the command line: started, watched, cancelled by another program, resumed and finished."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from typer.testing import CliRunner

from mgc import jobs
from mgc.background import KINDS
from mgc.cli import app
from mgc.datasets import registry
from mgc.jobs import cluster
from mgc.settings import settings
from tests.datasets.making import clip, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMANDS = {  # kind -> the command that starts such a job; {set} has been extracted, {new} is not known yet
    "studio": "dataset add studio",
    "add": "dataset add {new}",
    "check": "dataset validate {set}",
    "extract": "extract {set}",
    "audit": "audit {set}",
    "map": "map {set}",
    "train": "train --dataset {set} --recipe knn-table --folds 2 --wait",
    "promote": "promote {run} --id mine",
    "measure": "train --dataset {set} --recipe knn-table --folds 2 --measure",
    "tune": "tune --dataset {set} --recipe knn-table --folds 1 --trials 2 --wait",
}

BY_DAY = ("check", "extract", "promote", "train")


def mgc(*words: object) -> Any:
    """Run a command in this process and return its JSON."""
    return json.loads(CliRunner().invoke(app, [*map(str, words), "--json"]).stdout)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give this module a home folder with an engine of its own."""
    folder = tmp_path_factory.mktemp("kinds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MGC_HOME", str(folder))
        patch.setenv("MGC_WORKERS", "1")
        settings.cache_clear()
        # A name that a test before this one left behind belongs to another engine than that of the commands below.
        cluster._code.cache_clear()
        yield folder
        if found := cluster.running():
            os.kill(found.pid, signal.SIGTERM)
    settings.cache_clear()


@pytest.fixture(scope="module")
def set_(home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the id of a data set that has been checked and whose features have been extracted."""
    names = [f"{genre}/{number}.wav" for genre in ("rock", "pop") for number in range(6)]
    files = {name: clip(0.1 + 0.02 * i) for i, name in enumerate(names)}
    id = registry.add_path(write(tmp_path_factory.mktemp("data") / "set", files))
    assert mgc("extract", id)["state"] == "finished"
    assert mgc("dataset", "validate", id)["state"] == "whole"
    return id


@pytest.fixture(scope="module")
def run(set_: str) -> int:
    """Return the number of a run that has finished."""
    return int(mgc(*COMMANDS["train"].format(set=set_).split())["id"])


@contextlib.contextmanager
def engine_asleep() -> Iterator[None]:
    """Keep the engine from taking tasks, once it has done those it has."""
    for active in jobs.jobs(active=True):
        jobs.wait(active.id)
    pid = 0
    while (found := cluster.ensure()).pid != pid:  # the one that was found may just have been ending
        if pid:
            os.kill(pid, signal.SIGCONT)
        pid = found.pid
        os.kill(pid, signal.SIGSTOP)
        while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def at_work(one: psutil.Process) -> bool:
    """Tell whether a process is an engine of this home, to say so where a test fails."""
    words = one.info["cmdline"] or []
    return "mgc.jobs.scheduler" in words and any(word.startswith(str(settings().home_dir)) for word in words)


def seen(id: int, is_so: Callable[[Any], bool]) -> Any:
    """Watch a job until something is so."""
    deadline = time.monotonic() + 240
    while not is_so(now := mgc("job", id)):
        assert time.monotonic() < deadline, now
        time.sleep(0.1)
    return now


# "weights" needs a network; "prepare" is a button for steps that are commands of their own.
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=[] if kind in BY_DAY else [pytest.mark.nightly])
        for kind in KINDS
        if kind not in ("weights", "prepare")
    ],
)
def test_a_job_is_started_watched_cancelled_by_another_program_and_resumed(
    kind: str, set_: str, run: int, root: Path, tmp_path: Path
) -> None:
    new = write(tmp_path / "other", {f"{genre}/1.wav": clip(0.3) for genre in "ab"})
    words = [word.format(set=set_, new=new, run=run) for word in COMMANDS[kind].split()]
    with engine_asleep():
        command = [sys.executable, "-m", "mgc", *words, "--json"]
        starter = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            while not jobs.jobs(active=True):
                assert starter.poll() is None, starter.communicate()
                time.sleep(0.02)
            listed = mgc("jobs")[0]
            id = listed["id"]
            engines = [one.info for one in psutil.process_iter(["pid", "ppid", "status", "cmdline"]) if at_work(one)]
            assert (listed["kind"], listed["state"]) == (kind, "queued"), (mgc("job", id), jobs.events(id), engines)
            assert mgc("cancel", id)["state"] == "cancelled"
            said, errors = starter.communicate(timeout=60)
        finally:
            starter.kill()
            starter.communicate()
        assert starter.returncode == 1
        if kind == "extract":
            assert json.loads(said)["state"] == "cancelled"
        else:
            assert errors == f"The job was cancelled; resume it with `mgc resume {id}`.\n"
    assert mgc("resume", id)["state"] in ("queued", "starting", "running", "finished")
    if kind == "studio":  # it takes minutes here: seen at work, and stopped again
        assert seen(id, lambda now: now["total"] == 120)["step"] == "Synthesising"
        assert mgc("cancel", id)["state"] == "cancelled"
        return
    ended = seen(id, lambda now: now["state"] not in ("queued", "starting", "running"))
    assert (ended["state"], ended["why"]) == ("finished", "")
    for other in jobs.jobs(active=True):  # what was added is extracted in a job of its own
        jobs.wait(other.id)
