"""Scores of hard and soft predictions.

Conventions
-----------
``y_true`` and ``y_pred`` are class numbers [shape=(n,), int, 0..n_classes-1]; ``p`` are probabilities
[shape=(n, n_classes), rows sum to 1]. Every score is a fraction in [0, 1] except the log loss (nats). Definitions are
scikit-learn's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["accuracy", "confusion", "log_loss", "macro_f1"]

Labels = npt.NDArray[np.integer]
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
