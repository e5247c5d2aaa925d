"""A table drawn as a map: similar rows lie close together.

Conventions
-----------
``table`` is [shape=(n, p), float, finite], one row per track. Columns are standardised first (mean 0, deviation 1), so
that no unit outweighs another; a column that never changes counts nothing. The same table and seed give the same map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["METHODS", "Direction", "Method", "directions", "neighbours", "project", "standardised"]

Array = npt.NDArray[np.float64]
Method = Literal["pca", "tsne"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)

_PERPLEXITY: Final = 30.0  # neighbours that t-SNE tries to keep (van der Maaten and Hinton 2008: 5 to 50)
_T_SNE_COLUMNS: Final = 50  # principal components that t-SNE is given, as its authors advise
_EXAGGERATION: Final = 12.0  # of attraction in the first stage, scikit-learn's own
_STAGES: Final = 4  # of t-SNE, so that it can tell how far it is and be stopped: 0.8 s each for 1,000 rows
_STEPS: Final = 250  # of a stage, scikit-learn's least; against one run of 1,000 steps 0.3 % fewer neighbours are kept
_FLAT: Final = 1e-10  # spread over size below which a column counts as constant
_FAR: Final = 8.0  # standard deviations; beyond, a single odd clip would squeeze all others into a dot


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """What one axis of a map by ``pca`` stands for.

    Attributes
    ----------
    share : float
        0..1, of the variance of the whole table
    weights : np.ndarray [shape=(p,), range -1..1]
        of the columns, their squares add to 1: a row lies further right (up) the more it has of those above 0
    """

    share: float
    weights: Array


def standardised(table: npt.ArrayLike) -> Array:
    """Return the table with mean 0 and deviation 1 by column [shape=(n, p), range -8..8].

    Raises
    ------
    ValueError
        when it is no table, or holds numbers that are not finite
    """
    rows = np.array(table, dtype=np.float64, ndmin=2)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise ValueError(f"Invalid table. Received: shape {rows.shape}. Expected: rows of finite numbers.")
    if not len(rows):
        return rows
    spread = rows.std(axis=0)
    flat = spread <= _FLAT * np.abs(rows).max(axis=0)
    z = np.where(flat, 0.0, (rows - rows.mean(axis=0)) / np.where(flat, 1.0, spread))
    return np.clip(z, -_FAR, _FAR)


def project(
    table: npt.ArrayLike, method: str = "pca", seed: int = 0, tell: Callable[[int, int], None] | None = None
) -> Array:
    """Place every row on a plane.

    Parameters
    ----------
    table : np.ndarray [shape=(n, p)]
    method : "pca" or "tsne"
        the two directions of most spread, or t-SNE, which keeps neighbours and gives up distances
    seed : int
        of t-SNE
    tell : callable or None
        is called with the number of finished stages and their total before each stage of t-SNE; an exception that it
        raises ends the computation

    Returns
    -------
    np.ndarray [shape=(n, 2)]
        fewer than four rows are always drawn by ``pca``

    Raises
    ------
    ValueError
        when the method is unknown, or the table holds numbers that are not finite
    """
    if method not in METHODS:
        raise ValueError(f"Invalid method. Received: {method!r}. Expected: one of {', '.join(METHODS)}.")
    z = standardised(table)
    if method == "pca" or len(z) < 4:
        return _components(z, 2)
    from sklearn.manifold import TSNE

    first = _components(z, _T_SNE_COLUMNS)
    plane = first[:, :2] * (1e-4 / max(float(first[:, 0].std()), 1e-12))
    nearest = min(_PERPLEXITY, (len(z) - 1) / 3)
    rate = max(len(z) / _EXAGGERATION / 4, 50.0)
    for stage in range(_STAGES):
        if tell is not None:
            tell(stage, _STAGES)
        # Only the first stage pulls neighbours together more than they are alike, as scikit-learn does.
        exaggeration = _EXAGGERATION if stage == 0 else 1.0
        step = TSNE(
            2,
            perplexity=nearest,
            init=plane,
            random_state=seed,
            max_iter=_STEPS,
            early_exaggeration=exaggeration,
            learning_rate=rate,
        )
        plane = np.asarray(step.fit_transform(first))
    return np.asarray(plane, dtype=np.float64)


def directions(table: npt.ArrayLike, n: int = 2) -> tuple[Direction, ...]:
    """Return what the first ``n`` axes of :func:`project` by ``pca`` stand for; fewer where the rows do not differ.

    Raises
    ------
    ValueError
        when the table holds numbers that are not finite
    """
    z = standardised(table)
    if len(z) < 2 or not z.size:
        return ()
    _, size, right = _decomposed(z)
    every = float((size**2).sum())
    return tuple(Direction(float(size[k] ** 2 / every), right[k]) for k in range(min(n, len(size))) if size[k] > 1e-9)


def neighbours(table: npt.ArrayLike, i: int, k: int = 5) -> npt.NDArray[np.intp]:
    """Return the positions of the ``k`` rows nearest to row ``i`` in the whole table, nearest first, without itself.

    The distance is measured over all columns, not on a map. Rows just as far keep their order.

    Raises
    ------
    ValueError
        when there is no row ``i``, or the table holds numbers that are not finite
    """
    z = standardised(table)
    if not 0 <= i < len(z):
        raise ValueError(f"Invalid row. Received: {i}. Expected: 0 to {len(z) - 1}.")
    distance = ((z - z[i]) ** 2).sum(axis=1)
    distance[i] = np.inf
    return np.argsort(distance, kind="stable")[: max(0, min(k, len(z) - 1))]


def _components(z: Array, n: int) -> Array:
    """Return coordinates along the first ``n`` principal directions [shape=(rows, n)], 0 where there are fewer."""
    found = np.zeros((len(z), n))
    if not z.size:
        return found
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
