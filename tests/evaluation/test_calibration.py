from __future__ import annotations

import numpy as np
import pytest

from mgc.evaluation.calibration import expected_calibration_error, fit_temperature, fit_unsure_threshold
from mgc.evaluation.metrics import log_loss
from mgc.evaluation.voting import calibrate


def honest(n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and truths drawn from those very probabilities."""
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.full(10, 0.3), n)
    return p, (p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_spoilt_a_model_is_found(temperature):
    p, truth = honest()
    spoilt = calibrate(p, 1 / temperature)
    assert fit_temperature(spoilt, truth) == pytest.approx(temperature, rel=0.05)


def test_the_fitted_temperature_has_the_lowest_loss():
    p, truth = honest(2_000)
    best = fit_temperature(p**2 / (p**2).sum(axis=1, keepdims=True), truth)
    losses = [log_loss(truth, calibrate(p**2, t)) for t in (0.8 * best, best, 1.25 * best)]
    assert losses[1] == min(losses)


def test_the_calibration_error_of_honest_probabilities_is_small_and_of_spoilt_ones_large():
    p, truth = honest()
    assert expected_calibration_error(p, truth) < 0.015
    assert expected_calibration_error(calibrate(p, 0.3), truth) > 0.1


def test_the_calibration_error_is_the_one_computed_by_hand():
    p = np.array([[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.65, 0.35]])
    # bin of 0.95: 1 of 2 right; bin of 0.65: both right
    assert expected_calibration_error(p, [0, 1, 0, 0], bins=10) == pytest.approx(0.5 * 0.45 + 0.5 * 0.35)
    assert expected_calibration_error([[1.0, 0.0]], [0]) == 0.0


def test_the_threshold_is_the_smallest_that_reaches_the_target():
    sure = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    p = np.column_stack([sure, 1 - sure])
    truth = [0, 0, 1, 0, 1]  # right, right, wrong, right, wrong
    assert fit_unsure_threshold(p, truth, target_accuracy=0.75) == pytest.approx(0.6)
    assert fit_unsure_threshold(p, truth, target_accuracy=0.9) == pytest.approx(0.8)
    assert fit_unsure_threshold(p, truth, target_accuracy=0.5) == 0.0


def test_the_answered_clips_reach_the_target_on_the_clips_it_was_fitted_on():
    p, truth = honest(5_000)
    limit = fit_unsure_threshold(p, truth, target_accuracy=0.85)
    answered = p.max(axis=1) >= limit
    assert (p.argmax(axis=1) == truth)[answered].mean() >= 0.85
    assert 0.0 < answered.mean() < 1.0


def test_clips_of_equal_confidence_are_answered_together():
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4]])
    assert fit_unsure_threshold(p, [0, 1, 1], target_accuracy=0.9) == pytest.approx(0.9)  # unreachable: the best


def test_calibration_never_needs_more_than_the_bounds():
    p = np.eye(10)[np.arange(50) % 10] * 0.5 + 0.05
    assert 0.0 < fit_temperature(p, np.arange(50) % 10) < 0.2  # always right: as sure as allowed
