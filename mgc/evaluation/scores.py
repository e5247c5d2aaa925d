"""What out-of-fold predictions are worth: calibration, the threshold of "unsure", and the scores of a card.

Conventions
-----------
A temperature or a threshold that a score uses was fitted on artist-grouped out-of-fold predictions of clips *outside*
that score's test part; what ships is fitted on all of them. Rows follow :class:`Unseen`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.evaluation.calibration import (
    expected_calibration_error,
    fit_share,
    fit_temperature,
    fit_unsure_threshold,
)
from mgc.evaluation.intervals import bootstrap
from mgc.evaluation.metrics import accuracy, confusion, macro_f1
from mgc.evaluation.voting import calibrate, combine

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ANSWERED_RIGHT", "MEMBERS", "Calibration", "Unseen", "fit_calibration", "score"]

MEMBERS: Final = ("descriptors", "pictures")
ANSWERED_RIGHT: Final = 0.80  # "unsure" begins where the answered clips of unknown artists would be right less often
_FAMILIAR: Final = 0.99  # share of unseen clips of the ten genres that count as usual, by distance and by pauses
_BINS: Final = 10  # of the calibration error: 290 clips would leave 15 bins thin

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """Song probabilities of every tested clip by models that did not train on it (rows follow ``positions``).

    Attributes
    ----------
    positions : np.ndarray [shape=(t,)]
        of the tested clips in the material
    fold : np.ndarray [shape=(t,)]
    descriptors, pictures : np.ndarray [shape=(t, n_classes)]
        uncalibrated
    distance : np.ndarray [shape=(t,)]
        of the clip's descriptors from the training part's
    pauses : np.ndarray [shape=(t,), 0..1]
        share of the clip in which next to nothing sounds
    """

    positions: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    descriptors: Array
    pictures: Array
    distance: Array
    pauses: Array


@dataclass(frozen=True, slots=True)
class Calibration:
    """Temperatures by model id ("vote" among them), the members' shares, thresholds, and the limit of familiarity."""

    temperatures: Mapping[str, float]
    shares: Mapping[str, float]
    unsure_below: Mapping[str, float]
    unfamiliar_above: float
    pauses_above: float

    def apply(self, unseen: Unseen) -> dict[str, Array]:
        """Return calibrated song probabilities [shape=(t, n_classes)] by model id."""
        members = {name: calibrate(getattr(unseen, name), self.temperatures[name]) for name in MEMBERS}
        blend = combine([members[name] for name in MEMBERS], [self.shares[name] for name in MEMBERS])
        return {**members, "vote": calibrate(blend, self.temperatures["vote"])}


def fit_calibration(unseen: Unseen, labels: npt.NDArray[np.intp], rows: npt.NDArray[np.bool_]) -> Calibration:
    """Fit on the out-of-fold predictions at ``rows``; ``labels`` are those of the material."""
    truth = labels[unseen.positions[rows]]
    temperatures = {name: fit_temperature(getattr(unseen, name)[rows], truth) for name in MEMBERS}
    first, second = (calibrate(getattr(unseen, name)[rows], temperatures[name]) for name in MEMBERS)
    share = fit_share(first, second, truth)
    shares = dict(zip(MEMBERS, (share, 1.0 - share), strict=True))
    temperatures["vote"] = fit_temperature(combine([first, second], [share, 1.0 - share]), truth)
    limits = tuple(float(np.quantile(one[rows], _FAMILIAR)) for one in (unseen.distance, unseen.pauses))
    calibrated = Calibration(temperatures, shares, {}, *limits).apply(unseen)
    thresholds = {
        name: fit_unsure_threshold(p[rows], truth, target_accuracy=ANSWERED_RIGHT) for name, p in calibrated.items()
    }
    return Calibration(temperatures, shares, thresholds, *limits)


def score(
    tested: Unseen,
    reference: Unseen,
    labels: npt.NDArray[np.intp],
    *,
    together: bool,
    artists: npt.NDArray[np.intp] | None = None,
) -> dict[str, dict[str, Any]]:
    """Score every model under one protocol.

    Parameters
    ----------
    tested : Unseen
        predictions of the protocol's test parts
    reference : Unseen
        artist-grouped out-of-fold predictions: what temperatures and thresholds are fitted on
    labels : np.ndarray [shape=(n,)]
        of the material
    together : bool
        True when the protocol has a single test part
    artists : np.ndarray [shape=(n,)], optional
        a number per clip of the material (:func:`mgc.splits.artist_groups`), for an interval over artists as well

    Returns
    -------
    dict
        model id -> what a card holds under ``scores[protocol]``
    """
    probabilities = {name: np.zeros_like(tested.pictures) for name in (*MEMBERS, "vote")}
    answered = {name: np.zeros(len(tested.positions), dtype=bool) for name in probabilities}
    for number in [0] if together else np.unique(tested.fold):
        part = np.ones(len(tested.fold), dtype=bool) if together else tested.fold == number
        outside = ~np.isin(reference.positions, tested.positions[part])
        fitted = fit_calibration(reference, labels, outside)
        for name, p in fitted.apply(tested).items():
            probabilities[name][part] = p[part]
            sure = p.max(axis=1) >= fitted.unsure_below[name]
            usual = (tested.distance <= fitted.unfamiliar_above) & (tested.pauses <= fitted.pauses_above)
            answered[name][part] = (sure & usual)[part]
    truth = labels[tested.positions]
    groups = None if artists is None else artists[tested.positions]
    return {name: _card_scores(p, truth, answered[name], groups) for name, p in probabilities.items()}


def _card_scores(
    p: Array, truth: npt.NDArray[np.intp], answered: npt.NDArray[np.bool_], artists: npt.NDArray[np.intp] | None
) -> dict[str, Any]:
    guess = p.argmax(axis=1)
    by_artist = {}
    if artists is not None:
        over = bootstrap(truth, guess, accuracy, groups=artists)
        by_artist["accuracy_by_artist"] = {
            "low": round(over.low, 4), "high": round(over.high, 4), "n_artists": len(np.unique(artists)),
        }  # fmt: skip
    intervals = {
        name: bootstrap(truth, guess, metric) for name, metric in (("accuracy", accuracy), ("macro_f1", macro_f1))
    }
    sure = round(float((guess == truth)[answered].mean()), 4) if answered.any() else None
    return {
        **{
            name: {key: round(float(getattr(one, key)), 4) for key in ("value", "low", "high")} | {"n": len(truth)}
            for name, one in intervals.items()
        },
        "ece": round(expected_calibration_error(p, truth, bins=_BINS), 4),
        "confusion": confusion(truth, guess, p.shape[1]).tolist(),
        "coverage": round(float(answered.mean()), 4),
        "accuracy_when_sure": sure,
        **by_artist,
    }
