"""Validation hears every file once and names what is absent, broken or odd; nothing is skipped silently."""

from __future__ import annotations

import io
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mgc.audio.decode import Series
from mgc.datasets import gtzan, measuring, registry, validation
from mgc.datasets.folder import open_folder
from mgc.errors import DecoderTimeout
from tests.audio.making import sndfile, tone
from tests.datasets.making import clip, songs, write

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.audio.clip import Clip

pytestmark = pytest.mark.usefixtures("empty_home")


def as_flac(wav: bytes) -> bytes:
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="int16")
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format="FLAC")
    return out.getvalue()


def test_a_whole_set_is_whole_and_measured(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    name = registry.add_path(write(tmp_path / "set", songs()))
    assert validation.kept(name) is None
    report = validation.validate(registry.open_dataset(name), lambda *now: told.append(now))
    assert (report.state, report.findings, report.counts) == ("whole", (), {})
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    one = report.measures["rock.one"]
    assert (one.seconds, one.sample_rate, one.channels) == (4.0, 22_050, 1)
    y, _ = soundfile.read(tmp_path / "set" / "rock" / "one.wav", dtype="float32")
    assert one.peak_db == pytest.approx(20 * np.log10(np.abs(y).max()), abs=0.01)
    assert one.rms_db == pytest.approx(10 * np.log10(np.mean(y**2)), abs=0.01)
    assert validation.kept(name) == report
    assert "no findings; 4 tracks decoded" in report.sentence()


def test_everything_odd_is_named(tmp_path: Path) -> None:
    y = tone(4.0)
    loud = np.clip(9 * y, -1, 1)
    odd = {
        "rock/silent.wav": sndfile(0 * y),
        "rock/half.wav": sndfile(y * (np.arange(len(y)) > 0.7 * len(y))[:, None]),
        "rock/loud.wav": sndfile(loud),
        "rock/copy.flac": as_flac(songs()["rock/one.wav"]),
        "rock/other rate.wav": clip(0.7, rate=44_100),
        "rock/short.wav": clip(0.8, seconds=1.5),
        "rock/cut.wav": clip(0.9)[:150_000],
        "rock/broken.wav": b"no music at all",
        "rock/tiny.wav": clip(0.8, seconds=0.5),
    }
    report = validation.validate(open_folder(write(tmp_path, songs() | odd)))
    assert report.state == "partial"
    assert {(finding.kind, finding.track.removeprefix("rock.")) for finding in report.findings} == {
        ("broken", "broken"), ("broken", "tiny"), ("duplicate", "one"), ("silent", "silent"), ("silent", "half"),
        ("clipped", "loud"), ("resampled", "other rate"), ("short", "short"), ("short", "cut"),
    }  # fmt: skip
    assert sum(report.counts.values()) == len(report.findings) == 9
    assert "exactly the same samples as rock.copy" in report.of("duplicate")[0].sentence
    assert "44,100 Hz; 22,050 Hz" in report.of("resampled")[0].sentence
    assert report.measures["rock.silent"].peak_db == validation.FLOOR
    assert "rock.broken" not in report.measures


def test_the_kaggle_tree_names_the_broken_clip_the_absent_ones_and_what_was_altered(
    shared: Path, exact_clips: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "Data" / "genres_original"
    for source in exact_clips[:2]:
        (folder / source.parent.name).mkdir(parents=True, exist_ok=True)
        samples, rate = soundfile.read(source, dtype="int16")
        soundfile.write(folder / source.parent.name / f"{source.stem}.wav", samples, rate, subtype="PCM_16")
    second = folder / exact_clips[1].parent.name / f"{exact_clips[1].stem}.wav"
    second.write_bytes(second.read_bytes()[:-1_000] + bytes(1_000))
    write(folder, {"jazz/jazz.00054.wav": (shared / "gtzan/fixtures/jazz.00054.kaggle-corrupt.wav").read_bytes()})
    write(folder.parent / "images_original", {"rock/rock00001.png": b"no picture"})
    name = registry.add_path(tmp_path)
    report = validation.validate(registry.open_dataset(name))
    assert (name, report.state) == ("gtzan", "altered")
    assert [finding.track for finding in report.of("broken")] == ["jazz.00054", "rock.00001"]
    assert [finding.track for finding in report.of("altered")] == [exact_clips[1].stem]
    absent = {finding.track for finding in report.of("absent")}
    assert absent == {track.id for track in gtzan.tracks()} - {clip.stem for clip in exact_clips[:2]} - {"jazz.00054"}
    assert report.counts["absent"] == 997
    assert "its picture and table rows" in next(f.sentence for f in report.of("absent") if f.track == "rock.00001")


def test_the_warnings_of_the_decoder_are_all_known(tmp_path: Path) -> None:
    y = tone(4.0)
    odd = [sndfile(0 * y), sndfile(0.9999 * np.sign(y)), sndfile(20 * y, subtype="FLOAT"), clip()[:99_999]]
    with Series(600) as series:
        said = [word for data in odd for word in series.decode(data).heard.warnings]
    assert len(said) >= 4
    assert all(any(word.startswith(start) for start in measuring.ODD) for word in said)


def test_a_file_that_vanished_since_is_absent_and_a_caller_may_give_up(tmp_path: Path) -> None:
    dataset = open_folder(write(tmp_path, songs()))
    (tmp_path / "rock" / "one.wav").unlink()
    report = validation.validate(dataset)
    assert (report.state, [finding.track for finding in report.of("absent")]) == ("partial", ["rock.one"])

    def enough(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        validation.validate(dataset, enough)


def test_a_decoder_that_ran_out_of_time_once_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode, late = Series.decode, []

    def slow(self: Series, data: bytes) -> Clip:
        if not late:
            late.append(data)
            raise DecoderTimeout("It took too long.")
        return decode(self, data)

    monkeypatch.setattr(Series, "decode", slow)
    assert validation.validate(open_folder(write(tmp_path, songs()))).state == "whole"


def test_a_damaged_report_counts_as_none(tmp_path: Path) -> None:
    name = registry.add_path(write(tmp_path / "set", songs()))
    validation.validate(registry.open_dataset(name))
    for text in ("{", "[]", '{"state": "whole"}'):
        (registry.folder(name) / "validation.json").write_text(text)
        assert validation.kept(name) is None


def test_a_report_holds_as_long_as_the_files_are_what_they_were(tmp_path: Path) -> None:
    name = registry.add_path(write(tmp_path / "set", songs()))
    one, spare = tmp_path / "set" / "rock" / "one.wav", tmp_path / "spare.wav"
    report = validation.validate(registry.open_dataset(name))
    assert validation.kept(name) == validation.kept(name, registry.open_dataset(name)) == report
    shutil.copy2(one, spare)
    os.utime(one, ns=(1, 1))  # written to, and by chance as long as before
    assert validation.kept(name) is None
    one.unlink()
    assert validation.kept(name) is None
    shutil.copy2(spare, one)
    assert validation.kept(name) == report
    write(tmp_path / "set", {"rock/late.wav": clip(0.9)})
    assert validation.kept(name) is None
    (tmp_path / "set").rename(tmp_path / "elsewhere")
    assert validation.kept(name) is None


def test_what_is_opened_by_hand_leaves_the_reports_of_the_registry_alone(
    tmp_path: Path, exact_clips: list[Path]
) -> None:
    names = [registry.add_path(write(tmp_path / "folder", songs()))]
    place = tmp_path / "clips" / "genres" / exact_clips[0].parent.name
    place.mkdir(parents=True)
    samples, rate = soundfile.read(exact_clips[0], dtype="int16")
    soundfile.write(place / f"{exact_clips[0].stem}.wav", samples, rate, subtype="PCM_16")
    names.append(registry.add_path(tmp_path / "clips"))
    assert names == ["folder", "gtzan"]
    held = [validation.validate(registry.open_dataset(name)) for name in names]
    other = {"rock/x.wav": clip(0.9), "pop/y.wav": clip(0.8)}
    validation.validate(open_folder(write(tmp_path / "other", other)))
    validation.validate(gtzan.open_tree(tmp_path / "clips"))
    files = [registry.folder(name) / "validation.json" for name in names]
    before = [file.stat().st_mtime_ns for file in files]
    validation.validate(gtzan.open_tree(tmp_path / "clips"))
    assert [file.stat().st_mtime_ns for file in files] == before
    assert [validation.kept(name) for name in names] == held


def test_a_clip_that_cannot_be_read_is_broken_and_not_called_altered(tmp_path: Path) -> None:
    broken = b"RIFF\0\0\0\0WAVE no music"
    dataset = gtzan.open_tree(write(tmp_path, {"genres_original/rock/rock.00001.wav": broken}))
    report = validation.validate(dataset)
    assert [finding.track for finding in report.of("broken")] == ["rock.00001"]
    assert report.of("altered") == ()
