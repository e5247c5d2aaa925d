"""Fitting the picture network: it learns, the same seed learns the same, and what augmentation may do to a window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mgc.nets.picture_cnn import WIDTH, CNNConfig
from mgc.recipes import Augmentation, PictureRecipe
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


def test_training_lowers_the_loss_and_reports_it_after_each_epoch() -> None:
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


NOTHING = Augmentation(stretch=0.0, shift=0, tilt=0.0, masks=0, mixup=0.0)


def noise(seed: int = 0) -> np.ndarray:
    """Return a random picture."""
    return np.random.default_rng(seed).integers(0, 256, (128, 334)).astype(np.uint8)


def test_without_augmentation_a_window_is_a_stretch_of_the_noise() -> None:
    one = noise()
    window = picture.augment(one, NOTHING, np.random.default_rng(3), width=33, fill=0.1)
    found = [s for s in range(334 - 33 + 1) if np.array_equal(one[:, s : s + 33] / np.float32(255), window)]
    assert len(found) == 1


def test_windows_stay_between_0_and_1_and_keep_their_shape() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        window = picture.augment(noise(), Augmentation(), rng, width=33, fill=0.1)
        assert window.shape == (128, 33)
        assert window.dtype == np.float32
        assert window.min() >= 0.0
        assert window.max() <= 1.0


def test_time_never_runs_backwards() -> None:
    """A flipped spectrogram is not music: on a picture that only rises, every window only rises."""
    rising = np.broadcast_to((np.arange(334) * 255 // 333).astype(np.uint8), (128, 334))
    how = replace(NOTHING, stretch=0.3)
    rng = np.random.default_rng(0)
    for _ in range(50):
        window = picture.augment(rising, how, rng, width=33, fill=0.0)
        assert (np.diff(window, axis=1) >= 0).all()
        assert (np.diff(window, axis=1) > 0).any()


def test_a_shift_moves_silence_in_and_nothing_round_the_edge() -> None:
    bright = np.full((128, 334), 255, np.uint8)
    how = replace(NOTHING, shift=4)
    rng = np.random.default_rng(0)
    silent = {int((picture.augment(bright, how, rng, width=33, fill=0.0)[:, 0] == 0).sum()) for _ in range(100)}
    assert silent == {0, 1, 2, 3, 4}


def test_the_same_key_gives_the_same_batch_and_another_epoch_another_one() -> None:
    pictures, labels = np.stack([noise(i) for i in range(4)]), np.arange(4)
    chosen, recipe = np.array([0, 3, 1]), PictureRecipe()
    first, again, other = (picture.batch(pictures, labels, chosen, recipe, (7, e, 0), n_classes=4) for e in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_mixup_keeps_targets_summing_to_one_and_the_larger_share_their_own() -> None:
    rng = np.random.default_rng(0)
    targets = np.eye(10, dtype=np.float32)
    mixed, shares = picture.mix(np.zeros((10, 128, 33), np.float32), targets, 0.4, rng)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-6)
    assert (shares.argmax(axis=1) == np.arange(10)).all()
    assert mixed.shape == (10, 128, 33)


def test_an_epoch_draws_every_picture_equally_often() -> None:
    order = picture.epoch_order(7, 3, seed=1, epoch=0)
    np.testing.assert_array_equal(np.bincount(order), np.full(7, 3))
    assert not np.array_equal(order, picture.epoch_order(7, 3, seed=1, epoch=1))
