from __future__ import annotations

import numpy as np
import pytest

from mgc.evaluation.intervals import bootstrap
from mgc.evaluation.metrics import accuracy, log_loss, macro_f1


def outcomes(n: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    truth = np.arange(n) % 10
    guess = truth.copy()
    wrong = round(n * (1 - share))
    guess[:wrong] = (guess[:wrong] + 1) % 10
    return truth, guess


def test_the_interval_of_an_accuracy_is_that_of_the_binomial():
    truth, guess = outcomes(290, 0.7)
    found = bootstrap(truth, guess, accuracy)
    half = 1.96 * np.sqrt(0.7 * 0.3 / 290)
    assert found.n == 290
    assert found.value == pytest.approx(0.7)
    assert (found.low, found.high) == pytest.approx((0.7 - half, 0.7 + half), abs=0.008)


def test_the_same_call_gives_the_same_interval_and_the_bounds_hold_the_value():
    truth, guess = outcomes(200, 0.6)
    one = bootstrap(truth, guess, macro_f1, n_boot=300)
    assert one == bootstrap(truth, guess, macro_f1, n_boot=300)
    assert one != bootstrap(truth, guess, macro_f1, n_boot=300, seed=1)
    assert one.low < one.value < one.high


def test_more_clips_make_a_narrower_interval():
    wide, narrow = (bootstrap(*outcomes(n, 0.7), accuracy, n_boot=500) for n in (100, 1000))
    assert narrow.high - narrow.low < 0.5 * (wide.high - wide.low)


def test_an_interval_covers_the_true_share_about_95_times_of_100():
    rng = np.random.default_rng(5)
    covered = 0
    for number in range(200):
        right = (rng.random(150) < 0.7).astype(int)
        found = bootstrap(np.ones(150, dtype=int), right, accuracy, n_boot=300, seed=number)
        covered += found.low <= 0.7 <= found.high
    assert 178 <= covered <= 199  # 190 expected, three standard deviations about it


def test_probabilities_can_be_resampled_as_well():
    p = np.full((20, 10), 0.1)
    found = bootstrap(np.arange(20) % 10, p, log_loss, n_boot=50)
    assert found.low == pytest.approx(found.high) == pytest.approx(np.log(10))
