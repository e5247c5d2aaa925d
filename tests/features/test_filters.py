from __future__ import annotations

import librosa
import numpy as np
import pytest

from mgc.features import spectrum as filters


def test_mel_filters_are_librosas() -> None:
    np.testing.assert_allclose(filters.mel_filters(), librosa.filters.mel(sr=22_050, n_fft=2048), atol=1e-7)


@pytest.mark.parametrize("tuning", [-0.5, -0.13, 0.0, 0.25, 0.49])
def test_chroma_filters_are_librosas(tuning: float) -> None:
    theirs = librosa.filters.chroma(sr=22_050, n_fft=2048, tuning=tuning)
    np.testing.assert_allclose(filters.chroma_filters(tuning), theirs, atol=1e-6)


def test_cosines_are_the_orthonormal_transform() -> None:
    from scipy.fft import dct

    bands = np.random.default_rng(0).standard_normal((128, 5))
    np.testing.assert_allclose(filters.cosines() @ bands, dct(bands, axis=0, norm="ortho")[:20], atol=1e-5)


def test_the_window_is_librosas() -> None:
    np.testing.assert_allclose(filters.hann(), librosa.filters.get_window("hann", 2048), atol=1e-7)


def test_shared_arrays_cannot_be_written() -> None:
    for array in (filters.hann(), filters.mel_filters(), filters.cosines(), filters.bin_frequencies()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
