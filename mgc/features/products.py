"""Matrix products that run on the calling thread.

OpenBLAS computes products of up to :data:`SMALL_PRODUCT` multiplications where it is called. Larger ones it spreads
over all cores, and its threads then spin for a while, waiting for the next. Where those cores have work of their own
(YAMNet listens while other models judge the same song; another visitor's song), this was measured to cost up to twelve
times the work itself. Limiting OpenBLAS' threads instead would affect everything else in the process.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["SMALL_PRODUCT", "product"]

SMALL_PRODUCT: Final = 262_144  # multiplications


def product(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``a @ b`` of two matrices [shapes=(n, k), (k, m) -> (n, m)], computed tile by tile.

    No tile takes more than :data:`SMALL_PRODUCT` multiplications, unless one number of the result alone does.
    """
    (n, k), m = a.shape, b.shape[1]
    most = max(1, SMALL_PRODUCT // max(1, k))  # elements of the result per tile
    height = max(1, min(n, max(math.isqrt(most), most // max(1, m))))  # about square, which reads the least
    width = max(1, most // height)
    if height >= n and width >= m:
        return np.asarray(a @ b)
    found = np.empty((n, m), dtype=np.result_type(a, b))
    for row in range(0, n, height):
        for column in range(0, m, width):
            tile = slice(row, row + height), slice(column, column + width)
            np.matmul(a[tile[0]], b[:, tile[1]], out=found[tile])
    return found
