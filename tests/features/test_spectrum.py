from __future__ import annotations

import librosa
import numpy as np
import pytest

from mgc.errors import RefusedAudio
from mgc.features.spectrum import chunks, spectrum


def test_the_transform_is_librosas_with_reflection(song: np.ndarray) -> None:
    ours = spectrum(song)
    theirs = librosa.stft(song, pad_mode="reflect")
    assert ours.stft.shape == theirs.shape == (1025, ours.n_frames)
    np.testing.assert_allclose(ours.stft, theirs, atol=1e-3)
    np.testing.assert_allclose(ours.magnitude, np.abs(theirs), atol=1e-3)


def test_mel_is_librosas(song: np.ndarray) -> None:
    theirs = librosa.feature.melspectrogram(y=song, sr=22_050, pad_mode="reflect")
    np.testing.assert_allclose(spectrum(song).mel, theirs, rtol=1e-3, atol=1e-6)


def test_everything_is_single_precision_and_computed_once(song: np.ndarray) -> None:
    one = spectrum(song.astype(np.float64))
    assert one.y.dtype == one.magnitude.dtype == one.mel.dtype == np.float32
    assert one.mel is one.mel
    assert one.stft is one.stft


@pytest.mark.parametrize("n", [2048, 2049, 22_050, 22_528, 22_529])
def test_the_number_of_frames_follows_from_the_length(n: int) -> None:
    one = spectrum(np.ones(n, dtype=np.float32))
    assert one.n_frames == one.stft.shape[1] == one.mel.shape[1] == 1 + n // 512


@pytest.mark.parametrize(
    "y",
    [
        np.zeros(2047, dtype=np.float32),
        np.zeros(0, dtype=np.float32),
        np.full(5000, np.nan, dtype=np.float32),
        np.zeros((2, 5000), dtype=np.float32),
        np.zeros(5000, dtype=np.int16),
    ],
    ids=["too short", "empty", "not finite", "stereo", "integers"],
)
def test_what_is_no_audio_is_refused_in_one_sentence(y: np.ndarray) -> None:
    with pytest.raises(RefusedAudio, match=r"^[A-Z].*\.$"):
        spectrum(y)


def test_chunks_cover_every_frame_once() -> None:
    for n in (1, 63, 64, 65, 200):
        assert [k for part in chunks(n) for k in range(n)[part]] == list(range(n))
