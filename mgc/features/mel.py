"""Log-mel patches: what a convolutional net eats when it is given sound rather than Kaggle's pictures.

Conventions
-----------
Decibels are relative to the loudest band and frame of the song: 0 is the peak, -80 the floor (silence throughout is
the floor). A patch has 130 frames, the three seconds of Kaggle's segments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.features.filters import HOP_LENGTH

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = ["FLOOR", "PATCH_FRAMES", "log_mel", "mel_patches"]

FLOOR: Final = -80.0  # dB under the peak; librosa.power_to_db's top_db
PATCH_FRAMES: Final = 130
_AMIN: Final = np.float32(1e-10)  # librosa.power_to_db's smallest power


def log_mel(spectrum: Spectrum) -> FloatArray:
    """Return mel power in decibels under the song's peak [shape=(128, T), dB, range -80..0]."""
    peak = spectrum.mel.max()
    if peak <= _AMIN:
        return np.full_like(spectrum.mel, FLOOR)
    decibels: FloatArray = np.float32(10) * np.log10(np.maximum(spectrum.mel, _AMIN) / peak)
    return np.maximum(decibels, np.float32(FLOOR))


def mel_patches(decibels: FloatArray, starts: npt.NDArray[np.floating], *, n_frames: int = PATCH_FRAMES) -> FloatArray:
    """Cut patches out of a log-mel spectrogram.

    Parameters
    ----------
    decibels : np.ndarray [shape=(128, T), dB]
        as :func:`log_mel` gives it
    starts : np.ndarray [shape=(W,), seconds]
        where the patches begin, e.g. from :func:`mgc.features.descriptors.describe_windows`
    n_frames : int > 0
        of a patch

    Returns
    -------
    np.ndarray [shape=(W, 128, n_frames)]
        patches that would stand out at the end are moved back inside; a song shorter than a patch is continued
        with silence
    """
    missing = n_frames - decibels.shape[1]
    if missing > 0:
        decibels = np.pad(decibels, ((0, 0), (0, missing)), constant_values=FLOOR)
    first = np.rint(np.asarray(starts, dtype=np.float64) * SR / HOP_LENGTH).astype(np.intp)
    first = np.clip(first, 0, decibels.shape[1] - n_frames)
    patches: FloatArray = np.lib.stride_tricks.sliding_window_view(decibels, n_frames, axis=1)[:, first]
    return np.ascontiguousarray(patches.transpose(1, 0, 2))
