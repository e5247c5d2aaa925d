from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.evaluation import metrics
from mgc.evaluation.metrics import accuracy, bootstrap, confusion, log_loss, macro_f1

pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60).map(np.array)


@settings(deadline=None)
@given(pairs)
def test_accuracy_confusion_and_macro_f1_agree_with_scikit_learn(rows):
    truth, guess = rows.T
    assert accuracy(truth, guess) == pytest.approx(sklearn.metrics.accuracy_score(truth, guess))
    expected = sklearn.metrics.confusion_matrix(truth, guess, labels=range(10))
    np.testing.assert_array_equal(confusion(truth, guess, 10), expected)
    expected = sklearn.metrics.f1_score(truth, guess, average="macro", zero_division=0)
    assert macro_f1(truth, guess) == pytest.approx(expected)
    recall = sklearn.metrics.recall_score(truth, guess, labels=np.unique(truth), average="macro")
    assert metrics.balanced_accuracy(truth, guess) == pytest.approx(recall)
    found = metrics.per_genre(truth, guess, 10)
    expected = sklearn.metrics.precision_recall_fscore_support(truth, guess, labels=range(10), zero_division=0)
    np.testing.assert_allclose((found.precision, found.recall, found.f1, found.support), expected)


@settings(deadline=None)  # scikit-learn's checks take long on a busy machine
@given(st.integers(0, 2**31), st.integers(1, 40))
def test_scores_of_probabilities_agree_with_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    p, truth = rng.dirichlet(np.ones(10), n), rng.integers(0, 10, n)
    assert log_loss(truth, p) == pytest.approx(sklearn.metrics.log_loss(truth, p, labels=range(10)))
    expected = sklearn.metrics.brier_score_loss(truth, p, labels=range(10), scale_by_half=False)
    assert metrics.brier(truth, p) == pytest.approx(expected)
    for k in (1, 3, 9):
        expected = sklearn.metrics.top_k_accuracy_score(truth, p, k=k, labels=range(10))
        assert metrics.top_k(truth, p, k) == pytest.approx(expected)


def test_classes_of_equal_probability_are_counted_in_their_order_as_the_predicted_class_is():
    p = np.full((10, 10), 0.1)
    assert metrics.top_k(np.arange(10), p, 1) == accuracy(np.arange(10), p.argmax(axis=1)) == pytest.approx(0.1)
    assert metrics.top_k(np.arange(10), p, 3) == pytest.approx(0.3)


def test_a_reliability_curve_holds_confidence_accuracy_and_clips_of_each_bin():
    p = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]]
    curve = metrics.reliability(p, [0, 1, 1, 1], bins=5)
    np.testing.assert_array_equal(curve.n, [0, 0, 1, 2, 1])  # 0.6 and 0.8 belong to the bins that they close
    np.testing.assert_allclose(curve.confidence[2:], [0.6, 0.75, 0.9])
    np.testing.assert_allclose(curve.accuracy, [np.nan, np.nan, 0.0, 0.5, 1.0])
    assert metrics.expected_calibration_error(p, [0, 1, 1, 1], bins=5) == pytest.approx((0.6 + 2 * 0.25 + 0.1) / 4)


def test_coverage_grows_and_accuracy_changes_as_the_threshold_falls():
    p = [[0.9, 0.1], [0.2, 0.8], [0.8, 0.2], [0.6, 0.4]]
    curve = metrics.coverage_curve(p, [0, 1, 1, 0])
    np.testing.assert_allclose(curve.threshold, [0.9, 0.8, 0.6])  # two clips of one confidence are answered together
    np.testing.assert_allclose(curve.coverage, [0.25, 0.75, 1.0])
    np.testing.assert_allclose(curve.accuracy, [1.0, 2 / 3, 0.75])


def test_windows_are_counted_over_all_clips_and_only_where_they_were_recorded():
    assert metrics.window_accuracy(np.array([10.0, 2.0]), np.array([5.0, 1.0])) == 0.5
    assert metrics.window_accuracy(None, None) is None


@pytest.mark.parametrize(
    "metric", [accuracy, macro_f1, metrics.balanced_accuracy, log_loss, metrics.brier, metrics.top_k]
)
@pytest.mark.parametrize("grouped", [False, True])
def test_all_resamples_at_once_give_the_interval_of_one_after_the_other(metric, grouped):
    rng = np.random.default_rng(1)
    truth, p, artists = rng.integers(0, 4, 60), rng.dirichlet(np.ones(5), 60), rng.integers(0, 9, 60)
    of_p = metric in (log_loss, metrics.brier, metrics.top_k)
    given = (truth, p if of_p else p.argmax(axis=1))
    groups = artists if grouped else None
    # a function that the module does not know is called for each resample
    slow = bootstrap(*given, lambda y, other: metric(y, other), groups=groups, n_boot=200)
    fast = bootstrap(*given, metric, groups=groups, n_boot=200)
    assert (fast.value, fast.low, fast.high) == pytest.approx((slow.value, slow.low, slow.high), abs=1e-12)


def test_the_interval_of_an_accuracy_stays_what_shipped_cards_say():
    """Cards were written when NumPy drew the rows of all resamples in one call: the same draws, to the digit."""
    truth, guess = outcomes(290, 0.7)
    draws = np.random.default_rng(metrics.SEED).integers(0, 290, size=(2000, 290))
    low, high = np.quantile((truth == guess)[draws].mean(axis=1), [0.025, 0.975])
    assert bootstrap(truth, guess, accuracy) == metrics.Interval(np.mean(truth == guess), low, high, 290)


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
