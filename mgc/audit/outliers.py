"""Tracks that sound like nothing else in the data set.

Conventions
-----------
Descriptors are made independent of level (:func:`mgc.nets.descriptor_kernel.prepare`) and standardised. A track's
distance is the mean over its ten nearest neighbours, as a multiple of the median track's. An outlier is unusual, not
wrong: a distorted file, a scratch, or the only harpsichord.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAST", "Outlier", "in_words", "outliers"]

Array = npt.NDArray[np.float64]

_NEIGHBOURS: Final = 10
LEAST: Final = 2 * _NEIGHBOURS  # tracks; fewer do not show what is usual
_FAR: Final = 3.5  # robust deviations (of the logarithm) from which a track counts; Iglewicz and Hoaglin 1993
_REASONS: Final = 3
_EXTREME: Final = 4.0  # standard deviations from which a number is called extreme
_VERY: Final = 2.0
_TERMS: Final = {
    "chroma_stft": "chroma",
    "rms": "loudness (RMS)",
    "rolloff": "spectral roll-off",
    "zero_crossing_rate": "zero-crossing rate",
}
_PARTS: Final = {"harmony_var": "harmonic part", "perceptr_var": "percussive part"}  # their share of the energy


@dataclass(frozen=True, slots=True)
class Outlier:
    """A track that is far from all others.

    ``because`` are the descriptors that are furthest from the data set's mean, in standard deviations, e.g.
    ``("rolloff_var", -4.2)``; :func:`in_words` says them.
    """

    track: str
    distance: float  # times the median track's distance to its neighbours
    because: tuple[tuple[str, float], ...]


def outliers(ids: Sequence[str], descriptors: Array) -> tuple[Outlier, ...]:
    """Return the tracks that are far from all others, the furthest first.

    Parameters
    ----------
    ids : sequence of str, length n
    descriptors : np.ndarray [shape=(n, 57), float64]
        in the order of :data:`mgc.features.descriptors.COLUMNS`; rows with NaN are skipped, and fewer than
        :data:`LEAST` different ones have no outlier
    """
    from sklearn.neighbors import NearestNeighbors

    from mgc.evaluation.statistics import standardised
    from mgc.features.descriptors import STABLE_COLUMNS
    from mgc.nets.descriptor_kernel import prepare

    known = np.flatnonzero(np.isfinite(descriptors).all(axis=1))
    columns = [name for name in STABLE_COLUMNS if name != "rms_mean"]  # what prepare() keeps
    rows = standardised(prepare(descriptors[known]))
    alone, where = np.unique(rows, axis=0, return_inverse=True)  # a duplicate is no neighbour
    if len(alone) < LEAST:
        return ()
    near, _ = NearestNeighbors(n_neighbors=_NEIGHBOURS).fit(alone).kneighbors()  # no track is its own neighbour
    distance = near.mean(axis=1)[where.ravel()]
    size = np.log(np.maximum(distance, 1e-9))
    middle = np.median(size)
    spread = 1.4826 * np.median(np.abs(size - middle))
    far = [row for row in np.argsort(-size, kind="stable") if size[row] - middle > max(_FAR * spread, 1e-6)]
    return tuple(
        Outlier(
            ids[known[row]],
            round(float(np.exp(size[row] - middle)), 2),
            tuple((columns[c], round(float(rows[row, c]), 1)) for c in np.argsort(-np.abs(rows[row]))[:_REASONS]),
        )
        for row in far
    )


def in_words(column: str, deviations: float) -> str:
    """Return what is unusual: ``("spectral_centroid_mean", -3.1)`` is ``"very low spectral centroid"``."""
    size = abs(deviations)
    degree = "extremely" if size >= _EXTREME else "very" if size >= _VERY else "rather"
    is_above = deviations > 0
    if column in _PARTS:
        return f"{degree} {'strong' if is_above else 'weak'} {_PARTS[column]}"
    stem, _, moment = column.rpartition("_") if column.endswith(("_mean", "_var")) else (column, "", "mean")
    if stem.startswith("mfcc"):
        term = f"MFCC {stem.removeprefix('mfcc')}"
    else:
        term = _TERMS.get(stem, stem.replace("_", " "))
    how = ("variable", "steady") if moment == "var" else ("high", "low")
    return f"{degree} {how[not is_above]} {term}"
