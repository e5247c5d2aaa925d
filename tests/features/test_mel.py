from __future__ import annotations

import librosa
import numpy as np

from mgc.features.mel import FLOOR, PATCH_FRAMES, log_mel, mel_patches
from mgc.features.spectrum import spectrum


def test_log_mel_is_librosas(song: np.ndarray) -> None:
    theirs = librosa.power_to_db(librosa.feature.melspectrogram(y=song, sr=22_050, pad_mode="reflect"), ref=np.max)
    np.testing.assert_allclose(log_mel(spectrum(song)), theirs, atol=0.01)


def test_awkward_sound_stays_between_floor_and_peak(awkward_clip: np.ndarray) -> None:
    decibels = log_mel(spectrum(awkward_clip))
    assert decibels.min() >= FLOOR
    assert decibels.max() <= 0


def test_silence_is_the_floor() -> None:
    assert log_mel(spectrum(np.zeros(30_000, dtype=np.float32))).max() == FLOOR


def test_patches_lie_where_they_start(song: np.ndarray) -> None:
    decibels = log_mel(spectrum(song))
    patches = mel_patches(decibels, np.array([0.0, 1.0, 99.0]))
    assert patches.shape == (3, 128, PATCH_FRAMES)
    np.testing.assert_array_equal(patches[1], decibels[:, 43 : 43 + PATCH_FRAMES])
    np.testing.assert_array_equal(patches[2], decibels[:, -PATCH_FRAMES:])


def test_a_short_song_is_continued_with_silence() -> None:
    patches = mel_patches(np.zeros((128, 50), dtype=np.float32), np.zeros(1))
    assert patches[0, :, :50].min() == 0
    assert patches[0, :, 50:].max() == FLOOR
