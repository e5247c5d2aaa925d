"""Pitch classes: the tuning of a stretch of music, and its chroma.

Conventions
-----------
As ``librosa.feature.chroma_stft``: on the power spectrum, with a tuning estimated from the peaks of the same stretch,
each frame divided by its largest class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.audio.clip import SR
from mgc.features.products import SMALL_PRODUCT
from mgc.features.spectrum import N_CHROMA, N_FFT, chroma_filters, chunks

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray

__all__ = ["Peaks", "chroma"]

_LOWEST: Final = int(np.ceil(150.0 * N_FFT / SR))  # first bin that may be a pitch: librosa.piptrack's fmin, 150 Hz
_HIGHEST: Final = int(np.ceil(4000.0 * N_FFT / SR))  # first bin that may not: fmax, 4 kHz
_THRESHOLD: Final = np.float32(0.1)  # of the frame's largest bin (librosa.piptrack)
_BINS: Final = np.linspace(-0.5, 0.5, 101)  # hundredths of a semitone (librosa.pitch_tuning)


class Peaks:
    """The spectral peaks of a song, sorted by frame, from which the tuning of any stretch follows."""

    def __init__(self, magnitude: FloatArray) -> None:
        found = [_peaks(magnitude.T[part]) for part in chunks(magnitude.shape[1])]
        counts, pitches, powers = (np.concatenate(parts) for parts in zip(*found, strict=True))
        self._ends = np.concatenate([[0], np.cumsum(counts)])
        self._powers = powers
        semitones = np.float32(N_CHROMA) * np.log2(pitches / np.float32(440.0 / 16))
        self._deviation = np.mod(semitones, np.float32(1.0))
        self._deviation[self._deviation >= 0.5] -= 1.0

    def tuning(self, frames: slice) -> float:
        """Return the commonest deviation from A = 440 Hz [semitones, -0.5..0.49] among the stronger half."""
        part = slice(self._ends[frames.start], self._ends[frames.stop])
        powers = self._powers[part]
        if not len(powers):
            return 0.0
        strong = self._deviation[part][powers >= np.median(powers)]
        counts, edges = np.histogram(strong, _BINS)
        return float(edges[np.argmax(counts)])


def _peaks(magnitude: FloatArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return peaks per frame, and the interpolated frequency [Hz] and power of each peak, of a chunk of frames."""
    power = magnitude * magnitude
    inside, left, right = (power[:, _LOWEST + k : _HIGHEST + k] for k in (0, -1, 1))
    is_peak = (inside > left) & (inside >= right) & (inside > _THRESHOLD * power.max(axis=1, keepdims=True))
    at = np.nonzero(is_peak)
    before, here, after = left[at], inside[at], right[at]
    slope = (after - before) / 2
    bend = after + before - 2 * here
    # A peak that rounding makes flat (a click's spectrum) stays where it is, as in librosa's interpolation.
    shift = np.divide(-slope, bend, out=np.zeros_like(slope), where=np.abs(slope) < np.abs(bend))
    pitches = (at[1] + _LOWEST + shift).astype(np.float32) * np.float32(SR / N_FFT)
    return is_peak.sum(axis=1), pitches, here + np.float32(0.5) * slope * shift


def chroma(magnitude: FloatArray, tuning: float) -> FloatArray:
    """Return the chroma of a stretch [shape=(12, T), range 0..1], from C upwards; silent frames are 0.

    ``magnitude`` is [shape=(1025, T), >= 0], ``tuning`` in semitones as :meth:`Peaks.tuning` gives it.
    """
    filters = chroma_filters(tuning)
    raw = np.empty((N_CHROMA, magnitude.shape[1]), dtype=np.float32)
    for part in chunks(raw.shape[1], SMALL_PRODUCT // filters.size):
        raw[:, part] = filters @ np.square(magnitude[:, part])
    largest = raw.max(axis=0)
    raw /= np.where(largest < np.finfo(np.float32).tiny, np.float32(1), largest)
    return raw
