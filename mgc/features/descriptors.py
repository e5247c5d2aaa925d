"""The 57 descriptors of Kaggle's tables: same names, same numbers.

Conventions
-----------
A table is ``(rows, 57)`` float64 with the columns of :data:`COLUMNS`. A song is measured once (:class:`Song`), so that
the row of any *stretch* of it, a slice of frames and the slice of samples that goes with it, is a few sums.

:func:`describe` and :func:`describe_segments` are exact (the golden tests hold them against Kaggle's own files);
:func:`describe_windows` and :func:`describe_blocks` read a whole song's measurements instead of cutting the song first,
so a few frames at the edges of a stretch see beyond it. All four raise RefusedAudio for less than a second of sound.

Loudness, spectral shape and zero crossings have one value a frame [shape=(T,)] and equal librosa's functions of the
same name, called on the waveform with ``pad_mode="reflect"`` (zero crossings: edge padding), to single precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.errors import RefusedAudio
from mgc.features.chroma import Peaks, chroma
from mgc.features.harmonic import separate
from mgc.features.rhythm import WINDOW, Tempogram, onset_strength, short_tempo
from mgc.features.spectrum import HOP_LENGTH, N_FFT, N_MFCC, bin_frequencies, chunks, cosines, spectrum

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = [
    "COLUMNS", "SEGMENT_SAMPLES", "STABLE_COLUMNS", "Song", "cepstrum", "describe", "describe_blocks",
    "describe_segments", "describe_windows", "rms", "song_of", "spectral_shape", "zero_crossing_rate",
]  # fmt: skip

Series = npt.NDArray[np.float64]  # [shape=(T,)]
Table = npt.NDArray[np.float64]

_BEFORE_TEMPO: Final = (
    "chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "zero_crossing_rate", "harmony",
    "perceptr",
)  # fmt: skip

# Kaggle's columns in Kaggle's order, without filename, length and label
COLUMNS: Final = (
    *(f"{name}_{statistic}" for name in _BEFORE_TEMPO for statistic in ("mean", "var")),
    "tempo",
    *(f"mfcc{i}_{statistic}" for i in range(1, N_MFCC + 1) for statistic in ("mean", "var")),
)

# Without those whose value hangs on rounding (means of signals around zero) or on the version of a beat tracker
STABLE_COLUMNS: Final = tuple(name for name in COLUMNS if name not in ("harmony_mean", "perceptr_mean", "tempo"))

SEGMENT_STEP: Final = 66_150  # samples: 3 s
SEGMENT_SAMPLES: Final = 66_149  # Kaggle's author took one fewer
_BLOCK_SLACK: Final = 1.0  # s; a song up to this much longer than a block is one block
_TOP_DB: Final = np.float32(80.0)  # librosa.power_to_db
_AMIN: Final = np.float32(1e-10)
_HOPS_PER_FRAME: Final = N_FFT // HOP_LENGTH
_SILENT: Final = 1e-10  # samples below count as zero (librosa.zero_crossings)
_ROLL_PERCENT: Final = 0.85  # librosa.feature.spectral_rolloff's default


def describe(y: FloatArray) -> Table:
    """Return the row of a clip [shape=(57,)], as in ``features_30_sec.csv``; ``y`` is [shape=(n,), mono, 22,050 Hz]."""
    _refuse_short(len(y))
    return _whole(spectrum(y))


def describe_segments(y: FloatArray, *, n_segments: int = 10) -> Table:
    """Describe the first three-second segments of a clip, as ``features_3_sec.csv`` does.

    ``y`` is [shape=(n,), mono, 22,050 Hz]. Returns [shape=(m, 57), 1 <= m <= n_segments]: as many whole segments as
    fit; a clip shorter than one segment is one row.
    """
    _refuse_short(len(y))
    fitting = max(1, (len(y) + SEGMENT_STEP - SEGMENT_SAMPLES) // SEGMENT_STEP)
    starts = range(0, SEGMENT_STEP * min(n_segments, fitting), SEGMENT_STEP)
    return np.stack([_whole(spectrum(y[start : start + SEGMENT_SAMPLES])) for start in starts])


def describe_windows(spectrum: Spectrum, *, hop_seconds: float = 1.0) -> tuple[Series, Table]:
    """Describe three-second windows of a song, one every ``hop_seconds``.

    Returns their starts [shape=(W,), seconds] and a row for each [shape=(W, 57)], as long as whole windows fit; a
    shorter song is one window.
    """
    _refuse_short(len(spectrum.y))
    last = max(0, len(spectrum.y) - SEGMENT_SAMPLES) / SR
    starts = np.arange(0, last + 1e-9, hop_seconds)
    return starts, _stretches(spectrum, starts, SEGMENT_SAMPLES)


def describe_blocks(spectrum: Spectrum, *, seconds: float = 30.0, hop_seconds: float = 15.0) -> Table:
    """Describe overlapping blocks of a song, each as long as the clips that the whole-clip model was trained on.

    Returns [shape=(B, 57)]: one row for everything when the song is at most a second longer than a block; otherwise
    blocks spread evenly from its beginning to its end, at most ``hop_seconds`` apart.
    """
    _refuse_short(len(spectrum.y))
    if spectrum.seconds <= seconds + _BLOCK_SLACK:
        return _whole(spectrum)[None]
    last = spectrum.seconds - seconds
    return _stretches(spectrum, np.linspace(0, last, 1 + math.ceil(last / hop_seconds)), round(seconds * SR))


def _stretches(spectrum: Spectrum, starts: Series, n_samples: int) -> Table:
    """Describe the stretches of ``n_samples`` that begin at ``starts`` [s]."""
    song = song_of(spectrum)
    n_frames = 1 + n_samples // HOP_LENGTH
    rows = []
    for start in starts:
        sample = round(start * SR)
        frame = round(sample / HOP_LENGTH)
        frames = slice(frame, min(frame + n_frames, spectrum.n_frames))
        rows.append(song.row(frames, slice(sample, min(sample + n_samples, len(spectrum.y)))))
    return np.stack(rows)


def _whole(spectrum: Spectrum) -> Table:
    return song_of(spectrum).row(slice(0, spectrum.n_frames), slice(0, len(spectrum.y)))


def _refuse_short(n_samples: int) -> None:
    if n_samples < SR:
        raise RefusedAudio(f"The audio is too short: {n_samples / SR:.2f} seconds; at least one second is needed.")


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """What is measured on a whole song."""

    magnitude: FloatArray  # [shape=(1025, T), >= 0] of the transform
    decibels: FloatArray  # [shape=(128, T), dB] mel power, without a floor under its peak
    per_frame: Table  # [shape=(5, T)] loudness, centroid, bandwidth, roll-off, zero crossings
    signals: FloatArray  # [shape=(2, n)] the harmonic and the percussive part
    peaks: Peaks  # for the tuning
    onsets: FloatArray  # [shape=(T,), dB >= 0] how much the song rises
    tempogram: Tempogram  # for the tempo

    def row(self, frames: slice, samples: slice) -> Table:
        """Return the 57 descriptors of a stretch [shape=(57,), in the order of :data:`COLUMNS`]."""
        pitch_classes = chroma(self.magnitude[:, frames], self.peaks.tuning(frames))
        decibels = self.decibels[:, frames]
        row = np.empty(len(COLUMNS))
        row[0:2] = pitch_classes.mean(), pitch_classes.var()
        row[2:12] = _mean_and_var(self.per_frame[:, frames])
        row[12:16] = _mean_and_var(self.signals[:, samples])
        # A stretch that is shorter than a pattern is measured alone, as Kaggle's segments were.
        is_short = frames.stop - frames.start < min(WINDOW, len(self.onsets))
        row[16] = short_tempo(self.onsets[frames]) if is_short else self.tempogram.tempo(frames)
        row[17:] = _mean_and_var(cepstrum(np.maximum(decibels, decibels.max() - _TOP_DB)))
        return row


def song_of(spectrum: Spectrum) -> Song:
    """Measure a song, or return what was measured before on the same spectrum."""
    known = spectrum.kept.get("song")
    if isinstance(known, Song):
        return known
    decibels: FloatArray = np.float32(10) * np.log10(np.maximum(spectrum.mel, _AMIN))
    onsets = onset_strength(np.maximum(decibels, decibels.max() - _TOP_DB))
    song = Song(
        magnitude=spectrum.magnitude,
        decibels=decibels,
        per_frame=np.stack([rms(spectrum.y), *spectral_shape(spectrum), zero_crossing_rate(spectrum.y)]),
        signals=separate(spectrum),
        peaks=Peaks(spectrum.magnitude),
        onsets=onsets,
        tempogram=Tempogram(onsets),
    )
    spectrum.kept["song"] = song
    return song


def cepstrum(decibels: FloatArray) -> FloatArray:
    """Return the cepstral coefficients [shape=(20, T)] of mel power [shape=(128, T), dB]."""
    mfccs = np.empty((N_MFCC, decibels.shape[1]), dtype=np.float32)
    for part in chunks(decibels.shape[1]):
        mfccs[:, part] = cosines() @ decibels[:, part]
    return mfccs


def rms(y: FloatArray) -> FloatArray:
    """Return the root mean square [shape=(T,), range 0..1 for audio in -1..1]."""
    padded = np.pad(y, N_FFT // 2, mode="reflect")
    hops = padded[: len(padded) // HOP_LENGTH * HOP_LENGTH].reshape(-1, HOP_LENGTH)
    power = np.einsum("ij,ij->i", hops, hops, dtype=np.float64)
    return np.sqrt(_sum_over_frames(power) / N_FFT).astype(np.float32)


def zero_crossing_rate(y: FloatArray) -> Series:
    """Return the share of samples whose sign differs from the one before [shape=(T,), range 0..1]."""
    padded = np.pad(y, N_FFT // 2, mode="edge")
    negative = padded < -_SILENT
    crossings = np.zeros(len(padded), dtype=np.uint16)
    crossings[1:] = negative[1:] != negative[:-1]
    hops = crossings[: len(padded) // HOP_LENGTH * HOP_LENGTH].reshape(-1, HOP_LENGTH)
    total = _sum_over_frames(hops.sum(axis=1, dtype=np.float64))
    return (total - hops[: len(total), 0]) / N_FFT  # a frame's first sample has none before it


def spectral_shape(spectrum: Spectrum) -> tuple[Series, Series, Series]:
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


def _sum_over_frames(per_hop: Series) -> Series:
    """Sum values per hop over the hops of each frame."""
    total: Series = np.lib.stride_tricks.sliding_window_view(per_hop, _HOPS_PER_FRAME).sum(axis=1)
    return total


def _mean_and_var(values: npt.NDArray[np.floating]) -> Series:
    """Return mean and variance of each row, interleaved [shape=(2 k,)]."""
    mean = values.mean(axis=1, dtype=np.float64)
    var = values.var(axis=1, dtype=np.float64)
    return np.stack([mean, var], axis=1).reshape(-1)
