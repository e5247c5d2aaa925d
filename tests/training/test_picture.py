"""Fitting the picture network: it learns what can be learned, and the same seed learns the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mgc.nets.picture_cnn import WIDTH, CNNConfig
from mgc.recipes import PictureRecipe
from mgc.training import picture

TINY = replace(
    PictureRecipe(), net=CNNConfig(channels=(6, 8), band_pool=4, dropout=0.0), epochs=8, crops=2, batch_size=10
)


def stripes() -> tuple[np.ndarray, np.ndarray]:
    """Return forty pictures whose genre is the place of a bright stripe."""
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 10
    pictures = rng.integers(0, 30, (40, 128, 334)).astype(np.uint8)
    for one, label in zip(pictures, labels, strict=True):
        one[label * 12 + 4 : label * 12 + 8] = 220
    return pictures, labels


def test_training_lowers_the_loss_and_tells_after_each_epoch() -> None:
    told: list[tuple[int, float]] = []
    pictures, labels = stripes()
    model, recipe = picture.fit(pictures, labels, TINY, n_classes=10, seed=1, on_epoch=lambda *one: told.append(one))
    assert [epoch for epoch, _ in told] == list(range(8))
    assert told[-1][1] < told[0][1]
    assert abs(recipe.net.mean - pictures.mean() / 255) < 1e-4
    assert np.isfinite(model(pictures[:2, :, :WIDTH, None].astype(np.float32) / 255)).all()


def test_the_same_seed_learns_the_same_weights() -> None:
    pictures, labels = stripes()
    short = replace(TINY, epochs=2)
    first, again = (picture.fit(pictures, labels, short, n_classes=10, seed=5)[0].get_weights() for _ in range(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
