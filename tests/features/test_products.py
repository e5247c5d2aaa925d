from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mgc.features import products
from mgc.features.products import SMALL_PRODUCT, product

sizes = st.integers(0, 12)


@given(st.data(), sizes, sizes, sizes, st.integers(1, 500))
def test_a_product_by_tiles_is_the_product(data: st.DataObject, n: int, k: int, m: int, limit: int) -> None:
    whole = st.integers(-9, 9).map(float)  # sums of such products are exact
    a, b = data.draw(arrays(np.float64, (n, k), elements=whole)), data.draw(arrays(np.float64, (k, m), elements=whole))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "SMALL_PRODUCT", limit)
        found = product(a, b)
    np.testing.assert_array_equal(found, a @ b)
    assert found.shape == (n, m)


@pytest.mark.parametrize("limit", [1, 50, SMALL_PRODUCT])
@pytest.mark.parametrize(("n", "k", "m"), [(0, 12, 12), (12, 0, 12), (12, 12, 0), (0, 0, 0), (3, 60, 4), (1, 1, 1)])
def test_a_product_may_be_empty_or_of_vectors_longer_than_a_tile(
    n: int, k: int, m: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "SMALL_PRODUCT", limit)
    found = product(np.ones((n, k), np.float32), np.ones((m, k), np.float32).T)
    assert found.shape == (n, m)
    assert found.dtype == np.float32
    assert (found == k).all()


@pytest.mark.parametrize(
    ("n", "k", "m"), [(42, 1234, 460), (239, 53, 500), (512, 257, 64), (239, 2048, 419), (1, 1024, 639), (900, 3, 900)]
)
def test_no_tile_is_large_enough_to_wake_other_threads(n: int, k: int, m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tiles: list[int] = []
    matmul = np.matmul

    def counted(a: np.ndarray, b: np.ndarray, *, out: np.ndarray) -> np.ndarray:
        tiles.append(len(a) * a.shape[1] * b.shape[1])
        return matmul(a, b, out=out)

    monkeypatch.setattr(np, "matmul", counted)
    a, b = np.ones((n, k), np.float32), np.ones((m, k), np.float32).T
    found = product(a, b)
    assert found.dtype == np.float32
    assert (found == k).all()
    assert max(tiles) <= SMALL_PRODUCT
    assert sum(tiles) == n * k * m
    assert len(tiles) < 3 * (n * k * m / SMALL_PRODUCT) + 3  # nor are they needlessly small
