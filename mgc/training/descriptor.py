"""Fit kernel logistic regression on descriptors of one training part."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mgc.nets.descriptor_kernel import DescriptorModel, kernel, prepare

__all__ = ["fit", "of_all_classes"]

_SMALLEST_EIGENVALUE: Final = 1e-10  # of the landmarks' kernel, relative to the largest: below, two are the same


def fit(
    table: npt.NDArray[Any],
    labels: npt.NDArray[np.intp],
    *,
    n_classes: int,
    gamma: float,
    c: float,
    landmarks: int,
    seed: int,
) -> DescriptorModel:
    """Fit the scaler, the landmarks, the classifier and the measure of unfamiliarity, all on the rows given.

    Parameters
    ----------
    table : np.ndarray [shape=(n, 57)]
        descriptors of the training rows
    labels : np.ndarray [shape=(n,), 0..n_classes-1]
    n_classes : int >= 2
    gamma : float > 0
        of the Gaussian kernel on standardised numbers
    c : float > 0
        inverse strength of the ridge penalty (scikit-learn's C)
    landmarks : int > 0
        training rows kept as landmarks; all of them when there are fewer
    seed : int
        of the choice of landmarks

    Raises
    ------
    ValueError
        when a class has no row
    """
    from sklearn.covariance import LedoitWolf
    from sklearn.linear_model import LogisticRegression

    if (held := len(np.unique(labels))) != n_classes:
        raise ValueError(f"Invalid labels. Received: rows of {held} classes. Expected: of all {n_classes}.")
    rows = prepare(table)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale == 0.0] = 1.0
    rows = (rows - mean) / scale
    chosen = np.random.default_rng(seed).permutation(len(rows))[:landmarks]
    kept = rows[np.sort(chosen)]
    normalise = _inverse_root(kernel(kept, kept, gamma))
    classifier = LogisticRegression(C=c, max_iter=2000).fit(kernel(rows, kept, gamma) @ normalise, labels)
    coefficients, bias = of_all_classes(classifier)
    spread = LedoitWolf().fit(rows)  # shrunk: 53 numbers, strongly correlated
    return DescriptorModel(
        mean=mean,
        scale=scale,
        landmarks=kept,
        gamma=np.array(gamma),
        weights=normalise @ coefficients.T,
        bias=bias,
        centre=spread.location_,
        whiten=_inverse_root(spread.covariance_) / np.sqrt(rows.shape[1]),
    )


def of_all_classes(classifier: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the coefficients [shape=(n_classes, p)] and biases [shape=(n_classes,)] of a logistic regression.

    Of two classes scikit-learn keeps one row, whose logistic function is the softmax of half of it and less it.
    """
    coefficients, bias = classifier.coef_, classifier.intercept_
    if len(coefficients) == 1:
        coefficients, bias = np.concatenate([-coefficients, coefficients]) / 2, np.concatenate([-bias, bias]) / 2
    return coefficients, bias


def _inverse_root(matrix: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return ``matrix ** (-1/2)`` of a symmetric positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    values = np.maximum(values, _SMALLEST_EIGENVALUE * values[-1])
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)
