"""The 57 descriptors of Kaggle's tables: same names, same numbers.

Conventions
-----------
A table is ``(rows, 57)`` float64 with the columns of :data:`COLUMNS`. :func:`describe` and :func:`describe_segments`
are exact (the golden tests hold them against Kaggle's own files); :func:`describe_windows` and
:func:`describe_blocks` read a whole song's measurements instead of cutting the song first, so that a few frames at
the edges of a stretch see beyond it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.errors import RefusedAudio
from mgc.features.filters import HOP_LENGTH
from mgc.features.song import COLUMNS, STABLE_COLUMNS, song_of
from mgc.features.spectrum import spectrum

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = [
    "COLUMNS",
    "SEGMENT_SAMPLES",
    "STABLE_COLUMNS",
    "describe",
    "describe_blocks",
    "describe_segments",
    "describe_windows",
]

Table = npt.NDArray[np.float64]

SEGMENT_STEP: Final = 66_150  # samples: 3 s
SEGMENT_SAMPLES: Final = 66_149  # Kaggle's author took one fewer
_BLOCK_SLACK: Final = 1.0  # s; a song up to this much longer than a block is one block


def describe(y: FloatArray) -> Table:
    """Describe a clip as a whole, as ``features_30_sec.csv`` does.

    Parameters
    ----------
    y : np.ndarray [shape=(n,), n >= 22050]
        mono samples at 22,050 Hz

    Returns
    -------
    np.ndarray [shape=(57,)]
        in the order of :data:`COLUMNS`

    Raises
    ------
    RefusedAudio
        when ``y`` is no valid audio or shorter than a second
    """
    _refuse_short(len(y))
    return _whole(spectrum(y))


def describe_segments(y: FloatArray, *, n_segments: int = 10) -> Table:
    """Describe the first three-second segments of a clip, as ``features_3_sec.csv`` does.

    Parameters
    ----------
    y : np.ndarray [shape=(n,), n >= 22050]
        mono samples at 22,050 Hz
    n_segments : int > 0
        how many at most

    Returns
    -------
    np.ndarray [shape=(m, 57)]
        as many whole segments as fit; a clip shorter than one segment is one row

    Raises
    ------
    RefusedAudio
        when ``y`` is no valid audio or shorter than a second
    """
    _refuse_short(len(y))
    fitting = max(1, (len(y) + SEGMENT_STEP - SEGMENT_SAMPLES) // SEGMENT_STEP)
    starts = range(0, SEGMENT_STEP * min(n_segments, fitting), SEGMENT_STEP)
    return np.stack([_whole(spectrum(y[start : start + SEGMENT_SAMPLES])) for start in starts])


def describe_windows(spectrum: Spectrum, *, hop_seconds: float = 1.0) -> tuple[npt.NDArray[np.float64], Table]:
    """Describe three-second windows of a song.

    Parameters
    ----------
    spectrum : Spectrum
        of at least a second
    hop_seconds : float > 0
        from one window to the next

    Returns
    -------
    starts : np.ndarray [shape=(W,), seconds]
        0, 1, 2, ... as long as whole windows fit; a shorter song is one window
    table : np.ndarray [shape=(W, 57)]
        one row a window

    Raises
    ------
    RefusedAudio
        when the song is shorter than a second
    """
    _refuse_short(len(spectrum.y))
    last = max(0, len(spectrum.y) - SEGMENT_SAMPLES) / SR
    starts = np.arange(0, last + 1e-9, hop_seconds)
    return starts, _stretches(spectrum, starts, SEGMENT_SAMPLES)


def describe_blocks(spectrum: Spectrum, *, seconds: float = 30.0, hop_seconds: float = 15.0) -> Table:
    """Describe overlapping blocks of a song, each as long as the clips the whole-clip model learnt from.

    Parameters
    ----------
    spectrum : Spectrum
        of at least a second
    seconds, hop_seconds : float > 0
        length of a block, and from one to the next

    Returns
    -------
    np.ndarray [shape=(B, 57)]
        one row for everything when the song is at most a second longer than a block; otherwise blocks spread evenly
        from its beginning to its end, at most ``hop_seconds`` apart

    Raises
    ------
    RefusedAudio
        when the song is shorter than a second
    """
    _refuse_short(len(spectrum.y))
    if spectrum.seconds <= seconds + _BLOCK_SLACK:
        return _whole(spectrum)[None]
    last = spectrum.seconds - seconds
    return _stretches(spectrum, np.linspace(0, last, 1 + math.ceil(last / hop_seconds)), round(seconds * SR))


def _stretches(spectrum: Spectrum, starts: npt.NDArray[np.float64], n_samples: int) -> Table:
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
