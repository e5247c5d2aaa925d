from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
from typer.testing import CliRunner

from mgc import jobs
from mgc.cli import app
from mgc.jobs import cluster
from tests.jobs.conftest import add_kind, own_home  # noqa: F401  # fixtures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def test_jobs_are_listed_shown_cancelled_and_resumed(
    add_kind: Callable[..., Any],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def work(context: jobs.Context) -> None:
        context.progress(3, 10, "reading")
        context.begin_item("a")
        context.end_item("a", "It is broken.")
        raise OSError(28, "No space left on device")

    add_kind("work", work, title=lambda config: "Work on \x1b[31mthat")
    assert run("jobs").stdout == "No jobs yet.\n"
    assert json.loads(run("jobs", "--json").stdout) == []
    monkeypatch.setattr(cluster, "ensure", lambda: None)
    queued = jobs.start("work", "other")
    jobs.start("work", "it", where="inline")
    listed = run("jobs").stdout.splitlines()
    assert listed[0].split() == ["2", "failed", "4", "of", "10", "Work", "on", "\N{REPLACEMENT CHARACTER}[31mthat"]
    assert listed[1].strip().startswith("The work cannot continue (No space left on device)")
    assert listed[2].split()[:2] == ["1", "queued"]
    assert [one["id"] for one in json.loads(run("jobs", "--json").stdout)] == [2, 1]
    shown = run("job", "2").stdout
    assert "failed     a: It is broken." in shown
    assert "1 of 1 tasks failed" in shown
    found = json.loads(run("job", "2", "--json").stdout)
    assert (found["state"], [item["name"] for item in found["failed"]]) == ("failed", ["a"])
    assert [event["state"] for event in found["events"] if event["task"] is None][-1] == "failed"
    assert run("cancel", str(queued.id)).stdout == "Job 1 was cancelled.\n"
    assert run("cancel", str(queued.id)).stdout == "Job 1 had already been cancelled.\n"
    assert json.loads(run("resume", "1", "--json").stdout)["state"] == "queued"
    assert run("resume", "1").stdout == "Job 1 is queued.\n"
    assert json.loads(run("cancel", "1", "--json").stdout)["state"] == "cancelled"


def test_a_job_that_is_not_there_is_a_sentence(add_kind: Callable[..., Any]) -> None:  # noqa: F811
    for command in ("job", "cancel", "resume"):
        answer = run(command, "7", "--json")
        assert answer.exit_code == 1
        assert json.loads(answer.stdout)["error"]["message"] == "There is no job 7; `mgc jobs` lists them."


def test_a_finished_job_is_not_resumed(add_kind: Callable[..., Any]) -> None:  # noqa: F811
    add_kind("work", lambda context: None, title=lambda config: "Work")
    made = jobs.start("work", "it", where="inline")
    answer = run("resume", str(made.id))
    assert answer.exit_code == 1
    assert answer.stderr == f"Job {made.id} has finished; only a failed or cancelled job can be resumed.\n"


def test_an_engine_in_the_foreground_does_the_work_until_ctrl_c(root: Path, tmp_path: Path) -> None:
    environment = os.environ | {"MGC_HOME": str(tmp_path), "MGC_WORKERS": "1", "MGC_STUDIO_SONGS": "1"}

    def mgc(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mgc", *words]
        return subprocess.Popen(command, cwd=root, env=environment, text=True, start_new_session=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip

    engine = mgc("engine")
    try:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "The engine is running with 1 workers; Ctrl-C ends it.\n"
        second = mgc("engine")
        said, why = second.communicate(timeout=240)
        assert (second.returncode, said) == (1, "")
        assert why == "An engine is already running for this home folder; `mgc jobs` lists its jobs.\n"
        family = psutil.Process(engine.pid).children(recursive=True)
        with mgc("dataset", "add", "nowhere") as asking:  # it is asked, and goes on
            assert "nowhere" in asking.communicate(timeout=240)[1]
        assert engine.poll() is None
        os.killpg(engine.pid, signal.SIGINT)  # as a terminal does it: to the workers, too
        said, _ = engine.communicate(timeout=60)  # usually 1 s
        assert (engine.returncode, said.split(";")[0]) == (0, "The engine has ended")
        assert not psutil.wait_procs(family, timeout=60)[1]
    finally:
        engine.kill()
        engine.communicate()
