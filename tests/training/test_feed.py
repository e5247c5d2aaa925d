"""What a batch holds: windows that are still music, drawn by a generator of their own place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mgc.recipes import RECIPES, Augmentation
from mgc.training.feed import augment, changes, epoch_order, feed, mix, pictures_batch

NOTHING = Augmentation()
MUCH = Augmentation(0.1, 4, 0.06, 2, 12, 6, 0.2, 0.2, 0.1, 30.0)


def noise(seed: int = 0) -> np.ndarray:
    """Return a random picture."""
    return np.random.default_rng(seed).integers(0, 256, (128, 334)).astype(np.uint8)


def test_without_augmentation_a_window_is_a_stretch_of_the_noise() -> None:
    one = noise()
    window = augment(one, NOTHING, np.random.default_rng(3), width=33, fill=0.1)
    found = [s for s in range(334 - 33 + 1) if np.array_equal(one[:, s : s + 33] / np.float32(255), window)]
    assert len(found) == 1


def test_windows_stay_between_0_and_1_and_keep_their_shape() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        window = augment(noise(), MUCH, rng, width=33, fill=0.1)
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
        window = augment(rising, how, rng, width=33, fill=0.0)
        assert (np.diff(window, axis=1) >= 0).all()
        assert (np.diff(window, axis=1) > 0).any()


def test_a_shift_moves_silence_in_and_nothing_round_the_edge() -> None:
    bright = np.full((128, 334), 255, np.uint8)
    how = replace(NOTHING, shift=4)
    rng = np.random.default_rng(0)
    silent = {int((augment(bright, how, rng, width=33, fill=0.0)[:, 0] == 0).sum()) for _ in range(100)}
    assert silent == {0, 1, 2, 3, 4}


def test_the_same_place_gives_the_same_batch_and_another_epoch_another_one() -> None:
    pictures, targets = np.stack([noise(i) for i in range(4)]), np.eye(4, dtype=np.float32)
    first, again, other = (
        pictures_batch(pictures, targets, MUCH, np.random.default_rng((7, e, 0)), width=64, fill=0.1) for e in (1, 1, 2)
    )
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_noise_only_ever_makes_a_window_louder() -> None:
    quiet = np.full((128, 334), 40, np.uint8)
    window = augment(quiet, replace(NOTHING, noise=10.0), np.random.default_rng(0), width=100, fill=0.0)
    assert (window >= 40 / 255 - 1e-6).all()
    assert window.mean() > 80 / 255


def test_a_zoomed_window_keeps_its_middle() -> None:
    stripe = np.zeros((128, 334), np.uint8)
    stripe[60:68] = 200
    rng = np.random.default_rng(0)
    for _ in range(20):
        window = augment(stripe, replace(NOTHING, zoom=0.2), rng, width=334, fill=0.0)
        assert window[62:66, 160:170].min() > 0.7


@pytest.mark.parametrize("name", [name for name, one in RECIPES.items() if one.is_gradual])
def test_the_feed_shows_every_example_once_an_epoch(name: str) -> None:
    recipe = RECIPES[name]
    how = recipe.augmentation(recipe.values())
    x = np.zeros((23, 128, 334), np.uint8) if recipe.reads == "pictures" else np.zeros((23, 5))
    given = feed(x, np.arange(23) % 3, n_classes=3, batch_size=10, seed=1, how=how, width=64 * (x.ndim == 3))
    batches = [given[i] for i in range(len(given))]
    assert sum(len(inputs) for inputs, _ in batches) == 23
    np.testing.assert_allclose(sum(targets.sum() for _, targets in batches), 23.0, rtol=1e-5)


def test_validation_is_shown_in_order_and_as_it_is() -> None:
    x = np.stack([noise(i) for i in range(5)])
    given = feed(x, np.arange(5), n_classes=5, batch_size=2, seed=1)
    shown = np.concatenate([given[i][0] for i in range(len(given))])
    np.testing.assert_array_equal(shown[..., 0], x.astype(np.float32) / np.float32(255))


def test_an_augmentation_that_changes_nothing_is_known_as_one() -> None:
    assert not changes(NOTHING)
    assert not changes(replace(NOTHING, band_mask=12))  # no masks
    assert changes(replace(NOTHING, mixup=0.1))


def test_mixup_keeps_targets_summing_to_one_and_the_larger_share_their_own() -> None:
    rng = np.random.default_rng(0)
    targets = np.eye(10, dtype=np.float32)
    mixed, shares = mix(np.zeros((10, 128, 33), np.float32), targets, 0.4, rng)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-6)
    assert (shares.argmax(axis=1) == np.arange(10)).all()
    assert mixed.shape == (10, 128, 33)


def test_an_epoch_draws_every_picture_equally_often() -> None:
    order = epoch_order(7, 3, seed=1, epoch=0)
    np.testing.assert_array_equal(np.bincount(order), np.full(7, 3))
    assert not np.array_equal(order, epoch_order(7, 3, seed=1, epoch=1))
