"""How well single columns of a table tell genres apart, how columns go together, and what is typical of a genre.

Conventions
-----------
``table`` is [shape=(n, p), float], one row per track, one column per descriptor; ``labels`` [shape=(n,)] are names or
numbers of genres. Rows with a number that is not finite are left out. A column that never changes separates nothing:
it gets zeros everywhere, not a division by zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["Profile", "Ranking", "correlation", "profile", "rank"]

Array = npt.NDArray[np.float64]

N_BINS: Final = 10  # equally full bins of a column for its mutual information with the genre, at most
_LEAST_IN_BIN: Final = 5  # tracks; fewer bins of a small table, else each would hold one track and tell everything
_FLAT: Final = 1e-10  # spread over size below which a column counts as constant: rounding of float64 sums


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """One number per column.

    Attributes
    ----------
    f : np.ndarray [shape=(p,), >= 0]
        ANOVA's F: variance between the genres' means over variance within genres; infinite when there is none within
    information : np.ndarray [shape=(p,), <= 1]
        adjusted mutual information (Vinh, Epps and Bailey 2010) of the genre and the column, which is cut into equally
        full bins: 0 is what chance alone gives on average, 1 all that the bins can tell about the genre
    """

    f: Array
    information: Array


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What is typical of each genre.

    Attributes
    ----------
    genres : tuple of str, length g
        sorted
    z : np.ndarray [shape=(g, p)]
        mean of the genre, in standard deviations from the mean of the whole table
    """

    genres: tuple[str, ...]
    z: Array


def rank(table: npt.ArrayLike, labels: npt.ArrayLike) -> Ranking:
    """Score every column by how well it alone tells the genres apart.

    Raises
    ------
    ValueError
        when there is not one label per row
    """
    rows, numbers, names = _checked(table, labels)
    if len(names) < 2 or len(rows) <= len(names):
        return Ranking(np.zeros(rows.shape[1]), np.zeros(rows.shape[1]))
    return Ranking(_anova(rows, numbers, len(names)), _information(rows, numbers))


def correlation(table: npt.ArrayLike) -> Array:
    """Return Pearson's correlation of all pairs of columns [shape=(p, p), range -1..1], 0 for constant columns."""
    rows, _, _ = _checked(table, None)
    z = _standard(rows)
    together = np.clip(z.T @ z / max(len(z), 1), -1.0, 1.0)
    np.fill_diagonal(together, np.where(z.any(axis=0), 1.0, 0.0))
    return np.asarray(together, dtype=np.float64)


def profile(table: npt.ArrayLike, labels: npt.ArrayLike) -> Profile:
    """Return how far the mean of each genre lies from the mean of all, in standard deviations.

    Raises
    ------
    ValueError
        when there is not one label per row
    """
    rows, numbers, names = _checked(table, labels)
    return Profile(names, _means(_standard(rows), numbers, len(names)))


def _checked(table: npt.ArrayLike, labels: npt.ArrayLike | None) -> tuple[Array, npt.NDArray[np.intp], tuple[str, ...]]:
    """Return finite rows, the number of each row's genre, and the genres' names."""
    rows = np.array(table, dtype=np.float64, ndmin=2)
    given = np.zeros(len(rows), dtype=np.str_) if labels is None else np.asarray(labels).astype(np.str_)
    if rows.ndim != 2 or given.shape != rows.shape[:1]:
        raise ValueError(
            f"Invalid table. Received: shapes {rows.shape}, {given.shape}. Expected: rows of numbers, one label each."
        )
    whole = np.isfinite(rows).all(axis=1)
    names, numbers = np.unique(given[whole], return_inverse=True)
    return rows[whole], numbers.astype(np.intp), tuple(names.tolist())


def _standard(rows: Array) -> Array:
    """Return rows with mean 0 and standard deviation 1 by column; constant columns are 0."""
    if not len(rows):
        return rows
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    flat = spread <= _FLAT * np.abs(rows).max(axis=0)
    return np.asarray(np.where(flat, 0.0, (rows - mean) / np.where(flat, 1.0, spread)))


def _means(rows: Array, numbers: npt.NDArray[np.intp], n_genres: int) -> Array:
    member = np.eye(n_genres)[:, numbers]  # (g, n)
    return np.asarray(member @ rows / np.maximum(member.sum(axis=1, keepdims=True), 1.0))


def _anova(rows: Array, numbers: npt.NDArray[np.intp], n_genres: int) -> Array:
    z = _standard(rows)
    means = _means(z, numbers, n_genres)
    counts: Any = np.bincount(numbers, minlength=n_genres)[:, None]
    between = (counts * means**2).sum(axis=0) / (n_genres - 1)
    within = ((z - means[numbers]) ** 2).sum(axis=0) / (len(z) - n_genres)
    flat = ~z.any(axis=0)
    ratio = np.full(len(within), np.inf)
    np.divide(between, within, out=ratio, where=within > _FLAT**2)
    return np.where(flat, 0.0, ratio)


def _information(rows: Array, numbers: npt.NDArray[np.intp]) -> Array:
    from sklearn.metrics import adjusted_mutual_info_score

    n_bins = max(2, min(N_BINS, len(rows) // _LEAST_IN_BIN))
    found = np.zeros(rows.shape[1])
    for column, values in enumerate(_standard(rows).T):
        edges = np.unique(np.quantile(values, np.linspace(0, 1, n_bins + 1)[1:-1]))
        bins = np.searchsorted(edges, values, side="right")
        # "min" of the two entropies: what the coarser of genre and bins can tell at most
        found[column] = adjusted_mutual_info_score(numbers, bins, average_method="min") if bins.any() else 0.0
    return found
