"""Tuning: equal to librosa's, and no warning for a click or silence."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from mgc.audio.clip import SR
from mgc.features.chroma import Peaks
from mgc.features.spectrum import spectrum


@pytest.mark.parametrize("cents", [-40, -15, 0, 20, 45])
def test_the_tuning_of_a_tone_is_librosas(cents: int) -> None:
    y = 0.3 * np.sin(2 * np.pi * 440.0 * 2 ** (cents / 1200) * np.arange(3 * SR) / SR).astype(np.float32)
    magnitude = spectrum(y).magnitude
    expected = librosa.estimate_tuning(S=magnitude**2, sr=SR, bins_per_octave=12)  # of powers, as chroma_stft has it
    assert Peaks(magnitude).tuning(slice(0, magnitude.shape[1])) == pytest.approx(expected, abs=1e-6)


def test_a_click_and_silence_have_a_tuning_and_raise_no_warning() -> None:
    click = np.zeros(5 * SR, dtype=np.float32)
    click[2 * SR] = 1.0
    for y in (click, 0.0 * click):
        magnitude = spectrum(y).magnitude
        assert -0.5 <= Peaks(magnitude).tuning(slice(0, magnitude.shape[1])) < 0.5
