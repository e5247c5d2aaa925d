"""What out-of-fold predictions are worth: calibration, the threshold of "unsure", and the scores of a card.

Conventions
-----------
A temperature or a threshold that a score uses was fitted on artist-grouped out-of-fold predictions of clips *outside*
that score's test part; what ships is fitted on all of them. Rows follow :class:`Unseen`. Models are named by their ids;
:data:`VOTE` is the pool of the members that ``Unseen`` holds, however many they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.evaluation.metrics import accuracy, bootstrap, confusion, expected_calibration_error, macro_f1
from mgc.evaluation.voting import calibrate, fit_shares, fit_temperature, fit_unsure_threshold, pool

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ANSWERED_RIGHT", "VOTE", "Calibration", "Unseen", "calibrated", "fit_calibration", "score"]

VOTE: Final = "vote"
ANSWERED_RIGHT: Final = 0.80  # "unsure" begins where the answered clips of unknown artists would be right less often
_FAMILIAR: Final = 0.99  # share of unseen clips of the known genres that count as usual, by distance and by pauses
_NONE: Final[Mapping[Any, Any]] = MappingProxyType({})
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
    members : mapping of model id to np.ndarray [shape=(t, n_classes)]
        uncalibrated probabilities
    distance : np.ndarray [shape=(t,)]
        of the clip from the training part's, in the descriptors; zeros where that stops no clip
    pauses : np.ndarray [shape=(t,), 0..1]
        share of the clip in which next to nothing sounds
    """

    positions: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    members: Mapping[str, Array]
    distance: Array
    pauses: Array


@dataclass(frozen=True, slots=True)
class Calibration:
    """Temperatures and thresholds by model id (the vote among them), the members' shares, and what counts as usual."""

    temperatures: Mapping[str, float]
    shares: Mapping[str, float]
    unsure_below: Mapping[str, float]
    unfamiliar_above: float
    pauses_above: float

    def apply(self, unseen: Unseen) -> dict[str, Array]:
        """Return calibrated song probabilities [shape=(t, n_classes)] by model id, the vote last."""
        members = {name: calibrate(p, self.temperatures[name]) for name, p in unseen.members.items()}
        blend = pool(list(members.values()), [self.shares[name] for name in members])
        return {**members, VOTE: calibrate(blend, self.temperatures[VOTE])}


def fit_calibration(
    unseen: Unseen,
    labels: npt.NDArray[np.intp],
    rows: npt.NDArray[np.bool_],
    *,
    answered_right: float = ANSWERED_RIGHT,
    repeated: int = 1,
    fixed: Mapping[str, float] = _NONE,
) -> Calibration:
    """Fit on the out-of-fold predictions at ``rows``; ``labels`` are those of the material.

    "Unsure" begins where the clips that are answered would be right less often than ``answered_right``. With
    ``repeated`` above 1, clips of rare genres are repeated up to so often, until all genres count alike. ``fixed`` are
    temperatures of members that keep their own, as a vote finds them in their cards.
    """
    at = np.flatnonzero(rows)
    if repeated > 1:
        of = labels[unseen.positions[at]]
        counts = np.bincount(of)
        at = np.repeat(at, np.minimum(np.rint(counts.max() / counts[of]), repeated).astype(np.intp))
    truth = labels[unseen.positions[at]]
    temperatures = {name: fixed.get(name) or fit_temperature(p[at], truth) for name, p in unseen.members.items()}
    members = [calibrate(p[at], temperatures[name]) for name, p in unseen.members.items()]
    shares = fit_shares(members, truth)
    temperatures[VOTE] = fit_temperature(pool(members, shares), truth)
    limits = tuple(float(np.quantile(one[at], _FAMILIAR)) for one in (unseen.distance, unseen.pauses))
    by_name = dict(zip(unseen.members, shares, strict=True))
    said = Calibration(temperatures, by_name, {}, *limits).apply(unseen)
    thresholds = {name: fit_unsure_threshold(p[at], truth, target_accuracy=answered_right) for name, p in said.items()}
    return Calibration(temperatures, by_name, thresholds, *limits)


