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
MODELS: Final = ("1-nearest neighbour", "SVM", "Logistic regression")
Parts = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]


@dataclass(frozen=True, slots=True)
class Row:
    """Accuracy of one model on 3 s rows under one protocol.

    Attributes
    ----------
    protocol, model : str
    value, low, high : float [0..1]
        share of rows named rightly, and its 95 % bootstrap interval over clips
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
        without ``"segments"``, which is dealt here
    seed : int
        of that dealing
    """
    from sklearn.model_selection import StratifiedKFold

    leaky = list(StratifiedKFold(5, shuffle=True, random_state=seed).split(table, labels))
    return tuple(
        _score(table, labels, owners, protocol, folds, model)
        for protocol, folds in {"segments": leaky, **parts}.items()
        for model in MODELS
    )


def _score(
    table: npt.NDArray[Any],
    labels: npt.NDArray[np.intp],
    owners: npt.NDArray[np.intp],
    protocol: str,
    parts: Parts,
    name: str,
) -> Row:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    right = np.full(len(table), -1)
    for train, test in parts:
        model = make_pipeline(StandardScaler(), _model(name)).fit(table[train], labels[train])
        right[test] = model.predict(table[test]) == labels[test]
    tested = right >= 0
    hits, held = np.bincount(owners[tested], weights=right[tested]), np.bincount(owners[tested])
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
