"""Fit the picture network on random, augmented windows of one training part.

Conventions
-----------
A picture is [shape=(128, n_columns), uint8], palette index, lowest band first. A window is float32 in [0, 1].
Everything random is drawn from a generator seeded by (seed, epoch, batch): the same call gives the same windows,
whatever happened before.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.nets import picture_cnn

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from mgc.recipes import Augmentation, PictureRecipe

__all__ = ["augment", "batch", "epoch_order", "fit", "mix", "with_statistics"]

FloatArray = npt.NDArray[np.float32]
_TILT_POINTS: Final = 5


def fit(
    pictures: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.intp],
    recipe: PictureRecipe,
    *,
    n_classes: int,
    seed: int,
    on_epoch: Callable[[int, float], None] | None = None,
) -> tuple[keras.Model, PictureRecipe]:
    """Train from nothing for a fixed number of epochs: nothing is selected, so no validation part is spent.

    Parameters
    ----------
    pictures : np.ndarray [shape=(n, 128, n_columns), uint8]
        of the training part only: the input's mean and deviation are taken from them
    labels : np.ndarray [shape=(n,), 0..n_classes-1]
    recipe : PictureRecipe
    n_classes : int
    seed : int
        of the weights, the order, the windows and dropout
    on_epoch : callable(epoch, loss), optional
        called after each epoch

    Returns
    -------
    model : keras.Model
    recipe : PictureRecipe
        with the training part's mean and deviation filled in
    """
    import keras

    recipe = with_statistics(recipe, pictures)
    keras.utils.set_random_seed(seed)
    model = picture_cnn.build(recipe.net, n_classes)
    _compile(model, recipe, math.ceil(len(pictures) * recipe.crops / recipe.batch_size))
    report = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: on_epoch(epoch, float(logs["loss"])) if on_epoch else None
    )
    model.fit(_feed(pictures, labels, recipe, seed, n_classes), epochs=recipe.epochs, verbose=0, callbacks=[report])
    return model, recipe


def with_statistics(recipe: PictureRecipe, pictures: npt.NDArray[np.uint8]) -> PictureRecipe:
    """Return the recipe whose network standardises its input by these training pictures [shape=(n, 128, n_columns)]."""
    pixels = pictures.astype(np.float32) / 255.0
    return replace(recipe, net=replace(recipe.net, mean=float(pixels.mean()), deviation=float(pixels.std())))


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


def _compile(model: keras.Model, recipe: PictureRecipe, batches: int) -> None:
    """Give the model AdamW under a linear warm-up and a cosine, over all epochs of so many batches."""
    import keras

    steps = batches * recipe.epochs
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 20,
        decay_steps=steps - steps // 10,
        alpha=0.01,
        warmup_target=recipe.learning_rate,
        warmup_steps=steps // 10,
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
    )


def _feed(
    pictures: npt.NDArray[np.uint8], labels: npt.NDArray[np.intp], recipe: PictureRecipe, seed: int, n_classes: int
) -> keras.utils.PyDataset:
    """Return batches of one epoch after the other, each seeded by its own place."""
    import keras

    class Windows(keras.utils.PyDataset):  # type: ignore[misc]
        epoch = 0
        order = epoch_order(len(pictures), recipe.crops, seed, 0)

        def __len__(self) -> int:
            return math.ceil(len(self.order) / recipe.batch_size)

        def __getitem__(self, position: int) -> tuple[FloatArray, FloatArray]:
            chosen = self.order[position * recipe.batch_size : (position + 1) * recipe.batch_size]
            return batch(pictures, labels, chosen, recipe, (seed, self.epoch, position), n_classes=n_classes)

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = epoch_order(len(pictures), recipe.crops, seed, self.epoch)

    return Windows()
