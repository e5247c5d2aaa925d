"""Feed a network random, augmented windows of pictures.

Conventions
-----------
A picture is [shape=(128, n_columns), uint8], palette index, lowest band first. A window is float32 in [0, 1].
Everything random is drawn from a generator seeded by (seed, epoch, batch): the same call gives the same windows,
whatever happened before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from mgc.recipes import Augmentation, PictureRecipe

__all__ = ["augment", "batch", "epoch_order", "mix"]

FloatArray = npt.NDArray[np.float32]
_TILT_POINTS = 5


def augment(
    picture: npt.NDArray[np.uint8], how: Augmentation, rng: np.random.Generator, *, width: int, fill: float
) -> FloatArray:
    """Cut one window [shape=(128, width), 0..1] out of a picture and change it as ``how`` says.

    Parameters
    ----------
    picture : np.ndarray [shape=(128, n_columns > width), uint8]
    how : Augmentation
    rng : np.random.Generator
    width : int > 0
        columns of the window
    fill : float in [0, 1]
        what a mask shows: the mean pixel, so that masking does not move the input's mean
    """
    bands, n_columns = picture.shape
    pace = min(1.0 + rng.uniform(-how.stretch, how.stretch), (n_columns - 1) / width)
    start = rng.integers(0, n_columns - int(width * pace))
    window = picture[:, start + (np.arange(width) * pace).astype(np.intp)].astype(np.float32) / 255.0
    if shift := int(rng.integers(-how.shift, how.shift + 1)):
        window = np.roll(window, shift, axis=0)
        window[slice(shift) if shift > 0 else slice(shift, None)] = 0.0
    if how.tilt:
        at = np.linspace(0, bands - 1, _TILT_POINTS)
        curve = np.interp(np.arange(bands), at, rng.normal(0.0, how.tilt, _TILT_POINTS)).astype(np.float32)
        window = np.clip(window + curve[:, None], 0.0, 1.0)
    for _ in range(how.masks):
        height, length = rng.integers(0, how.band_mask + 1), rng.integers(0, how.time_mask + 1)
        low, left = rng.integers(0, bands - height + 1), rng.integers(0, width - length + 1)
        window[low : low + height] = fill
        window[:, left : left + length] = fill
    return window


def mix(
    windows: FloatArray, targets: FloatArray, alpha: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Blend each window and its target [shape=(n, n_classes)] with another (mixup); the larger share stays its own."""
    if alpha <= 0.0:
        return windows, targets
    share = rng.beta(alpha, alpha, len(windows)).astype(np.float32)
    share = np.maximum(share, 1.0 - share)
    other = rng.permutation(len(windows))
    wide = share[:, None, None]
    mixed = wide * windows + (1.0 - wide) * windows[other]
    return mixed, share[:, None] * targets + (1.0 - share[:, None]) * targets[other]


def epoch_order(n: int, crops: int, seed: int, epoch: int) -> npt.NDArray[np.intp]:
    """Return the order [shape=(n * crops,)] in which the pictures are drawn from in one epoch."""
    rng = np.random.default_rng((seed, epoch))
    return rng.permutation(np.repeat(np.arange(n), crops))


def batch(
    pictures: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.intp],
    chosen: npt.NDArray[np.intp],
    recipe: PictureRecipe,
    key: tuple[int, int, int],
    *,
    n_classes: int,
) -> tuple[FloatArray, FloatArray]:
    """Make one batch.

    Parameters
    ----------
    pictures : np.ndarray [shape=(n, 128, n_columns), uint8]
    labels : np.ndarray [shape=(n,), 0..n_classes-1]
    chosen : np.ndarray [shape=(b,)]
        which pictures, repeats allowed
    recipe : PictureRecipe
    key : (seed, epoch, position of the batch)

    Returns
    -------
    windows : np.ndarray [shape=(b, 128, recipe.width, 1), float32]
    targets : np.ndarray [shape=(b, n_classes), float32]
    """
    rng = np.random.default_rng(key)
    fill = recipe.net.mean
    windows = np.stack([augment(pictures[i], recipe.augmentation, rng, width=recipe.width, fill=fill) for i in chosen])
    targets = np.eye(n_classes, dtype=np.float32)[labels[chosen]]
    windows, targets = mix(windows, targets, recipe.augmentation.mixup, rng)
    return windows[..., None], targets
