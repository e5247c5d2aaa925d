"""What is done with each track, and what can go wrong in the middle of it: with a track, the machine, the program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from mgc import files, jobs
from mgc.audio import decode as audio
from mgc.datasets.base import Track
from mgc.extraction import REMOVED, job, work
from mgc.extraction.collected import read_record
from mgc.extraction.sound import key
from mgc.features.cache import Cache
from mgc.features.descriptors import describe, describe_segments
from mgc.features.pictures import columns, read_picture
from mgc.features.spectrum import spectrum

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.datasets.base import Dataset

BOTH = ("descriptors", "mel")


def some(small: Dataset, *names: str) -> Dataset:
    """Return a data set of some of the tracks."""
    return type(small)("some", "Some", "none", tuple(track for track in small.tracks if track.id in names))


def newest(folder: Path) -> jobs.Job:
    found = job._job(folder)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def done(small: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Extract the small data set in this process."""
    from mgc.settings import settings

    folder = tmp_path_factory.mktemp("done") / "extraction"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MGC_JOBS", "inline")
        settings.cache_clear()
        status = job.begin(folder, small, BOTH)
    settings.cache_clear()
    assert (status.state, status.done, status.total) == ("finished", 6, 6)
    return folder


def test_descriptors_are_those_of_the_clip_itself(done: Path, small: Dataset) -> None:
    found = read_record(done)
    assert found is not None
    y, _ = soundfile.read(small.tracks[1].audio, dtype="float32")
    assert np.array_equal(found.descriptors[1], describe(y))
    assert np.array_equal(found.segments[found.owners == 1], describe_segments(y))
    assert found.seconds[1] == pytest.approx(len(y) / 22_050)


def test_pictures_are_the_clips_own_or_the_data_sets(done: Path, small: Dataset) -> None:
    found = read_record(done)
    assert found is not None
    y, _ = soundfile.read(small.tracks[0].audio, dtype="float32")
    assert np.array_equal(found.pictures[0, :, : found.widths[0]], columns(spectrum(y).mel)[:, :334])
    assert np.array_equal(found.pictures[3], read_picture(small.tracks[3].picture))
    assert found.thumbnails[3].mean() == pytest.approx(found.pictures[3].mean(), abs=1)


def test_a_track_says_where_its_numbers_come_from(done: Path) -> None:
    found = read_record(done)
    assert found is not None
    assert found.origins == ("audio", "audio", "audio", "picture", None, None)
    assert found.has_descriptors.tolist() == [True] * 3 + [False] * 3
    assert found.has_picture.tolist() == [True] * 4 + [False] * 2
    assert not found.has_embedding.any()
    assert [len(checksum) for checksum in found.checksums] == [64, 64, 64, 0, 0, 0]
    assert found.rows(["seen", "nobody", "good.0"]).tolist() == [3, 0]


def test_a_broken_track_is_reported_and_the_rest_goes_on(done: Path) -> None:
    status = job.look(done)
    assert [track for track, _ in status.failed] == ["broken"]
    assert status.failed[0][1].startswith("The file is cut off")
    assert (status.kinds, status.sounding, status.why) == (BOTH, 4, "")


