"""Kernel logistic regression on the descriptors, as plain arrays.

Conventions
-----------
Input: a table [shape=(n, 57), float64] in the order of :data:`mgc.features.descriptors.COLUMNS`. Of it 53 numbers are
used: ``harmony_mean``, ``perceptr_mean`` (means of zero-mean signals) and ``tempo`` (beat tracker's version) are left
out, and the level is taken out, so that turning a song up or down changes nothing: multiplying ``y`` by g multiplies
``rms_mean`` by g, the three level variances by g^2, and adds sqrt(128) * 20 log10(g) to the first MFCC (an
orthonormal DCT of 128 bands in dB).

What an encoder leaves of the highest band or two is taken out as well. A band emptied by d dB moves the mean MFCCs by
``-d`` times its column of the DCT, and the columns of the two highest of 128 bands point the same way (cosine 0.997).
MP3 at 22,050 Hz empties them by tens of dB in one clip of four, which otherwise decides the genre. So the mean MFCCs
are projected on what is orthogonal to that direction.

The model is ``softmax(K(x, landmarks) @ weights + bias)`` with a Gaussian kernel ``exp(-gamma |x - l|^2)``: what the
Nystroem method makes of logistic regression (Williams and Seeger 2001), folded into one matrix.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.features.products import product

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ARRAYS",
    "NUMBERS",
    "PARTS",
    "DescriptorModel",
    "DescriptorNet",
    "dump",
    "kernel",
    "load",
    "parameters",
    "prepare",
    "softmax",
]

Array = npt.NDArray[np.float64]
ARRAYS: Final = ("mean", "scale", "landmarks", "gamma", "weights", "bias", "centre", "whiten")
NUMBERS: Final = 53  # of the 57 that the model sees
PARTS: Final = ("clip", "window")  # judge a whole clip and windows of 3 s

_DB_PER_GAIN: Final = 20.0 * np.sqrt(128.0)
_LEVEL_VARIANCES: Final = ("rms_var", "harmony_var", "perceptr_var")
_BANDS: Final = 128  # mel bands behind an MFCC
_SMALL: Final = 1e-8  # added before the logarithm of a variance: silence has none


@cache
def _positions() -> tuple[dict[str, int], npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    from mgc.features.descriptors import COLUMNS, STABLE_COLUMNS

    where = {name: position for position, name in enumerate(COLUMNS)}
    used = [name for name in STABLE_COLUMNS if name != "rms_mean"]
    return where, np.array([where[name] for name in used]), np.array([name.endswith("_var") for name in used])


@cache
def _band_edge() -> Array:
    """Return the direction [shape=(20,), length 1] in which the mean MFCCs move when the two highest bands change."""
    order, bands = np.arange(20), np.arange(_BANDS - 2, _BANDS)
    columns = np.cos(np.pi * order[:, None] * (2 * bands + 1) / (2 * _BANDS))  # DCT-II, up to one scale
    columns[0] /= np.sqrt(2.0)  # which is what makes it orthonormal
    direction = columns.sum(axis=1)
    return np.asarray(direction / np.linalg.norm(direction))


def prepare(table: npt.NDArray[Any]) -> Array:
    """Turn descriptors [shape=(n, 57)] into the level-free numbers [shape=(n, 53)] that the model sees.

    Variances are on a logarithmic scale; ValueError for a table of another width.
    """
    where, used, variances = _positions()
    table = np.array(table, dtype=np.float64, ndmin=2)
    if table.shape[1] != len(where):
        raise ValueError(f"Invalid table. Received: {table.shape[1]} columns. Expected: {len(where)}.")
    level = table[:, where["rms_mean"]] + 1e-6
    for name in _LEVEL_VARIANCES:
        table[:, where[name]] /= level**2
    table[:, where["mfcc1_mean"]] -= _DB_PER_GAIN * np.log10(level)
    rows = table[:, used]
    edge = _band_edge()
    cepstrum = [used.tolist().index(where[f"mfcc{k + 1}_mean"]) for k in range(len(edge))]
    rows[:, cepstrum] -= (rows[:, cepstrum] @ edge)[:, None] * edge
    rows[:, variances] = np.log(np.maximum(rows[:, variances], 0.0) + _SMALL)
    return rows


def kernel(rows: npt.NDArray[Any], others: npt.NDArray[Any], gamma: float | npt.NDArray[Any]) -> Array:
    """Return ``exp(-gamma |x - l|^2)`` of all pairs of rows [shapes=(n, p), (m, p) -> (n, m)]."""
    squared = (rows**2).sum(1)[:, None] + (others**2).sum(1) - 2.0 * product(rows, others.T)
    return np.asarray(np.exp(-gamma * np.maximum(squared, 0.0)))


def softmax(logits: npt.NDArray[Any]) -> Array:
    """Return the class probabilities of logits, both [shape=(n, n_classes)]."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorModel:
    """Arrays of one fitted model (p = 53 numbers in, m landmarks).

    Attributes
    ----------
    mean, scale : np.ndarray [shape=(p,)]
        of the training rows
    landmarks : np.ndarray [shape=(m, p)]
    gamma : np.ndarray [shape=(), > 0]
    weights : np.ndarray [shape=(m, n_classes)]
    bias : np.ndarray [shape=(n_classes,)]
    centre : np.ndarray [shape=(p,)]
        middle of the standardised training rows
    whiten : np.ndarray [shape=(p, p)]
        makes their (shrunk) covariance the identity, divided by sqrt(p)
    """

    mean: Array
    scale: Array
    landmarks: Array
    gamma: Array
    weights: Array
    bias: Array
    centre: Array
    whiten: Array

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], n_classes: int) -> DescriptorModel:
        """Wrap arrays; ValueError names the one that is missing, of another shape, not finite, or out of its range."""
        if missing := [name for name in ARRAYS if name not in arrays]:
            raise ValueError(f"Arrays are missing: {', '.join(missing)}.")
        held = {name: np.asarray(arrays[name], dtype=np.float64) for name in ARRAYS}
        shapes = _shapes(len(np.atleast_1d(held["landmarks"])), n_classes)
        for name, expected in shapes.items():
            if held[name].shape != expected or not np.isfinite(held[name]).all():
                raise ValueError(
                    f"Invalid array `{name}`. Received: shape {held[name].shape}. Expected: finite, {expected}."
                )
        for name in ("scale", "gamma"):
            if (held[name] <= 0.0).any():
                raise ValueError(f"Invalid array `{name}`. Expected: numbers above 0.")
        return cls(**held)

    def to_arrays(self) -> dict[str, Array]:
        """Return what :meth:`from_arrays` reads."""
        return {name: getattr(self, name) for name in ARRAYS}

    def probabilities(self, table: npt.NDArray[Any]) -> Array:
        """Return class probabilities [shape=(n, n_classes)] of descriptor rows [shape=(n, 57)]."""
        return softmax(product(kernel(self._standardise(table), self.landmarks, self.gamma), self.weights) + self.bias)

    def distance(self, table: npt.NDArray[Any]) -> Array:
        """Return how unfamiliar each row is [shape=(n,), 0..inf], about 1 for training rows.

        This is the Mahalanobis distance from the training rows, divided by sqrt(p).
        """
        away = product(self._standardise(table) - self.centre, self.whiten)
        return np.asarray(np.sqrt((away**2).sum(axis=1)), dtype=np.float64)

    def _standardise(self, table: npt.NDArray[Any]) -> Array:
        return np.asarray((prepare(table) - self.mean) / self.scale, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorNet:
    """The two models of a card: one judges whole clips of 30 s, the other windows of 3 s."""

    clip: DescriptorModel
    window: DescriptorModel

    def to_arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """Return the arrays of a weights file, e.g. ``clip__mean``.

        Single precision halves the file and moves no probability by more than 1e-5.
        """
        return {
            f"{part}__{name}": array.astype(np.float32)
            for part in PARTS
            for name, array in getattr(self, part).to_arrays().items()
        }


def parameters(config: Mapping[str, Any], n_classes: int) -> int:
    """Count the numbers of a card's net by arithmetic.

    ValueError for a config that is not ``{"clip_landmarks": int > 0, "window_landmarks": int > 0}``.
    """
    if set(config) != {f"{part}_landmarks" for part in PARTS} or not all(
        type(m) is int and m > 0 for m in config.values()
    ):
        raise ValueError("Invalid net config. Expected: clip_landmarks and window_landmarks, integers above 0.")
    return sum(math.prod(shape) for m in config.values() for shape in _shapes(m, n_classes).values())


def load(config: Mapping[str, Any], n_classes: int, arrays: Mapping[str, npt.NDArray[Any]]) -> DescriptorNet:
    """Wrap the arrays of a weights file; ValueError names the one that is not as the config says."""
    found = {}
    for part in PARTS:
        prefix = part + "__"
        own = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
        found[part] = DescriptorModel.from_arrays(own, n_classes)
        if len(found[part].landmarks) != config[f"{part}_landmarks"]:
            raise ValueError(f"Invalid array `{prefix}landmarks`: its rows are not those of the net's config.")
    return DescriptorNet(**found)


def dump(net: DescriptorNet) -> bytes:
    """Return the bytes of the ``.npz`` that :func:`load` reads."""
    np.savez_compressed(held := io.BytesIO(), allow_pickle=False, **net.to_arrays())
    return held.getvalue()


def _shapes(m: int, n_classes: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of a model with m landmarks."""
    p = NUMBERS
    shapes = {"landmarks": (m, p), "gamma": (), "weights": (m, n_classes), "bias": (n_classes,), "whiten": (p, p)}
    return {name: shapes.get(name, (p,)) for name in ARRAYS}
