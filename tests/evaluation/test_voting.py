from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mgc.evaluation.metrics import expected_calibration_error, log_loss
from mgc.evaluation.voting import (
    RULES,
    Member,
    calibrate,
    combine,
    fit_shares,
    fit_temperature,
    fit_unsure_threshold,
    pool,
    vote,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

probabilities = arrays(
    np.float64, st.tuples(st.integers(1, 9), st.just(10)), elements=st.floats(0.0, 1.0, allow_subnormal=False)
).map(lambda a: (a + 1e-6) / (a + 1e-6).sum(axis=-1, keepdims=True))


@given(probabilities, st.sampled_from(RULES))
def test_every_rule_returns_probabilities(windows, rule):
    song = vote(windows, rule)
    assert song.shape == (10,)
    assert song.sum() == pytest.approx(1.0)
    assert (song >= 0).all()


@given(probabilities, st.sampled_from(RULES))
def test_windows_that_agree_are_repeated_by_every_rule(windows, rule):
    same = np.repeat(windows[:1], 7, axis=0)
    np.testing.assert_allclose(vote(same, rule), windows[0], atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_many_songs_at_once_are_each_song_alone(rule):
    songs = np.random.default_rng(0).dirichlet(np.ones(10), size=(5, 7))
    np.testing.assert_allclose(vote(songs, rule), [vote(song, rule) for song in songs])


def test_the_confident_half_is_rounded_up_and_ignores_the_undecided():
    clear, vague = np.eye(10)[3], np.full(10, 0.1)
    np.testing.assert_allclose(vote([vague, clear, vague, clear], "confident"), clear)
    np.testing.assert_allclose(vote([vague, clear, vague], "confident"), (clear + vague) / 2)


def test_a_median_of_windows_that_agree_on_nothing_is_even():
    np.testing.assert_allclose(vote(np.eye(10), "median"), np.full(10, 0.1))


@pytest.mark.parametrize(
    ("windows", "rule"), [(np.zeros((0, 10)), "mean"), (np.ones(10), "mean"), (np.ones((2, 10)), "max")]
)
def test_an_unknown_rule_or_no_window_is_refused(windows, rule):
    with pytest.raises(ValueError, match="Expected"):
        vote(windows, rule)


@given(probabilities, st.floats(0.3, 5.0))
def test_calibration_keeps_the_order_and_the_sum(p, temperature):
    scaled = calibrate(p, temperature)
    np.testing.assert_allclose(scaled.sum(axis=-1), 1.0)
    np.testing.assert_allclose(scaled, p ** (1 / temperature) / (p ** (1 / temperature)).sum(axis=-1, keepdims=True))
    for row, was in zip(scaled, p, strict=True):
        assert (np.diff(row[np.argsort(was)]) >= -1e-12).all()


def test_a_temperature_of_one_changes_nothing_and_a_zero_row_stays_defined():
    p = np.array([0.7, 0.3] + [0.0] * 8)
    np.testing.assert_allclose(calibrate(p, 1.0), p, atol=1e-10)
    np.testing.assert_allclose(calibrate(np.zeros(10), 2.0), np.full(10, 0.1))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_an_absurd_temperature_is_refused(temperature):
    with pytest.raises(ValueError, match="positive number"):
        calibrate(np.full(10, 0.1), temperature)


def test_members_are_averaged_alone_or_in_rows():
    a, b = np.eye(10)[0], np.eye(10)[1]
    np.testing.assert_allclose(combine([a, b])[:2], [0.5, 0.5])
    np.testing.assert_allclose(combine([a, b], [3.0, 1.0])[:2], [0.75, 0.25])
    assert combine([np.tile(a, (4, 1)), np.tile(b, (4, 1))]).shape == (4, 10)
    with pytest.raises(ValueError, match="at least one"):
        combine([])


def test_a_pool_is_the_geometric_mean_that_adds_up_to_one():
    a, b = np.array([0.8, 0.1, 0.1]), np.array([0.2, 0.2, 0.6])
    expected = np.sqrt(a * b) / np.sqrt(a * b).sum()
    np.testing.assert_allclose(pool([a, b]), expected)
    np.testing.assert_allclose(pool([a, b], [2.0, 2.0]), expected)
    np.testing.assert_allclose(pool([a, b], [1.0, 0.0]), a)
    np.testing.assert_allclose(pool([np.tile(a, (4, 1)), np.tile(b, (4, 1))]), np.tile(expected, (4, 1)))


def test_a_member_that_cannot_tell_changes_no_order_and_one_that_rules_a_genre_out_is_heard():
    sure, cannot_tell, rules_out = np.array([0.7, 0.2, 0.1]), np.full(3, 1 / 3), np.array([0.0, 0.5, 0.5])
    assert list(np.argsort(pool([sure, cannot_tell]))) == list(np.argsort(sure))
    assert pool([sure, rules_out]).argmax() == 1


@pytest.mark.parametrize("put_together", [combine, pool])
@pytest.mark.parametrize("shares", [[1.0], [-1.0, 2.0], [0.0, 0.0], [float("nan"), 1.0]])
def test_members_without_one_share_each_are_refused(put_together, shares):
    with pytest.raises(ValueError, match="Expected: 2 numbers >= 0"):
        put_together([np.full(3, 1 / 3)] * 2, shares)


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


def pooled(members: np.ndarray, shares: Sequence[float], truth: np.ndarray) -> np.ndarray:
    """Return the pool of members at the temperature that suits it best."""
    p = pool(list(members), shares)
    return calibrate(p, fit_temperature(p, truth))


def test_members_who_are_never_right_share_alike():
    wrong = np.eye(3)[np.arange(30) % 3] * 0.8 + 0.1
    assert fit_shares([wrong, wrong], (np.arange(30) + 1) % 3) == (0.5, 0.5)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_shares_of_any_number_of_members_have_the_lowest_loss(n):
    rng = np.random.default_rng(n)
    truth = rng.integers(0, 10, 400)
    skill = np.linspace(0.5, 3.0, n)[:, None, None]
    members = rng.dirichlet(np.ones(10), (n, 400)) + skill * np.eye(10)[truth] * (rng.random((n, 400, 1)) < 0.6)
    members /= members.sum(axis=2, keepdims=True)
    shares = fit_shares(list(members), truth)
    assert len(shares) == n
    assert sum(shares) == pytest.approx(1.0)
    best = log_loss(truth, pooled(members, shares, truth))
    others = rng.dirichlet(np.ones(n), 50)
    assert all(log_loss(truth, pooled(members, other, truth)) >= best - 1e-6 for other in others)


def test_a_song_is_what_its_windows_and_its_longer_stretches_say_or_the_stretches_alone() -> None:
    windows, blocks = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]]), np.array([[0.2, 0.8], [0.4, 0.6]])
    np.testing.assert_allclose(Member(windows).song(), [0.5, 0.5])
    np.testing.assert_allclose(Member(windows, blocks).song(), [0.4, 0.6])
    np.testing.assert_allclose(Member(windows, blocks, blocks_decide=True).song(), [0.3, 0.7])
    for rule in ("median", "confident"):  # which asks for the windows
        np.testing.assert_allclose(Member(windows, blocks, blocks_decide=True).song(rule), vote(windows, rule))