def test_a_second_job_decodes_nothing(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("decoded again")

    whole = some(small, "good.0", "seen", "absent")
    job.begin(tmp_path, whole, BOTH)
    monkeypatch.setattr(audio.Series, "decode", never)
    status = job.begin(tmp_path, whole, ("mel",))
    assert (status.state, status.done, status.failed) == ("finished", 3, ())
    assert status.kinds == BOTH  # what was known stays in the record
    assert len(list(tmp_path.glob("record-*"))) == 1


def test_a_damaged_entry_is_made_again(here: None, small: Dataset, tmp_path: Path) -> None:
    one = some(small, "good.0")
    job.begin(tmp_path, one, BOTH)
    (item,) = jobs.items(newest(tmp_path).id)
    name = key(item.data["sha256"], "descriptors")
    entry = Cache(tmp_path / "cache").path(name)
    entry.write_bytes(entry.read_bytes()[:100])
    job.begin(tmp_path, one, BOTH)
    assert Cache(tmp_path / "cache").find(name) is not None


def test_all_that_a_batch_has_kept_is_on_the_disk_when_it_ends(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync_all", synced.extend)
    job.begin(tmp_path, some(small, "good.0", "seen"), BOTH)
    kept = set((tmp_path / "cache").glob("*/*.entry"))
    assert kept
    assert set(synced) == kept


def test_what_a_power_cut_took_of_a_track_that_was_done_is_made_again(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_item = jobs.Context.end_item

    def cut(context: jobs.Context, name: str, *rest: Any, **named: Any) -> None:
        end_item(context, name, *rest, **named)
        raise RuntimeError("power cut")

    whole = some(small, "good.0")
    with monkeypatch.context() as patch:
        patch.setattr(jobs.Context, "end_item", cut)
        assert job.begin(tmp_path, whole, BOTH).state == "failed"
    (item,) = jobs.items(newest(tmp_path).id)
    assert item.state == "done"
    for entry in (tmp_path / "cache").glob("*/*.entry"):
        entry.write_bytes(b"")
    found = jobs.resume(newest(tmp_path).id)
    assert (found.state, found.done) == ("finished", 1)
    record = read_record(tmp_path)
    assert record is not None
    assert record.has_descriptors.all()
    assert record.has_picture.all()


def during(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Do something while the first track is in work."""
    decode, acted = audio.Series.decode, []

    def decoding(self: audio.Series, data: bytes) -> object:
        if not acted:
            acted.append(act())
        return decode(self, data)

    monkeypatch.setattr(audio.Series, "decode", decoding)


def test_a_cancelled_job_touches_no_further_track(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    during(monkeypatch, lambda: job.stop(tmp_path))
    status = job.begin(tmp_path, small, BOTH)
    assert (status.state, status.done) == ("cancelled", 0)
    assert read_record(tmp_path) is None
    status = job.begin(tmp_path, small, BOTH)
    assert (status.state, status.done) == ("finished", 6)


def test_a_data_set_that_is_removed_while_a_track_is_in_work_stays_removed(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "set"
    place.mkdir()
    during(monkeypatch, lambda: place.rename(tmp_path / "removed"))
    with pytest.raises(job.DatasetError, match="was removed in the meantime"):
        job.begin(place / "extraction", small, BOTH)
    assert not place.exists()
    assert [found.why for found in jobs.jobs()] == [REMOVED]
    assert [record.exc_info for record in caplog.records] == [None]  # the job's own sentence, no traceback


def test_work_for_a_removed_data_set_is_not_done_to_the_next_of_that_name(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "set"
    place.mkdir()

    def replaced() -> None:
        place.rename(tmp_path / "removed")
        place.mkdir()

    during(monkeypatch, replaced)
    with pytest.raises(job.DatasetError, match="was removed in the meantime"):
        job.begin(place / "extraction", some(small, "good.0", "good.1"), BOTH)
    assert job.look(place / "extraction") == job.Status("none")
    assert not (place / "extraction" / "collected.json").exists()
    assert job.begin(place / "extraction", some(small, "good.1"), BOTH).total == 1


def test_tables_serve_tracks_without_sound(here: None, shared: Path, small: Dataset, tmp_path: Path) -> None:
    tables = {
        "features_30_sec.csv": shared / "gtzan" / "features_30_sec.csv",
        "features_3_sec.csv": shared / "gtzan" / "features_3_sec.partial.csv",
    }
    job.begin(tmp_path, type(small)("t", "T", "none", (Track("blues.00000", "blues"),), tables), BOTH)
    found = read_record(tmp_path)
    assert found is not None
    assert found.origins == ("table",)
    assert found.descriptors[0, 16] == pytest.approx(123.046875)  # the table's tempo of its first row
    assert len(found.segments) == len(found.owners)


@pytest.mark.parametrize("error", [ZeroDivisionError, RuntimeError, TypeError, AssertionError])
def test_an_unforeseen_error_costs_one_track(
    here: None,
    small: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("mgc.extraction.sound.describe_segments", fail)
    status = job.begin(tmp_path, some(small, "good.0", "seen"), BOTH)
    assert (status.state, status.done) == ("finished", 2)
    assert status.failed == (("good.0", f"The track could not be analysed ({error.__name__})."),)
    assert "could not be analysed" in caplog.text


def test_a_library_that_is_not_there_ends_the_job(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mgc.weights.path", lambda name: tmp_path)
    monkeypatch.setattr("mgc.extraction.sound.Sound._embeddings", _import_what_is_not_there)
    assert job.begin(tmp_path, small, ("embeddings",)).why == (
        "The work cannot continue (ModuleNotFoundError); see the log for details."
    )
    assert "failed" in caplog.text


def _import_what_is_not_there(self: object) -> None:
    sys.modules["mgc.no_such_library"] = None  # type: ignore[assignment]
    import mgc.no_such_library  # type: ignore[import-not-found]  # noqa: F401


def test_a_file_that_is_too_large_or_none_is_not_read(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "large.wav").touch()
    os.truncate(tmp_path / "large.wav", 3 << 30)
    os.mkfifo(tmp_path / "pipe.wav")
    tracks = [Track(name, "jazz", audio=tmp_path / f"{name}.wav") for name in ("large", "pipe")]

    def read(path: object, *_: object) -> bytes:
        raise AssertionError(f"{path} was opened")

    monkeypatch.setattr(work, "open", read, raising=False)
    assert job.begin(tmp_path / "x", type(small)("s", "S", "none", tuple(tracks)), BOTH).failed == (
        ("large", "The file is 3,072 MB; accepted: files of up to 200 MB."),
        ("pipe", "It is not a file."),
    )


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_is_said_of_each_track(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgc.features.cache._write", full)
    status = job.begin(tmp_path, some(small, "good.0"), BOTH)
    assert "is the disk of the MGC_HOME folder full" in status.failed[0][1]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (TypeError("x"), "The work cannot continue (TypeError); see the log for details."),
        (job.DatasetError("The disk is full."), "The disk is full."),
        (
            OSError(28, "No space left on device"),
            "The work cannot continue (No space left on device); is the disk of the MGC_HOME folder full?",
        ),
    ],
)
def test_a_record_that_cannot_be_made_is_a_sentence(
    here: None, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("mgc.extraction.work._pictures", fail)
    status = job.begin(tmp_path, some(small, "absent"), BOTH)
    assert (status.state, status.done, status.why) == ("failed", 1, why)
    assert read_record(tmp_path) is None


def test_a_real_clip_that_was_altered_has_the_row_of_the_published_table(
    exact_clips: list[Path], shared: Path, tmp_path: Path, here: None
) -> None:
    from mgc.datasets import gtzan, registry, validation
    from mgc.datasets.tables import CLIPS, read_table
    from mgc.extraction.collected import collected

    genres = tmp_path / "tree" / "genres_original"
    ids = [clip.stem for clip in exact_clips[::25]]
    for number, clip in enumerate(exact_clips[::25]):
        y, rate = soundfile.read(clip, dtype="int16")
        place = genres / clip.parent.name / f"{clip.stem}.wav"
        place.parent.mkdir(parents=True)
        soundfile.write(place, y // 2 if number == 0 else y, rate, subtype="PCM_16")  # the first at half of its level
    (genres.parent / CLIPS).symlink_to(shared / "gtzan" / CLIPS)
    name = registry.add_path(genres.parent)
    assert job.start(name).state == "finished"
    found, report = collected(name), validation.kept(name)
    assert found is not None
    assert report is not None
    assert [finding.track for finding in report.of("altered")] == ids[:1]
    origins = dict(zip(found.ids, found.origins, strict=True))
    assert [origins[id] for id in ids] == ["published", "audio", "audio"]
    assert set(origins.values()) == {"published", "audio", "table"}  # clips that have no file here have their row, too
    published = read_table(gtzan.open_tree(genres.parent).tables[CLIPS]).of(ids[0])[-1]
    assert np.array_equal(found.descriptors[found.ids.index(ids[0])], published)
