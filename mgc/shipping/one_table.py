"""Measure what a leak is worth: Kaggle's table of 3 s rows, three plain models, and only the split changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.evaluation.intervals import bootstrap
from mgc.evaluation.one_table import Row
from mgc.nets.descriptor_kernel import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.shipping.material import Material
    from mgc.splits import Protocol, Split

__all__ = ["measure"]

MODELS: Final = ("1-nearest neighbour", "SVM", "Logistic regression")
Parts = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]


def measure(material: Material, splits: Mapping[Protocol, Split], *, seed: int) -> tuple[Row, ...]:
    """Return a row per protocol and model, the leaky protocol first.

    The scaler is fitted on each fold's training rows; the models have scikit-learn's settings (C = 10 for the SVM):
    nothing is tuned, for the point is what the split alone changes.
    """
    parts: dict[str, Parts] = {"segments": _shuffled(material, seed)}
    where = {name: position for position, name in enumerate(material.ids)}
    for protocol in ("tracks", "artists", "filtered"):
        parts[protocol] = [
            (
                _rows(material, [where[name] for name in (*fold.train, *fold.validation) if name in where]),
                _rows(material, [where[name] for name in fold.test if name in where]),
            )
            for fold in splits[protocol].folds
        ]
    return tuple(_score(material, protocol, part, model) for protocol, part in parts.items() for model in MODELS)


def _shuffled(material: Material, seed: int) -> Parts:
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return list(folds.split(material.segments, material.labels[material.owners]))


def _rows(material: Material, clips: list[int]) -> npt.NDArray[np.intp]:
    return np.flatnonzero(np.isin(material.owners, clips))


def _score(material: Material, protocol: str, parts: Parts, name: str) -> Row:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table, labels = prepare(material.segments), material.labels[material.owners]
    right = np.full(len(table), -1)
    for train, test in parts:
        model = make_pipeline(StandardScaler(), _model(name)).fit(table[train], labels[train])
        right[test] = model.predict(table[test]) == labels[test]
    tested = right >= 0
    owners = material.owners[tested]
    hits, held = np.bincount(owners, weights=right[tested]), np.bincount(owners)
    clips = held > 0
    interval = bootstrap(hits[clips], held[clips], lambda hit, of: float(hit.sum() / of.sum()))
    value, low, high = (round(float(one), 4) for one in (interval.value, interval.low, interval.high))
    return Row(protocol, name, value, low, high, rows=int(tested.sum()), clips=interval.n)


def _model(name: str) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    if name == "SVM":
        return SVC(C=10.0)
    return KNeighborsClassifier(1) if name == "1-nearest neighbour" else LogisticRegression(max_iter=1000)
