from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_selection import f_classif
from sklearn.metrics import mutual_info_score

from mgc.evaluation import separation
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


def test_information_is_the_mutual_information_of_bins_less_what_chance_gives(monkeypatch):
    table, labels = made(3)
    corrected = rank(table, labels).information
    monkeypatch.setattr(
        separation, "_entropy", lambda c: float(-sum(v / c.sum() * np.log2(v / c.sum()) for v in c[c > 0]))
    )
    plain = rank(table, labels).information
    bins = np.argsort(np.argsort(table[:, 0])) // 12  # ten bins of twelve
    assert plain[0] == pytest.approx(mutual_info_score(labels, bins) / np.log(2))
    assert (corrected < plain).all()


def test_a_column_that_says_everything_is_worth_all_the_bits_there_are():
    labels = np.repeat(["a", "b", "c", "d"], 50)
    table = np.stack([np.repeat([0.0, 1.0, 2.0, 3.0], 50), np.random.default_rng(0).normal(size=200)], axis=1)
    scored = rank(table, labels)
    assert scored.f[0] == np.inf
    assert scored.information[0] == pytest.approx(2.0, abs=0.05)
    assert scored.information[1] < 0.1


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
