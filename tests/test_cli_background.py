"""Each kind of job in real processes: started, cancelled by another program, resumed, finished."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from mgc import jobs
from mgc.audit import background as auditing
from mgc.datasets import background, registry
from mgc.extraction import maps
from mgc.jobs import cluster, engine
from mgc.settings import settings
from tests.datasets.making import clip, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def mgc(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Callable[..., Any]]:
    """Return ``mgc(*words)``, which runs a command in a home of this module's own and returns its JSON."""
    folder = tmp_path_factory.mktemp("kinds")

    def run(*words: object) -> Any:
        command = [sys.executable, "-m", "mgc", *(str(word) for word in words), "--json"]
        return json.loads(subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MGC_HOME", str(folder / "home"))
        patch.setenv("MGC_ENGINE_IDLE", "15")
        settings.cache_clear()
        yield run
        for record in (folder / "home" / "engine").glob("*.json"):
            with contextlib.suppress(OSError, KeyError, ValueError):
                os.kill(json.loads(record.read_text())["pid"], signal.SIGTERM)
    settings.cache_clear()


@pytest.fixture(scope="module")
def set_(mgc: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the id of a data set whose features have been extracted."""
    names = [f"{genre}/{number}.wav" for genre in ("rock", "pop") for number in range(6)]
    id = registry.add_path(
        write(tmp_path_factory.mktemp("data") / "set", {name: clip(0.1 + 0.02 * i) for i, name in enumerate(names)})
    )
    told = mgc("extract", id)
    assert told["state"] == "finished", json.dumps(told)
    return id


@pytest.mark.parametrize("kind", ["add", "check", "audit", "map", "studio"])
def test_a_job_is_cancelled_by_another_program_and_resumed(
    kind: str, mgc: Callable[..., Any], set_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: dict[str, Callable[[], jobs.Job]] = {
        "add": lambda: background.add_path(write(tmp_path / "other", {f"{g}/1.wav": clip(0.3) for g in "ab"})),
        "check": lambda: background.check(set_),
        "audit": lambda: auditing.start(set_),
        "map": lambda: maps.start(set_, "descriptors"),
        "studio": background.make_studio,
    }
    with monkeypatch.context() as patch:
        patch.setattr(cluster, "ensure", lambda *_: None)
        patch.setattr(engine, "place", lambda: "nowhere")  # no engine takes it before it is cancelled
        job = starts[kind]()
    assert (job.kind, job.state) == (kind, "queued")
    assert mgc("cancel", job.id)["state"] == "cancelled"
    assert mgc("resume", job.id)["state"] in ("queued", "starting", "running", "finished")
    if kind == "studio":  # it takes minutes here: seen at work, and stopped again
        deadline = time.monotonic() + 120
        while jobs.job(job.id).total != 120 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert mgc("job", job.id)["step"] == "Recording"
        assert mgc("cancel", job.id)["state"] == "cancelled"
        return
    ended = jobs.wait(job.id)
    assert (ended.state, ended.why) == ("finished", "")
