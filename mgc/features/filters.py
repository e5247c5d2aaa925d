"""The constants of the transform, and the fixed arrays that turn Fourier bins into bands, chroma and cepstra.

Conventions
-----------
Everything equals librosa's defaults (Slaney mel scale and norm, periodic Hann window) to single precision, and the
tests hold it against librosa. The arrays are made here, in NumPy, because importing librosa for them costs more than
a second, and its first compiled call several more.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR, FloatArray

__all__ = [
    "HOP_LENGTH", "N_BINS", "N_CHROMA", "N_FFT", "N_MELS", "N_MFCC",
    "bin_frequencies", "chroma_filters", "cosines", "hann", "mel_blocks", "mel_filters",
]  # fmt: skip

N_FFT: Final = 2048  # samples of one frame: 93 ms; librosa's default, which made Kaggle's tables
HOP_LENGTH: Final = 512  # samples between frames: 23 ms
N_BINS: Final = N_FFT // 2 + 1
N_MELS: Final = 128  # bands from 0 Hz to SR / 2
N_CHROMA: Final = 12
N_MFCC: Final = 20

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


@lru_cache(maxsize=128)  # tunings are hundredths of a semitone, -0.5 to 0.49
def chroma_filters(tuning: float) -> FloatArray:
    """Return the weights of pitch classes [shape=(12, 1025)], as ``librosa.filters.chroma(sr=22050, n_fft=2048)``.

    ``tuning`` in [-0.5, 0.5) is the deviation from A = 440 Hz in semitones.
    """
    concert_a = 440.0 * 2.0 ** (tuning / N_CHROMA)
    frequencies = np.arange(1, N_FFT) * (SR / N_FFT)
    semitones = N_CHROMA * np.log2(frequencies / (concert_a / 16))
    semitones = np.concatenate([[semitones[0] - 1.5 * N_CHROMA], semitones])  # librosa's value for 0 Hz
    widths = np.concatenate([np.maximum(np.diff(semitones), 1.0), [1.0]])
    distance = semitones - np.arange(N_CHROMA)[:, None]
    distance = np.remainder(distance + 10.5 * N_CHROMA, N_CHROMA) - N_CHROMA / 2
    weights = np.exp(-0.5 * (2 * distance / widths) ** 2)
    weights /= np.sqrt(np.square(weights).sum(axis=0))
    weights *= np.exp(-0.5 * ((semitones / N_CHROMA - 5.0) / 2.0) ** 2)  # centred five octaves up, two octaves wide
    return _frozen(np.roll(weights, -3, axis=0)[:, :N_BINS])  # rolled so that C comes first


@cache
def cosines() -> FloatArray:
    """Return the orthonormal type-II cosine transform of 128 bands to 20 coefficients [shape=(20, 128)]."""
    basis = np.cos(np.pi / N_MELS * np.outer(np.arange(N_MFCC), np.arange(N_MELS) + 0.5)) * np.sqrt(2 / N_MELS)
    basis[0] *= np.sqrt(0.5)
    return _frozen(basis)


@cache
def mel_blocks() -> tuple[tuple[slice, slice, FloatArray], ...]:
    """Return the mel filters in blocks of eight bands: the bands, the bins they need, their weights [(bins, 8)].

    A triangle covers few bins, so the blocks hold a tenth of the full product; and each product stays small, see
    :data:`mgc.features.spectrum.CHUNK`.
    """
    filters = mel_filters()
    blocks = []
    for first in range(0, N_MELS, 8):
        bands = slice(first, first + 8)
        used = np.flatnonzero(filters[bands].any(axis=0))
        bins = slice(int(used[0]), int(used[-1]) + 1)
        blocks.append((bands, bins, np.ascontiguousarray(filters[bands, bins].T)))
    return tuple(blocks)


def _frozen(values: npt.NDArray[np.float64]) -> FloatArray:
    """Return a read-only float32 copy, safe to share between threads."""
    frozen = values.astype(np.float32)
    frozen.flags.writeable = False
    return frozen
