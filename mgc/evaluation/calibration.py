"""Is a confidence of 70 % right 7 times of 10, and from where on should the answer be "unsure"?

Conventions
-----------
``p`` are probabilities [shape=(n, n_classes)], ``y`` the true classes [shape=(n,)]. Everything that is *fitted*
here must be given out-of-fold predictions: those of a model that did not see the clip. On its training clips a model
is right more often than it will ever be again, and the temperature would come out too low.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from mgc.evaluation.metrics import log_loss
from mgc.evaluation.voting import calibrate

__all__ = ["expected_calibration_error", "fit_share", "fit_temperature", "fit_unsure_threshold"]

_TEMPERATURES: Final = (0.05, 20.0)  # wider than any sane model needs; a bound reached means something is broken


def fit_temperature(p: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Return the T that minimises the log loss of ``calibrate(p, T)`` on out-of-fold predictions (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    low, high = np.log(_TEMPERATURES)
    # Over ln T: halving and doubling are equal steps. The loss is convex in 1/T, so there is one minimum.
    found = minimize_scalar(lambda t: log_loss(y, calibrate(p, float(np.exp(t)))), bounds=(low, high), method="bounded")
    return float(np.exp(found.x))


def fit_share(first: npt.ArrayLike, second: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Return the share in [0, 1] of ``first`` (``second`` has the rest) whose average has the smallest log loss.

    Both are calibrated out-of-fold probabilities [shape=(n, n_classes)]. The loss is convex in the share: there
    is one minimum.
    """
    from scipy.optimize import minimize_scalar

    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    found = minimize_scalar(
        lambda share: log_loss(y, share * one + (1.0 - share) * other), bounds=(0.0, 1.0), method="bounded"
    )
    return float(found.x)


def expected_calibration_error(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = 15) -> float:
    """Return the ECE of Guo et al. (2017), a fraction in [0, 1]; 0 is perfect.

    Clips are put into ``bins`` bins of equal width by the confidence of their top genre, each closed at its upper end;
    the ECE is the mean of |accuracy - mean confidence| over bins, weighted by their clips.
    """
    rows = np.asarray(p, dtype=np.float64)
    sure, right = rows.max(axis=1), rows.argmax(axis=1) == np.asarray(y)
    number = np.clip(np.ceil(sure * bins).astype(np.intp) - 1, 0, bins - 1)
    gaps = np.bincount(number, weights=right - sure, minlength=bins)
    return float(np.abs(gaps).sum() / len(rows))


def fit_unsure_threshold(p: npt.ArrayLike, y: npt.ArrayLike, *, target_accuracy: float = 0.8) -> float:
    """Return the smallest confidence from which on answers are right often enough.

    The rule: among thresholds t at which some clip is answered (top probability >= t), the smallest whose answered
    clips are right with at least ``target_accuracy``. It is 0 when all clips together reach the target. When none
    does, it is the threshold with the highest accuracy (of equals the smallest).

    Parameters
    ----------
    p : array_like [shape=(n, n_classes)]
        *calibrated out-of-fold* probabilities only
    y : array_like [shape=(n,)]
        true classes
    target_accuracy : float in (0, 1]
        of the answered clips
    """
    rows = np.asarray(p, dtype=np.float64)
    sure, right = rows.max(axis=1), rows.argmax(axis=1) == np.asarray(y)
    order = np.argsort(-sure, kind="stable")
    answered = np.arange(1, len(rows) + 1)
    accuracies = np.cumsum(right[order]) / answered
    # Clips of equal confidence are answered together: only the last of them is a threshold.
    is_threshold = np.append(np.diff(sure[order]) < 0.0, True)
    fine = np.flatnonzero(is_threshold & (accuracies >= target_accuracy))
    if len(fine):
        last = int(fine[-1])
        return 0.0 if last == len(rows) - 1 else float(sure[order[last]])
    best = np.flatnonzero(is_threshold & (accuracies == accuracies[is_threshold].max()))
    return float(sure[order[best[-1]]])
