"""Sound made of a mel picture: it has about that picture again, and two pictures are on one scale."""

from __future__ import annotations

import numpy as np

from mgc.audio.clip import SR
from mgc.features.pictures import columns
from mgc.features.resynthesis import sound_of
from mgc.features.spectrum import spectrum


def music() -> np.ndarray:
    """Return four seconds of decaying notes over a noise floor [shape=(88200,)]."""
    t = np.arange(4 * SR) / SR
    notes = sum(np.sin(2 * np.pi * f * t) * np.exp(-3 * ((t + k / 7) % 1.0)) for k, f in enumerate((220, 554, 1318)))
    return (0.2 * notes + 0.002 * np.random.default_rng(0).standard_normal(len(t))).astype(np.float32)


def test_what_is_made_of_a_picture_has_about_that_picture() -> None:
    picture = columns(spectrum(music()).mel).astype(np.float32) / np.float32(255.0)
    again = columns(spectrum(sound_of(picture)).mel).astype(np.float32) / np.float32(255.0)
    shown = picture[:, : again.shape[1]]
    assert np.corrcoef(shown.ravel(), again[:, : shown.shape[1]].ravel())[0, 1] > 0.9


def test_a_picture_that_is_darker_sounds_softer_and_a_black_one_is_silent() -> None:
    picture = columns(spectrum(music()).mel).astype(np.float32) / np.float32(255.0)
    loud, soft = (np.sqrt(np.mean(sound_of(one) ** 2)) for one in (picture, np.maximum(picture - 0.25, 0.0)))
    assert 20 * np.log10(soft / loud) < -6.0  # a quarter of 40 dB, and what falls below the floor
    assert not sound_of(np.zeros((128, 40), dtype=np.float32)).any()
