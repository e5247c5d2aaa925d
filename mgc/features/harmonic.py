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
import numpy.typing as npt

from mgc.features.filters import HOP_LENGTH, N_FFT, hann
from mgc.features.median import HALF, median_of_padded
from mgc.features.spectrum import chunks

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = ["separate"]

_CHUNK: Final = 216  # frames at most at once; with all rows of the median's network about the size of a core's cache
_HOPS: Final = N_FFT // HOP_LENGTH
_DROPPED: Final = 12  # of the 23 bits of a float's fraction
_TINY: Final = np.finfo(np.float32).tiny
_MOST_KEY: Final = 2**16 - 2  # one less than the largest, which rounding up may reach


def separate(spectrum: Spectrum) -> FloatArray:
    """Return the harmonic and the percussive part of a song [shape=(2, n), float32, like its samples]."""
    import scipy.fft

    n_frames = spectrum.n_frames
    magnitude = np.pad(spectrum.magnitude.T, ((HALF, HALF), (0, 0)), mode="symmetric")
    hops = np.zeros((n_frames + _HOPS - 1, HOP_LENGTH), dtype=np.float32)
    for part in chunks(n_frames, -(-n_frames // -(-n_frames // _CHUNK))):  # of equal size: a short rest costs as much
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
    keys, lowest = _keys(magnitude)
    across = np.pad(np.ascontiguousarray(keys[HALF:-HALF].T), ((HALF, HALF), (0, 0)), mode="symmetric")
    total = _of_keys(np.ascontiguousarray(median_of_padded(across).T), lowest)
    harmonic = _of_keys(median_of_padded(keys), lowest)
    total *= total
    total += _TINY
    harmonic *= harmonic
    harmonic += _TINY  # so where nothing is heard either way, both parts get half
    total += harmonic
    harmonic /= total
    return harmonic


def _keys(magnitude: FloatArray) -> tuple[npt.NDArray[np.uint16], np.int32]:
    """Return magnitudes as integers of the same order, and the bits of the one that is 0.

    The bits of floats >= 0, read as integers, have the order of the floats. Without the 12 last ones, what lies up to
    192 dB under the peak fits into 16 bits, rounded to one part in 4,096; what lies deeper becomes 0.
    """
    bits = magnitude.view(np.int32)
    lowest = np.maximum(bits.max() - np.int32(_MOST_KEY << _DROPPED), np.int32(0))
    keys = bits - lowest
    keys += 1 << (_DROPPED - 1)
    keys >>= _DROPPED
    return np.maximum(keys, 0, out=keys).astype(np.uint16), lowest


def _of_keys(keys: npt.NDArray[np.uint16], lowest: np.int32) -> FloatArray:
    """Return the magnitudes of :func:`_keys`."""
    bits = keys.astype(np.int32)
    bits <<= _DROPPED
    bits += lowest
    bits *= keys > 0
    return bits.view(np.float32)


def _overlap_add(hops: FloatArray, frames: FloatArray) -> None:
    """Add windowed frames into consecutive hops, in place."""
    for k in range(_HOPS):
        hops[k : k + len(frames)] += frames[:, k * HOP_LENGTH : (k + 1) * HOP_LENGTH]


def _window_sum(n_frames: int) -> FloatArray:
    """Return the sum of the squared windows that lie over each sample, 1.5 but for the ends."""
    hops = np.zeros((n_frames + _HOPS - 1, HOP_LENGTH), dtype=np.float32)
    _overlap_add(hops, np.broadcast_to(hann() ** 2, (n_frames, N_FFT)))
    return hops.reshape(-1)
