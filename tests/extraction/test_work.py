from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mgc.audio import series
from mgc.datasets.base import Track
from mgc.extraction import gather, job, planning, work
from mgc.extraction.collected import read_record
from mgc.extraction.plan import DEADLY, Files, Line
from mgc.extraction.sound import key
from mgc.features.cache import Cache
from mgc.features.descriptors import describe, describe_segments
from mgc.features.pictures import columns, read_picture
from mgc.features.spectrum import spectrum

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.datasets.base import Dataset


def planned(folder: Path, dataset: Dataset, kinds: tuple[str, ...] = ("descriptors", "mel")) -> Files:
    """Write the plan that a job would, without an engine; the first has the number 1."""
    files = Files(folder)
    before = files.plan()
    plan, goods = planning.planned(files, dataset, kinds, "tls://127.0.0.1:1")
    files.write_plan(plan if before else replace(plan, attempt=1), goods)
    return files


def extract(folder: Path, attempt: int, start: int = 0, stop: int = 10) -> int:
    """Do one part of an attempt in this process."""
    goods = Files(folder).goods(attempt)
    items = goods.items[start:stop] if goods else ()
    return work.extract(str(folder), attempt, start, [(i.id, i.genre, i.audio, i.picture, i.deaths) for i in items])


@pytest.fixture(scope="module")
def done(small: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Extract the small data set in this process, and make its record."""
    files = planned(tmp_path_factory.mktemp("done") / "extraction", small)
    assert extract(files.folder, 1) == 6
    assert gather.finish(str(files.folder), 1, [6]) == 6
    return files


def test_descriptors_are_those_of_the_clip_itself(done: Files, small: Dataset) -> None:
    found = read_record(done.folder)
    assert found is not None
    y, _ = soundfile.read(small.tracks[1].audio, dtype="float32")
    assert np.array_equal(found.descriptors[1], describe(y))
    assert np.array_equal(found.segments[found.owners == 1], describe_segments(y))
    assert found.seconds[1] == pytest.approx(len(y) / 22_050)


def test_pictures_are_the_clips_own_or_the_data_sets(done: Files, small: Dataset) -> None:
    found = read_record(done.folder)
    assert found is not None
    y, _ = soundfile.read(small.tracks[0].audio, dtype="float32")
    assert np.array_equal(found.pictures[0, :, : found.widths[0]], columns(spectrum(y).mel)[:, :334])
    assert np.array_equal(found.pictures[3], read_picture(small.tracks[3].picture))
    assert found.thumbnails[3].mean() == pytest.approx(found.pictures[3].mean(), abs=1)


def test_a_track_says_where_its_numbers_come_from(done: Files) -> None:
    found = read_record(done.folder)
    assert found is not None
    assert found.origins == ("audio", "audio", "audio", "picture", None, None)
    assert found.has_descriptors.tolist() == [True] * 3 + [False] * 3
    assert found.has_picture.tolist() == [True] * 4 + [False] * 2
    assert not found.has_embedding.any()
    assert [len(checksum) for checksum in found.checksums] == [64, 64, 64, 0, 0, 0]
    assert found.rows(["seen", "nobody", "good.0"]).tolist() == [3, 0]


def test_a_broken_track_is_reported_and_the_rest_goes_on(done: Files) -> None:
    status = job.look(done.folder)
    assert status.state == "finished"
    assert (status.done, status.total) == (6, 6)
    assert [track for track, _ in status.failed] == ["broken"]
    assert status.failed[0][1].startswith("The file is cut off")


def test_a_second_attempt_decodes_nothing(done: Files, small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("decoded again")

    whole = [track for track in small.tracks if track.id != "broken"]
    files = planned(done.folder, type(small)("small", "Small", "none", tuple(whole)))
    monkeypatch.setattr(series.Series, "decode", never)
    attempt = files.plan().attempt  # type: ignore[union-attr]
    assert extract(files.folder, attempt) == 5
    assert not job.look(done.folder).failed
    assert gather.finish(str(files.folder), attempt, [5]) == 5
    assert len(list(files.folder.glob("record-*"))) == 1


def test_a_damaged_entry_is_made_again(small: Dataset, tmp_path: Path) -> None:
    files = planned(tmp_path, small)
    extract(tmp_path, 1, 0, 1)
    digest = next(line.sha256 for line in files.lines(1) if line.event == "done")
    entry = Cache(files.cache).path(key(digest, "descriptors"))
    entry.write_bytes(entry.read_bytes()[:100])
    planned(tmp_path, small)
    extract(tmp_path, 2, 0, 1)
    assert Cache(files.cache).find(key(digest, "descriptors")) is not None


def test_a_cancelled_attempt_touches_no_further_track(small: Dataset, tmp_path: Path) -> None:
    files = planned(tmp_path, small)
    files.cancel(1)
    assert extract(tmp_path, 1, 0, 6) == 0
    assert gather.finish(str(tmp_path), 1, [0]) == 0
    assert job.look(tmp_path).state == "cancelled"
    assert read_record(tmp_path) is None


def test_work_of_an_older_attempt_is_left_alone(small: Dataset, tmp_path: Path) -> None:
    planned(tmp_path, small)
    planned(tmp_path, small)
    assert extract(tmp_path, 1, 0, 6) == 0


def test_a_removed_data_set_does_not_come_back(small: Dataset, tmp_path: Path) -> None:
    assert extract(tmp_path / "gone", 1) == 0
    assert gather.finish(str(tmp_path / "gone"), 1, [0]) == 0
    assert not (tmp_path / "gone").exists()


def test_a_data_set_that_is_removed_while_a_track_is_in_work_stays_removed(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "set"
    place.mkdir()
    files = planned(place / "extraction", small)
    decode = series.Series.decode

    def removed(self: series.Series, data: bytes) -> object:
        place.rename(tmp_path / "removed")
        return decode(self, data)

    monkeypatch.setattr(series.Series, "decode", removed)
    assert extract(files.folder, 1) == 1
    assert gather.finish(str(files.folder), 1, [1]) == 0
    assert not place.exists()
    assert not caplog.records


def test_a_worker_whose_attempt_was_replaced_stops_after_the_track_in_hand(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(tmp_path, small)
    decode = series.Series.decode

    def replaced(self: series.Series, data: bytes) -> object:
        planned(tmp_path, small)
        return decode(self, data)

    monkeypatch.setattr(series.Series, "decode", replaced)
    assert extract(tmp_path, 1) == 1
    assert not job.look(tmp_path).done


def test_work_for_a_removed_data_set_is_not_done_on_the_next_of_that_name(small: Dataset, tmp_path: Path) -> None:
    numbers = []
    for name in ("first", "second"):
        folder = tmp_path / name
        Files(folder).write_plan(*planning.planned(Files(folder), small, ("mel",), "tls://127.0.0.1:1"))
        numbers += [int(place.name) for place in (folder / "attempts").iterdir()]
    where, track = str(tmp_path / "second"), ("absent", "rock", "", "", 0)
    assert [work.extract(where, number, 0, [track]) for number in numbers] == [0, 1]
    assert [gather.finish(where, number, [1]) for number in numbers] == [0, 1]


def test_who_takes_over_a_part_does_the_rest_of_it(small: Dataset, tmp_path: Path) -> None:
    files = planned(tmp_path, small)
    assert extract(tmp_path, 1, 0, 1) == 1
    assert extract(tmp_path, 1, 0, 3) == 3  # the same part again, as Dask asks for it when a worker has died
    told = [(line.track, line.event) for line in files.lines(1)]
    assert told == [(f"good.{i}", event) for i in range(3) for event in ("begun", "done")]


def test_a_track_that_kills_its_worker_is_left_out_at_last(small: Dataset, tmp_path: Path) -> None:
    files = planned(tmp_path, small)
    files.claim(1, 0)
    for _ in range(DEADLY):
        with work._journal(files, 1) as tell:
            tell(Line("good.0", "begun", time.time()))
    assert extract(tmp_path, 1, 0, 1) == 1
    assert job.look(tmp_path).failed == (
        ("good.0", "The worker process ended 2 times while it was at this track; it was left out."),
    )


def test_tables_serve_tracks_without_sound(shared: Path, small: Dataset, tmp_path: Path) -> None:
    tables = {
        "features_30_sec.csv": shared / "gtzan" / "features_30_sec.csv",
        "features_3_sec.csv": shared / "gtzan" / "features_3_sec.partial.csv",
    }
    listed = Track("blues.00000", "blues")
    files = planned(tmp_path, type(small)("t", "T", "none", (listed,), tables))
    extract(tmp_path, 1, 0, 1)
    gather.finish(str(tmp_path), 1, [1])
    found = read_record(files.folder)
    assert found is not None
    assert found.origins == ("table",)
    assert found.descriptors[0, 16] == pytest.approx(123.046875)  # the table's tempo of its first row
    assert len(found.segments) == len(found.owners)
