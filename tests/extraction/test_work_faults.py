"""What can go wrong in the middle of the work: with a track, with the machine, with the program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from mgc.datasets.base import Track
from mgc.extraction import gather, job, plan, work
from tests.extraction.test_work import extract, planned

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.datasets.base import Dataset


def test_an_unforeseen_error_costs_one_track(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    planned(tmp_path, small)
    monkeypatch.setattr("mgc.extraction.sound.describe_segments", fail)
    assert extract(tmp_path, 1, 0, 2) == 2
    assert job.look(tmp_path).failed[0][1] == "The track could not be analysed (ZeroDivisionError)."
    assert "could not be analysed" in caplog.text


@pytest.mark.parametrize("error", [RuntimeError, TypeError, AssertionError])
def test_an_error_of_the_program_costs_one_track(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    planned(tmp_path, small)
    monkeypatch.setattr("mgc.extraction.sound.describe_segments", fail)
    assert extract(tmp_path, 1, 0, 2) == 2
    assert job.look(tmp_path).failed[1][1] == f"The track could not be analysed ({error.__name__})."


def test_a_library_that_is_not_there_ends_the_job(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    planned(tmp_path, small, ("embeddings",))
    monkeypatch.setitem(sys.modules, "mgc.features.yamnet", None)
    assert extract(tmp_path, 1) == 0
    assert job.look(tmp_path).why == "The work cannot go on (ModuleNotFoundError); the log says more."
    assert "a part of the work was broken off" in caplog.text


def test_a_file_that_is_too_large_or_none_is_not_read(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "large.wav").touch()
    os.truncate(tmp_path / "large.wav", 3 << 30)
    os.mkfifo(tmp_path / "pipe.wav")
    tracks = [Track(name, "jazz", audio=tmp_path / f"{name}.wav") for name in ("large", "pipe")]

    read_bytes = work.Path.read_bytes

    def read(path: Path, *_: object) -> bytes:
        assert work.Path(path).suffix != ".wav"
        return read_bytes(path)

    planned(tmp_path / "x", type(small)("s", "S", "none", tuple(tracks)))
    monkeypatch.setattr(work.Path, "read_bytes", read)
    monkeypatch.setattr(work, "open", read, raising=False)
    extract(tmp_path / "x", 1)
    assert job.look(tmp_path / "x").failed == (
        ("large", "The file has 3,072 MB; accepted are files of up to 200 MB."),
        ("pipe", "It is no file."),
    )


def test_a_full_disk_is_said_of_each_track(small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    planned(tmp_path, small)
    monkeypatch.setattr("mgc.features.cache._write", full)
    extract(tmp_path, 1, 0, 1)
    assert "is the disk of the MGC_HOME folder full" in job.look(tmp_path).failed[0][1]


def test_a_disk_with_no_room_for_a_sentence_still_ends_the_job_with_one(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    files = planned(tmp_path, small)
    monkeypatch.setattr("mgc.files.write", full)
    monkeypatch.setattr(work, "_journal", full)
    assert extract(tmp_path, 1) == 0
    assert (job.look(tmp_path).state, job.look(tmp_path).why) == ("failed", plan.FULL)
    assert files.is_over(1)


def test_a_journal_that_cannot_be_written_ends_the_job_with_a_sentence(small: Dataset, tmp_path: Path) -> None:
    files = planned(tmp_path, small)
    files.journal(1, f"{work.platform.node()}-{work.os.getpid()}").mkdir()
    assert extract(tmp_path, 1, 0, 6) == 0
    status = job.look(tmp_path)
    assert (status.state, status.done) == ("failed", 0)
    assert status.why == "The work cannot go on (Is a directory); is the disk of the MGC_HOME folder full?"
    assert gather.finish(str(tmp_path), 1, [0]) == 0
