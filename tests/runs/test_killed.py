"""Runs on a real engine: killed at any place they go on, and end as if nothing had happened; a cancel is quick."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from mgc import jobs, runs
from mgc.runs import plan, tuning
from mgc.settings import settings
from tests.conftest import start_server
from tests.extraction.conftest import end_engine
from tests.faults.visiting import visit, visited
from tests.three_genres import data_set
from tests.training.test_fold import run as trained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mgc.runs import Run

pytestmark = pytest.mark.slow
LONG = {"epochs": 60, "patience": 0, "batch_size": 4}  # some seconds a fold
PATIENCE = 300.0  # s; usually 10 to 30
ENGINE = {"MGC_JOBS": "engine", "MGC_WORKERS": "2", "MGC_ENGINE_IDLE": "60", "CUDA_VISIBLE_DEVICES": "0,1"}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a data set in a home with an engine of two workers."""
    patching = pytest.MonkeyPatch()
    with data_set(tmp_path_factory.mktemp("engine"), patching) as name, pytest.MonkeyPatch.context() as patched:
        for key, value in ENGINE.items():
            patched.setenv(key, value)
        settings.cache_clear()
        yield name
        end_engine(signal.SIGTERM)
    settings.cache_clear()


@pytest.fixture(scope="module")
def whole(three: str) -> Run:
    """Return a run that nobody has disturbed."""
    return ended(begin(three).id)


def begin(name: str, **options: Any) -> Run:
    return runs.start(runs.make_plan(name, "ann-table", "tracks", folds=2, options={**LONG, **options}))


def ended(id: int) -> Run:
    until(lambda: not runs.run(id).job.is_active)
    run = runs.run(id)
    assert run.job.state == "finished", run.job.why
    return run


def until(is_so: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not is_so():
        jobs.reconcile()
        assert time.monotonic() < limit, [(job.id, job.state, job.why) for job in jobs.jobs(5)]
        time.sleep(0.05)


def folds_at_work() -> list[psutil.Process]:
    """Return the processes that train in this home."""
    found, home = [], str(settings().home)
    for process in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.Error):
            if "mgc.runs.process" in (process.info["cmdline"] or []) and process.environ().get("MGC_HOME") == home:
                found.append(process)
    return found


def is_whole(run: Run, expected: Run) -> None:
    """Compare a run with an undisturbed one: each epoch once, the same losses and predictions."""
    epochs, others = runs.epochs(run.id), runs.epochs(expected.id)
    assert [(one["fold"], one["number"]) for one in epochs] == [(one["fold"], one["number"]) for one in others]
    np.testing.assert_allclose([one["loss"] for one in epochs], [one["loss"] for one in others], atol=1e-5)
    said, other = runs.predictions(run.id), runs.predictions(expected.id)
    assert said.units == other.units
    np.testing.assert_allclose(said.probabilities, other.probabilities, atol=1e-5)


def shown(id: int, n: int = 3) -> Callable[[], bool]:
    return lambda: len(runs.epochs(id)) >= n


def kill_the_fold(_: Run) -> None:
    folds_at_work()[0].kill()


def kill_the_worker(_: Run) -> None:
    psutil.Process(folds_at_work()[0].ppid()).kill()


def kill_the_engine(_: Run) -> None:
    end_engine(signal.SIGKILL)


@pytest.mark.parametrize(
    "kill",
    [kill_the_fold, *(pytest.param(one, marks=pytest.mark.nightly) for one in (kill_the_worker, kill_the_engine))],
)
def test_a_run_that_was_killed_goes_on_and_equals_the_undisturbed_one(
    three: str, whole: Run, kill: Callable[[Run], None]
) -> None:
    run = begin(three)
    until(shown(run.id))
    before = {(one["fold"], one["number"]): one["loss"] for one in runs.epochs(run.id)}
    kill(run)
    finished = ended(run.id)
    after = {(one["fold"], one["number"]): one["loss"] for one in runs.epochs(run.id)}
    assert all(after[key] == pytest.approx(loss, abs=1e-5) for key, loss in before.items())  # no epoch shown was lost
    is_whole(finished, whole)


def test_no_process_that_trains_outlives_its_worker(three: str) -> None:
    run = begin(three)
    until(lambda: bool(folds_at_work()))
    process = folds_at_work()[0]
    psutil.Process(process.ppid()).kill()
    with contextlib.suppress(psutil.NoSuchProcess):
        process.wait(10)
    assert not process.is_running()
    jobs.cancel(run.id)
    until(lambda: not folds_at_work())


def test_folds_at_work_have_a_device_each_and_do_not_notice_that_an_app_is_killed_or_ended(
    three: str, tmp_path: Path
) -> None:
    server = start_server(tmp_path, MGC_HOME=str(settings().home), MGC_WORKERS="2")
    try:
        run = begin(three, epochs=2000)
        with visit(server.url, "train"):
            until(lambda: len(folds_at_work()) == 2)
            folds = folds_at_work()
            assert sorted(one.environ()["CUDA_VISIBLE_DEVICES"] for one in folds) == ["0", "1"]
            until(shown(run.id))
            os.killpg(server.process.pid, signal.SIGKILL)  # J-1
            server.process.wait()
        server = start_server(tmp_path, MGC_HOME=str(settings().home), MGC_WORKERS="2")
        with visited(server.url, "train", f"view=runs&run={run.id}") as (_, socket):
            while re.search(rb"fold \d, epoch \d+", socket.recv(timeout=60)) is None:  # the new app shows it at work
                pass
            server.process.terminate()  # D-7
            server.process.wait(timeout=50)  # usually 1 s
    finally:
        server.stop()
    until(shown(run.id, len(runs.epochs(run.id)) + 2))
    assert folds_at_work() == folds
    assert {event.state for event in jobs.events(run.id)} == {"queued", "starting", "running"}
    jobs.cancel(run.id)
    until(lambda: not folds_at_work())


