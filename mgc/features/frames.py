"""What is measured on each frame by itself: loudness, brightness, noisiness.

Conventions
-----------
Each function returns one value per frame [shape=(T,)] and equals the librosa function of the same name, called on the
waveform with ``pad_mode="reflect"`` (zero crossings: edge padding), to single precision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.features.filters import HOP_LENGTH, N_FFT, bin_frequencies
from mgc.features.spectrum import chunks

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = ["rms", "spectral_shape", "zero_crossing_rate"]

_HOPS_PER_FRAME: Final = N_FFT // HOP_LENGTH
_SILENT: Final = 1e-10  # samples below count as zero (librosa.zero_crossings)
_ROLL_PERCENT: Final = 0.85  # librosa.feature.spectral_rolloff's default


def rms(y: FloatArray) -> FloatArray:
    """Return the root mean square [shape=(T,), range 0..1 for audio in -1..1]."""
    padded = np.pad(y, N_FFT // 2, mode="reflect")
    hops = padded[: len(padded) // HOP_LENGTH * HOP_LENGTH].reshape(-1, HOP_LENGTH)
    power = np.einsum("ij,ij->i", hops, hops, dtype=np.float64)
    return np.sqrt(_sum_over_frames(power) / N_FFT).astype(np.float32)


def zero_crossing_rate(y: FloatArray) -> npt.NDArray[np.float64]:
    """Return the share of samples whose sign differs from the one before [shape=(T,), range 0..1]."""
    padded = np.pad(y, N_FFT // 2, mode="edge")
    negative = padded < -_SILENT
    crossings = np.zeros(len(padded), dtype=np.uint16)
    crossings[1:] = negative[1:] != negative[:-1]
    hops = crossings[: len(padded) // HOP_LENGTH * HOP_LENGTH].reshape(-1, HOP_LENGTH)
    total = _sum_over_frames(hops.sum(axis=1, dtype=np.float64))
    return (total - hops[: len(total), 0]) / N_FFT  # a frame's first sample has none before it


def _sum_over_frames(per_hop: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sum values per hop over the hops of each frame."""
    total: npt.NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(per_hop, _HOPS_PER_FRAME).sum(axis=1)
    return total


def spectral_shape(
    spectrum: Spectrum,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return spectral centroid, bandwidth and roll-off [each shape=(T,), Hz].

    The bandwidth is taken from the second moment, in double precision: one matrix product instead of a deviation for
    every bin.
    """
    frequencies = bin_frequencies()
    powers = np.stack([np.ones_like(frequencies), frequencies, frequencies**2], axis=1)
    moments = np.empty((spectrum.n_frames, 3))
    rolloff = np.empty(spectrum.n_frames)
    for part in chunks(spectrum.n_frames):
        magnitude = spectrum.magnitude.T[part]
        moments[part] = magnitude.astype(np.float64) @ powers
        energy = np.cumsum(magnitude, axis=1)  # in single precision, as librosa: a last bit can decide a bin
        rolloff[part] = frequencies[(energy < np.float32(_ROLL_PERCENT) * energy[:, -1:]).sum(axis=1)]
    total = moments[:, 0]
    norm = np.where(total < np.finfo(np.float32).tiny, 1.0, total)  # librosa.util.normalize leaves silence alone
    centroid = moments[:, 1] / norm
    variance = moments[:, 2] / norm - centroid**2 * (2 - total / norm)
    return centroid, np.sqrt(np.maximum(variance, 0.0)), rolloff
