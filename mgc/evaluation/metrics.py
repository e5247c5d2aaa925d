"""Scores of predictions, and how much a score varies with the clips or artists that happened to be tested.

Conventions
-----------
``y_true`` and ``y_pred`` are class numbers [shape=(n,), int, 0..n_classes-1]; ``p`` are probabilities
[shape=(n, n_classes), rows sum to 1]; of equal probabilities the lower class comes first, as with ``argmax``. Every
score is a fraction in [0, 1] except the log loss (nats) and the Brier score (0 to 2). Definitions are scikit-learn's.

An interval is a bootstrap over clips, or over artists with all their clips (a cluster bootstrap; Field and Welsh 2007);
never over windows or segments. Clips of one artist are alike, so where artists have many clips an interval over clips
is too narrow: read the one over artists. Neither covers another training run or another data set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "RESAMPLES",
    "SEED",
    "TOP",
    "Coverage",
    "Interval",
    "PerGenre",
    "Reliability",
    "accuracy",
    "balanced_accuracy",
    "bootstrap",
    "brier",
    "confusion",
    "coverage_curve",
    "expected_calibration_error",
    "log_loss",
    "macro_f1",
    "per_genre",
    "reliability",
    "resampled",
    "top_k",
    "window_accuracy",
]

Array = npt.NDArray[np.float64]

SEED: Final = 20021  # of the bootstrap; any number will do, but it must stay
RESAMPLES: Final = 2000  # settle the bounds of an interval to about half a point
TOP: Final = 3  # genres among which the truth is looked for, unless told otherwise
_AT_ONCE: Final = 16  # resamples drawn at once: they stay in the processor's cache
# Multiplications of one product of matrices, at most: OpenBLAS hands larger ones to threads, which on a busy machine
# wait for each other (six runs over 7,901 segments, two cores, ten processes: 4 s instead of 1.3).
_SMALL: Final = 2**18
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
    return float(np.mean(_right(*_checked(y_true, y_pred))))


def confusion(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, n_classes: int) -> npt.NDArray[np.int64]:
    """Return counts [shape=(n_classes, n_classes)]: row = truth, column = prediction."""
    truth, guess = _checked(y_true, y_pred)
    cells = np.bincount(truth * n_classes + guess.astype(np.intp), minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.int64)


def macro_f1(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> float:
    """Return the mean over classes of F1 = 2 TP / (2 TP + FP + FN).

    A class that neither occurs nor is predicted does not count; one that is only predicted, or only missed, counts 0.
    """
    return float(_macro_f1(_tallies(*_checked(y_true, y_pred)).sum(axis=0)))


def balanced_accuracy(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> float:
    """Return the mean over the classes that occur of their recall: each genre counts the same, however many clips."""
    return float(_balanced(_tallies(*_checked(y_true, y_pred)).sum(axis=0)))


@dataclass(frozen=True, slots=True, eq=False)
class PerGenre:
    """Scores of each class [shape=(n_classes,)].

    Attributes
    ----------
    precision : np.ndarray [0..1]
        share of the clips predicted to be of the class that are; 0 where none is predicted
    recall : np.ndarray [0..1]
        share of the clips of the class that are predicted to be; 0 where there is none
    f1 : np.ndarray [0..1]
        harmonic mean of the two; 0 where both are
    support : np.ndarray of int
        clips of the class
    """

    precision: Array
    recall: Array
    f1: Array
    support: npt.NDArray[np.int64]


def per_genre(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, n_classes: int) -> PerGenre:
    """Return precision, recall, F1 and support of each class."""
    counts = confusion(y_true, y_pred, n_classes)
    right, predicted, support = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    return PerGenre(_share(right, predicted), _share(right, support), _share(2.0 * right, predicted + support), support)


def log_loss(y_true: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the mean of -ln p(truth), in nats; 0 is perfect, ln 10 = 2.30 is a guess among ten."""
    return float(np.mean(_costs(*_checked(y_true, p))))


