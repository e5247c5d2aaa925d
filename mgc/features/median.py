"""A sliding median of 31, exactly scipy's, about ten times faster.

How: the outputs are taken in groups of sixteen, whose windows share sixteen elements. Those are sorted once; the two
halves of the group then share eight more elements, their halves four more, and so on down to a single output. At each
step only those order statistics are kept that can still become the median: of a sorted core with ``e`` elements to
come, the middle ``e + 1``. That makes 28 minima and maxima for each output, all of whole rows at once, where sorting
needs hundreds of comparisons element by element. The idea is that of Adams, "Fast Median Filters using Separable
Sorting Networks" (ACM Transactions on Graphics 40, 2021), in one dimension.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["HALF", "WIDTH", "median_of_padded"]

WIDTH: Final = 31  # librosa.effects.hpss's kernel size; the scheme below is made for 2 ** k - 1
HALF: Final = WIDTH // 2
_GROUP: Final = 16

Number = TypeVar("Number", np.uint16, np.float32)
Row = npt.NDArray[Any]
Rows = list[Row]  # the same-sized arrays that a network's lines carry, sorted upwards unless said


def median_of_padded(padded: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the running median over axis 0.

    Parameters
    ----------
    padded : np.ndarray [shape=(n + 30, m), uint16 or float32]
        the signal with 15 rows of context on either side, finite; uint16 takes half the time of float32

    Returns
    -------
    np.ndarray [shape=(n, m)]
        row ``i`` is the median of ``padded[i : i + 31]``
    """
    n = len(padded) - WIDTH + 1
    groups = -(-n // _GROUP)
    missing = _GROUP * groups + WIDTH - n - (WIDTH - 1)
    if missing:
        padded = np.concatenate([padded, np.repeat(padded[-1:], missing, axis=0)])
    out = np.empty((groups * _GROUP, padded.shape[1]), dtype=padded.dtype)
    # line[k] holds element 16 g + k of every group g; 0..46 are the elements that the sixteen windows reach
    line = [padded[k : k + (groups - 1) * _GROUP + 1 : _GROUP] for k in range(WIDTH + _GROUP)]
    twos = {k: _sort2(line[k], line[k + 1]) for k in range(1, WIDTH + _GROUP - 2, 2)}
    fours = {k: _merge(twos[k], twos[k + 2]) for k in range(3, WIDTH + _GROUP - 6, 4)}
    eights = {k: _merge(fours[k], fours[k + 4]) for k in (7, 15, 23, 31)}
    blocks = {1: {k: [line[k]] for k in range(len(line))}, 2: twos, 4: fours, 8: eights}
    _descend(_merge(eights[15], eights[23]), 15, 31, 8, blocks, out)
    return out[:n]


def _descend(core: Rows, first: int, last: int, size: int, blocks: dict[int, dict[int, Rows]], out: Row) -> None:
    """Extend a core that covers elements ``first <= k < last`` to either side, down to single outputs."""
    for block, start in ((blocks[size][first - size], first - size), (blocks[size][last], first)):
        if size > 1:
            _descend(_keep_middle(core, block), start, start + last - first + size, size // 2, blocks, out)
        else:
            np.maximum(core[0], np.minimum(core[1], block[0]), out=out[start::_GROUP])


def _keep_middle(core: Rows, block: Rows) -> Rows:
    """Return the ``n`` middle order statistics of ``2 n`` sorted values and ``n`` more sorted ones."""
    n = len(block)
    lower = _sort_bitonic([np.minimum(core[n + i], block[n - 1 - i]) for i in range(n)])  # with core[:n]: the 2n least
    return _sort_bitonic([np.maximum(core[i], lower[n - 1 - i]) for i in range(n)])  # and of those the n greatest


def _merge(left: Rows, right: Rows) -> Rows:
    """Merge two sorted lists of equal, power-of-two length."""
    n = len(left)
    low = [np.minimum(left[i], right[n - 1 - i]) for i in range(n)]
    high = [np.maximum(left[i], right[n - 1 - i]) for i in range(n)]
    return _sort_bitonic(low) + _sort_bitonic(high)


def _sort_bitonic(values: Rows) -> Rows:
    """Sort a list that first rises and then falls, or the reverse (a bitonic merger)."""
    half = len(values) // 2
    if not half:
        return values
    low = [np.minimum(values[i], values[i + half]) for i in range(half)]
    high = [np.maximum(values[i], values[i + half]) for i in range(half)]
    return _sort_bitonic(low) + _sort_bitonic(high)


def _sort2(first: Row, second: Row) -> Rows:
    return [np.minimum(first, second), np.maximum(first, second)]