def score(
    tested: Unseen,
    reference: Unseen,
    labels: npt.NDArray[np.intp],
    *,
    together: bool,
    artists: npt.NDArray[np.intp] | None = None,
    answered_right: float = ANSWERED_RIGHT,
    repeated: int = 1,
    fixed: Mapping[int, Mapping[str, float]] = _NONE,
) -> dict[str, dict[str, Any]]:
    """Score every model under one protocol: model id -> what a card holds under ``scores[protocol]``.

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
    answered_right, repeated
        as :func:`fit_calibration` has them
    fixed : mapping, optional
        what :func:`fit_calibration` is given as that, by the number of the scored fold
    """
    truth = labels[tested.positions]
    groups = None if artists is None else artists[tested.positions]
    said = calibrated(
        tested, reference, labels, together=together, answered_right=answered_right, repeated=repeated, fixed=fixed
    )
    return {name: _card_scores(p, truth, answered, groups) for name, (p, answered) in said.items()}


def calibrated(
    tested: Unseen,
    reference: Unseen,
    labels: npt.NDArray[np.intp],
    *,
    together: bool,
    answered_right: float = ANSWERED_RIGHT,
    repeated: int = 1,
    fixed: Mapping[int, Mapping[str, float]] = _NONE,
) -> dict[str, tuple[Array, npt.NDArray[np.bool_]]]:
    """Return what :func:`score` scores, by model id.

    Returns
    -------
    dict of str to (np.ndarray [shape=(t, n_classes)], np.ndarray [shape=(t,)])
        calibrated probabilities of each tested clip, and whether a genre is named
    """
    shape = next(iter(tested.members.values())).shape
    probabilities = {name: np.zeros(shape) for name in (*tested.members, VOTE)}
    answered = {name: np.zeros(len(tested.positions), dtype=bool) for name in probabilities}
    for number in [0] if together else np.unique(tested.fold):
        part = np.ones(len(tested.fold), dtype=bool) if together else tested.fold == number
        outside = ~np.isin(reference.positions, tested.positions[part])
        fitted = fit_calibration(
            reference,
            labels,
            outside,
            answered_right=answered_right,
            repeated=repeated,
            fixed=fixed.get(int(number), _NONE),
        )
        usual = (tested.distance <= fitted.unfamiliar_above) & (tested.pauses <= fitted.pauses_above)
        for name, p in fitted.apply(tested).items():
            probabilities[name][part] = p[part]
            answered[name][part] = (usual & (p.max(axis=1) >= fitted.unsure_below[name]))[part]
    return {name: (p, answered[name]) for name, p in probabilities.items()}


def _card_scores(
    p: Array, truth: npt.NDArray[np.intp], answered: npt.NDArray[np.bool_], artists: npt.NDArray[np.intp] | None
) -> dict[str, Any]:
    guess = p.argmax(axis=1)
    found: dict[str, Any] = {}
    for metric in (accuracy, macro_f1):
        over_clips = bootstrap(truth, guess, metric)
        bounds = {key: round(getattr(over_clips, key), 4) for key in ("value", "low", "high")}
        found[metric.__name__] = bounds | {"n": len(truth)}
    found |= {
        "ece": round(expected_calibration_error(p, truth, bins=_BINS), 4),
        "confusion": confusion(truth, guess, p.shape[1]).tolist(),
        "coverage": round(float(answered.mean()), 4),
        "accuracy_when_sure": round(float((guess == truth)[answered].mean()), 4) if answered.any() else None,
    }
    if artists is not None:
        over = bootstrap(truth, guess, accuracy, groups=artists)
        found["accuracy_by_artist"] = {
            "low": round(over.low, 4),
            "high": round(over.high, 4),
            "n_artists": len(np.unique(artists)),
        }
    return found
