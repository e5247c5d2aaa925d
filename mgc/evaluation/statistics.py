"""Statistics of a table of descriptors: which columns separate genres, and a map on which similar rows lie close.

Conventions
-----------
``table`` is [shape=(n, p), float], one row per track, one column per descriptor; ``labels`` [shape=(n,)] are names or
numbers of genres. Columns are standardised first (mean 0, deviation 1), so that no unit outweighs another; a column
that never changes counts nothing. :func:`rank`, :func:`correlation` and :func:`profile` leave out rows with a number
that is not finite, maps refuse them. The same table and seed give the same map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "METHODS",
    "Direction",
    "Method",
    "Profile",
    "Ranking",
    "correlation",
    "directions",
    "neighbours",
    "profile",
    "project",
    "rank",
    "standardised",
]

Array = npt.NDArray[np.float64]
Method = Literal["pca", "tsne"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)

N_BINS: Final = 10  # equally full bins of a column for its mutual information with the genre, at most
_LEAST_IN_BIN: Final = 5  # tracks; with fewer in a bin every column would seem to separate all genres
_FLAT: Final = 1e-10  # spread over size below which a column counts as constant: rounding of float64 sums
_FAR: Final = 8.0  # standard deviations; beyond, a single odd clip would squeeze all others into a dot

_PERPLEXITY: Final = 30.0  # neighbours that t-SNE tries to keep (van der Maaten and Hinton 2008: 5 to 50)
_T_SNE_COLUMNS: Final = 50  # principal components that t-SNE is given, as its authors advise
_EXAGGERATION: Final = 12.0  # of attraction in the first stage, scikit-learn's own
_STAGES: Final = 4  # of t-SNE, between which it reports progress and can be stopped: 0.8 s each for 1,000 rows
_STEPS: Final = 250  # of a stage, scikit-learn's least; against one run of 1,000 steps 0.3 % fewer neighbours are kept


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How well each column alone separates the genres.

    Attributes
    ----------
    f : np.ndarray [shape=(p,), >= 0]
        ANOVA's F: variance between the genres' means over variance within genres; infinite when there is none within
    information : np.ndarray [shape=(p,), <= 1]
        adjusted mutual information (Vinh, Epps and Bailey 2010) of the genre and the column, which is cut into equally
        full bins: 0 is what chance alone gives on average, 1 the most that the bins can say about the genre
    """

    f: Array
    information: Array


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The mean of each genre [shape=(g, p)], in standard deviations from the mean of all; ``genres`` are sorted."""

    genres: tuple[str, ...]
    z: Array


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """One axis of a map by ``pca``.

    Attributes
    ----------
    share : float
        0..1, of the variance of the whole table
    weights : np.ndarray [shape=(p,), range -1..1]
        of the columns, their squares add to 1: a row lies further right (up) the more it has of those above 0
    """

    share: float
    weights: Array


def rank(table: npt.ArrayLike, labels: npt.ArrayLike) -> Ranking:
    """Score every column by how well it alone separates the genres; ValueError when there is not one label per row."""
    rows, numbers, names = _checked(table, labels)
    if len(names) < 2 or len(rows) <= len(names):
        return Ranking(np.zeros(rows.shape[1]), np.zeros(rows.shape[1]))
    z = _standard(rows)
    return Ranking(_anova(z, numbers, len(names)), _information(z, numbers))


def correlation(table: npt.ArrayLike) -> Array:
    """Return Pearson's correlation of all pairs of columns [shape=(p, p), range -1..1], 0 for constant columns."""
    z = _standard(_checked(table, None)[0])
    together = np.clip(z.T @ z / max(len(z), 1), -1.0, 1.0)
    np.fill_diagonal(together, np.where(z.any(axis=0), 1.0, 0.0))
    return np.asarray(together, dtype=np.float64)


def profile(table: npt.ArrayLike, labels: npt.ArrayLike) -> Profile:
    """Return how far the mean of each genre lies from the mean of all; raises as :func:`rank` does."""
    rows, numbers, names = _checked(table, labels)
    return Profile(names, _means(_standard(rows), numbers, len(names)))


def standardised(table: npt.ArrayLike) -> Array:
    """Return the table with mean 0 and deviation 1 by column [shape=(n, p), range -8..8].

    ValueError when it is no table, or holds numbers that are not finite.
    """
    rows = np.array(table, dtype=np.float64, ndmin=2)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise ValueError(f"Invalid table. Received: shape {rows.shape}. Expected: rows of finite numbers.")
    return np.clip(_standard(rows), -_FAR, _FAR)


