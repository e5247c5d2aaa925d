"""Tempo: from the onsets of a song to the beats per minute of any stretch of it.

Conventions
-----------
As ``librosa.feature.tempo(y)``: onset strength is the median over mel bands of the rise in decibels; its local
autocorrelation (8.9 s, Hann) is averaged over the stretch and weighted by a log-normal prior around 120 bpm.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.features.spectrum import HOP_LENGTH, N_FFT, N_MELS, chunks

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray

__all__ = ["WINDOW", "Tempogram", "onset_strength", "short_tempo"]

WINDOW: Final = 344  # frames: 8 s of autocorrelation, librosa.feature.tempo's ac_size
_N_FFT: Final = 768  # of the zero-padded window: at least 2 * 344 - 1, and quick
_START_BPM: Final = 120.0
_DELAY: Final = 1 + N_FFT // (2 * HOP_LENGTH)  # frames by which onsets are moved: lag and centring


def onset_strength(decibels: FloatArray) -> FloatArray:
    """Return how much a song rises from frame to frame [shape=(T,), dB >= 0].

    ``decibels`` is mel power [shape=(128, T), dB], floored at 80 dB under its peak.
    """
    n_frames = decibels.shape[1]
    middle = N_MELS // 2
    strength = np.zeros(n_frames, dtype=np.float32)
    for part in chunks(max(0, n_frames - _DELAY), 256):
        ahead = np.ascontiguousarray(decibels[:, part.start : part.stop + 1].T)
        rise = np.maximum(ahead[1:] - ahead[:-1], 0)
        rise.partition((middle - 1, middle), axis=1)
        strength[part.start + _DELAY : part.stop + _DELAY] = (rise[:, middle - 1] + rise[:, middle]) / 2
    return strength


class Tempogram:
    """The spectra of a song's local onset patterns; the tempo of any long stretch follows from their mean."""

    def __init__(self, onsets: FloatArray) -> None:
        patterns = _patterns(onsets)
        self._sums = np.zeros((len(onsets) + 1, _N_FFT // 2 + 1))
        for part in chunks(len(onsets)):
            self._sums[part.start + 1 : part.stop + 1] = _spectra(patterns[part])
        np.cumsum(self._sums, axis=0, out=self._sums)

    def tempo(self, frames: slice) -> float:
        """Return the tempo of a stretch [beats per minute]."""
        return _peak(self._sums[frames.stop] - self._sums[frames.start], frames.stop - frames.start)


def short_tempo(onsets: FloatArray) -> float:
    """Return the tempo of a few seconds heard by themselves [beats per minute], from every fourth pattern."""
    spectra = _spectra(_patterns(onsets)[::4])
    return _peak(spectra.sum(axis=0, dtype=np.float64), len(spectra))


def _patterns(onsets: FloatArray) -> FloatArray:
    """Return the onsets around each frame [shape=(T, 344)], a view; the song fades in and out in straight lines."""
    padded = np.pad(onsets, WINDOW // 2, mode="linear_ramp")
    patterns: FloatArray = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: len(onsets)]
    return patterns


def _spectra(patterns: FloatArray) -> FloatArray:
    """Return power spectra whose inverse transforms are autocorrelations with 1 at lag 0 [shape=(t, 385)]."""
    import scipy.fft

    windowed = patterns * _hann()
    spectra = scipy.fft.rfft(windowed, n=_N_FFT, axis=1, workers=1)
    power: FloatArray = np.square(spectra.real) + np.square(spectra.imag)
    energy = np.einsum("ij,ij->i", windowed, windowed)
    power /= np.where(energy < np.finfo(np.float32).tiny, np.float32(1), energy)[:, None]
    return power


@cache
def _hann() -> FloatArray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def _peak(spectra: npt.NDArray[np.float64], count: int) -> float:
    """Return the tempo at which the mean autocorrelation, weighted by the prior, is largest."""
    import scipy.fft

    strength = scipy.fft.irfft(spectra / count)[1:WINDOW]
    bpm = 60.0 * SR / HOP_LENGTH / np.arange(1, WINDOW)
    prior = -0.5 * np.log2(bpm / _START_BPM) ** 2
    return float(bpm[np.argmax(np.log1p(1e6 * np.maximum(strength, 0)) + prior)])
