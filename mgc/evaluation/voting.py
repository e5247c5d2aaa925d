"""How windows become one answer for a song, and members one vote.

Conventions
-----------
Probabilities have the classes on the last axis. ``windows`` is [shape=(W, n_classes)] for one song or
[shape=(N, W, n_classes)] for many. What is measured for a card and what the app shows go through these same functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RULES", "Rule", "calibrate", "combine", "vote"]

Array = npt.NDArray[np.float64]
Rule = Literal["mean", "median", "confident"]

RULES: Final[tuple[Rule, ...]] = ("mean", "median", "confident")
_TINY: Final = 1e-12  # below any probability that matters; keeps 0 ** (1/T) and a row of zeros defined


def vote(windows: npt.ArrayLike, rule: str = "mean") -> Array:
    """Return a song's probabilities from those of its windows.

    Parameters
    ----------
    windows : array_like [shape=(..., W, n_classes), W >= 1]
        probabilities of the windows
    rule : str
        ``"mean"`` of all windows; ``"median"`` of each genre, renormalised; ``"confident"``: mean over the half of the
        windows (rounded up) whose top probability is highest

    Returns
    -------
    np.ndarray [shape=(..., n_classes)]

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
    """Return the weighted average of members, each [shape=(n_classes,) or (N, n_classes)].

    Parameters
    ----------
    members : sequence of array_like
    shares : sequence of float >= 0, optional
        one a member, of any positive sum; None counts all alike

    Raises
    ------
    ValueError
        when there is no member, or the shares are not one non-negative number a member
    """
    if not len(members):
        raise ValueError("Invalid value for `members`. Received: none. Expected: at least one.")
    held = np.array([np.asarray(member, dtype=np.float64) for member in members])
    if shares is None:
        return np.asarray(held.mean(axis=0))
    weights = np.asarray(shares, dtype=np.float64)
    if weights.shape != (len(held),) or not (weights >= 0.0).all() or not 0.0 < weights.sum() < np.inf:
        raise ValueError(f"Invalid value for `shares`. Received: {list(shares)}. Expected: {len(held)} numbers >= 0.")
    return np.asarray(np.average(held, axis=0, weights=weights))


def _normalised(p: Array) -> Array:
    total = p.sum(axis=-1, keepdims=True)
    uniform = np.full_like(p, 1.0 / p.shape[-1])  # medians of windows that agree on nothing may all be 0
    return np.where(total > _TINY, p / np.maximum(total, _TINY), uniform)
