"""Sound that has a given mel picture: all that a network which reads pictures can know of a track.

Conventions
-----------
A picture [shape=(128, C), 0..1] is one of :mod:`mgc.features.pictures` divided by 255: 0 lies 40 dB below 1. It has
11.15 columns a second and no phase, so what is made of it is rough. Two pictures that differ sound different.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.audio.clip import SR
from mgc.features.pictures import COLUMNS_PER_SECOND
from mgc.features.spectrum import HOP_LENGTH, N_FFT, Spectrum, hann, mel_filters

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray

__all__ = ["sound_of"]

_BELS: Final = 4.0  # of power between 0 and 1
_ITERATIONS: Final = 12  # more are hardly heard
_MOMENTUM: Final = 0.99  # Perraudin, Balazs and Sondergaard 2013 (fast Griffin-Lim)


def sound_of(picture: FloatArray) -> FloatArray:
    """Return samples [shape=(n,), float32, 22,050 Hz] whose mel picture is about ``picture``.

    The power of a mel band is spread evenly over its Fourier bins, columns are interpolated in decibels, and phases are
    found by fast Griffin-Lim from random ones, always the same. Two pictures of one width are on one scale.

    Parameters
    ----------
    picture : np.ndarray [shape=(128, C >= 2), 0..1]
        black (0) is silence
    """
    n_frames = max(2, round(picture.shape[1] / COLUMNS_PER_SECOND * SR / HOP_LENGTH))
    at = np.clip(np.arange(n_frames) * HOP_LENGTH / SR * COLUMNS_PER_SECOND - 1.0, 0.0, picture.shape[1] - 1.0)
    left = np.minimum(at.astype(np.intp), picture.shape[1] - 2)
    share = (at - left).astype(np.float32)
    shown = picture[:, left] * (1.0 - share) + picture[:, left + 1] * share
    power = np.where(shown > 0.0, np.power(np.float32(10.0), _BELS * (shown - 1.0)), 0.0)
    magnitude = np.sqrt(_spread() @ power).astype(np.float32)
    phase = np.random.default_rng(0).uniform(-np.pi, np.pi, magnitude.shape)
    guess = magnitude * np.exp(1j * phase)
    before = np.zeros_like(guess)
    for _ in range(_ITERATIONS):
        found = Spectrum(_samples(guess)).stft[:, :n_frames]
        faster = found + _MOMENTUM * (found - before)
        before = found
        guess = magnitude * faster / np.maximum(np.abs(faster), 1e-9)
    return _samples(guess)


@cache
def _spread() -> FloatArray:
    """Return the weights [shape=(1025, 128)] from the power of mel bands to that of Fourier bins."""
    filters = mel_filters()
    share = filters / np.maximum(filters.sum(axis=0), 1e-12)  # of each band in a bin
    return np.asarray((share / filters.sum(axis=1, keepdims=True)).T, dtype=np.float32)  # its bins' mean power


def _samples(transform: FloatArray) -> FloatArray:
    """Return the samples [shape=(512 * (T - 1),)] of a transform [shape=(1025, T)]: its least-squares inverse."""
    import scipy.fft

    frames = scipy.fft.irfft(transform.T, N_FFT, axis=1, workers=1) * hann()
    hops = N_FFT // HOP_LENGTH
    out = np.zeros((len(frames) + hops - 1, HOP_LENGTH), dtype=np.float32)
    for k in range(hops):
        out[k : k + len(frames)] += frames[:, k * HOP_LENGTH : (k + 1) * HOP_LENGTH]
    y = out.reshape(-1) / np.float32(1.5)  # the sum of squares of a Hann window at a quarter of its length
    return np.ascontiguousarray(y[N_FFT // 2 : N_FFT // 2 + HOP_LENGTH * (len(frames) - 1)], dtype=np.float32)
