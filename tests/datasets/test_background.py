"""The jobs that make, add, check and remove a data set, run where they are started."""

from __future__ import annotations

import gc
import io
import logging
import threading
import time
import weakref
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from mgc import jobs, studio
from mgc.audio.decode import Series
from mgc.datasets import background, registry, validation
from mgc.datasets.base import Track
from mgc.errors import DatasetError, EngineError
from mgc.extraction.collected import collected
from mgc.extraction.job import start
from mgc.settings import settings
from tests.datasets.making import songs, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mgc.audio.clip import Clip


@pytest.fixture(autouse=True)
def extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give each test a home of its own; return the ids whose extraction was started or cancelled."""
    asked: list[str] = []
    monkeypatch.setenv("MGC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MGC_JOBS", "inline")
    settings.cache_clear()
    monkeypatch.setattr("mgc.extraction.job.start", lambda id: asked.append(f"start {id}"))
    monkeypatch.setattr("mgc.extraction.job.cancel", lambda id: asked.append(f"cancel {id}"))
    yield asked
    monkeypatch.undo()
    settings.cache_clear()


def upload(files: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    out.seek(0)
    return out


def test_a_path_is_added_then_extracted(tmp_path: Path, extracted: list[str]) -> None:
    job = background.add_path(write(tmp_path / "My set", songs()))
    assert (job.state, job.title, job.result) == ("finished", "Add My set", {"dataset": "my-set"})
    assert extracted == ["start my-set"]
    assert jobs.find("check", "my-set") is None
    check = background.check("my-set")
    assert (check.state, check.done, check.total, check.result) == ("finished", 4, 4, {"state": "whole"})
    assert extracted == ["start my-set"]  # to check again extracts nothing


def test_add_check_and_extract_decode_each_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mgc.extraction.job.start", start)
    decoded: Counter[bytes] = Counter()
    decode = Series.decode

    def counting(self: Series, data: bytes) -> Clip:
        decoded[data] += 1
        return decode(self, data)

    monkeypatch.setattr(Series, "decode", counting)
    background.add_path(write(tmp_path / "My set", songs()))
    report = validation.kept("my-set")
    assert report is not None
    assert (report.state, len(report.measures)) == ("whole", 4)
    found = collected("my-set")
    assert found is not None
    assert found.has_descriptors.all()
    assert sorted(decoded.values()) == [1, 1, 1, 1]
    background.check("my-set")  # the files are read again, and what they hold is known
    assert sorted(decoded.values()) == [1, 1, 1, 1]


def test_where_no_extraction_can_begin_the_files_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(id: str) -> None:
        raise EngineError("There is no engine.")

    monkeypatch.setattr("mgc.extraction.job.start", fail)
    background.add_path(write(tmp_path / "My set", songs()))
    assert validation.kept("my-set") is not None


def test_uploads_are_added_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    job = background.add_zip("one.zip", upload(songs()), "a")
    assert (job.state, job.title, job.result) == ("finished", "Add one.zip", {"dataset": "one"})
    clips = {name: [("one.wav", data)] for name, data in zip("ab", songs().values(), strict=False)}
    job = background.add_clips("My <b>clips</b>", clips, "b")
    assert (job.state, job.result) == ("finished", {"dataset": "my-b-clips-b"})


def test_gtzan_is_downloaded_then_unpacked_and_bytes_are_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def add_gtzan(source: str, tell: Callable[..., None], unpacked: Callable[..., None]) -> str:
        for say, done, total in ((tell, 6 * 10**8, 12 * 10**8), (unpacked, 500, 1000)):
            say(done, total)
            now = jobs.jobs()[0]
            seen.append((now.step, now.done, now.total))
        return source

    monkeypatch.setattr(registry, "add_gtzan", add_gtzan)
    monkeypatch.setattr(validation, "validate", lambda *_: 1 / 0)
    monkeypatch.setattr(registry, "open_dataset", lambda id: None)
    assert background.add_gtzan("kaggle").result == {"dataset": "kaggle"}
    assert seen == [("Downloading", 6 * 10**8, 12 * 10**8), ("Unpacking", 500, 1000)]


def test_what_cannot_be_added_is_one_sentence() -> None:
    assert background.add_path("nowhere").why.startswith("There is no folder or ZIP file")
    with pytest.raises(DatasetError, match="The path is empty"):
        background.add_path("")


def test_the_studio_is_made_stopped_and_resumed(monkeypatch: pytest.MonkeyPatch, extracted: list[str]) -> None:
    begun, made = threading.Event(), []

    def render_all(folder: Path, tell: Callable[[int, int], None], per_genre: int = 12) -> tuple[Track, ...]:
        tell(0, 4)
        begun.set()
        write(folder, songs())
        until = time.monotonic() + 20
        while not made and time.monotonic() < until:
            tell(1, 4)
            time.sleep(0.02)
        return tuple(Track(f"{f.parent.name}.{f.stem}", f.parent.name, audio=f) for f in sorted(folder.glob("*/*")))

    monkeypatch.setattr(studio, "render_all", render_all)
    job = jobs.start("studio", "studio", {"dataset": "studio"}, where="app")
    assert begun.wait(20)
    jobs.cancel(job.id)
    deadline = time.monotonic() + 20
    root = registry.folder("studio").parent
    while list(root.glob(".new-*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not list(root.glob(".new-*"))  # what was recorded so far is gone
    assert (jobs.job(job.id).state, registry.describe("studio").made) == ("cancelled", False)
    made.append(True)
    assert jobs.wait(jobs.resume(job.id, payload=b"").id).state == "finished"
    assert registry.describe("studio").made
    assert extracted == ["start studio"]


def test_removing_a_data_set_cancels_its_jobs_and_forgets_how_they_failed(
    tmp_path: Path, extracted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = registry.add_path(write(tmp_path / "set", songs()))
    monkeypatch.setattr(validation, "validate", lambda *_: 1 / 0)
    failed = background.check(id)
    assert failed.state == "failed"
    run = jobs.start("check", "ann-table-tracks-1", {"dataset": id}, where="inline")  # as a run, whose epochs stay
    go = threading.Event()
    monkeypatch.setattr(validation, "validate", lambda dataset, tell: [go.wait(20), tell(1, 4)])
    running = jobs.start("check", id, {"dataset": id}, where="app")
    assert [job.id for job in background.active(id)] == [running.id]
    background.remove(id)
    go.set()
    assert jobs.job(running.id).state == "cancelled"
    assert [job.id for job in jobs.jobs()] == [running.id, run.id]
    assert id not in registry.ids()
    assert extracted == [f"cancel {id}"]


class Upload(io.BytesIO):
    """Stands in for a visitor's file of 200 MB."""


@pytest.mark.parametrize("failure", [None, DatasetError("No.")])
def test_what_a_job_holds_in_memory_is_released_at_its_end(
    failure: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_zip(name: str, file: io.BytesIO, tell: object) -> str:
        if failure:
            raise failure
        return "one"

    monkeypatch.setattr(registry, "add_zip", add_zip)
    monkeypatch.setattr(logging.getLogger("mgc.jobs.worker"), "disabled", True)  # pytest keeps frames
    held = Upload()
    seen = weakref.ref(held)
    job = jobs.start("add", "x", {"zip": "x.zip"}, payload=held, where="app")
    assert jobs.wait(job.id).state == ("failed" if failure else "finished")
    del held
    if failure:
        failure.__traceback__ = None  # the test's own hold on the job's frame
    deadline = time.monotonic() + 20
    while seen() is not None and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.05)
    assert seen() is None
