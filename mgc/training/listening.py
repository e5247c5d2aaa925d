"""Fit the listener: how YAMNet's embeddings correct what AudioSet's ten genre classes say of a clip.

AudioSet's rows know genres from millions of clips, but not what a data set means by them; a few labelled clips know
that, but not much else. So the fit begins at AudioSet's rows and learns a correction with a ridge penalty: logits are
``slope * rows + correction + bias``. A genre without a training clip keeps what its row says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.features.audioset import N_SUMMARY
from mgc.nets.baselines import TableModel
from mgc.nets.listener import Listener, unit

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["fit_listener"]

RIDGE: Final = 0.1  # on the correction, whose input has unit length; with ten clips of a genre it must stay small
BIAS: Final = 20.0  # ridge on the bias: how many clips of a genre were at hand says nothing about music
BALANCE: Final = 0.5  # a clip counts as the frequency of its genre to the power of minus this
WHOLE: Final = 0.5  # share of the weight that whole clips have; the rest goes to their windows

Array = npt.NDArray[np.float64]


def fit_listener(
    clips: npt.NDArray[np.float32],
    windows: Sequence[npt.NDArray[np.float32]],
    labels: npt.NDArray[np.intp],
    *,
    n_classes: int,
) -> Listener:
    """Fit on clips and on windows of 3 s of them.

    Parameters
    ----------
    clips : np.ndarray [shape=(n, 1034)]
        :func:`mgc.features.audioset.summaries` of whole clips
    windows : sequence of n np.ndarray [shape=(w, 1034), w >= 1]
        of windows of each clip
    labels : np.ndarray [shape=(n,), 0..n_classes-1]
    n_classes : int
        the last so many numbers of a summary are what AudioSet's rows say of each class

    Returns
    -------
    Listener
        which knows the clips, and measures how far others are from them
    """
    from scipy.optimize import minimize

    n_inputs = N_SUMMARY - n_classes
    mean, scale = clips.mean(axis=0, dtype=np.float64), clips.std(axis=0, dtype=np.float64) + 1e-3
    mean[n_inputs:], scale[n_inputs:] = 0.0, 1.0
    scale[:n_inputs] *= np.sqrt(n_inputs)
    counts = np.bincount(labels, minlength=n_classes)
    present = np.flatnonzero(counts)
    each = 1.0 / np.maximum(counts, 1)[labels] ** BALANCE
    rows = (np.concatenate([clips, *windows]).astype(np.float64) - mean) / scale
    owners = np.concatenate([np.arange(len(clips)), *(np.full(len(one), i) for i, one in enumerate(windows))])
    weight = each[owners] / np.concatenate(
        [np.full(len(clips), 1.0 / WHOLE), *(np.full(len(one), len(one) / (1.0 - WHOLE)) for one in windows)]
    )
    weight *= len(clips) / weight.sum()
    x, known = rows[:, :n_inputs], rows[:, n_inputs:][:, present]
    truth = (labels[owners][:, None] == present).astype(np.float64)
    n = len(present)

    def loss(v: Array) -> tuple[float, Array]:
        slope, bias, correction = v[0], v[1 : 1 + n], v[1 + n :].reshape(n_inputs, n)
        logits = slope * known + bias + x @ correction
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        off = weight[:, None] * (np.exp(logs) - truth)
        value = -(weight[:, None] * truth * logs).sum() + RIDGE / 2 * (correction**2).sum() + BIAS / 2 * (bias**2).sum()
        steps = [[(off * known).sum()], off.sum(axis=0) + BIAS * bias, (x.T @ off + RIDGE * correction).ravel()]
        return float(value), np.concatenate(steps)

    first = np.zeros(1 + n + n_inputs * n)
    first[0] = 1.0
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    weights, bias = np.zeros((N_SUMMARY, n_classes)), np.zeros(n_classes)
    weights[n_inputs:] = found[0] * np.eye(n_classes)
    bias[present] = found[1 : 1 + n]
    weights[:n_inputs, present] = found[1 + n :].reshape(n_inputs, n)
    arrays = {"mean": mean, "scale": scale, "weights": weights, "bias": bias}
    linear = TableModel("linear", {name: one.astype(np.float32) for name, one in arrays.items()}, n_classes)
    return Listener(linear, unit(clips[:, :n_inputs]).astype(np.float16))
