from __future__ import annotations

import cv2
import numpy as np
import pytest

from mgc.audio.clip import SR
from mgc.charts import sound
from mgc.features.spectrum import spectrum


def tone(frequency: float, seconds: float = 5.0) -> np.ndarray:
    t = np.arange(int(seconds * SR)) / SR
    return (0.5 * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def pixels(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize("seconds", [0.5, 5.0, 90.0])
def test_pictures_are_never_wider_than_a_screen_needs(seconds):
    drawn = sound.pictures(spectrum(tone(440, seconds)))
    for picture in (drawn.mel, drawn.log):
        assert pixels(picture.png).shape[0] == 128
        assert pixels(picture.png).shape[1] <= sound.WIDTH
        assert len(picture.png) < 300_000
    assert len(drawn.peaks) <= sound.WIDTH


@pytest.mark.parametrize("frequency", [250, 1000, 4000])
def test_a_tone_stands_at_its_tick(frequency):
    drawn = sound.pictures(spectrum(tone(frequency)))
    label = f"{frequency // 1000} kHz" if frequency >= 1000 else f"{frequency} Hz"
    for picture in (drawn.mel, drawn.log):
        at = dict((name, height) for height, name in picture.ticks)[label]
        brightness = pixels(picture.png).astype(int).sum(axis=(1, 2))
        assert abs((127 - int(brightness.argmax())) / 127 - at) < 0.03


def test_silence_is_black_and_flat():
    drawn = sound.pictures(spectrum(np.zeros(SR, np.float32)))
    assert set(drawn.peaks) == {(0, 0)}
    assert len(np.unique(pixels(drawn.mel.png).reshape(-1, 3), axis=0)) == 1


def test_the_loudest_moment_is_seen_however_long_the_song():
    y = np.zeros(60 * SR, np.float32)
    y[30 * SR : 30 * SR + 200] = 0.9
    brightness = pixels(sound.pictures(spectrum(y)).mel.png).astype(int).sum(axis=(0, 2))
    assert abs(int(brightness.argmax()) / len(brightness) - 0.5) < 0.01


def test_peaks_are_percent_of_the_loudest_sample():
    low, high = zip(*sound.peaks(tone(440)), strict=True)
    assert min(low) == -100
    assert max(high) == 100
