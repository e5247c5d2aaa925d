from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_selection import f_classif

from mgc.evaluation.statistics import METHODS, correlation, directions, neighbours, profile, project, rank, standardised


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


@pytest.fixture
def clouds() -> np.ndarray:
    """Three clouds of twenty, far apart, in columns of very different units."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(3, 6)) * 10, 20, axis=0)
    return (centres + rng.normal(size=(60, 6))) * 10.0 ** np.arange(-3, 3)


@pytest.mark.parametrize("method", METHODS)
def test_clouds_stay_clouds_and_the_same_seed_gives_the_same_map(clouds, method):
    plane = project(clouds, method, seed=1)
    assert plane.shape == (60, 2)
    centres = plane.reshape(3, 20, 2).mean(axis=1)
    own = np.repeat(np.arange(3), 20)
    nearest = ((plane[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == own).all()
    np.testing.assert_array_equal(plane, project(clouds, method, seed=1))


def test_pca_is_scikit_learns_up_to_the_sign(clouds):
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    theirs = PCA(2).fit_transform(StandardScaler().fit_transform(clouds))
    np.testing.assert_allclose(np.abs(project(clouds)), np.abs(theirs), atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (2, 3), (5, 1), (6, 3)])
def test_small_tables_and_columns_that_never_change_are_drawn_too(method, shape):
    table = np.random.default_rng(0).normal(size=shape)
    table[:, -1] = 0.1
    plane = project(table, method)
    assert plane.shape == (shape[0], 2)
    assert np.isfinite(plane).all()


def test_one_odd_clip_does_not_squeeze_the_others_into_a_dot(clouds):
    clouds[0] = 1e9
    plane = project(clouds)
    assert np.ptp(plane[1:], axis=0).min() > 0.05 * np.ptp(plane, axis=0).min()


def test_neighbours_are_the_nearest_in_every_unit_without_the_row_itself(clouds):
    found = neighbours(clouds, 25, k=19)
    assert len(set(found) & set(range(20, 40)) - {25}) >= 17  # two clouds touch
    assert neighbours(clouds, 0, k=1000).shape == (59,)


def test_a_copy_is_the_first_neighbour():
    table = np.random.default_rng(0).normal(size=(30, 4))
    table[17] = table[3]
    assert neighbours(table, 3, k=2)[0] == 17


def test_unknown_methods_rows_that_are_not_there_and_holes_are_refused(clouds):
    with pytest.raises(ValueError, match="pca, tsne"):
        project(clouds, "umap")
    with pytest.raises(ValueError, match="0 to 59"):
        neighbours(clouds, 60)
    with pytest.raises(ValueError, match="finite"):
        project([[np.nan, 1.0]])


def test_the_axes_say_how_much_they_show_and_which_columns_make_them(clouds):
    from sklearn.decomposition import PCA

    z = standardised(clouds)
    theirs = PCA(2).fit(z)
    ours = directions(clouds)
    np.testing.assert_allclose([axis.share for axis in ours], theirs.explained_variance_ratio_)
    np.testing.assert_allclose(np.abs([axis.weights for axis in ours]), np.abs(theirs.components_), atol=1e-9)
    np.testing.assert_allclose((z - z.mean(axis=0)) @ ours[0].weights, project(clouds)[:, 0], atol=1e-9)
    assert directions(np.ones((5, 3))) == ()
    assert directions([[1.0, 2.0]]) == ()
    assert directions(np.empty((0, 3))) == ()


def test_t_sne_reports_its_progress_and_can_be_stopped(clouds):
    told = []
    project(clouds, "tsne", progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]

    class Stop(Exception):
        pass

    def stop(done, total):
        if done == 1:
            raise Stop

    with pytest.raises(Stop):
        project(clouds, "tsne", progress=stop)
