from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mgc.evaluation.voting import RULES, calibrate, combine, vote

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
    assert combine([np.tile(a, (4, 1)), np.tile(b, (4, 1))]).shape == (4, 10)
    with pytest.raises(ValueError, match="at least one"):
        combine([])
