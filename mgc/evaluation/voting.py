"""How windows become one answer for a song, members one vote, and probabilities a calibrated confidence.

Conventions
-----------
Probabilities ``p`` have the classes on the last axis, ``y`` are true classes [shape=(n,)]. ``windows`` is
[shape=(W, n_classes)] for one song or [shape=(N, W, n_classes)] for many. What is measured for a card and what the app
shows go through these same functions.

What is *fitted* here must be given out-of-fold predictions: those of a model that did not see the clip. On its training
clips a model is right more often than it will ever be again, and the temperature would come out too low.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

from mgc.evaluation.metrics import coverage_curve, log_loss

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "RULES",
    "Member",
    "Rule",
    "calibrate",
    "combine",
    "fit_shares",
    "fit_temperature",
    "fit_unsure_threshold",
    "pool",
    "vote",
]

Array = npt.NDArray[np.float64]
Rule = Literal["mean", "median", "confident"]

RULES: Final[tuple[Rule, ...]] = ("mean", "median", "confident")
_TINY: Final = 1e-12  # below any probability that matters; keeps 0 ** (1/T) and a row of zeros defined
_TEMPERATURES: Final = (0.05, 20.0)  # wider than any sane model needs; a bound reached means something is broken


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """What a net says of a song, uncalibrated.

    Attributes
    ----------
    windows : np.ndarray [shape=(W, n_classes), W >= 1]
        for the timeline, and for the verdict, too, unless the blocks decide
    blocks : np.ndarray [shape=(B, n_classes)] or None
        of longer stretches
    blocks_decide : bool
        whether the verdict is the blocks' alone
    distance : float or None
        how unfamiliar the song is, on the net's own scale; None: not measured
    """

    windows: Array
    blocks: Array | None = None
    blocks_decide: bool = False
    distance: float | None = None

    def song(self, rule: str = "mean") -> Array:
        """Return the song's probabilities [shape=(n_classes,)]: the windows' :func:`vote`, averaged with the blocks.

        Where the blocks decide, their mean is the answer; any rule but "mean" uses the windows alone then.
        """
        if self.blocks is None or (self.blocks_decide and rule != "mean"):
            return vote(self.windows, rule)
        of_blocks = np.asarray(self.blocks.mean(axis=0))
        return of_blocks if self.blocks_decide else combine([vote(self.windows, rule), of_blocks])


def vote(windows: npt.ArrayLike, rule: str = "mean") -> Array:
    """Return a song's probabilities [shape=(..., n_classes)] from those of its windows.

    Parameters
    ----------
    windows : array_like [shape=(..., W, n_classes), W >= 1]
    rule : str
        ``"mean"`` of all windows; ``"median"`` of each genre, renormalised; ``"confident"``: mean over the half of the
        windows (rounded up) whose top probability is highest

    Raises
    ------
    ValueError
        when the rule is unknown or there is no window
    """
    p = np.asarray(windows, dtype=np.float64)
    if p.ndim < 2 or p.shape[-2] == 0:
        raise ValueError(f"Invalid value for `windows`. Received: shape {p.shape}. Expected: (..., W >= 1, genres).")
    if rule == "mean":
        return np.asarray(p.mean(axis=-2))
    if rule == "median":
        return _normalised(np.median(p, axis=-2))
    if rule == "confident":
        half = -(-p.shape[-2] // 2)
        # A stable sort of the negated tops: of equally confident windows the earlier ones count.
        best = np.argsort(-p.max(axis=-1), axis=-1, kind="stable")[..., :half]
        return np.asarray(np.take_along_axis(p, best[..., None], axis=-2).mean(axis=-2))
    raise ValueError(f"Invalid value for `rule`. Received: {rule!r}. Expected: one of {', '.join(RULES)}.")


def calibrate(p: npt.ArrayLike, temperature: float) -> Array:
    """Return p ** (1/T), renormalised [shape as p]: temperature scaling (Guo et al. 2017) on probabilities.

    T > 1 makes an overconfident model more modest; the order of the genres never changes.

    Raises
    ------
    ValueError
        when the temperature is not a positive number
    """
    if not 0.0 < temperature < float("inf"):
        raise ValueError(f"Invalid value for `temperature`. Received: {temperature}. Expected: a positive number.")
    logs = np.log(np.maximum(np.asarray(p, dtype=np.float64), _TINY)) / temperature
    return _normalised(np.exp(logs - logs.max(axis=-1, keepdims=True)))


def combine(members: Sequence[npt.ArrayLike], shares: Sequence[float] | None = None) -> Array:
    """Return the average of members, weighted by shares; takes and raises what :func:`pool` does."""
    held, weights = _members(members, shares)
    return np.asarray(np.average(held, axis=0, weights=weights))


def pool(members: Sequence[npt.ArrayLike], shares: Sequence[float] | None = None) -> Array:
    """Return the weighted geometric mean of members, each [shape=(n_classes,) or (N, n_classes)], renormalised.

    The logarithmic opinion pool (Genest and Zidek 1986): a member that rules a genre out is heard, and one that cannot
    tell changes nothing. An average would let it water down what the others know.

    Parameters
    ----------
    members : sequence of array_like
    shares : sequence of float >= 0, optional
        weight of each member, of any positive sum; all alike without it

    Raises
    ------
    ValueError
        when there is no member, or the shares are not one non-negative number per member
    """
    held, weights = _members(members, shares)
    logs = np.average(np.log(np.maximum(held, _TINY)), axis=0, weights=weights)
    return _normalised(np.exp(logs - logs.max(axis=-1, keepdims=True)))


def fit_temperature(p: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Return the T that minimises the log loss of ``calibrate(p, T)`` on out-of-fold predictions (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    low, high = np.log(_TEMPERATURES)
    # Over ln T: halving and doubling are equal steps. The loss is convex in 1/T, so there is one minimum.
    found = minimize_scalar(lambda t: log_loss(y, calibrate(p, float(np.exp(t)))), bounds=(low, high), method="bounded")
    return float(np.exp(found.x))


def fit_shares(members: Sequence[npt.ArrayLike], y: npt.ArrayLike) -> tuple[float, ...]:
    """Return each member's share, 0..1 and 1 together, whose calibrated pool has the smallest log loss.

    Members are calibrated out-of-fold probabilities [shape=(n, n_classes)]. Shares and temperature of the pool are one
    weight each member: the pool's logits are the weighted sum of the members' logarithms, and the loss is convex in
    the weights, so there is one minimum.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    logs = np.log(np.maximum(np.array([np.asarray(member, dtype=np.float64) for member in members]), _TINY))
    truth = np.asarray(y, dtype=np.intp)
    rows = np.arange(len(truth))
    right = logs[:, rows, truth].mean(axis=1)

    def loss(weights: Array) -> tuple[float, Array]:
        log_p = log_softmax(np.tensordot(weights, logs, axes=1), axis=1)
        expected = (np.exp(log_p) * logs).sum(axis=2).mean(axis=1)
        return float(-log_p[rows, truth].mean()), expected - right

    n = len(logs)
    found = minimize(loss, np.full(n, 1.0 / n), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * n).x
    return tuple((found / found.sum() if found.sum() > 0.0 else np.full(n, 1.0 / n)).tolist())


