"""The fixed arrays that turn Fourier bins into mel bands, and back-of-the-envelope constants of the transform.

Conventions
-----------
Everything equals librosa's defaults (Slaney mel scale and norm, periodic Hann window) to single precision, and the
tests hold it against librosa. The arrays are made here, in NumPy, because importing librosa for them costs more than
a second, and its first compiled call several more.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR, FloatArray

__all__ = ["HOP_LENGTH", "N_BINS", "N_FFT", "N_MELS", "bin_frequencies", "hann", "mel_filters"]

N_FFT: Final = 2048  # samples of one frame: 93 ms; librosa's default, which made Kaggle's tables
HOP_LENGTH: Final = 512  # samples between frames: 23 ms
N_BINS: Final = N_FFT // 2 + 1
N_MELS: Final = 128  # bands from 0 Hz to SR / 2

# Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above
_HZ_PER_MEL: Final = 200.0 / 3
_BREAK_HZ: Final = 1000.0
_BREAK_MEL: Final = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP: Final = np.log(6.4) / 27.0


@cache
def hann() -> FloatArray:
    """Return the periodic Hann window [shape=(2048,), range 0..1]."""
    n = np.arange(N_FFT)
    return _frozen(0.5 - 0.5 * np.cos(2 * np.pi * n / N_FFT))


@cache
def bin_frequencies() -> npt.NDArray[np.float64]:
    """Return the centre frequencies of the Fourier bins [shape=(1025,), Hz]."""
    frequencies = np.arange(N_BINS, dtype=np.float64) * np.float64(SR / N_FFT)
    frequencies.flags.writeable = False
    return frequencies


@cache
def mel_filters() -> FloatArray:
    """Return triangular filters of unit area [shape=(128, 1025)], as ``librosa.filters.mel(sr=22050, n_fft=2048)``."""
    mels = np.linspace(0.0, _BREAK_MEL + np.log(SR / 2 / _BREAK_HZ) / _LOG_STEP, N_MELS + 2)
    logarithmic = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mels, _BREAK_MEL) - _BREAK_MEL))
    corners = np.where(mels < _BREAK_MEL, mels * _HZ_PER_MEL, logarithmic)
    ramps = corners[:, None] - bin_frequencies()
    widths = np.diff(corners)[:, None]
    triangles = np.maximum(0.0, np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]))
    return _frozen(triangles * (2.0 / (corners[2:] - corners[:-2]))[:, None])


def _frozen(values: npt.NDArray[np.float64]) -> FloatArray:
    """Return a read-only float32 copy, safe to share between threads."""
    frozen = values.astype(np.float32)
    frozen.flags.writeable = False
    return frozen
