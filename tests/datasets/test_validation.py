"""Validation hears every file once and names what is absent, broken or odd; nothing is skipped silently."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mgc.audio.series import Series
from mgc.datasets import gtzan, measuring, shelf, validation
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
    name = shelf.add_path(write(tmp_path / "set", songs()))
    assert validation.kept(name) is None
    report = validation.validate(shelf.open_dataset(name), lambda *now: told.append(now))
    assert (report.state, report.findings, report.counts) == ("whole", (), {})
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    one = report.measures["rock.one"]
    assert (one.seconds, one.sample_rate, one.channels) == (4.0, 22_050, 1)
    y, _ = soundfile.read(tmp_path / "set" / "rock" / "one.wav", dtype="float32")
    assert one.peak_db == pytest.approx(20 * np.log10(np.abs(y).max()), abs=0.01)
    assert one.rms_db == pytest.approx(10 * np.log10(np.mean(y**2)), abs=0.01)
    assert validation.kept(name) == report
    assert "nothing stands out; 4 tracks heard" in report.sentence()


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
    assert "the very same samples as rock.copy" in report.of("duplicate")[0].sentence
    assert "44,100 Hz where 22,050 Hz" in report.of("resampled")[0].sentence
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
    name = shelf.add_path(tmp_path)
    report = validation.validate(shelf.open_dataset(name))
    assert (name, report.state) == ("gtzan", "altered")
    assert [finding.track for finding in report.of("broken")] == ["jazz.00054", "rock.00001"]
    assert [finding.track for finding in report.of("altered")] == [exact_clips[1].stem]
    absent = {finding.track for finding in report.of("absent")}
    assert absent == {track.id for track in gtzan.tracks()} - {clip.stem for clip in exact_clips[:2]} - {"jazz.00054"}
    assert report.counts["absent"] == 997
    assert "only its picture" in next(f.sentence for f in report.of("absent") if f.track == "rock.00001")


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
    name = shelf.add_path(write(tmp_path / "set", songs()))
    validation.validate(shelf.open_dataset(name))
    for text in ("{", "[]", '{"state": "whole"}'):
        (shelf.folder(name) / "validation.json").write_text(text)
        assert validation.kept(name) is None
