"""What a leak is worth: Kaggle's table of 3 s rows, three plain models, and only the split changes.

The record stands beside the shipped models. ``scripts/ship_models.py`` makes it; the About page reads it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.evaluation.metrics import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["NAME", "Row", "measure", "read", "write"]

NAME: Final = "one_table.json"
Parts = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]


@dataclass(frozen=True, slots=True)
class Row:
    """Accuracy of one model on 3 s rows under one protocol.

    Attributes
    ----------
    protocol, model : str
    value, low, high : float [0..1]
        share of rows classified correctly, and its 95 % bootstrap interval over clips
    rows, clips : int
        tested
    """

    protocol: str
    model: str
    value: float
    low: float
    high: float
    rows: int
    clips: int


def write(rows: tuple[Row, ...], folder: Path) -> None:
    """Write the record into a folder of models."""
    (folder / NAME).write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> tuple[Row, ...]:
    """Return the record of a folder of models; nothing when there is none or it is not ours."""
    try:
        return tuple(Row(**row) for row in json.loads((folder / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return ()


def measure(
    table: npt.NDArray[Any],
    labels: npt.NDArray[np.intp],
    owners: npt.NDArray[np.intp],
    parts: Mapping[str, Parts],
    *,
    seed: int,
) -> tuple[Row, ...]:
    """Return a row per protocol and model, the leaky protocol first.

    The scaler is fitted on each fold's training rows; the models have scikit-learn's settings (C = 10 for the SVM):
    nothing is tuned, because only the effect of the split is of interest.

    Parameters
    ----------
    table : np.ndarray [shape=(m, p)]
        descriptors of segments
    labels, owners : np.ndarray [shape=(m,)]
        class of each segment, and the clip that it is a part of
    parts : mapping of protocol to (training rows, test rows) of each fold
        without ``"segments"``, whose folds are made here, shuffled with ``seed``
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    leaky = list(StratifiedKFold(5, shuffle=True, random_state=seed).split(table, labels))
    models = {
        "1-nearest neighbour": KNeighborsClassifier(1),
        "SVM": SVC(C=10.0),
        "Logistic regression": LogisticRegression(max_iter=1000),
    }
    return tuple(
        Row(protocol, name, **_score(table, labels, owners, folds, model))
        for protocol, folds in {"segments": leaky, **parts}.items()
        for name, model in models.items()
    )


def _score(
    table: npt.NDArray[Any], labels: npt.NDArray[np.intp], owners: npt.NDArray[np.intp], parts: Parts, model: Any
) -> dict[str, Any]:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    right = np.full(len(table), -1)
    for train, test in parts:
        fitted = make_pipeline(StandardScaler(), model).fit(table[train], labels[train])
        right[test] = fitted.predict(table[test]) == labels[test]
    tested = right >= 0
    hits, held = np.bincount(owners[tested], weights=right[tested]), np.bincount(owners[tested])
    clips = held > 0
    interval = bootstrap(hits[clips], held[clips], lambda hit, of: float(hit.sum() / of.sum()))
    bounds = {name: round(float(getattr(interval, name)), 4) for name in ("value", "low", "high")}
    return {**bounds, "rows": int(tested.sum()), "clips": interval.n}
