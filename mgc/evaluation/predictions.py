"""What a run has said of the clips that it was tested on: the one form that scores and comparisons read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Predictions"]


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What was said of the tested clips, uncalibrated; rows follow ``units``.

    Attributes
    ----------
    units : tuple of str
        ids of tracks, or of segments
    fold, labels : np.ndarray [shape=(t,)]
    probabilities : np.ndarray [shape=(t, n_classes)]
    artists : np.ndarray [shape=(t,)]
        a number for each artist
    distance : np.ndarray [shape=(t,)] or None
        how unfamiliar each is, where the recipe's net measures it
    pauses : np.ndarray [shape=(t,), 0..1] or None
        share of each track in which next to nothing sounds
    windows, windows_right : np.ndarray [shape=(t,)] or None
        windows each was judged by, and how many were right alone; None in runs that did not count them
    """

    units: tuple[str, ...]
    fold: npt.NDArray[np.intp]
    labels: npt.NDArray[np.intp]
    probabilities: npt.NDArray[np.float64]
    artists: npt.NDArray[np.intp]
    distance: npt.NDArray[np.float64] | None = None
    pauses: npt.NDArray[np.float64] | None = None
    windows: npt.NDArray[np.float64] | None = None
    windows_right: npt.NDArray[np.float64] | None = None
