from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import median_filter

from mgc.features.harmonic import HALF, WIDTH, median_of_padded


@pytest.mark.parametrize("n", [*range(16, 36), 128, 129, 200])
def test_every_length_gives_scipys_median_bit_for_bit(n: int) -> None:
    signal = np.random.default_rng(n).random((n, 3), dtype=np.float32)
    padded = np.pad(signal, ((HALF, HALF), (0, 0)), mode="symmetric")
    expected = median_filter(signal, size=(WIDTH, 1), mode="reflect")
    np.testing.assert_array_equal(median_of_padded(padded), expected)


@given(arrays(np.float32, st.tuples(st.integers(WIDTH, 80), st.just(2)), elements=st.sampled_from([0, 1, 2, 3])))
def test_ties_are_no_trouble(padded: np.ndarray) -> None:
    windows = np.lib.stride_tricks.sliding_window_view(padded, WIDTH, axis=0)
    np.testing.assert_array_equal(median_of_padded(padded), np.median(windows, axis=-1))


def test_a_one_pixel_click_leaves_no_trace() -> None:
    padded = np.ones((100, 1), dtype=np.float32)
    padded[50] = 1000
    assert median_of_padded(padded).max() == 1
