"""Fit kernel logistic regression on descriptors of one training part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mgc.nets.descriptor_kernel import DescriptorModel, DescriptorNet, prepare

if TYPE_CHECKING:
    from mgc.recipes import DescriptorRecipe

__all__ = ["fit", "fit_net"]

_SMALLEST_EIGENVALUE = 1e-10  # of the landmarks' kernel, relative to the largest: below, two landmarks are the same


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
    labels : np.ndarray [shape=(n,), 0..n_classes-1]; every class occurs
    n_classes : int >= 2
    gamma : float > 0
        of the Gaussian kernel on standardised numbers
    c : float > 0
        inverse strength of the ridge penalty (scikit-learn's C)
    landmarks : int > 0
        training rows kept as landmarks; all of them when there are fewer
    seed : int
        of the choice of landmarks

    Returns
    -------
    DescriptorModel

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
    normalise = _inverse_root(_kernel(kept, kept, gamma))
    classifier = LogisticRegression(C=c, max_iter=2000).fit(_kernel(rows, kept, gamma) @ normalise, labels)
    coefficients, bias = classifier.coef_, classifier.intercept_
    if n_classes == 2:  # scikit-learn keeps one row, whose logistic function is the softmax of half of it and less it
        coefficients, bias = np.concatenate([-coefficients, coefficients]) / 2, np.concatenate([-bias, bias]) / 2
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


def fit_net(
    clips: npt.NDArray[Any],
    labels: npt.NDArray[np.intp],
    segments: npt.NDArray[Any],
    segment_labels: npt.NDArray[np.intp],
    recipe: DescriptorRecipe,
    *,
    n_classes: int,
    seed: int,
) -> DescriptorNet:
    """Fit the models of whole clips [shapes=(n, 57), (n,)] and of 3 s segments [(m, 57), (m,)], each as :func:`fit`."""
    return DescriptorNet(
        clip=fit(
            clips,
            labels,
            n_classes=n_classes,
            gamma=recipe.clip_gamma,
            c=recipe.clip_c,
            landmarks=recipe.clip_landmarks,
            seed=seed,
        ),
        window=fit(
            segments,
            segment_labels,
            n_classes=n_classes,
            gamma=recipe.window_gamma,
            c=recipe.window_c,
            landmarks=recipe.window_landmarks,
            seed=seed,
        ),
    )


def _kernel(rows: npt.NDArray[Any], others: npt.NDArray[Any], gamma: float) -> npt.NDArray[np.float64]:
    squared = (rows**2).sum(1)[:, None] + (others**2).sum(1) - 2.0 * rows @ others.T
    return np.asarray(np.exp(-gamma * np.maximum(squared, 0.0)))


def _inverse_root(matrix: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return ``matrix ** (-1/2)`` of a symmetric positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    values = np.maximum(values, _SMALLEST_EIGENVALUE * values[-1])
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)
