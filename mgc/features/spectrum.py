"""The one short-time Fourier transform of a clip, and what hangs on it.

Conventions
-----------
22,050 Hz; frames of 2048 samples every 512, centred (frame ``t`` lies around sample ``512 * t``), the signal padded by
**reflection** as librosa 0.7 did when Kaggle's tables were made; periodic Hann window; single precision. Arrays are
``(frequency, time)``, stored so that one frame is contiguous: ``magnitude.T`` is the fast way to walk over time.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR, FloatArray, valid_audio
from mgc.errors import RefusedAudio
from mgc.features.filters import HOP_LENGTH, N_BINS, N_FFT, N_MELS, hann, mel_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HOP_LENGTH", "N_BINS", "N_FFT", "N_MELS", "SMALL_PRODUCT", "ComplexArray", "Spectrum", "chunks", "spectrum"]

ComplexArray = npt.NDArray[np.complex64]

CHUNK: Final = 64  # frames worked on at once: 64 x 2048 float32 is 0.5 MB, which stays in a core's cache

# OpenBLAS computes products of up to so many multiplications where it is called. Larger ones it spreads over all cores,
# and when those are busy (other visitors) its waiting threads were measured to cost ten times the work itself. So the
# products of this package are kept small.
SMALL_PRODUCT: Final = 262_144


class Spectrum:
    """A clip's transform; each derived array is computed at first use and kept."""

    def __init__(self, y: FloatArray) -> None:
        self.y = y  # [shape=(n,), float32] the samples at 22,050 Hz
        self.n_frames = 1 + len(y) // HOP_LENGTH
        self.kept: dict[str, object] = {}  # what other modules derive from this spectrum and keep with it

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.y) / SR

    @cached_property
    def stft(self) -> ComplexArray:
        """Complex transform [shape=(1025, T)]."""
        import scipy.fft

        padded = np.pad(self.y, N_FFT // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP_LENGTH]
        out = np.empty((self.n_frames, N_BINS), dtype=np.complex64)
        window = hann()
        for part in chunks(self.n_frames):
            out[part] = scipy.fft.rfft(frames[part] * window, axis=1, workers=1)
        return out.T

    @cached_property
    def magnitude(self) -> FloatArray:
        """Absolute value of the transform [shape=(1025, T), >= 0]."""
        return np.abs(self.stft.T).T

    @cached_property
    def mel(self) -> FloatArray:
        """Mel power [shape=(128, T), >= 0], lowest band first, as ``librosa.feature.melspectrogram``."""
        out = np.empty((N_MELS, self.n_frames), dtype=np.float32)
        for part in chunks(self.n_frames):
            power = np.square(self.magnitude.T[part])
            for bands, bins, weights in mel_blocks():
                out[bands, part] = (power[:, bins] @ weights).T
        return out


def spectrum(y: FloatArray) -> Spectrum:
    """Return the transform of mono samples at 22,050 Hz [shape=(n,), floating, n >= 2048], made float32.

    Raises RefusedAudio when ``y`` is no valid audio or shorter than one frame.
    """
    valid_audio(y)
    if len(y) < N_FFT:
        raise RefusedAudio(f"The audio is too short: {len(y)} samples; at least {N_FFT} (0.1 seconds) are needed.")
    return Spectrum(np.ascontiguousarray(y, dtype=np.float32))


def chunks(n_frames: int, size: int = CHUNK) -> Iterator[slice]:
    """Cut ``range(n_frames)`` into slices of at most ``size`` frames."""
    return (slice(start, min(start + size, n_frames)) for start in range(0, n_frames, size))
