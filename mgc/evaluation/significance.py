"""Whether one run is really better than another: tests of paired results, each with its source.

Conventions
-----------
A difference is A minus B, in accuracy (a fraction). Results are paired: both runs judged the same clips, or the same
folds. All p values are two-sided, all intervals 95 %. ``benchmarks/bench_significance.py`` measures how often each
test rejects when neither run is better; docs/NOTES.md ("Comparing runs") has the figures.

Which test answers what: :func:`mcnemar` and :func:`bootstrap_difference` over clips ask whether the difference would
hold for other clips like these, :func:`bootstrap_difference` over artists whether it would for other artists. Both take
the fitted models as they are. :func:`corrected_t` asks whether it would hold after training on other data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.evaluation.metrics import SEED, resampled

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "LEVEL", "CorrectedT", "Difference", "McNemar", "Ranks", "bootstrap_difference", "corrected_t", "friedman", "holm",
    "mcnemar",
]  # fmt: skip

LEVEL: Final = 0.05  # of every test; intervals hold 1 - LEVEL


@dataclass(frozen=True, slots=True)
class McNemar:
    """McNemar's test of two runs over the same clips.

    Attributes
    ----------
    only_a, only_b : int
        discordant clips: those that only A, or only B, classified correctly
    p : float [0..1]
        two-sided
    """

    only_a: int
    only_b: int
    p: float


def mcnemar(right_a: npt.ArrayLike, right_b: npt.ArrayLike) -> McNemar:
    """Return McNemar's exact test (McNemar 1947; Dietterich 1998 for classifiers).

    When neither run is better, each discordant clip is as likely to be A's as B's: ``only_a`` is binomial with
    ``n = only_a + only_b`` and 1/2, and p = min(1, 2 P(X <= min(only_a, only_b))). The exact test is conservative where
    few clips are discordant (Fagerland, Lydersen and Laake 2013). Clips count as independent.

    Parameters
    ----------
    right_a, right_b : array_like of bool [shape=(n,)]
        whether each clip was classified correctly
    """
    from scipy.stats import binomtest

    a, b = _paired(right_a, right_b)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    discordant = only_a + only_b
    p = float(binomtest(only_a, discordant, 0.5).pvalue) if discordant else 1.0
    return McNemar(only_a, only_b, p)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference in accuracy over the same clips, with its bootstrap interval.

    Attributes
    ----------
    value, low, high : float [-1..1]
        A - B, and the bounds of its interval
    p : float (0..1]
        two-sided; below 0.05 exactly when the interval does not contain 0. With 2000 resamples at least 0.001
    n, n_units : int
        clips, and units that were drawn: clips or artists
    """

    value: float
    low: float
    high: float
    p: float
    n: int
    n_units: int


def bootstrap_difference(
    right_a: npt.ArrayLike, right_b: npt.ArrayLike, *, groups: npt.ArrayLike | None = None, seed: int = SEED
) -> Difference:
    """Return the difference in accuracy with its paired percentile bootstrap interval (Efron and Tibshirani 1993).

    Each resample holds the results of both runs for the clips, or groups of clips, that were drawn; so clips that both
    find difficult widen no interval. p is twice the smaller share of resamples on either side of 0, those at 0
    included, with one added to their count and to the B resamples (Davison and Hinkley 1997, section 4.2), and at most
    1. The bounds are the order statistics at which that p crosses 0.05.

    Parameters
    ----------
    right_a, right_b : array_like of bool [shape=(n,)]
        whether each clip was classified correctly
    groups : array_like [shape=(n,)], optional
        what is drawn together, such as artists; without it each clip is drawn by itself. With few groups the interval
        is too narrow
    seed : int
        of the resampling
    """
    a, b = _paired(right_a, right_b)
    terms = np.stack([a.astype(np.float64) - b, np.ones(len(a))], axis=1)
    sums = resampled(terms, groups=groups, seed=seed)
    found = np.sort(sums[:, 0] / sums[:, 1])
    beyond = min(np.count_nonzero(found <= 0), np.count_nonzero(found >= 0))
    p = min(1.0, 2.0 * (beyond + 1) / (len(found) + 1))
    outside = int(np.ceil(LEVEL / 2 * (len(found) + 1))) - 2  # the most resamples beyond 0 with p below LEVEL
    n_units = len(a) if groups is None else len(np.unique(np.asarray(groups)))
    value = float(terms[:, 0].mean())
    return Difference(value, float(found[outside]), float(found[-1 - outside]), p, len(a), n_units)


