"""A song measured once, so that the 57 descriptors of any stretch of it are a few sums.

Conventions
-----------
A *stretch* is a slice of frames (with start and stop) and the slice of samples that goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.features.chroma import Peaks, chroma
from mgc.features.filters import N_MFCC, cosines
from mgc.features.frames import rms, spectral_shape, zero_crossing_rate
from mgc.features.harmonic import separate
from mgc.features.rhythm import WINDOW, Tempogram, onset_strength, short_tempo
from mgc.features.spectrum import chunks

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = ["COLUMNS", "STABLE_COLUMNS", "Song", "cepstrum", "song_of"]

_MEASURED: Final = (
    "chroma_stft",
    "rms",
    "spectral_centroid",
    "spectral_bandwidth",
    "rolloff",
    "zero_crossing_rate",
    "harmony",
    "perceptr",
)
_MFCCS: Final = tuple(f"mfcc{i}" for i in range(1, 21))

# Kaggle's columns in Kaggle's order, without filename, length and label
COLUMNS: Final = (
    *(f"{name}_{statistic}" for name in _MEASURED for statistic in ("mean", "var")),
    "tempo",
    *(f"{name}_{statistic}" for name in _MFCCS for statistic in ("mean", "var")),
)

# Without those whose value hangs on rounding (means of signals around zero) or on the version of a beat tracker
STABLE_COLUMNS: Final = tuple(name for name in COLUMNS if name not in ("harmony_mean", "perceptr_mean", "tempo"))

_TOP_DB: Final = np.float32(80.0)  # librosa.power_to_db
_AMIN: Final = np.float32(1e-10)


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """What is measured on a whole song.

    Attributes
    ----------
    magnitude : np.ndarray [shape=(1025, T), >= 0]
        of the transform
    decibels : np.ndarray [shape=(128, T), dB]
        mel power, without a floor under its peak
    per_frame : np.ndarray [shape=(5, T)]
        loudness, centroid, bandwidth, roll-off, zero crossings
    signals : np.ndarray [shape=(2, n)]
        the harmonic and the percussive part
    peaks : Peaks
        tell the tuning
    onsets : np.ndarray [shape=(T,), dB >= 0]
        how much the song rises
    tempogram : Tempogram
        tells the tempo
    """

    magnitude: FloatArray
    decibels: FloatArray
    per_frame: npt.NDArray[np.float64]
    signals: FloatArray
    peaks: Peaks
    onsets: FloatArray
    tempogram: Tempogram

    def row(self, frames: slice, samples: slice) -> npt.NDArray[np.float64]:
        """Return the 57 descriptors of a stretch [shape=(57,), in the order of :data:`COLUMNS`]."""
        pitch_classes = chroma(self.magnitude[:, frames], self.peaks.tuning(frames))
        per_frame = self.per_frame[:, frames]
        signals = self.signals[:, samples]
        decibels = self.decibels[:, frames]
        mfccs = cepstrum(np.maximum(decibels, decibels.max() - _TOP_DB))
        row = np.empty(len(COLUMNS))
        row[0:2] = pitch_classes.mean(), pitch_classes.var()
        row[2:12] = _mean_and_var(per_frame)
        row[12:16] = _mean_and_var(signals)
        row[16] = self._tempo(frames)
        row[17:] = _mean_and_var(mfccs)
        return row

    def _tempo(self, frames: slice) -> float:
        """Return the tempo of a stretch; windows shorter than a pattern are heard alone, as Kaggle's segments were."""
        n_frames = frames.stop - frames.start
        if n_frames < min(WINDOW, len(self.onsets)):
            return short_tempo(self.onsets[frames])
        return self.tempogram.tempo(frames)


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
    """Return the cepstral coefficients of mel power in decibels [shape=(20, T)]."""
    mfccs = np.empty((N_MFCC, decibels.shape[1]), dtype=np.float32)
    for part in chunks(decibels.shape[1]):
        mfccs[:, part] = cosines() @ decibels[:, part]
    return mfccs


def _mean_and_var(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return mean and variance of each row, interleaved [shape=(2 k,)]."""
    mean = values.mean(axis=1, dtype=np.float64)
    var = values.var(axis=1, dtype=np.float64)
    return np.stack([mean, var], axis=1).reshape(-1)
