from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_selection import f_classif

from mgc.evaluation.separation import correlation, profile, rank


def made(seed: int, n: int = 120, p: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    table = rng.normal(size=(n, p)) + labels[:, None] * rng.normal(size=p)
    return table * 10.0 ** rng.integers(-6, 7, p), labels


@given(st.integers(0, 2**31))
def test_f_is_scikit_learns_whatever_the_unit(seed):
    table, labels = made(seed)
    np.testing.assert_allclose(rank(table, labels).f, f_classif(table, labels)[0], rtol=1e-6)


@pytest.mark.parametrize(("n_genres", "each"), [(2, 3), (3, 5), (3, 12), (10, 6), (10, 12), (10, 100)])
def test_noise_tells_nothing_and_a_perfect_column_all_however_small_the_set(n_genres, each):
    labels = np.repeat(np.arange(n_genres), each)
    noise = np.random.default_rng(0).normal(size=(len(labels), 60))
    scored = rank(np.column_stack([labels + 1e-6 * noise[:, 0], noise]), labels)
    bins = min(10, len(labels) // 5)
    assert scored.information[0] > (0.99 if bins % n_genres == 0 or n_genres == 2 else 0.6)
    assert abs(scored.information[1:].mean()) < 0.06
    assert (scored.information <= 1).all()


def test_a_column_that_says_everything_is_worth_all_the_bits_there_are():
    labels = np.repeat(["a", "b", "c", "d"], 50)
    table = np.stack([np.repeat([0.0, 1.0, 2.0, 3.0], 50), np.random.default_rng(0).normal(size=200)], axis=1)
    scored = rank(table, labels)
    assert scored.f[0] == np.inf
    assert scored.information[0] > 0.99
    assert scored.information[1] < 0.05


def test_a_column_that_never_changes_separates_nothing():
    table, labels = made(0)
    table[:, 1] = 0.1
    scored, together = rank(table, labels), correlation(table)
    assert scored.f[1] == scored.information[1] == 0.0
    assert not together[1].any()
    assert not profile(table, labels).z[:, 1].any()


def test_correlation_is_numpys():
    table, _ = made(1)
    np.testing.assert_allclose(correlation(table), np.corrcoef(table.T), atol=1e-9)


def test_a_profile_says_how_far_a_genre_lies_from_the_rest():
    table = np.array([[1.0, 5.0], [1.0, 7.0], [3.0, 5.0], [3.0, 7.0]])
    found = profile(table, ["rock", "rock", "blues", "blues"])
    assert found.genres == ("blues", "rock")
    np.testing.assert_allclose(found.z, [[1.0, 0.0], [-1.0, 0.0]])


def test_rows_with_a_missing_number_are_left_out():
    table, labels = made(2)
    holed = np.concatenate([table, np.full((1, 4), np.nan)])
    np.testing.assert_allclose(rank(holed, [*labels, 0]).f, rank(table, labels).f)
    np.testing.assert_allclose(correlation(holed), correlation(table))


@pytest.mark.parametrize("labels", [["a"] * 4, ["a", "b", "c", "d"]])
def test_one_genre_or_one_track_each_ranks_nothing(labels):
    scored = rank(np.random.default_rng(0).normal(size=(4, 2)), labels)
    assert not scored.f.any()
    assert not scored.information.any()


def test_an_empty_table_has_no_correlation():
    assert correlation(np.empty((0, 3))).tolist() == np.zeros((3, 3)).tolist()


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one label each"):
        rank(np.zeros((3, 2)), ["a"])
