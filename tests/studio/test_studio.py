from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mgc.errors import DatasetError
from mgc.genres import GENRES
from mgc.studio import Band, bands, render, samples
from mgc.studio.band import chord, line, near, root, scale, section, steps, third
from mgc.studio.desk import PEAK, RMS
from mgc.studio.instruments import hertz, oscillate

# Per band the RMS of each of its first four seconds, written by ``play`` below on one machine and held to 5e-4 on every
# other: a change of a recipe changes its row, and should be heard before it is written.
GOLDEN = json.loads(Path(__file__).with_name("studio_golden.json").read_text())
BANDS = [band for genre in GENRES for band in bands(genre)]


def play(band: Band) -> list[float]:
    y = render(band.genre, seconds=4.0, band=band.name)
    return [round(float(level), 4) for level in y.reshape(4, -1).std(axis=1)]


@pytest.fixture(scope="module")
def clips() -> dict[str, np.ndarray]:
    return {genre: render(genre) for genre in GENRES}


def test_there_is_one_named_clip_for_each_genre():
    shown = samples()
    assert tuple(clip.genre for clip in shown) == GENRES
    assert len({clip.name for clip in shown}) == len({clip.id for clip in shown}) == 10
    assert all(clip.id == clip.id.lower() and " " not in clip.id for clip in shown)


@pytest.mark.parametrize("genre", GENRES)
def test_a_clip_is_half_a_minute_of_finite_mono_samples_that_do_not_clip(clips, genre):
    y = clips[genre]
    assert y.shape == (661_500,)
    assert y.dtype == np.float32
    assert np.isfinite(y).all()
    assert 0.3 < np.abs(y).max() <= PEAK
    assert abs(float(y.mean())) < 1e-3


def test_all_clips_are_equally_loud_and_never_fall_silent(clips):
    levels = [20 * np.log10(y.std() / RMS) for y in clips.values()]
    assert max(levels) - min(levels) < 1.0  # dB
    for genre, y in clips.items():
        seconds = y[: 29 * 22_050].reshape(29, -1).std(axis=1)
        assert seconds.min() > 0.02, genre


@pytest.mark.parametrize("genre", GENRES)
def test_the_same_seed_plays_the_same_samples_and_another_seed_others(genre):
    one, again, other = (render(genre, seed=seed, seconds=5.0) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert np.corrcoef(one, other)[0, 1] < 0.9
    assert other.std() == pytest.approx(RMS, rel=0.05)


@pytest.mark.parametrize("band", BANDS, ids=lambda band: band.name)
def test_a_song_is_the_same_on_every_machine(band):
    np.testing.assert_allclose(play(band), GOLDEN[band.name], atol=5e-4)


def test_the_bands_differ_in_brightness_as_their_genres_do(clips):
    def centroid(y: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(y)) ** 2
        return float((power * np.fft.rfftfreq(len(y), 1 / 22_050)).sum() / power.sum())

    bright = {genre: centroid(y) for genre, y in clips.items()}
    assert bright["metal"] > bright["reggae"]
    assert bright["disco"] > bright["classical"]


@pytest.mark.parametrize("seconds", [1.0, 4.0, 61.0])
def test_other_lengths_can_be_played(seconds):
    y = render("reggae", seconds=seconds)
    assert len(y) == round(seconds * 22_050)
    assert np.isfinite(y).all()
    assert np.abs(y).max() <= PEAK


@pytest.mark.parametrize(
    "asked",
    [
        {"genre": "polka"},
        {"genre": "pop", "seconds": 0.5},
        {"genre": "pop", "seconds": 1e9},
        {"genre": "pop", "seed": -1},
    ],
)
def test_what_no_band_plays_is_refused_in_one_sentence(asked):
    with pytest.raises(DatasetError, match="Expected"):
        render(**asked)


def test_chords_are_spelled_right_and_lie_close_together():
    assert {pitch % 12 for pitch in chord("Am7")} == {9, 0, 4, 7}
    assert {pitch % 12 for pitch in chord("Bbmaj7")} == {10, 2, 5, 9}
    assert {pitch % 12 for pitch in chord("F#m")} == {6, 9, 1}
    assert all(55 <= pitch <= 66 for pitch in chord("G9", 60))
    assert root("E5", 28) == 28
    assert root("D", 28) == 38


def test_voices_in_parallel_keep_to_the_scale_and_thirds_to_the_chord():
    c_major = scale("C", "major", 60, 76)
    assert [near(pitch + 4, c_major) for pitch in (60, 62, 64)] == [64, 65, 67]
    assert [third("A", step) for step in (0, 4, 7, 16)] == [0, 4, 7, 16]
    assert [third("Am7", step) for step in (0, 4, 7, 16)] == [0, 3, 7, 15]


def test_rhythms_and_forms_are_read_as_written():
    assert list(steps("X..o")) == [(0.0, 1.0), (3.0, 0.4)]
    assert [section(bar, "ivvc") for bar in range(6)] == ["i", "v", "v", "c", "v", "v"]


def test_a_melody_keeps_to_its_scale_and_its_chords_on_strong_beats():
    pitches = scale("C", "major", 60, 76)
    tune = line(np.random.default_rng(0), pitches, ["C", "F", "G", "C"], ["x.xx", "xxx."])
    assert {pitch for _, _, pitch in tune} <= set(pitches)
    assert all(pitch % 12 in (0, 4, 7) for beat, _, pitch in tune if beat == 0.0)
    assert all(a + length <= b + 1e-9 for (a, length, _), (b, _, _) in pairwise(tune))


def test_an_oscillator_is_in_tune_and_folds_nothing_back():
    n = 22_050
    tone = oscillate(np.ones(20) / np.arange(1, 21), hertz(69), n)
    power = np.abs(np.fft.rfft(tone * np.hanning(n))) ** 2
    assert power.argmax() == 440
    off = np.ones(len(power), dtype=bool)
    for k in range(1, 21):
        off[440 * k - 3 : 440 * k + 4] = False
    assert power[off].sum() < 1e-6 * power.sum()
