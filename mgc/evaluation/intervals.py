"""Intervals: how far a score might have been off with other clips of the same kind.

Conventions
-----------
The unit is the clip: whole clips are drawn with replacement, never windows or segments, which are not independent.
The interval says nothing about another training run, nor about another data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SEED", "Interval", "bootstrap"]

SEED: Final = 20021  # GTZAN's year, issue 1; any number will do, it only has to stay


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
    n_boot: int = 2000,
    confidence: float = 0.95,
    seed: int = SEED,
) -> Interval:
    """Return ``metric`` with its percentile bootstrap interval (Efron 1979) over clips.

    Parameters
    ----------
    y_true : array_like [shape=(n,)]
        truth per clip
    y_pred : array_like [shape=(n,) or (n, n_classes)]
        what ``metric`` takes second: predicted classes or probabilities
    metric : callable
        ``metric(y_true, y_pred) -> float``, e.g. :func:`mgc.evaluation.metrics.accuracy`
    n_boot : int > 0
        resamples; 2000 settle the bounds to about half a point
    confidence : float in (0, 1)
        share of the resamples inside the bounds
    seed : int
        of the resampling; the same call gives the same interval
    """
    truth, guess = np.asarray(y_true), np.asarray(y_pred)
    n = len(truth)
    value = float(metric(truth, guess))
    draws = np.random.default_rng(seed).integers(0, n, size=(n_boot, n))
    scores = np.array([metric(truth[rows], guess[rows]) for rows in draws])
    low, high = np.quantile(scores, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return Interval(value, float(low), float(high), n)
