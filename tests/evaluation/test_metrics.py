from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from mgc.evaluation.metrics import accuracy, bootstrap, confusion, log_loss, macro_f1

pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60).map(np.array)


@given(pairs)
def test_accuracy_confusion_and_macro_f1_agree_with_scikit_learn(rows):
    truth, guess = rows.T
    assert accuracy(truth, guess) == pytest.approx(sklearn.metrics.accuracy_score(truth, guess))
    expected = sklearn.metrics.confusion_matrix(truth, guess, labels=range(10))
    np.testing.assert_array_equal(confusion(truth, guess, 10), expected)
    expected = sklearn.metrics.f1_score(truth, guess, average="macro", zero_division=0)
    assert macro_f1(truth, guess) == pytest.approx(expected)


@given(st.integers(0, 2**31), st.integers(1, 40))
def test_log_loss_agrees_with_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    p, truth = rng.dirichlet(np.ones(10), n), rng.integers(0, 10, n)
    assert log_loss(truth, p) == pytest.approx(sklearn.metrics.log_loss(truth, p, labels=range(10)))


def test_a_truth_given_no_probability_costs_much_but_not_infinity():
    assert 30.0 < log_loss([1], [[1.0, 0.0]]) < 40.0


def test_a_class_that_is_only_predicted_counts_as_zero():
    assert macro_f1([0, 0], [0, 1]) == pytest.approx((2 / 3 + 0.0) / 2)


@pytest.mark.parametrize(("truth", "guess"), [([], []), ([0, 1], [0]), ([[0]], [[0]])])
def test_predictions_that_do_not_fit_the_labels_are_refused(truth, guess):
    with pytest.raises(ValueError, match="Expected: one per label"):
        accuracy(truth, guess)


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


def test_groups_of_one_clip_each_give_the_interval_of_clips():
    truth, guess = outcomes(300, 0.7)
    clips = bootstrap(truth, guess, accuracy)
    alone = bootstrap(truth, guess, accuracy, groups=np.arange(300))
    assert alone.n == 300
    assert (alone.value, alone.low, alone.high) == pytest.approx((clips.value, clips.low, clips.high), abs=0.012)


def test_clips_of_one_artist_that_are_right_or_wrong_together_widen_the_interval():
    """Groups of m clips with one answer each are n / m independent answers: the interval is sqrt(m) times as wide."""
    answers = (np.arange(60) % 10 < 7).astype(int)
    right, groups = np.repeat(answers, 9), np.repeat(np.arange(60), 9)
    over_clips = bootstrap(np.ones(540, dtype=int), right, accuracy)
    over_artists = bootstrap(np.ones(540, dtype=int), right, accuracy, groups=[f"artist {g}" for g in groups])
    assert over_artists.value == over_clips.value == pytest.approx(0.7)
    assert (over_artists.high - over_artists.low) / (over_clips.high - over_clips.low) == pytest.approx(3.0, abs=0.2)
    half = 1.96 * np.sqrt(0.7 * 0.3 / 60)
    assert (over_artists.low, over_artists.high) == pytest.approx((0.7 - half, 0.7 + half), abs=0.02)


def test_an_interval_over_artists_of_unequal_size_covers_the_true_share_about_95_times_of_100():
    """Artists differ in how easy they are; the interval over clips covers too seldom, the one over artists does not."""
    rng = np.random.default_rng(7)
    covered = {"clips": 0, "artists": 0}
    for number in range(200):
        sizes = rng.integers(1, 8, 80)
        groups = np.repeat(np.arange(80), sizes)
        right = (rng.random(len(groups)) < rng.beta(0.7, 0.3, 80)[groups]).astype(int)  # 0.7 on average
        for unit in covered:
            found = bootstrap(
                np.ones(len(right), dtype=int),
                right,
                accuracy,
                groups=groups if unit == "artists" else None,
                n_boot=200,
                seed=number,
            )
            covered[unit] += found.low <= 0.7 <= found.high
    assert 176 <= covered["artists"] <= 199
    assert covered["clips"] < 165


def test_groups_of_another_length_are_refused():
    with pytest.raises(ValueError, match="Invalid groups"):
        bootstrap([1, 1], [1, 0], accuracy, groups=[1, 2, 3])
