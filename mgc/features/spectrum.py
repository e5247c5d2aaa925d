"""The one short-time Fourier transform of a clip, what hangs on it, and the fixed arrays that weight its bins.

Conventions
-----------
22,050 Hz; frames of 2048 samples every 512, centred (frame ``t`` lies around sample ``512 * t``), the signal padded by
**reflection** as librosa 0.7 did when Kaggle's tables were made; periodic Hann window; single precision. Arrays are
``(frequency, time)``, stored so that one frame is contiguous: ``magnitude.T`` is the fast way to walk over time.

Windows and filters equal librosa's defaults (Slaney mel scale and norm) to single precision, and the tests hold them
against librosa. They are made here, in NumPy: importing librosa costs more than a second, its first call several more.
"""

from __future__ import annotations

from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR, FloatArray, valid_audio
from mgc.errors import RefusedAudio

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "HOP_LENGTH", "N_BINS", "N_CHROMA", "N_FFT", "N_MELS", "N_MFCC", "ComplexArray", "Spectrum", "band_edge",
    "bin_frequencies", "chroma_filters", "chunks", "cosines", "hann", "mel_blocks", "mel_filters", "spectrum",
]  # fmt: skip

ComplexArray = npt.NDArray[np.complex64]

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

CHUNK: Final = 64  # frames worked on at once: 64 x 2048 float32 is 0.5 MB, which stays in a core's cache

EDGE_DB: Final = 70.0  # below the strongest frequency; less is what a recording's band leaves of the rest


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


def band_edge(song: Spectrum) -> float:
    """Return the highest frequency [Hz] at which a clip's mean power is within 70 dB of its strongest frequency's.

    Above it there is nothing: of full-band clips of GTZAN it is 8,900 Hz or more (docs/NOTES.md).
    """
    power = np.zeros(N_BINS)
    for part in chunks(song.n_frames):
        power += np.square(song.magnitude.T[part]).sum(axis=0, dtype=np.float64)
    found = np.flatnonzero(power >= power.max(initial=0.0) * 10 ** (-EDGE_DB / 10))
    return float(bin_frequencies()[found[-1]]) if len(found) and power.any() else SR / 2


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
    :mod:`mgc.features.products`.
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
