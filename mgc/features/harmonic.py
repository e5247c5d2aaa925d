"""Harmonic-percussive separation: the sustained part of a song; what is left of it is the percussive part.

Conventions
-----------
As ``librosa.effects.hpss`` with its defaults (Fitzgerald, 2010): medians of 31 along time and along frequency of the
magnitude, soft masks with power 2. The two masks add up to one, so the percussive signal is the song minus the
harmonic one: one inverse transform instead of two.

librosa 0.7, which made Kaggle's tables, inverted only up to the centre of the last frame and filled the rest of the
clip, up to 511 samples, with zeros. So does this module: it is a thousandth of ``harmony_var``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.features.filters import HOP_LENGTH, N_BINS, N_FFT, hann
from mgc.features.median import HALF, median_of_padded
from mgc.features.spectrum import chunks

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = ["separate"]

_CHUNK: Final = 128  # frames at once; with all rows of the median's network about the size of a core's cache
_HOPS: Final = N_FFT // HOP_LENGTH


def separate(spectrum: Spectrum) -> FloatArray:
    """Return the harmonic and the percussive part of a song [shape=(2, n), float32, like its samples]."""
    import scipy.fft

    n_frames = spectrum.n_frames
    magnitude = np.pad(spectrum.magnitude.T, ((HALF, HALF), (0, 0)), mode="symmetric")
    hops = np.zeros((n_frames + _HOPS - 1, HOP_LENGTH), dtype=np.float32)
    for part in chunks(n_frames, _CHUNK):
        mask = _mask(magnitude[part.start : part.stop + 2 * HALF])
        frames = scipy.fft.irfft(spectrum.stft.T[part] * mask, axis=1, workers=1)
        frames *= hann()
        _overlap_add(hops[part.start : part.stop + _HOPS - 1], frames)
    inverted = slice(N_FFT // 2, N_FFT // 2 + (n_frames - 1) * HOP_LENGTH)
    signals = np.zeros((2, len(spectrum.y)), dtype=np.float32)
    filled = signals[:, : (n_frames - 1) * HOP_LENGTH]
    np.divide(hops.reshape(-1)[inverted], _window_sum(n_frames)[inverted], out=filled[0])
    np.subtract(spectrum.y[: filled.shape[1]], filled[0], out=filled[1])
    return signals


def _mask(magnitude: FloatArray) -> FloatArray:
    """Return the share of each bin that is harmonic [shape=(t, 1025), range 0..1], given ``t + 30`` frames."""
    inner = magnitude[HALF:-HALF]
    across = np.empty((N_BINS + 2 * HALF, len(inner)), dtype=np.float32)
    across[HALF:-HALF] = inner.T
    across[:HALF] = across[2 * HALF - 1 : HALF - 1 : -1]
    across[-HALF:] = across[-HALF - 1 : -2 * HALF - 1 : -1]
    percussive = median_of_padded(across).T
    harmonic = median_of_padded(magnitude)
    harmonic *= harmonic
    total = percussive * percussive
    total += harmonic
    silent = total < np.finfo(np.float32).tiny
    total[silent] = 1
    harmonic[silent] = 0.5  # where nothing is heard either way, both parts get half
    harmonic /= total
    return harmonic


def _overlap_add(hops: FloatArray, frames: FloatArray) -> None:
    """Add windowed frames into consecutive hops, in place."""
    for k in range(_HOPS):
        hops[k : k + len(frames)] += frames[:, k * HOP_LENGTH : (k + 1) * HOP_LENGTH]


def _window_sum(n_frames: int) -> FloatArray:
    """Return the sum of the squared windows that lie over each sample, 1.5 but for the ends."""
    hops = np.zeros((n_frames + _HOPS - 1, HOP_LENGTH), dtype=np.float32)
    _overlap_add(hops, np.broadcast_to(hann() ** 2, (n_frames, N_FFT)))
    return hops.reshape(-1)
