"""A track in numbers: its descriptors, and 176 of its mel picture, what a linear model needs to hear a genre in it.

Conventions
-----------
A picture is relative to its own peak, so nothing here depends on how loud a track is. Of each of 32 groups of bands:
mean, spread and mean change from column to column. Of each of 8 groups: how strongly it beats, in ten ranges of 0.2 to
5.6 beats a second (the logarithm of the mean of the spectrum of its course in time).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mgc.features.pictures import COLUMNS_PER_SECOND

__all__ = ["N_NUMBERS", "picture_numbers", "side_by_side"]

Array = npt.NDArray[np.float64]

_BANDS: Final = 32
_COARSE: Final = 8
_BEATS: Final = (0.2, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.8, 5.6)  # Hz; half of 11.15 columns a second is 5.57
_SMALL: Final = 1e-3  # added before the logarithm: what a still band has
N_NUMBERS: Final = 3 * _BANDS + _COARSE * (len(_BEATS) - 1)


def picture_numbers(pictures: npt.NDArray[np.uint8], widths: npt.NDArray[np.integer[Any]]) -> Array:
    """Sum up pictures.

    Parameters
    ----------
    pictures : np.ndarray [shape=(n, 128, C), uint8]
        as :func:`mgc.features.pictures.columns` draws them
    widths : np.ndarray [shape=(n,), 0..C]
        columns that show sound

    Returns
    -------
    np.ndarray [shape=(n, 176), float64]
        NaN for tracks that show less than a second
    """
    found = np.full((len(pictures), N_NUMBERS), np.nan)
    for row, (picture, width) in enumerate(zip(pictures, widths, strict=True)):
        if width >= COLUMNS_PER_SECOND:
            found[row] = _sum_up(np.asarray(picture[:, :width]), pictures.shape[2])
    return found


def side_by_side(descriptors: Array, pictures: npt.NDArray[np.uint8], widths: npt.NDArray[np.integer[Any]]) -> Array:
    """Return level-free descriptors and the pictures' numbers of every track [shape=(n, 53 + 176)], NaN if unknown."""
    from mgc.nets.descriptor_kernel import prepare

    heard = np.asarray(np.isfinite(descriptors).all(axis=1))
    prepared = prepare(np.where(heard[:, None], descriptors, 0.0))
    prepared[~heard] = np.nan
    return np.concatenate([prepared, picture_numbers(pictures, widths)], axis=1)


def _sum_up(picture: npt.NDArray[np.uint8], length: int) -> Array:
    """Return the numbers of one picture; its beats are measured as if silence followed up to ``length`` columns."""
    grouped = picture.reshape(_BANDS, -1, picture.shape[1]).mean(axis=1) / 255.0
    coarse = grouped.reshape(_COARSE, -1, picture.shape[1]).mean(axis=1)
    course = (coarse - coarse.mean(axis=1, keepdims=True)) * np.hanning(picture.shape[1])
    strength = np.abs(np.fft.rfft(course, length, axis=1))
    at = np.fft.rfftfreq(length, 1.0 / COLUMNS_PER_SECOND)
    beats = [strength[:, (at >= low) & (at < high)].mean(axis=1) for low, high in pairwise(_BEATS)]
    changes = np.abs(np.diff(grouped, axis=1)).mean(axis=1)
    return np.concatenate(
        [grouped.mean(axis=1), grouped.std(axis=1), changes, np.log(np.stack(beats, axis=1) + _SMALL).ravel()]
    )
