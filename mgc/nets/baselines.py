"""Four classic classifiers on a table of numbers, as plain arrays: what a library has fitted, asked by NumPy.

Conventions
-----------
Input: rows of numbers [shape=(n, p)], standardised inside by ``mean`` and ``scale`` of the training rows. Output:
probabilities [shape=(n, n_classes)]. A config holds the sizes of the arrays and nothing else.

* ``linear``: ``softmax(x @ weights + bias)``, logistic regression
* ``kernel``: ``softmax(K(x, landmarks) @ weights + bias)`` with ``K = exp(-gamma |x - l|^2)``: a support vector machine
  per class (one against the rest), whose margins are put through a softmax, which calibration then scales; or kernel
  logistic regression (:mod:`mgc.nets.listener`)
* ``neighbours``: shares of the classes among the k nearest training rows
* ``forest``: mean over trees of the class shares in the leaf that a row falls into
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mgc.features.products import product
from mgc.nets.descriptor_kernel import kernel, softmax

__all__ = ["FORMS", "Form", "TableModel", "dump", "load", "parameters"]

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
Sizes = Mapping[str, int]
_BLOCK: Final = 512  # rows that are compared with all training rows at a time


@dataclass(frozen=True, slots=True)
class Form:
    """One of the classifiers: the sizes in its config, the shapes of its arrays, and how it is asked."""

    sizes: tuple[str, ...]
    shapes: Callable[[Sizes, int], dict[str, tuple[int, ...]]]
    ask: Callable[[Arrays, Array, int], Array]


def _linear(arrays: Arrays, rows: Array, n_classes: int) -> Array:
    return softmax(product(rows, arrays["weights"]) + arrays["bias"])


def _kernel(arrays: Arrays, rows: Array, n_classes: int) -> Array:
    known = arrays["landmarks"]
    # In the landmarks' precision: converting them for each block, to double, would take twice the time.
    near = kernel(rows.astype(known.dtype), known, arrays["gamma"])
    return softmax(product(near, arrays["weights"]) + arrays["bias"])


def _neighbours(arrays: Arrays, rows: Array, n_classes: int) -> Array:
    known, labels, k = arrays["rows"], arrays["labels"].astype(np.intp), int(arrays["k"])
    squared = (rows**2).sum(1)[:, None] + (known**2).sum(1) - 2.0 * product(rows, known.T)
    nearest = np.argsort(squared, axis=1, kind="stable")[:, :k]
    return np.asarray(np.eye(n_classes)[labels[nearest]].mean(axis=1))


def _forest(arrays: Arrays, rows: Array, n_classes: int) -> Array:
    feature, threshold = arrays["feature"].astype(np.intp), arrays["threshold"]
    below, above = arrays["below"].astype(np.intp), arrays["above"].astype(np.intp)
    at = np.tile(arrays["roots"].astype(np.intp), (len(rows), 1))
    row = np.arange(len(rows))[:, None]
    while (inside := feature[at] >= 0).any():
        # scikit-learn compares in single precision, and so do we
        goes_down = rows.astype(np.float32)[row, np.maximum(feature[at], 0)] <= threshold[at]
        at = np.where(inside, np.where(goes_down, below[at], above[at]), at)
    return np.asarray(arrays["shares"][below[at]].mean(axis=1), dtype=np.float64)  # a leaf's ``below`` is its shares


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "linear": Form((), lambda s, n: {"weights": (s["inputs"], n), "bias": (n,)}, _linear),
        "kernel": Form(
            ("landmarks",),
            lambda s, n: {
                "landmarks": (s["landmarks"], s["inputs"]),
                "gamma": (),
                "weights": (s["landmarks"], n),
                "bias": (n,),
            },
            _kernel,
        ),
        "neighbours": Form(
            ("rows",), lambda s, n: {"rows": (s["rows"], s["inputs"]), "labels": (s["rows"],), "k": ()}, _neighbours
        ),
        "forest": Form(
            ("trees", "nodes", "leaves"),
            lambda s, n: {
                "roots": (s["trees"],),
                **dict.fromkeys(("feature", "threshold", "below", "above"), (s["nodes"],)),
                "shares": (s["leaves"], n),
            },
            _forest,
        ),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class TableModel:
    """One fitted classifier; ``arrays`` are as :data:`FORMS` says, with ``mean`` and ``scale`` [shape=(p,)]."""

    form: str
    arrays: Arrays
    n_classes: int

    @property
    def config(self) -> dict[str, int]:
        """The sizes of its arrays, as :func:`parameters` reads them."""
        held = {
            "inputs": len(self.arrays["mean"]),
            **{name: len(self.arrays[name]) for name in ("landmarks", "rows") if name in self.arrays},
        }
        if self.form == "forest":
            held |= {"trees": len(self.arrays["roots"]), "nodes": len(self.arrays["feature"])}
            held["leaves"] = len(self.arrays["shares"])
        return {name: held[name] for name in ("inputs", *FORMS[self.form].sizes)}

    def probabilities(self, table: Array) -> npt.NDArray[np.float64]:
        """Return class probabilities [shape=(n, n_classes)] of rows [shape=(n, p)]."""
        rows = (np.atleast_2d(np.asarray(table, dtype=np.float64)) - self.arrays["mean"]) / self.arrays["scale"]
        ask = FORMS[self.form].ask
        blocks = [
            ask(self.arrays, rows[at : at + _BLOCK], self.n_classes) for at in range(0, max(len(rows), 1), _BLOCK)
        ]
        return np.concatenate(blocks).astype(np.float64)


def parameters(form: str, config: Mapping[str, Any], n_classes: int) -> int:
    """Count the numbers of a card's net by arithmetic; ValueError for a config that is not its form's sizes."""
    return sum(math.prod(shape) for shape in _shapes(form, config, n_classes).values())


def load(form: str, config: Mapping[str, Any], n_classes: int, arrays: Arrays) -> TableModel:
    """Wrap the arrays of a weights file; ValueError names the one that is not as the config says."""
    for name, shape in _shapes(form, config, n_classes).items():
        if name not in arrays or arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            found = arrays[name].shape if name in arrays else "none"
            raise ValueError(f"Invalid array `{name}`. Received: shape {found}. Expected: finite, {shape}.")
    held = {name: np.asarray(array) for name, array in arrays.items()}
    _check(form, config, n_classes, held)
    return TableModel(form, held, n_classes)


def dump(net: TableModel) -> bytes:
    """Return the bytes of the ``.npz`` that :func:`load` reads."""
    np.savez_compressed(held := io.BytesIO(), allow_pickle=False, **net.arrays)
    return held.getvalue()


def _shapes(form: str, config: Mapping[str, Any], n_classes: int) -> dict[str, tuple[int, ...]]:
    names = ("inputs", *FORMS[form].sizes)
    if set(config) != set(names) or not all(type(size) is int and size > 0 for size in config.values()):
        raise ValueError(f"Invalid net config. Expected: {', '.join(names)}, integers above 0.")
    p = (config["inputs"],)
    return {"mean": p, "scale": p, **FORMS[form].shapes(config, n_classes)}


def _check(form: str, config: Sizes, n_classes: int, arrays: Arrays) -> None:
    """Refuse numbers that point outside of the arrays, or that no fit can give."""
    if (arrays["scale"] <= 0.0).any():
        raise ValueError("Invalid array `scale`. Expected: numbers above 0.")
    if form == "kernel" and arrays["gamma"] <= 0.0:
        raise ValueError("Invalid array `gamma`. Expected: a number above 0.")
    if form == "neighbours":
        _within("labels", arrays["labels"], 0, n_classes)
        _within("k", arrays["k"], 1, config["rows"] + 1)
    if form == "forest":
        inside = arrays["feature"] >= 0
        _within("feature", arrays["feature"], -1, config["inputs"])
        _within("roots", arrays["roots"], 0, config["nodes"])
        _within("below", arrays["below"][~inside], 0, config["leaves"])
        number = np.arange(config["nodes"])
        for name in ("below", "above"):  # children stand behind their parent, so every walk ends
            _within(name, arrays[name][inside], 0, config["nodes"])
            if (arrays[name][inside] <= number[inside]).any():
                raise ValueError(f"Invalid array `{name}`. Expected: nodes behind their parent.")


def _within(name: str, array: Array, low: int, high: int) -> None:
    if array.size and (array.min() < low or array.max() >= high):
        raise ValueError(f"Invalid array `{name}`. Expected: numbers from {low} to {high - 1}.")
