from __future__ import annotations

import numpy as np
import pytest

from mgc.evaluation.maps import METHODS, directions, neighbours, project, standardised


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


def test_t_sne_tells_how_far_it_is_and_can_be_stopped(clouds):
    told = []
    project(clouds, "tsne", tell=lambda done, total: told.append((done, total)))
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]

    class Stop(Exception):
        pass

    def stop(done, total):
        if done == 1:
            raise Stop

    with pytest.raises(Stop):
        project(clouds, "tsne", tell=stop)