def test_a_cancelled_run_ends_at_once_and_goes_on_when_it_is_resumed(three: str, whole: Run) -> None:
    run = begin(three)
    until(lambda: sum(epoch["fold"] == 0 for epoch in runs.epochs(run.id)) > 2)
    began = time.monotonic()
    assert jobs.cancel(run.id).state == "cancelled"
    until(lambda: not folds_at_work())
    assert time.monotonic() - began < 30.0  # usually 1 to 3
    n = len(runs.epochs(run.id))
    time.sleep(1.0)
    assert len(runs.epochs(run.id)) == n
    newest = max(plan.folder(run.config.name).glob("fold-0/state-*"))
    newest.write_bytes(newest.read_bytes()[:-9])  # J-5
    jobs.resume(run.id)
    is_whole(ended(run.id), whole)
    assert any("newest saved state was damaged; training continued" in event.why for event in jobs.events(run.id))


def test_a_fold_that_keeps_dying_ends_with_a_sentence(three: str) -> None:
    run = begin(three, epochs=2000)

    def is_over() -> bool:
        for process in folds_at_work():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return not runs.run(run.id).job.is_active

    until(is_over)
    job = jobs.job(run.id)
    assert job.state == "failed"
    assert "was ended by signal 9; is there enough memory? It was tried 2 times." in job.why


@pytest.mark.nightly
@pytest.mark.parametrize("kill", [kill_the_fold, kill_the_worker, kill_the_engine])
def test_a_study_whose_trials_are_killed_side_by_side_goes_on_with_the_same_values(
    three: str, kill: Callable[[Any], None]
) -> None:
    made = tuning.make_plan(three, "ann-table", "tracks", n_trials=4, folds=1, options=LONG)
    study = tuning.start(made)
    until(lambda: len(folds_at_work()) == 2)
    until(lambda: tuning.study(study.id).job.done >= 10)
    before = {one.number: one.values for one in tuning.trials(study) if one.values}
    kill(study)
    until(lambda: not tuning.study(study.id).job.is_active)
    assert tuning.study(study.id).job.state == "finished", tuning.study(study.id).job.why
    after = tuning.trials(study)
    assert [one.state for one in after] == ["finished"] * 4
    assert {number: after[number].values for number in before} == before
    assert len(before) == 2
    assert max(task.attempt for task in jobs.tasks(study.id)) == 2
    assert not list(plan.folder(study.config.run.name).glob("trial-*-fold-*"))


# What a fold does at the n-th step of writing a state: it dies, as from a power cut in the process' own time.
STEPS = """
import os

count, at = 0, int(os.environ["MGC_TEST_DIE_AT"])

def step(name, real):
    def done(*given, **named):
        global count
        if os.path.exists(os.environ["MGC_TEST_DEAD"]):
            return real(*given, **named)
        count += 1
        if count == at:
            open(os.environ["MGC_TEST_DEAD"], "w").close()
            os.kill(os.getpid(), 9)
        return real(*given, **named)
    return done

if "mgc.runs.process" in " ".join(__import__("sys").orig_argv):
    os.fsync = step("fsync", os.fsync)
    os.replace = step("replace", os.replace)
    os.unlink = step("unlink", os.unlink)
"""


# The file is flushed, moved, its folder flushed; from the third state on the oldest is removed. At night all steps of
# four states.
@pytest.mark.parametrize("at", [at if at == 4 else pytest.param(at, marks=pytest.mark.nightly) for at in range(1, 14)])
def test_a_fold_that_dies_at_any_step_of_saving_goes_on(at: int, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In-process training in a child, without the engine: the same fold is started again where it died."""
    import subprocess
    import sys

    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(STEPS)
    script = (
        "from pathlib import Path; from tests.training.test_fold import run; import numpy as np, sys;"
        "told, tested = run('ann-table', Path(sys.argv[1]), epochs=5, patience=0);"
        "np.save(sys.argv[2], tested.probabilities); print(len(told))"
    )
    environment = os.environ | {
        "PYTHONPATH": f"{tmp_path / 'hook'}{os.pathsep}{os.getcwd()}",
        "MGC_TEST_DIE_AT": str(at),
        "MGC_TEST_DEAD": str(tmp_path / "dead"),
        "KERAS_BACKEND": "tensorflow",
    }
    (tmp_path / "states").mkdir()
    command = [sys.executable, "-c", script, str(tmp_path / "states"), str(tmp_path / "said.npy"), "mgc.runs.process"]
    first = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (first.returncode == -9) == (tmp_path / "dead").exists()
    if first.returncode == -9:
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert second.returncode == 0, second.stderr[-2000:]
    (tmp_path / "whole").mkdir()
    _, whole = trained("ann-table", tmp_path / "whole", epochs=5, patience=0)
    np.testing.assert_allclose(np.load(tmp_path / "said.npy"), whole.probabilities, atol=1e-5)  # J-4
