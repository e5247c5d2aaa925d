from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from mgc.evaluation.metrics import accuracy, confusion, log_loss, macro_f1

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