def brier(y_true: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the Brier score of several classes in its original form (Brier 1950); 0 is perfect, 2 the worst.

    The squared differences between the probabilities and the truth (1 for the true class, 0 for the others) are summed
    over the classes of a clip, and averaged over clips. A guess among ten costs 0.9.
    """
    return float(np.mean(_squares(*_checked(y_true, p))))


def top_k(y_true: npt.ArrayLike, p: npt.ArrayLike, k: int = TOP) -> float:
    """Return the share of clips whose truth is among the ``k`` most probable classes; with k = 1 the accuracy."""
    return float(np.mean(_among(*_checked(y_true, p), k)))


def window_accuracy(windows: Array | None, windows_right: Array | None) -> float | None:
    """Return the share of windows that are right alone, None where they were not counted.

    Parameters
    ----------
    windows, windows_right : np.ndarray [shape=(n,)] or None
        of each clip (:class:`mgc.evaluation.predictions.Predictions`)
    """
    if windows is None or windows_right is None or not windows.sum():
        return None
    return float(windows_right.sum() / windows.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """How often clips are right, by how confident the model was; one row a bin [shape=(bins,)].

    Attributes
    ----------
    confidence : np.ndarray [0..1]
        mean probability of the top class; NaN in an empty bin
    accuracy : np.ndarray [0..1]
        share of clips that are right; NaN in an empty bin
    n : np.ndarray of int
        clips
    """

    confidence: Array
    accuracy: Array
    n: npt.NDArray[np.int64]

    @property
    def error(self) -> float:
        """The expected calibration error: mean of |accuracy - confidence| over bins, weighted by their clips."""
        held = self.n > 0
        return float((self.n * np.abs(self.accuracy - self.confidence))[held].sum() / self.n.sum())


def reliability(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = 15) -> Reliability:
    """Return the reliability curve (Guo et al. 2017).

    Clips are put into ``bins`` bins of equal width by the confidence of their top genre, each closed at its upper end.
    """
    sure, right = _confidence(p, y)
    number = np.clip(np.ceil(sure * bins).astype(np.intp) - 1, 0, bins - 1)
    n = np.bincount(number, minlength=bins)
    mean_sure, mean_right = (
        np.where(n > 0, np.bincount(number, weights=column, minlength=bins) / np.maximum(n, 1), np.nan)
        for column in (sure, right)
    )
    return Reliability(mean_sure, mean_right, n.astype(np.int64))


def expected_calibration_error(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = 15) -> float:
    """Return the ECE (Guo et al. 2017), the mean gap of :func:`reliability`; 0 is perfect.

    With few clips it is above 0 for a perfect model too: 0.05 in the median of 290 clips in 15 bins.
    """
    return reliability(p, y, bins).error


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What is answered, and how often rightly, from each threshold of confidence on; the highest first.

    Attributes
    ----------
    threshold : np.ndarray [shape=(m,), 0..1, falling]
        the different top probabilities; a clip is answered when its own is at least the threshold
    coverage : np.ndarray [shape=(m,), 0..1, rising to 1]
        share of clips that are answered
    accuracy : np.ndarray [shape=(m,), 0..1]
        share of the answered clips that are right
    """

    threshold: Array
    coverage: Array
    accuracy: Array


def coverage_curve(p: npt.ArrayLike, y: npt.ArrayLike) -> Coverage:
    """Return coverage and accuracy for every threshold that changes them (El-Yaniv and Wiener 2010)."""
    sure, right = _confidence(p, y)
    order = np.argsort(-sure, kind="stable")
    answered = np.arange(1, len(sure) + 1)
    # Clips of equal confidence are answered together: only the last of them is a threshold.
    last = np.append(np.diff(sure[order]) < 0.0, True)
    return Coverage(sure[order][last], (answered / len(sure))[last], (np.cumsum(right[order]) / answered)[last])


def _confidence(p: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return the probability of each clip's top class, and whether that class is right."""
    rows = np.asarray(p, dtype=np.float64)
    return rows.max(axis=1), rows.argmax(axis=1) == np.asarray(y)


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
    n_boot: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Return ``metric`` with its 95 % percentile bootstrap interval (Efron 1979).

    Scores of this module that depend on sums over clips alone are computed for all resamples at once
    (:func:`resampled`); any other function is called once per resample.

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
        resamples
    seed : int
        of the resampling; the same call gives the same interval
    """
    truth, guess = np.asarray(y_true), np.asarray(y_pred)
    value = float(metric(truth, guess))
    if metric in _BY_SUMS:
        terms, score = _BY_SUMS[metric]
        scores = score(resampled(terms(truth, guess), groups=groups, n_boot=n_boot, seed=seed))
    else:
        units = _units(groups, len(truth))
        times = _times(int(units.max()) + 1, n_boot, seed)
        rows = (np.repeat(np.arange(len(truth)), one[units]) for one in times)
        scores = np.array([metric(truth[one], guess[one]) for one in rows])
    low, high = np.quantile(scores, [0.025, 0.975])
    return Interval(value, float(low), float(high), len(truth))


def resampled(
    terms: npt.ArrayLike, *, groups: npt.ArrayLike | None = None, n_boot: int = RESAMPLES, seed: int = SEED
) -> Array:
    """Return the sums of ``terms`` over each bootstrap resample of clips, or of groups [shape=(n_boot, m)].

    Calls with as many clips (or groups) and the same seed draw the same resamples, so what two runs came to in a
    resample can be subtracted.

    Parameters
    ----------
    terms : array_like [shape=(n, m)]
        m numbers of each clip
    groups : array_like [shape=(n,)], optional
        what is drawn together; without it each clip is drawn by itself
    n_boot : int > 0
        resamples
    seed : int
    """
    rows = np.asarray(terms, dtype=np.float64)
    if groups is not None:
        units = _units(groups, len(rows))
        starts = np.concatenate([[0], np.cumsum(np.bincount(units))[:-1]])
        rows = np.add.reduceat(rows[np.argsort(units, kind="stable")], starts, axis=0)
    times = _times(len(rows), n_boot, seed)
    step = max(1, _SMALL // rows.size)
    parts = (times[start : start + step].astype(np.float64) @ rows for start in range(0, n_boot, step))
    return np.concatenate(list(parts))


def _units(groups: npt.ArrayLike | None, n: int) -> npt.NDArray[np.intp]:
    """Return the number of what each clip is drawn with, 0 to the number of units - 1."""
    if groups is None:
        return np.arange(n)
    _, unit = np.unique(np.asarray(groups), return_inverse=True)
    if unit.shape != (n,):
        raise ValueError(f"Invalid groups. Received: shape {unit.shape}. Expected: ({n},).")
    return unit


@lru_cache(maxsize=8)  # 2 MB for 1,000 clips, 16 for 7,901 segments
def _times(n: int, n_boot: int, seed: int) -> npt.NDArray[np.uint8]:
    """Return how often each of n units is in each resample [shape=(n_boot, n), read-only]; once on average."""
    rng = np.random.default_rng(seed)
    times = np.empty((n_boot, n), dtype=np.uint8)
    for start in range(0, n_boot, _AT_ONCE):
        part = times[start : start + _AT_ONCE]
        drawn = rng.integers(0, n, size=part.shape) + n * np.arange(len(part))[:, None]
        part[:] = np.bincount(drawn.ravel(), minlength=part.size).reshape(part.shape)
    times.setflags(write=False)
    return times


# Terms of each clip [shape=(n, m)] whose sums over clips [shape=(..., m)] determine a score.


def _tallies(truth: npt.NDArray[np.generic], guess: npt.NDArray[np.generic]) -> Array:
    """Return 1 for the class of the truth, for that of the guess, and for both where they agree: three blocks."""
    classes = np.arange(int(max(truth.max(), guess.max())) + 1)
    is_truth, is_guess = truth[:, None] == classes, guess[:, None] == classes
    return np.concatenate([is_truth, is_guess, is_truth & is_guess], axis=1).astype(np.float64)


def _macro_f1(sums: Array) -> Array:
    truth, guess, right = np.split(sums, 3, axis=-1)
    return np.asarray(_share(2.0 * right, truth + guess).sum(axis=-1) / (truth + guess > 0).sum(axis=-1))


def _balanced(sums: Array) -> Array:
    truth, _, right = np.split(sums, 3, axis=-1)
    return np.asarray(_share(right, truth).sum(axis=-1) / (truth > 0).sum(axis=-1))


def _share(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Array:
    """Return part / whole, 0 where the whole is 0."""
    return np.asarray(part / np.maximum(whole, 1))


def _right(truth: npt.NDArray[np.generic], guess: npt.NDArray[np.generic]) -> Array:
    return np.asarray(truth == guess, dtype=np.float64)


def _costs(truth: npt.NDArray[np.generic], p: npt.NDArray[np.generic]) -> Array:
    chosen = p.astype(np.float64)[np.arange(len(truth)), truth.astype(np.intp)]
    return np.asarray(-np.log(np.maximum(chosen, _FLOOR)))


def _squares(truth: npt.NDArray[np.generic], p: npt.NDArray[np.generic]) -> Array:
    rows = p.astype(np.float64)
    return np.asarray(((rows - np.eye(rows.shape[1])[truth.astype(np.intp)]) ** 2).sum(axis=1))


def _among(truth: npt.NDArray[np.generic], p: npt.NDArray[np.generic], k: int = TOP) -> Array:
    best = np.argsort(-p.astype(np.float64), axis=1, kind="stable")[:, :k]
    return np.asarray((best == truth[:, None]).any(axis=1), dtype=np.float64)


_Terms = Callable[[npt.NDArray[np.generic], npt.NDArray[np.generic]], Array]


def _mean(of: _Terms) -> tuple[_Terms, Callable[[Array], Array]]:
    """Return how the mean over clips of a number of each is found from sums."""
    return lambda truth, guess: np.stack([of(truth, guess), np.ones(len(truth))], axis=1), lambda s: s[:, 0] / s[:, 1]


_BY_SUMS: Final[dict[Callable[..., float | None], tuple[_Terms, Callable[[Array], Array]]]] = {
    accuracy: _mean(_right),
    log_loss: _mean(_costs),
    brier: _mean(_squares),
    top_k: _mean(_among),
    macro_f1: (_tallies, _macro_f1),
    balanced_accuracy: (_tallies, _balanced),
    window_accuracy: (lambda windows, right: np.stack([right, windows], axis=1), lambda s: s[:, 0] / s[:, 1]),
}
