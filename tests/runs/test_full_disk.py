"""A disk that is full in the middle of a fold: RELIABILITY J-11, for states, log and database at once."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from mgc import jobs, runs
from mgc.runs.plan import folder
from mgc.settings import settings
from mgc.training import state
from tests.three_genres import data_set

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the data set in a home on a disk of 64 MB of its own; skip where none can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        with data_set(disk, monkeypatch) as name:
            yield name
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.nightly
def test_a_fold_on_a_full_disk_fails_with_a_sentence_and_loses_no_epoch(three: str) -> None:
    options = {"epochs": 2000, "patience": 0, "batch_size": 4}
    plan = runs.make_plan(three, "ann-table", "tracks", folds=2, options=options)
    training = threading.Thread(target=runs.start, args=(plan,))  # inline: it returns when the run has ended
    training.start()
    while not runs.runs(1) or len(runs.epochs(runs.runs(1)[0].id)) < 3:
        assert training.is_alive()
        time.sleep(0.05)
    with (settings().home_dir / "music").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    training.join()
    (run,) = runs.runs(1)
    assert run.job.state == "failed"
    assert "full?" in run.job.why or "is full" in run.job.why
    shown = runs.epochs(run.id)
    assert [epoch["number"] for epoch in shown] == list(range(1, len(shown) + 1))
    saved, _ = state.load(folder(run.config.name) / "fold-0")
    assert saved is not None
    assert saved.progress.epoch >= len(shown)
    database = sqlite3.connect(settings().home_dir / "jobs.sqlite")
    assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
    database.close()
    (settings().home_dir / "music").unlink()
    jobs.delete(run.id)  # the list of jobs can be written again
