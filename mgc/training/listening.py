"""Fit the listener: how YAMNet's embeddings correct what AudioSet's ten genre classes say of a clip.

AudioSet's rows know genres from millions of clips, but not what a data set means by them; a few labelled clips know
that, but not much else. So the fit begins at AudioSet's rows and learns a correction: logits are
``slope * rows + correction + bias``, where the correction is a sum of Gaussian kernels around the training clips with a
penalty on its norm (kernel logistic regression; Zhu and Hastie 2005). Far from all of them it vanishes, and a genre
without a training clip keeps what its row says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.nets.baselines import TableModel
from mgc.nets.descriptor_kernel import kernel
from mgc.nets.listener import FORM, WIDTH, Listener

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["fit_listener"]

RIDGE: Final = 0.03  # on the squared norm of the correction
BIAS: Final = 20.0  # ridge on the bias; kernels can hold a constant as well, so BALANCE restrains frequent genres
BALANCE: Final = 0.5  # a clip counts as the frequency of its genre to the power of minus this
WHOLE: Final = 0.5  # share of the weight that whole clips have; the rest goes to their windows
_LEAST_SCALE: Final = 1e-3  # of a number that hardly varies; embeddings are 0 to about 6
_JITTER: Final = 1e-6  # added to the kernel of each clip with itself: of two equal clips it could not be factored

Array = npt.NDArray[np.float64]


def fit_listener(
    clips: npt.NDArray[np.float32],
    windows: Sequence[npt.NDArray[np.float32]],
    labels: npt.NDArray[np.intp],
    artists: npt.NDArray[np.intp],
    *,
    n_classes: int,
) -> Listener:
    """Fit on clips and on windows of 3 s of them.

    Parameters
    ----------
    clips : np.ndarray [shape=(n, 2058)]
        :func:`mgc.features.audioset.summaries` of whole clips
    windows : sequence of n np.ndarray [shape=(w, 2058), w >= 1]
        of windows of each clip
    labels : np.ndarray [shape=(n,), 0..n_classes-1]
    artists : np.ndarray [shape=(n,)]
        a number for each artist
    n_classes : int
        the last so many numbers of a summary are what AudioSet's rows say of each class

    Returns
    -------
    Listener
        which knows the clips, and measures how far others are from them

    Raises
    ------
    ValueError
        when most clips are equal, or there is only one
    """
    from scipy.linalg import cholesky, solve_triangular
    from scipy.optimize import minimize
    from scipy.spatial.distance import pdist

    rows = np.concatenate([clips, *windows]).astype(np.float64)
    inputs = rows[: len(clips), :WIDTH]
    mean, scale = inputs.mean(axis=0), _spread(inputs, labels, artists) * np.sqrt(WIDTH)  # squared distances of about 1
    # Half precision is what the weights file holds, so that is what is fitted and judged.
    landmarks = ((inputs - mean) / scale).astype(np.float16).astype(np.float64)
    apart = np.median(pdist(landmarks, "sqeuclidean")) if len(clips) > 1 else 0.0
    if not apart > 0.0:
        raise ValueError(f"Invalid clips. Received: {len(clips)}, most of them equal. Expected: clips that differ.")
    gamma = 1.0 / apart  # the usual choice: a typical pair has exp(-1)
    counts = np.bincount(labels, minlength=n_classes)
    present = np.flatnonzero(counts)
    each = 1.0 / np.maximum(counts, 1)[labels] ** BALANCE
    owners = np.concatenate([np.arange(len(clips)), *(np.full(len(one), i) for i, one in enumerate(windows))])
    weight = each[owners] / np.concatenate(
        [np.full(len(clips), 1.0 / WHOLE), *(np.full(len(one), len(one) / (1.0 - WHOLE)) for one in windows)]
    )
    weight *= len(clips) / weight.sum()
    # With K = L L', the squared norm of K's functions is that of the coefficients of x = K(rows, landmarks) / L'.
    lower = cholesky(kernel(landmarks, landmarks, gamma) + _JITTER * np.eye(len(clips)), lower=True)
    x = solve_triangular(lower, kernel((rows[:, :WIDTH] - mean) / scale, landmarks, gamma).T, lower=True).T
    known = rows[:, WIDTH:][:, present]
    truth = (labels[owners][:, None] == present).astype(np.float64)
    n = len(present)

    def loss(v: Array) -> tuple[float, Array]:
        slope, bias, correction = v[0], v[1 : 1 + n], v[1 + n :].reshape(-1, n)
        logits = slope * known + bias + x @ correction
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        off = weight[:, None] * (np.exp(logs) - truth)
        value = -(weight[:, None] * truth * logs).sum() + RIDGE / 2 * (correction**2).sum() + BIAS / 2 * (bias**2).sum()
        steps = [[(off * known).sum()], off.sum(axis=0) + BIAS * bias, (x.T @ off + RIDGE * correction).ravel()]
        return float(value), np.concatenate(steps)

    first = np.zeros(1 + n + len(clips) * n)
    first[0] = 1.0
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    weights, bias = np.zeros((len(clips), n_classes)), np.zeros(n_classes)
    bias[present] = found[1 : 1 + n]
    weights[:, present] = solve_triangular(lower, found[1 + n :].reshape(-1, n), lower=True, trans="T")
    arrays = {
        "mean": mean, "scale": scale, "landmarks": landmarks, "gamma": np.asarray(gamma), "weights": weights,
        "bias": bias,
    }  # fmt: skip
    table = TableModel(FORM, {name: one.astype(np.float32) for name, one in arrays.items()}, n_classes)
    return Listener(table, float(found[0]))


def _spread(inputs: Array, labels: npt.NDArray[np.intp], artists: npt.NDArray[np.intp]) -> Array:
    """Return how far the artists of a genre lie from each other in each number [shape=(p,)], above 0.

    Scaled by it, a difference counts little that is usual between artists who play the same (the diagonal of what
    within-class covariance normalisation does; Hatch, Kajarekar and Stolcke 2006). Where no genre has two artists, it
    is the standard deviation over clips.
    """
    squares, freedom = np.zeros(inputs.shape[1]), 0
    for genre in np.unique(labels):
        own = labels == genre
        means = np.stack([inputs[own & (artists == artist)].mean(axis=0) for artist in np.unique(artists[own])])
        squares += ((means - means.mean(axis=0)) ** 2).sum(axis=0)
        freedom += len(means) - 1
    return (np.sqrt(squares / freedom) if freedom else inputs.std(axis=0)) + _LEAST_SCALE