def fit_unsure_threshold(p: npt.ArrayLike, y: npt.ArrayLike, *, target_accuracy: float = 0.8) -> float:
    """Return the smallest confidence from which on answers are right often enough.

    The rule: among thresholds t at which some clip is answered (top probability >= t), the smallest whose answered
    clips are right with at least ``target_accuracy``. It is 0 when all clips together reach the target. When none
    does, it is the threshold with the highest accuracy (of equals the smallest).

    Parameters
    ----------
    p : array_like [shape=(n, n_classes)]
        *calibrated out-of-fold* probabilities only
    y : array_like [shape=(n,)]
    target_accuracy : float in (0, 1]
        of the answered clips
    """
    curve = coverage_curve(p, y)
    fine = np.flatnonzero(curve.accuracy >= target_accuracy)
    if len(fine):
        last = int(fine[-1])
        return 0.0 if last == len(curve.threshold) - 1 else float(curve.threshold[last])
    return float(curve.threshold[np.flatnonzero(curve.accuracy == curve.accuracy.max())[-1]])


def _members(members: Sequence[npt.ArrayLike], shares: Sequence[float] | None) -> tuple[Array, Array]:
    if not len(members):
        raise ValueError("Invalid value for `members`. Received: none. Expected: at least one.")
    held = np.array([np.asarray(member, dtype=np.float64) for member in members])
    weights = np.ones(len(held)) if shares is None else np.asarray(shares, dtype=np.float64)
    if weights.shape != (len(held),) or not (weights >= 0.0).all() or not 0.0 < weights.sum() < np.inf:
        raise ValueError(
            f"Invalid value for `shares`. Received: {weights.tolist()}. Expected: {len(held)} numbers >= 0."
        )
    return held, weights


def _normalised(p: Array) -> Array:
    total = p.sum(axis=-1, keepdims=True)
    uniform = np.full_like(p, 1.0 / p.shape[-1])  # medians of windows that agree on nothing may all be 0
    return np.where(total > _TINY, p / np.maximum(total, _TINY), uniform)
