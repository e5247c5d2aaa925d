"""Scores of predictions, and how much a score varies with the clips or artists that happened to be tested.

Conventions
-----------
``y_true`` and ``y_pred`` are class numbers [shape=(n,), int, 0..n_classes-1]; ``p`` are probabilities
[shape=(n, n_classes), rows sum to 1]. Every score is a fraction in [0, 1] except the log loss (nats). Definitions are
scikit-learn's.

An interval is a bootstrap over clips, or over artists with all their clips (a cluster bootstrap; Field and Welsh 2007);
never over windows or segments. Clips of one artist are alike, so where artists have many clips an interval over clips
is too narrow: read the one over artists. Neither covers another training run or another data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "SEED",
    "Interval",
    "accuracy",
    "bootstrap",
    "confusion",
    "expected_calibration_error",
    "log_loss",
    "macro_f1",
]

SEED: Final = 20021  # of the bootstrap; any number will do, but it must stay
_FLOOR: Final = float(np.finfo(np.float64).eps)  # a probability of 0 for the truth costs 36 nats, not infinity


def _checked(y_true: npt.ArrayLike, other: npt.ArrayLike) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.generic]]:
    truth, guess = np.asarray(y_true, dtype=np.intp), np.asarray(other)
    if truth.ndim != 1 or len(truth) == 0 or guess.shape[:1] != truth.shape:
        raise ValueError(
            f"Invalid predictions. Received: shapes {truth.shape}, {guess.shape}. Expected: one per label, and some."
        )
    return truth, guess


def accuracy(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> float:
    """Return the share of predictions that are right."""
    truth, guess = _checked(y_true, y_pred)
    return float(np.mean(truth == guess))


def confusion(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, n_classes: int) -> npt.NDArray[np.int64]:
    """Return counts [shape=(n_classes, n_classes)]: row = truth, column = prediction."""
    truth, guess = _checked(y_true, y_pred)
    cells = np.bincount(truth * n_classes + guess.astype(np.intp), minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.int64)


def macro_f1(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> float:
    """Return the mean over classes of F1 = 2 TP / (2 TP + FP + FN).

    A class that neither occurs nor is predicted does not count; one that is only predicted, or only missed, counts 0.
    """
    truth, guess = _checked(y_true, y_pred)
    counts = confusion(truth, guess, int(max(truth.max(), guess.astype(np.intp).max())) + 1)
    right = np.diag(counts)
    total = counts.sum(axis=0) + counts.sum(axis=1)
    there = total > 0
    return float(np.mean(2.0 * right[there] / total[there]))


def log_loss(y_true: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the mean of -ln p(truth), in nats; 0 is perfect, ln 10 = 2.30 is a guess among ten."""
    truth, rows = _checked(y_true, p)
    chosen = rows.astype(np.float64)[np.arange(len(truth)), truth]
    return float(-np.mean(np.log(np.maximum(chosen, _FLOOR))))


def expected_calibration_error(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = 15) -> float:
    """Return the ECE (Guo et al. 2017); 0 is perfect.

    Clips are put into ``bins`` bins of equal width by the confidence of their top genre, each closed at its upper end;
    the ECE is the mean of |accuracy - mean confidence| over bins, weighted by their clips.
    """
    rows = np.asarray(p, dtype=np.float64)
    sure, right = rows.max(axis=1), rows.argmax(axis=1) == np.asarray(y)
    number = np.clip(np.ceil(sure * bins).astype(np.intp) - 1, 0, bins - 1)
    gaps = np.bincount(number, weights=right - sure, minlength=bins)
    return float(np.abs(gaps).sum() / len(rows))


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
    seed: int = SEED,
) -> Interval:
    """Return ``metric`` with its 95 % percentile bootstrap interval (Efron 1979).

    Parameters
    ----------
    y_true : array_like [shape=(n,)]
    y_pred : array_like [shape=(n,) or (n, n_classes)]
        second argument of ``metric``: predicted classes or probabilities
    metric : callable
        ``metric(y_true, y_pred) -> float``, e.g. :func:`accuracy`
    groups : array_like [shape=(n,)], optional
        what is drawn together, e.g. :func:`mgc.splits.artist_groups`; without it each clip is drawn by itself
    n_boot : int > 0
        resamples; 2000 settle the bounds to about half a point
    seed : int
        of the resampling; the same call gives the same interval
    """
    truth, guess = np.asarray(y_true), np.asarray(y_pred)
    value = float(metric(truth, guess))
    draws = _draws(len(truth), groups, n_boot, np.random.default_rng(seed))
    scores = np.array([metric(truth[rows], guess[rows]) for rows in draws])
    low, high = np.quantile(scores, [0.025, 0.975])
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
