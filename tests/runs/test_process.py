"""A fold's process that fails, whatever the way: the run ends with the cause in one line, and the log is there."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from mgc import jobs, runs
from mgc.cli import app
from mgc.jobs import Context
from mgc.runs import background, process

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from mgc.runs import Run


def failed(three: str, recipe: str) -> Run:
    """Run it; return what has failed."""
    run = runs.start(runs.make_plan(three, recipe, "tracks", folds=2))
    assert jobs.job(run.id).state == "failed"
    return runs.run(run.id)


def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Start a shell script in place of Python."""
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    monkeypatch.setattr(background.sys, "executable", str(path))


def test_too_little_memory_is_said(three: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, tmp_path, f'ulimit -v 700000; exec {sys.executable} "$@"')
    assert "not enough memory for this recipe" in failed(three, "ann-table").job.why


def test_a_library_that_is_missing_is_named(three: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keras.py").write_text("raise ImportError('libcudnn.so.9: cannot open shared object file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = failed(three, "ann-table")
    assert run.job.why == (
        "The process of fold 1 ended with status 1: ImportError: libcudnn.so.9: cannot open shared object file"
    )
    shown = CliRunner().invoke(app, ["run", str(run.id)]).stdout.splitlines()
    assert "The log of fold 1 ends:" in shown
    assert shown[-1].strip() == "ImportError: libcudnn.so.9: cannot open shared object file"


def test_the_cause_is_not_that_of_an_earlier_attempt(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("MemoryError\n")
    assert str(background._ended("fold 1", 3, log, log.stat().st_size)) == (
        "The process of fold 1 ended with status 3; its log gives no reason."
    )


def test_a_notice_of_tensorflow_is_no_cause(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("I port.cc:153] oneDNN custom operations are on. You may see slightly different results\n")
    assert str(background._ended("fold 1", 3, log, 0)).endswith("its log gives no reason.")


def test_a_process_that_is_killed_while_it_writes_is_lost_and_not_misread(
    three: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says of a large test part is more than a pipe holds: a kill leaves half a line."""
    instead(monkeypatch, tmp_path, """printf '{"event": "tested", "units": ["a'; kill -9 $$""")
    assert "was ended by signal 9; is there enough memory?" in failed(three, "knn-table").job.why


def test_a_process_that_hangs_is_ended(three: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "SILENCE", 1.0)
    instead(monkeypatch, tmp_path, "exec sleep 600")
    began = time.monotonic()
    assert failed(three, "knn-table").job.why == "The process of fold 1 hung: it did nothing for 1 s."
    assert time.monotonic() - began < 60.0  # usually 2


def test_a_process_at_work_beats_and_one_that_waits_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BEAT", 0.01)
    beats: list[float] = []

    def say() -> None:
        beats.append(time.process_time())
        if len(beats) == 3:
            raise OSError  # the worker is gone

    beating = threading.Thread(target=process.beat, args=(say,))
    beating.start()
    time.sleep(0.5)
    assert not beats
    while beating.is_alive():
        pass  # that is work
    assert len(beats) == 3


def test_epochs_that_follow_each_other_quickly_are_written_together(
    three: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5, "learning_rate": 0.1, "seconds": 0.1}
    reports = [{"event": "epoch", "number": number, **epoch} for number in range(1, 41)]
    said = [
        {"event": "begin", "epoch": 0},
        *reports,
        {"event": "done", "best_epoch": 40, "spent": [40], "seconds": 4.0},
    ]
    (tmp_path / "said").write_text("".join(json.dumps(one) + "\n" for one in said) + '{"event": "epo')
    instead(monkeypatch, tmp_path, f"read task; cat {tmp_path / 'said'}")
    kinds: list[str] = []
    put = Context.put
    monkeypatch.setattr(Context, "put", lambda self, kind, rows: (kinds.append(kind), put(self, kind, rows))[1])
    run = runs.start(runs.make_plan(three, "ann-table", "tracks", folds=2))
    assert run.job.state == "finished", run.job.why
    assert [one["number"] for one in runs.epochs(run.id) if one["fold"] == 1] == list(range(1, 41))
    assert kinds.count("epoch") < 20  # of 80