def project(
    table: npt.ArrayLike, method: str = "pca", seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Array:
    """Place every row on a plane [shape=(n, 2)].

    Parameters
    ----------
    table : np.ndarray [shape=(n, p)]
        finite, else ValueError
    method : "pca" or "tsne"
        the two directions of most spread, or t-SNE, which keeps neighbours and gives up distances; fewer than four rows
        are always drawn by ``pca``
    seed : int
        of t-SNE
    progress : callable or None
        is called with the number of finished stages and their total before each stage of t-SNE; an exception that it
        raises ends the computation
    """
    if method not in METHODS:
        raise ValueError(f"Invalid method. Received: {method!r}. Expected: one of {', '.join(METHODS)}.")
    z = standardised(table)
    if method == "pca" or len(z) < 4:
        return _components(z, 2)
    from sklearn.manifold import TSNE

    first = _components(z, _T_SNE_COLUMNS)
    plane = first[:, :2] * (1e-4 / max(float(first[:, 0].std()), 1e-12))
    for stage in range(_STAGES):
        if progress is not None:
            progress(stage, _STAGES)
        step = TSNE(
            2,
            perplexity=min(_PERPLEXITY, (len(z) - 1) / 3),
            init=plane,
            random_state=seed,
            max_iter=_STEPS,
            # Only the first stage pulls neighbours together more than they are alike, as scikit-learn does.
            early_exaggeration=_EXAGGERATION if stage == 0 else 1.0,
            learning_rate=max(len(z) / _EXAGGERATION / 4, 50.0),
        )
        plane = np.asarray(step.fit_transform(first))
    return np.asarray(plane, dtype=np.float64)


def directions(table: npt.ArrayLike, n: int = 2) -> tuple[Direction, ...]:
    """Return the first ``n`` axes of :func:`project` by ``pca``; fewer where the rows do not differ."""
    z = standardised(table)
    if len(z) < 2 or not z.size:
        return ()
    _, size, right = _decomposed(z)
    every = float((size**2).sum())
    return tuple(Direction(float(size[k] ** 2 / every), right[k]) for k in range(min(n, len(size))) if size[k] > 1e-9)


def neighbours(table: npt.ArrayLike, i: int, k: int = 5) -> npt.NDArray[np.intp]:
    """Return the positions of the ``k`` rows nearest to row ``i`` in the whole table, nearest first, without itself.

    The distance is measured over all columns, not on a map. Rows just as far keep their order.
    """
    z = standardised(table)
    if not 0 <= i < len(z):
        raise ValueError(f"Invalid row. Received: {i}. Expected: 0 to {len(z) - 1}.")
    distance = ((z - z[i]) ** 2).sum(axis=1)
    distance[i] = np.inf
    return np.argsort(distance, kind="stable")[: max(0, min(k, len(z) - 1))]


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


def _anova(z: Array, numbers: npt.NDArray[np.intp], n_genres: int) -> Array:
    means = _means(z, numbers, n_genres)
    counts: Any = np.bincount(numbers, minlength=n_genres)[:, None]
    between = (counts * means**2).sum(axis=0) / (n_genres - 1)
    within = ((z - means[numbers]) ** 2).sum(axis=0) / (len(z) - n_genres)
    ratio = np.full(len(within), np.inf)
    np.divide(between, within, out=ratio, where=within > _FLAT**2)
    return np.where(z.any(axis=0), ratio, 0.0)


def _information(z: Array, numbers: npt.NDArray[np.intp]) -> Array:
    from sklearn.metrics import adjusted_mutual_info_score

    n_bins = max(2, min(N_BINS, len(z) // _LEAST_IN_BIN))
    found = np.zeros(z.shape[1])
    for column, values in enumerate(z.T):
        edges = np.unique(np.quantile(values, np.linspace(0, 1, n_bins + 1)[1:-1]))
        bins = np.searchsorted(edges, values, side="right")
        # "min" of the two entropies: 1 is reached when the coarser of genre and bins is fully determined
        found[column] = adjusted_mutual_info_score(numbers, bins, average_method="min") if bins.any() else 0.0
    return found


def _components(z: Array, n: int) -> Array:
    """Return coordinates along the first ``n`` principal directions [shape=(rows, n)], 0 where there are fewer."""
    found = np.zeros((len(z), n))
    if z.size:
        left, size, _ = _decomposed(z)
        have = min(n, len(size))
        found[:, :have] = (left * size)[:, :have]
    return found


def _decomposed(z: Array) -> tuple[Array, Array, Array]:
    """Return the singular value decomposition of a table that is not empty, each direction with a fixed sign."""
    left, size, right = np.linalg.svd(z - z.mean(axis=0), full_matrices=False)
    # A direction and its opposite are the same component: the largest weight is made positive, so maps do not flip.
    sign = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    return left * sign, size, right * sign[:, None]
