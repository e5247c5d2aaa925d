from __future__ import annotations

import cv2
import numpy as np
import pytest

from mgc.audio.clip import SR
from mgc.charts import sound, spectrum_views
from mgc.charts.spectrum_views import AXES, AXIS_VIEWS, VIEWS, columns_view, views
from mgc.features.chroma import Peaks
from mgc.features.spectrum import spectrum


def tone(frequency: float, seconds: float = 4.0) -> np.ndarray:
    t = np.arange(int(seconds * SR)) / SR
    return (0.5 * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def clicks(beats_a_minute: float, seconds: float = 12.0) -> np.ndarray:
    y = np.zeros(int(seconds * SR), np.float32)
    rng = np.random.default_rng(0)
    for start in np.arange(0, len(y) - 400, SR * 60 / beats_a_minute).astype(int):
        y[start : start + 400] = rng.uniform(-0.9, 0.9, 400) * np.linspace(1, 0, 400)
    return y


def brightness(view) -> np.ndarray:
    """How bright each row of a view is, from the bottom."""
    pixels = cv2.imdecode(np.frombuffer(view.picture.png, np.uint8), cv2.IMREAD_COLOR)
    return pixels.astype(int).sum(axis=(1, 2))[::-1]


def test_every_view_is_drawn_small_and_says_what_it_is():
    drawn = views(spectrum(tone(440)))
    named = {name for name in VIEWS if name not in AXIS_VIEWS} | {f"{v}-{a}" for v in AXIS_VIEWS for a in AXES}
    assert set(drawn) == named
    for view in drawn.values():
        assert view.words.endswith(".")
        assert view.picture or len(view.peaks) <= sound.WIDTH
        assert not view.picture or len(view.picture.png) < 300_000


@pytest.mark.parametrize("name", ["stft-log", "stft-linear", "mel"])
@pytest.mark.parametrize("frequency", [440.0, 3000.0])
def test_the_rows_of_a_picture_are_named_by_their_frequency(name, frequency):
    view = views(spectrum(tone(frequency)))[name]
    rows = brightness(view)
    value, unit = view.bands[int(rows.argmax() / len(rows) * len(view.bands))].split()
    assert float(value) * (1000 if unit == "kHz" else 1) == pytest.approx(frequency, rel=0.12)


def test_the_pitch_class_of_a_tone_is_found_whatever_the_octave():
    for frequency in (220.0, 440.0, 880.0):
        view = views(spectrum(tone(frequency)))["chroma"]
        assert "strongest: A." in view.words
        assert int(brightness(view).argmax() * 12 / len(brightness(view))) == 9


@pytest.mark.parametrize(
    ("tuning", "said"),
    [(0.0101, "1 cent above A"), (-0.2, "20 cents below A"), (0.004, "Tuned to A"), (0.0, "Tuned to A")],
)
def test_the_tuning_is_said_in_whole_cents(tuning, said, monkeypatch):
    monkeypatch.setattr(Peaks, "tuning", lambda self, part: tuning)
    assert said in spectrum_views._chroma(spectrum(tone(440))).words


@pytest.mark.parametrize("tempo", [90.0, 120.0])
def test_a_steady_beat_is_counted(tempo):
    view = views(spectrum(clicks(tempo)))["onsets"]
    found = float(view.words.split("about ")[1].split()[0])
    assert found == pytest.approx(tempo, rel=0.05)
    assert max(view.curve) == 100


def test_a_tone_is_harmonic_and_strokes_are_not():
    shares = [
        int(views(spectrum(y))["parts"].words.split(": ")[1].split("\N{NO-BREAK SPACE}")[0])
        for y in (tone(440), clicks(120, 4.0))
    ]
    assert shares[0] > 95
    assert shares[1] < 20


@pytest.mark.parametrize("samples", [SR, 20 * SR])
def test_silence_is_drawn_and_has_no_tempo(samples):
    drawn = views(spectrum(np.zeros(samples, np.float32)))
    assert "no tempo" in drawn["onsets"].words
    assert set(drawn["onsets"].curve) == {0}


def test_a_real_clip_fits_all_views(exact_clips):
    import soundfile

    y, _ = soundfile.read(exact_clips[0], dtype="float32")
    for view in views(spectrum(y)).values():
        assert not view.picture or len(view.picture.png) < 400_000


def test_the_picture_of_a_data_set_is_a_view_too():
    columns = np.zeros((128, 334), np.uint8)
    columns[100] = 255
    view = columns_view(columns)
    assert int(brightness(view).argmax()) == 100
    assert len(view.bands) == 128
