"""Fit the models that are solved at once: kernel logistic regression, and scikit-learn's classifiers as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import numpy.typing as npt

from mgc.errors import RecipeError
from mgc.features.textures import LEAST_COLUMNS
from mgc.nets.baselines import TableModel
from mgc.nets.descriptor_kernel import DescriptorNet
from mgc.nets.picture_kernel import FORM, SEEN, PictureKernel
from mgc.training import descriptor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.recipes import Recipe, Value
    from mgc.training.material import Material

__all__ = ["fit_kernel", "fit_groups", "fit_table", "fit_pictures"]

Array = npt.NDArray[Any]
# A number that varies less than this in training is rounding noise; it says nothing, whatever it is in another song.
_CONSTANT: Final = 1e-4
_OF_NO_WEIGHT: Final = 1e6


def fit_kernel(
    material: Material, train: npt.NDArray[np.intp], values: Mapping[str, Value], *, seed: int
) -> DescriptorNet:
    """Fit :mod:`mgc.nets.descriptor_kernel` on the tracks at ``train``: their clips and their segments of 3 s."""
    rows = np.isin(material.owners, train)
    parts = {
        "clip": (material.clips[train], material.labels[train]),
        "window": (material.segments[rows], material.labels[material.owners[rows]]),
    }
    return DescriptorNet(
        **{
            part: descriptor.fit(
                table,
                labels,
                n_classes=len(material.classes),
                gamma=float(values[f"{part}_gamma"]),
                c=float(values[f"{part}_c"]),
                landmarks=int(values[f"{part}_landmarks"]),
                seed=seed,
            )
            for part, (table, labels) in parts.items()
        }
    )


def fit_table(
    recipe: Recipe,
    values: Mapping[str, Value],
    x: Array,
    labels: npt.NDArray[np.intp],
    *,
    n_classes: int,
    seed: int,
) -> TableModel:
    """Fit one of :mod:`mgc.nets.baselines` on rows [shapes=(n, p), (n,)].

    Raises
    ------
    RecipeError
        when a class has no row
    """
    if (held := len(np.unique(labels))) != n_classes:
        raise RecipeError(f"The training part has tracks of only {held} of {n_classes} genres; use fewer folds.")
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale == 0.0] = 1.0
    rows = (x - mean) / scale
    form = recipe.net.removesuffix("_table")
    fitted = {"linear": _linear, "kernel": _kernel, "neighbours": _neighbours, "forest": _forest}[form](
        rows, labels, values, n_classes, seed
    )
    arrays = {"mean": mean, "scale": scale, **fitted}
    return TableModel(form, {name: np.asarray(one, dtype=_dtype(name)) for name, one in arrays.items()}, n_classes)


def fit_pictures(
    net: str, material: Material, train: npt.NDArray[np.intp], values: Mapping[str, Value], *, seed: int
) -> PictureKernel:
    """Fit :mod:`mgc.nets.picture_kernel` on the pictures of the tracks at ``train``, each as a whole.

    Raises
    ------
    RecipeError
        when a genre has no track of 11.5 s or more
    """
    long = train[material.widths[train] >= LEAST_COLUMNS]
    labels, n_classes = material.labels[long], len(material.classes)
    if missing := sorted(set(range(n_classes)) - set(labels.tolist())):
        raise RecipeError(f"No track of {material.classes[missing[0]]} in the training part lasts 11.5 s or more.")
    widths, seen = material.widths[long], SEEN[net]
    rows = np.concatenate(
        [
            seen.numbers(material.pictures[track : track + 1, :, :width] / np.float32(255.0))
            for track, width in zip(long.tolist(), widths.tolist(), strict=True)
        ]
    )
    sizes = [*seen.groups.values()]
    return PictureKernel(net, fit_groups(rows, sizes, labels, values, n_classes=n_classes, seed=seed))


def fit_groups(
    rows: Array,
    sizes: Sequence[int],
    labels: npt.NDArray[np.intp],
    values: Mapping[str, Value],
    *,
    n_classes: int,
    seed: int,
) -> TableModel:
    """Fit a support vector machine on rows [shape=(n, sum of sizes)] whose groups of numbers count alike."""
    rows = rows.astype(np.float64)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale < _CONSTANT] = _OF_NO_WEIGHT
    scale *= np.sqrt(np.repeat(sizes, sizes))
    fitted = _kernel((rows - mean) / scale, labels, values, n_classes, seed)
    # Half precision is what the weights file holds, so that is what is judged.
    fitted["landmarks"] = fitted["landmarks"].astype(np.float16)
    arrays = {"mean": mean, "scale": scale, **fitted}
    return TableModel(FORM, {name: np.asarray(one, dtype=np.float32) for name, one in arrays.items()}, n_classes)


def _dtype(name: str) -> type[np.generic]:
    return np.int32 if name in ("labels", "k", "feature", "below", "above", "roots") else np.float32


def _balance(values: Mapping[str, Value]) -> str | None:
    return "balanced" if values.get("balance") else None


def _linear(rows: Array, labels: Array, values: Mapping[str, Value], n_classes: int, seed: int) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=float(values["c"]), max_iter=2000, class_weight=_balance(values)).fit(rows, labels)
    weights, bias = descriptor.of_all_classes(found)
    return {"weights": weights.T, "bias": bias}


def _kernel(rows: Array, labels: Array, values: Mapping[str, Value], n_classes: int, seed: int) -> dict[str, Any]:
    from sklearn.svm import SVC

    gamma = float(values["gamma"]) or 1.0 / rows.shape[1]
    weights, bias = np.zeros((len(rows), n_classes)), np.zeros(n_classes)
    for one in range(n_classes):
        machine = SVC(C=float(values["c"]), gamma=gamma, class_weight=_balance(values)).fit(rows, labels == one)
        weights[machine.support_, one] = machine.dual_coef_[0]
        bias[one] = machine.intercept_[0]
    used = np.abs(weights).sum(axis=1) > 0.0
    return {"landmarks": rows[used], "gamma": gamma, "weights": weights[used], "bias": bias}


def _neighbours(rows: Array, labels: Array, values: Mapping[str, Value], n_classes: int, seed: int) -> dict[str, Any]:
    return {"rows": rows, "labels": labels, "k": min(int(values["k"]), len(rows))}


def _forest(rows: Array, labels: Array, values: Mapping[str, Value], n_classes: int, seed: int) -> dict[str, Any]:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        int(values["trees"]),
        min_samples_leaf=int(values["leaf"]),
        class_weight=_balance(values),
        random_state=seed % 2**32,
    ).fit(rows, labels)
    parts: dict[str, list[Array]] = {name: [] for name in ("feature", "threshold", "below", "above", "shares")}
    roots, n_nodes, n_leaves = [], 0, 0
    for tree in (cast("Any", one).tree_ for one in forest.estimators_):
        is_leaf = tree.children_left < 0
        shares = tree.value[is_leaf, 0]
        number = np.cumsum(is_leaf) - 1 + n_leaves
        roots.append(n_nodes)
        parts["feature"].append(np.where(is_leaf, -1, tree.feature))
        parts["threshold"].append(np.where(is_leaf, 0.0, tree.threshold))
        parts["below"].append(np.where(is_leaf, number, tree.children_left + n_nodes))
        parts["above"].append(np.where(is_leaf, 0, tree.children_right + n_nodes))
        parts["shares"].append(shares / shares.sum(axis=1, keepdims=True))
        n_nodes, n_leaves = n_nodes + len(is_leaf), n_leaves + int(is_leaf.sum())
    return {"roots": np.array(roots), **{name: np.concatenate(one) for name, one in parts.items()}}