@dataclass(frozen=True, slots=True)
class CorrectedT:
    """The corrected resampled t-test of two runs over the same folds.

    Attributes
    ----------
    difference, low, high : float
        mean over folds of A - B, and the bounds of its interval
    t, p : float
        statistic and two-sided p
    n_folds : int
    ratio : float > 0
        test clips for each training clip, n_test / n_train
    """

    difference: float
    low: float
    high: float
    t: float
    p: float
    n_folds: int
    ratio: float


def corrected_t(differences: npt.ArrayLike, ratio: float) -> CorrectedT:
    """Return the corrected resampled t-test (Nadeau and Bengio 2003, Machine Learning 52).

    t = mean / sqrt((1 / J + n_test / n_train) S^2) with J - 1 degrees of freedom; S^2 is the variance of the J
    differences (divisor J - 1). Training sets of different folds overlap, so the differences are not independent and an
    ordinary t-test, whose factor is 1 / J, rejects too often. The correction was derived for random subsampling; on k
    folds it is usually conservative.

    Parameters
    ----------
    differences : array_like [shape=(J,), J >= 2]
        accuracy of A minus that of B in each fold
    ratio : float >= 0
        n_test / n_train; for k folds 1 / (k - 1). With 0 this is the ordinary paired t-test

    Raises
    ------
    ValueError
        when there are fewer than two folds
    """
    from scipy.stats import t as student

    found = np.asarray(differences, dtype=np.float64)
    if found.ndim != 1 or len(found) < 2 or ratio < 0:
        raise ValueError(
            f"Invalid differences. Received: shape {found.shape}, ratio {ratio}. Expected: two folds, ratio >= 0."
        )
    mean, n = float(found.mean()), len(found)
    error = float(np.sqrt((1.0 / n + ratio) * found.var(ddof=1)))
    t = mean / error if error > 0.0 else float(np.copysign(np.inf, mean)) if mean else 0.0
    half = float(student.ppf(1.0 - LEVEL / 2, n - 1)) * error
    return CorrectedT(mean, mean - half, mean + half, t, float(2.0 * student.sf(abs(t), n - 1)), n, ratio)


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """Return p values adjusted for their number (Holm 1979), in the order given.

    Reject where the adjusted value is below the level: the chance of any false rejection among all stays below it,
    whatever the dependence of the tests. The i-th smallest of m values is multiplied by m - i + 1; none becomes smaller
    than one before it, none larger than 1.
    """
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1)))
    return tuple(adjusted.tolist())


@dataclass(frozen=True, slots=True)
class Ranks:
    """How k runs rank over the same folds.

    Attributes
    ----------
    mean : tuple of float [1..k]
        mean rank of each run; 1 is the best
    statistic, p : float
        Friedman's chi-squared, corrected for ties, with k - 1 degrees of freedom
    critical_difference : float
        Nemenyi's: two runs differ when their mean ranks are at least so far apart
    n_folds : int
    """

    mean: tuple[float, ...]
    statistic: float
    p: float
    critical_difference: float
    n_folds: int


def friedman(scores: npt.ArrayLike) -> Ranks:
    """Return Friedman's test and Nemenyi's critical difference (Demsar 2006, JMLR 7).

    In each fold the best run has rank 1, and equal runs share the mean of their ranks. The critical difference is
    q sqrt(k (k + 1) / (6 N)), where q is the 95 % point of the studentized range for k runs and infinite degrees of
    freedom, over sqrt(2). Demsar means N independent data sets. Folds of one data set share training clips, so here p
    is a description rather than a guarantee.

    Parameters
    ----------
    scores : array_like [shape=(N folds, k runs), N >= 2, k >= 3]
        higher is better

    Raises
    ------
    ValueError
        when there are fewer folds or runs
    """
    from scipy.stats import friedmanchisquare, rankdata, studentized_range

    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 3:
        raise ValueError(f"Invalid scores. Received: shape {table.shape}. Expected: two folds, three runs.")
    n, k = table.shape
    ranks = rankdata(-table, axis=1)
    statistic, p = 0.0, 1.0
    if np.ptp(ranks):  # else all are equal in every fold, and the correction for ties divides by 0
        statistic, p = (float(one) for one in friedmanchisquare(*table.T))
    q = float(studentized_range.ppf(1.0 - LEVEL, k, np.inf)) / np.sqrt(2.0)
    return Ranks(tuple(ranks.mean(axis=0).tolist()), statistic, p, float(q * np.sqrt(k * (k + 1) / (6.0 * n))), n)


def _paired(right_a: npt.ArrayLike, right_b: npt.ArrayLike) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    a, b = np.asarray(right_a, dtype=np.bool_), np.asarray(right_b, dtype=np.bool_)
    if a.ndim != 1 or len(a) == 0 or a.shape != b.shape:
        raise ValueError(f"Invalid results. Received: shapes {a.shape}, {b.shape}. Expected: one per clip, and some.")
    return a, b
