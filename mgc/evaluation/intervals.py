"""Bootstrap intervals: how much a score varies with the clips, or with the artists, that happened to be tested.

Conventions
-----------
The unit that is drawn with replacement is the clip, or the artist with all his clips (a cluster bootstrap; Field and
Welsh 2007); never windows or segments. Clips of one artist are alike, so where artists have many clips an interval over
clips is too narrow: read the one over artists. Neither says anything about another training run or another data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SEED", "Interval", "bootstrap"]

SEED: Final = 20021  # any number will do, but it must stay


@dataclass(frozen=True, slots=True)
class Interval:
    """A score with the bounds of its interval and the number of clips behind it."""

    value: float
    low: float
    high: float
    n: int


def bootstrap(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    metric: Callable[[npt.NDArray[np.generic], npt.NDArray[np.generic]], float],
    *,
    groups: npt.ArrayLike | None = None,
    n_boot: int = 2000,
    confidence: float = 0.95,
    seed: int = SEED,
) -> Interval:
    """Return ``metric`` with its percentile bootstrap interval (Efron 1979) over clips, or over groups of clips.

    Parameters
    ----------
    y_true : array_like [shape=(n,)]
        truth per clip
    y_pred : array_like [shape=(n,) or (n, n_classes)]
        second argument of ``metric``: predicted classes or probabilities
    metric : callable
        ``metric(y_true, y_pred) -> float``, e.g. :func:`mgc.evaluation.metrics.accuracy`
    groups : array_like [shape=(n,)], optional
        what is drawn together, e.g. :func:`mgc.splits.artist_groups`; without it each clip is drawn by itself
    n_boot : int > 0
        resamples; 2000 settle the bounds to about half a point
    confidence : float in (0, 1)
        share of the resamples inside the bounds
    seed : int
        of the resampling; the same call gives the same interval
    """
    truth, guess = np.asarray(y_true), np.asarray(y_pred)
    value = float(metric(truth, guess))
    draws = _draws(len(truth), groups, n_boot, np.random.default_rng(seed))
    scores = np.array([metric(truth[rows], guess[rows]) for rows in draws])
    low, high = np.quantile(scores, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return Interval(value, float(low), float(high), len(truth))


def _draws(
    n: int, groups: npt.ArrayLike | None, n_boot: int, rng: np.random.Generator
) -> npt.NDArray[np.intp] | list[npt.NDArray[np.intp]]:
    """Return the rows of each resample; resamples of groups differ in length."""
    if groups is None:
        return rng.integers(0, n, size=(n_boot, n))
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    if group.shape != (n,):
        raise ValueError(f"Invalid groups. Received: shape {group.shape}. Expected: ({n},).")
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    chosen = rng.integers(0, len(members), size=(n_boot, len(members)))
    return [np.concatenate([members[one] for one in row]) for row in chosen.tolist()]
